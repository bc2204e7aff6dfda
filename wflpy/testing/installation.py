"""A batch system in memory: what stands behind a FakeTracker, and what a test turns and breaks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar, Final

from wflpy.drmaa2 import (
    DrmaaException,
    InvalidStateException,
    JobAction,
    JobInfo,
    JobState,
    JobStatus,
    Operation,
    check_operation,
)
from wflpy.testing.clock import FakeClock
from wflpy.testing.execution import Execution
from wflpy.testing.faults import Faults
from wflpy.testing.records import FakeArray, FakeJob, FakeSession, Run
from wflpy.testing.scripts import AT_ONCE, FOREVER, Program
from wflpy.tracker import Cause
from wflpy.tracker.arrays import check_expansion, element_id, expanded, no_such_array, no_such_job

if TYPE_CHECKING:
    from types import TracebackType

    from wflpy.drmaa2 import JobTemplate
    from wflpy.testing.courier import Courier
    from wflpy.tracker import Submission

Check = Callable[["JobTemplate"], None]
"""Raises when a template asks for what cannot be had."""

# What sends a job through checks and the queue; a template without any of it just ends, if all jobs do.
_DEMANDS: Final = attrgetter(
    "submit_as_hold", "job_category", "email", "email_on_started", "email_on_terminated", "reservation_id",
    "queue_name", "min_slots", "max_slots", "candidate_machines", "min_phys_memory", "machine_os", "machine_arch",
    "start_time", "deadline_time", "stage_in_files", "stage_out_files", "resource_limits", "accounting_id",
    "extensions",
)  # fmt: skip
_NO_DEMANDS: Final = (None,) * 20


class FakeInstallation:
    """Jobs of any number of sessions, a clock, scripts and faults. All methods may be called from several threads.

    Commands without a script touch no file and are never looked for. The checks of a template are those of the tracker
    that submits it.

    Args:
        slots: how many there are; None for any number.
        auto: whether a command without a script ends at once with exit status 0; else it runs until `finish`.
        grace: seconds between SIGTERM and SIGKILL.
        clock: the time; a new FakeClock if None.

    Attributes:
        clock: the time.
        faults: what goes wrong.
        otherwise: what a command without a script does.
    """

    _installations: ClassVar[dict[tuple[str | None, str], FakeInstallation]] = {}
    _guard: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self, *, slots: int | None = None, auto: bool = True, grace: float = 5.0, clock: FakeClock | None = None
    ) -> None:
        self.slots: Final = slots
        self.clock: Final = clock or FakeClock()
        self.faults: Final = Faults()
        self.otherwise: Program = AT_ONCE if auto else FOREVER
        self._programs: Final[dict[str, list[Program]]] = {}
        self._lock: Final = threading.RLock()
        self._depth = 0
        self._sessions: Final[dict[str, FakeSession]] = {}
        self._execution: Final = Execution(self.clock, slots, grace, self._program_of, self._later)
        self._ids = 0
        self.clock.on_settle(self.settle)

    @classmethod
    def at(cls, contact: str, *, slots: int | None = None, auto: bool = True, grace: float = 5.0) -> FakeInstallation:
        """The installation of this contact and this WFLPY_HOME; whoever asks first decides what it is like."""
        key = (os.environ.get("WFLPY_HOME"), contact)
        with cls._guard:
            if key not in cls._installations:
                cls._installations[key] = cls(slots=slots, auto=auto, grace=grace)
            return cls._installations[key]

    # -- what a test does ----------------------------------------------------------------------------

    def script(self, command: str, *programs: Program) -> None:
        """Say what a command does; of several programs each start takes the next, and the last one stays."""
        with self._lock:
            self._programs[command] = list(programs)

    def finish(self, job_id: str, exit_status: int = 0, signal: str | None = None) -> None:
        """Let a running job end now.

        Raises:
            InvalidStateException: it is not RUNNING.
            InvalidArgumentException: unknown id.
        """
        with self._operation():
            job = self._running(job_id)
            state = JobState.FAILED if exit_status or signal else JobState.DONE
            status = None if signal else exit_status
            self._execution.end(job, state, exit_status=status, signal=signal)

    def requeue(self, job_id: str) -> None:
        """Put a running job back in the queue, as after the loss of a machine."""
        with self._operation():
            self._execution.requeue(self._running(job_id))

    def vanish(self, job_id: str) -> None:
        """Forget how a job ended or will end: it becomes UNDETERMINED."""
        with self._operation():
            text = "the fake installation knows this job no more"
            self._execution.end(self._anywhere(job_id), JobState.UNDETERMINED, cause=Cause.LOST, annotation=text)

    def job_ids(self) -> list[str]:
        """Ids of all jobs of all sessions, oldest first."""
        with self._lock:
            return [job_id for session in self._sessions.values() for job_id in session.jobs]

    def settle(self) -> None:
        """Let programs go on whose condition has come true; return when every change has been delivered."""
        with self._operation():
            self._execution.look()
            couriers = [courier for session in self._sessions.values() for courier in session.couriers]
        for courier in couriers:
            courier.settle()

    # -- what a tracker asks for ---------------------------------------------------------------------

    def attach(self, name: str, courier: Courier) -> FakeSession:
        """Open a session, an old or a new one; the courier gets its changes from now on."""
        with self._operation(of_tracker=True):
            session = self._sessions.setdefault(name, FakeSession(name))
            session.couriers.append(courier)
            return session

    def detach(self, session: FakeSession, courier: Courier) -> None:
        """Send nothing to this courier any more."""
        with self._lock:
            if courier in session.couriers:
                session.couriers.remove(courier)

    def submit(
        self, session: FakeSession, submissions: Sequence[Submission], check: Check, job_id: str | None = None
    ) -> list[str | DrmaaException]:
        """Take jobs; per job its id or why not. ``job_id`` is the id of the only one, if the caller names it."""
        with self._operation(of_tracker=True):
            return [self._submit_one(session, template, key, check, job_id) for template, key in submissions]

    def submit_array(
        self, session: FakeSession, template: JobTemplate, indices: range, max_parallel: int | None, key: str,
        check: Check,
    ) -> str:  # fmt: skip
        """Take an array, all of it or nothing, and return its id."""
        with self._operation(of_tracker=True):
            known = session.ids.get(key)
            if known is not None:
                return known
            refusal = self.faults.refusal()
            if refusal is not None:
                raise refusal
            check_expansion(template, indices, check)
            array_id = session.ids[key] = self._next_id()
            array = session.arrays[array_id] = FakeArray(array_id, key, max_parallel)
            for index, one in expanded(template, indices):
                job = FakeJob(session, element_id(array_id, index), None, index, self.clock.now(), array)
                array.job_ids[job.job_id] = None
                self._take(session, job, one)
            lost = self.faults.lost_answer()
            if lost is not None:
                raise lost
            return array_id

    def find(self, session: FakeSession, keys: Collection[str]) -> dict[str, str]:
        """The ids that belong to those of the keys that are known."""
        with self._operation(of_tracker=True):
            return {key: session.ids[key] for key in keys if key in session.ids}

    def states(self, session: FakeSession, job_ids: Collection[str]) -> dict[str, JobStatus]:
        """The states of these jobs."""
        with self._operation(of_tracker=True):
            return {job_id: self._job(session, job_id).status for job_id in job_ids}

    def infos(self, job_ids: Collection[str]) -> dict[str, JobInfo]:
        """Snapshots of these jobs, of whatever session."""
        with self._operation(of_tracker=True):
            now = self.clock.now()
            return {job_id: self._anywhere(job_id).snapshot(now) for job_id in job_ids}

    def ids(self, session: FakeSession) -> list[str]:
        """The jobs of the session, oldest first."""
        with self._operation(of_tracker=True):
            return list(session.jobs)

    def array_ids(self, session: FakeSession) -> list[str]:
        """The arrays of the session that hold a job, oldest first."""
        with self._operation(of_tracker=True):
            return list(session.arrays)

    def array_job_ids(self, session: FakeSession, array_id: str) -> list[str]:
        """The jobs of an array in index order."""
        with self._operation(of_tracker=True):
            if array_id not in session.arrays:
                raise no_such_array(array_id, "fake")
            return list(session.arrays[array_id].job_ids)

    def control(self, session: FakeSession, job_id: str, action: JobAction) -> None:
        """Carry out one action."""
        with self._operation(of_tracker=True):
            job = self._job(session, job_id)
            check_operation(action, job.status.state, job_id, tracker="fake")
            self._actions[action](job)

    def delete(self, session: FakeSession, job_id: str) -> None:
        """Drop a job that has ended, and its array with the last job of it."""
        with self._operation(of_tracker=True):
            job = self._job(session, job_id)
            check_operation(Operation.REAP, job.status.state, job_id, tracker="fake")
            del session.jobs[job_id]
            if job.key is not None:
                session.ids.pop(job.key, None)
            if job.array is not None:
                del job.array.job_ids[job_id]
                if not job.array.job_ids:
                    del session.arrays[job.array.array_id]
                    session.ids.pop(job.array.key, None)

    # -- inside --------------------------------------------------------------------------------------

    def _submit_one(
        self, session: FakeSession, template: JobTemplate, key: str, check: Check, job_id: str | None
    ) -> str | DrmaaException:
        known = session.ids.get(key)
        if known is not None:
            return known
        expected = self.faults.expected
        refusal = self.faults.refusal() if expected else None
        if refusal is not None:
            return refusal
        demands_nothing = _DEMANDS(template) == _NO_DEMANDS
        if not demands_nothing:
            try:
                check(template)
            except DrmaaException as wrong:
                return wrong
        named = self._next_id() if job_id is None else job_id
        session.ids[key] = named
        job = FakeJob(session, named, key, self._ids, self.clock.now())
        if demands_nothing and self._ends_at_once(template):
            session.jobs[named] = job
            job.end_at_once(template)
        else:
            self._take(session, job, template.copy())
        lost = self.faults.lost_answer() if expected else None
        return named if lost is None else lost

    def _ends_at_once(self, template: JobTemplate) -> bool:
        return self.otherwise is AT_ONCE and self.slots is None and template.remote_command not in self._programs

    def _take(self, session: FakeSession, job: FakeJob, template: JobTemplate) -> None:
        session.jobs[job.job_id] = job
        job.run = Run(template)
        held = template.submit_as_hold is True
        job.enter(JobState.QUEUED_HELD if held else JobState.QUEUED, now=job.submitted)
        self._execution.admit(job)

    def _hold(self, job: FakeJob) -> None:
        requeued = job.status.state is JobState.REQUEUED
        job.enter(JobState.REQUEUED_HELD if requeued else JobState.QUEUED_HELD, now=self.clock.now())
        self._execution.withdraw(job)

    def _release(self, job: FakeJob) -> None:
        requeued = job.status.state is JobState.REQUEUED_HELD
        job.enter(JobState.REQUEUED if requeued else JobState.QUEUED, now=self.clock.now())
        self._execution.make_eligible(job)

    @property
    def _actions(self) -> dict[JobAction, Callable[[FakeJob], None]]:
        return {
            JobAction.SUSPEND: self._execution.suspend,
            JobAction.RESUME: self._execution.resume,
            JobAction.HOLD: self._hold,
            JobAction.RELEASE: self._release,
            JobAction.TERMINATE: self._execution.terminate,
        }

    def _job(self, session: FakeSession, job_id: str) -> FakeJob:
        try:
            return session.jobs[job_id]
        except KeyError:
            raise no_such_job(job_id, "fake") from None

    def _anywhere(self, job_id: str) -> FakeJob:
        for session in self._sessions.values():
            if job_id in session.jobs:
                return session.jobs[job_id]
        raise no_such_job(job_id, "fake")

    def _running(self, job_id: str) -> FakeJob:
        job = self._anywhere(job_id)
        if job.status.state is not JobState.RUNNING:
            raise InvalidStateException(f"job {job_id} is {job.status.state.name}, not RUNNING", job_id=job_id)
        return job

    def _next_id(self) -> str:
        self._ids += 1
        return str(self._ids)

    def _program_of(self, command: str) -> Program:
        programs = self._programs.get(command)
        if not programs:
            return self.otherwise
        return programs.pop(0) if len(programs) > 1 else programs[0]

    def _later(self, action: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            with self._operation():
                action()

        return run

    def _operation(self, *, of_tracker: bool = False) -> _Operation:
        if of_tracker:
            self.faults.check_reachable()
        return _Operation(self._lock, self._after)

    def _after(self) -> None:
        self._execution.dispatch()
        for session in self._sessions.values():
            if session.outbox:
                changes, session.outbox = session.outbox, []
                twice = [change for change in changes for _ in (1, 2)] if self.faults.duplicate_events else changes
                for courier in session.couriers:
                    courier.send(twice)


class _Operation:
    """The lock of the installation; before it is given back, jobs are started and changes are sent."""

    __slots__ = ("_after", "_lock")

    def __init__(self, lock: threading.RLock, after: Callable[[], None]) -> None:
        self._lock = lock
        self._after = after

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._after()
        finally:
            self._lock.release()
