"""What a fake installation knows: sessions, arrays, jobs, and what a job is while it waits or runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import ZERO_TIME, JobInfo, JobState, JobStatus, SlotInfo
from wflpy.tracker import Cause, StateChange
from wflpy.tracker.arrays import split_id
from wflpy.tracker.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.drmaa2 import JobTemplate
    from wflpy.testing.courier import Courier
    from wflpy.testing.scripts import FakeProcess, Steps

MACHINE: Final = "fakehost"
"""The one machine of every fake installation."""

OWNER: Final = "fakeuser"
"""Owner of every job."""

QUEUE: Final = "default"
"""The queue of a job that names none."""

_MACHINES: Final = {slots: [SlotInfo(MACHINE, slots)] for slots in range(1, 65)}


def machines(slots: int) -> list[SlotInfo]:
    """The allocated machines of a job with so many slots."""
    return _MACHINES.get(slots) or [SlotInfo(MACHINE, slots)]


class FakeSession:
    """The jobs of one session, and the trackers that have it open."""

    def __init__(self, name: str) -> None:
        self.name: Final = name
        self.jobs: Final[dict[str, FakeJob]] = {}
        self.arrays: Final[dict[str, FakeArray]] = {}
        self.ids: Final[dict[str, str]] = {}
        """Key -> id of the job or array."""
        self.couriers: Final[list[Courier]] = []
        self.outbox: list[StateChange] = []

    @property
    def is_heard(self) -> bool:
        """Whether a change would reach anybody."""
        return any(courier.is_heard() for courier in self.couriers)


class FakeArray:
    """Jobs that were submitted together, and which of them may be in the queue."""

    def __init__(self, array_id: str, key: str, max_parallel: int | None) -> None:
        self.array_id: Final = array_id
        self.key: Final = key
        self.job_ids: Final[dict[str, None]] = {}
        self.throttle: Final = Throttle(max_parallel)


class Run:
    """A job while it waits or runs; gone when it has ended."""

    __slots__ = (
        "dispatched",
        "gate",
        "limit_call",
        "process",
        "queue_call",
        "ran",
        "remaining",
        "since",
        "slots",
        "step_call",
        "step_due",
        "steps",
        "template",
        "ticket",
    )

    def __init__(self, template: JobTemplate) -> None:
        self.template = template
        self.dispatched: datetime | None = None
        """When it first started."""
        self.since: datetime | None = None
        """When it last began or went on to run; None while it does not."""
        self.ran = timedelta(0)
        """How long it ran before that."""
        self.slots = 0
        self.ticket = 0
        """Its valid place in the queue; 0 when it is not there."""
        self.process: FakeProcess | None = None
        self.steps: Steps | None = None
        self.gate: Callable[[], bool] | None = None
        self.step_call: Callable[[], None] | None = None
        self.step_due: datetime | None = None
        self.remaining: timedelta | None = None
        """What was left of a step when the job was suspended."""
        self.limit_call: Callable[[], None] | None = None
        self.queue_call: list[Callable[[], None]] = []
        """Start time and deadline."""

    def running_time(self, now: datetime) -> timedelta:
        """How long it has been running so far."""
        return self.ran if self.since is None else self.ran + (now - self.since)

    def pause(self, now: datetime) -> None:
        """Stop the clocks of the program and of its limit."""
        self.ran = self.running_time(now)
        self.since = None
        if self.step_due is not None:
            self.remaining = max(self.step_due - now, timedelta(0))
            self.step_due = None
        _cancel(self.step_call)
        _cancel(self.limit_call)
        self.step_call = self.limit_call = None

    def stop(self, now: datetime) -> None:
        """Nothing will happen to it by itself any more."""
        self.pause(now)
        for call in self.queue_call:
            call()
        self.queue_call.clear()
        self.gate = None
        self.ticket = 0
        if self.steps is not None:
            self.steps.close()


def _cancel(call: Callable[[], None] | None) -> None:
    if call is not None:
        call()


class FakeJob:
    """One job."""

    __slots__ = ("array", "info", "job_id", "key", "number", "run", "session", "status", "submitted")

    def __init__(
        self,
        session: FakeSession,
        job_id: str,
        key: str | None,
        number: int,
        submitted: datetime,
        array: FakeArray | None = None,
    ) -> None:
        self.session = session
        self.job_id = job_id
        self.key = key
        """None for a job of an array."""
        self.number = number
        """Its index in an array, else its place among all jobs."""
        self.submitted = submitted
        self.array = array
        self.status = _SUBMITTED
        self.info: JobInfo | None = None
        """The final snapshot."""
        self.run: Run | None = None

    @property
    def index(self) -> int | None:
        """Its index in an array; None when it is not part of one."""
        return split_id(self.job_id)[1]

    def enter(self, state: JobState, sub_state: str | None = None, *, now: datetime) -> None:
        """Take a state that is not final, and note the change for those who listen."""
        self.status = JobStatus(state, sub_state)
        self.session.outbox.append(StateChange(self.job_id, state, sub_state, None, now.timestamp()))

    def end(
        self,
        state: JobState,
        *,
        now: datetime,
        cause: Cause | None = None,
        annotation: str | None = None,
        exit_status: int | None = None,
        signal: str | None = None,
    ) -> None:
        """Take a final state: the snapshot is fixed, everything else is dropped."""
        run = self.run
        if run is None:
            return
        run.stop(now)
        self.status = JobStatus(state, cause)
        self.info = self._snapshot(run, now, annotation, exit_status, signal, now)
        self.run = None
        self.session.outbox.append(StateChange(self.job_id, state, cause, self.info, now.timestamp()))

    def end_at_once(self, template: JobTemplate) -> None:
        """Run and end with exit status 0 in this very moment."""
        now = self.submitted
        self.info = JobInfo(
            job_id=self.job_id,
            job_name=template.job_name,
            exit_status=0,
            job_state=_DONE.state,
            allocated_machines=machines(1),
            submission_machine=MACHINE,
            job_owner=OWNER,
            slots=1,
            queue_name=QUEUE,
            wallclock_time=ZERO_TIME,
            cpu_time=ZERO_TIME,
            submission_time=now,
            dispatch_time=now,
            finish_time=now,
        )
        self.status = _DONE
        if self.session.is_heard:
            time = now.timestamp()
            self.session.outbox += (
                StateChange(self.job_id, JobState.QUEUED, None, None, time),
                StateChange(self.job_id, JobState.RUNNING, None, None, time),
                StateChange(self.job_id, JobState.DONE, None, self.info, time),
            )

    def snapshot(self, now: datetime) -> JobInfo:
        """What is known about it now."""
        if self.run is None:
            assert self.info is not None
            return self.info
        return self._snapshot(self.run, now, None, None, None, None)

    def _snapshot(
        self,
        run: Run,
        now: datetime,
        annotation: str | None,
        exit_status: int | None,
        signal: str | None,
        finished: datetime | None,
    ) -> JobInfo:
        template = run.template
        started = run.dispatched is not None
        ran = run.running_time(now) if started else None
        return JobInfo(
            job_id=self.job_id,
            job_name=template.job_name,
            exit_status=exit_status,
            terminating_signal=signal,
            annotation=annotation,
            job_state=self.status.state,
            job_sub_state=self.status.sub_state,
            allocated_machines=machines(run.slots) if started else None,
            submission_machine=MACHINE,
            job_owner=OWNER,
            slots=run.slots if started else None,
            queue_name=template.queue_name or QUEUE,
            wallclock_time=ran,
            cpu_time=ran,
            submission_time=self.submitted,
            dispatch_time=run.dispatched,
            finish_time=finished,
        )


_SUBMITTED: Final = JobStatus(JobState.QUEUED)
_DONE: Final = JobStatus(JobState.DONE)
