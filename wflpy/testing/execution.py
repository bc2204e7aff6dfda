"""How jobs run on a fake installation: slots, the queue by priority, programs step by step, limits, ends.

Everything here is called with the lock of the installation held.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.drmaa2 import NOW, JobState, ResourceLimit
from wflpy.testing.scripts import AT_ONCE, FOREVER, FakeProcess, Program, never
from wflpy.tracker import Cause
from wflpy.tracker.launch import StartFailure

if TYPE_CHECKING:
    from datetime import datetime

    from wflpy.testing.clock import FakeClock
    from wflpy.testing.records import FakeJob, Run
    from wflpy.testing.scripts import Steps

_WAITING: Final = (JobState.QUEUED, JobState.REQUEUED)
_SHORTEST: Final = timedelta(microseconds=1)

Later = Callable[[Callable[[], None]], Callable[[], None]]
"""Makes of an action one that may be called without the lock."""


class _End(NamedTuple):
    """A program is over."""

    result: int | str | None
    """Its exit status, or the name of the signal that ended it."""


_OVER: Final = _End(0)


class Execution:
    """The jobs that wait and run.

    Args:
        clock: the time.
        slots: how many there are; None for any number.
        grace: seconds between SIGTERM and SIGKILL.
        program_of: what a command does.
        later: wraps an action that the clock will call.
    """

    def __init__(
        self, clock: FakeClock, slots: int | None, grace: float, program_of: Callable[[str], Program], later: Later
    ) -> None:
        self.slots: Final = slots
        self.free = slots
        self._clock: Final = clock
        self._grace: Final = timedelta(seconds=grace)
        self._program_of: Final = program_of
        self._later: Final = later
        self._queue: Final[list[tuple[int, int, FakeJob]]] = []
        self._tickets = 0
        self._gated: Final[dict[str, FakeJob]] = {}

    # -- waiting -------------------------------------------------------------------------------------

    def admit(self, job: FakeJob) -> None:
        """Take in a job that is QUEUED or QUEUED_HELD; it starts when nothing stands against it."""
        run = _run_of(job)
        deadline = run.template.deadline_time
        if deadline is not None:
            self._call(run, deadline, lambda: self._miss_deadline(job))
        if job.status.state is JobState.QUEUED:
            self.make_eligible(job)

    def make_eligible(self, job: FakeJob) -> None:
        """A job that is not on hold: it waits for its start time, its turn in the array, and slots."""
        run = _run_of(job)
        start = run.template.start_time
        if start is not None and start is not NOW and start > self._clock.now():
            self._call(run, start, lambda: self.make_eligible(job) if job.status.state in _WAITING else None)
        elif job.array is None:
            self._enqueue(job)
        else:
            job.array.throttle.wait(job.number, job.job_id)
            self._admit_elements(job)

    def withdraw(self, job: FakeJob) -> None:
        """Take a job out of the queue again, for a hold."""
        _run_of(job).ticket = 0
        if job.array is not None:
            job.array.throttle.leave(job.job_id)
            self._admit_elements(job)

    def dispatch(self) -> None:
        """Start the jobs at the head of the queue as long as there are slots for them."""
        while self._queue:
            _, ticket, job = self._queue[0]
            run = job.run
            if run is None or run.ticket != ticket:
                heapq.heappop(self._queue)
                continue
            needed = run.template.min_slots or 1
            if self.free is not None and needed > self.free:
                return
            heapq.heappop(self._queue)
            run.ticket = 0
            self._start(job, run, needed)

    def _enqueue(self, job: FakeJob) -> None:
        run = _run_of(job)
        self._tickets += 1
        run.ticket = self._tickets
        heapq.heappush(self._queue, (-(run.template.priority or 0), self._tickets, job))

    def _admit_elements(self, job: FakeJob) -> None:
        if job.array is not None:
            jobs = job.session.jobs
            for admitted in job.array.throttle.admitted(lambda job_id: jobs[job_id].status.state in _WAITING):
                self._enqueue(jobs[admitted])

    def _miss_deadline(self, job: FakeJob) -> None:
        text = f"its deadline, {_run_of(job).template.deadline_time}, has passed"
        self.end(job, JobState.FAILED, cause=Cause.DEADLINE, annotation=text, signal=_kill_of(job))

    # -- running -------------------------------------------------------------------------------------

    def _start(self, job: FakeJob, run: Run, needed: int) -> None:
        wanted = max(needed, run.template.max_slots or needed)
        run.slots = wanted if self.free is None else min(wanted, self.free)
        try:
            first = self._first_step(job, run)
        except StartFailure as failure:
            self.end(job, JobState.FAILED, cause=failure.cause, annotation=failure.annotation)
            return
        if self.free is not None:
            self.free -= run.slots
        now = self._clock.now()
        run.dispatched = run.dispatched or now
        run.since = now
        job.enter(JobState.RUNNING, now=now)
        self._limit(job, run, now)
        self._follow(job, run, first)

    def _first_step(self, job: FakeJob, run: Run) -> _End | float | Callable[[], bool]:
        program = self._program_of(run.template.remote_command or "")
        if program is AT_ONCE:
            return _OVER
        if program is FOREVER:
            return never
        run.process = FakeProcess(job.job_id, job.index, run.template)
        run.steps = program(run.process)
        return _step(run.steps)

    def _limit(self, job: FakeJob, run: Run, now: datetime) -> None:
        seconds = (run.template.resource_limits or {}).get(ResourceLimit.WALLCLOCK_TIME)
        if seconds is not None:
            left = max(timedelta(seconds=int(seconds)) - run.ran, _SHORTEST)
            run.limit_call = self._clock.call_at(now + left, self._later(lambda: self._exceed(job, seconds)))

    def _exceed(self, job: FakeJob, seconds: str) -> None:
        text = f"it ran longer than its limit of {seconds} s (WALLCLOCK_TIME)"
        self.end(job, JobState.FAILED, cause=Cause.WALLCLOCK_TIME, annotation=text, signal="SIGKILL")

    def _follow(self, job: FakeJob, run: Run, step: _End | float | Callable[[], bool]) -> None:
        """Do what a program asked for: wait for a time or a condition, or end."""
        while callable(step) and step():
            assert run.steps is not None
            step = _step(run.steps)
        if callable(step):
            run.gate = step
            self._gated[job.job_id] = job
        elif not isinstance(step, _End):
            self._sleep(job, run, timedelta(seconds=step))
        elif isinstance(step.result, str):
            self.end(job, JobState.FAILED, signal=step.result)
        else:
            status = step.result or 0
            self.end(job, JobState.FAILED if status else JobState.DONE, exit_status=status)

    def _sleep(self, job: FakeJob, run: Run, left: timedelta) -> None:
        run.step_due = self._clock.now() + max(left, _SHORTEST)
        run.step_call = self._clock.call_at(run.step_due, self._later(lambda: self._go_on(job, run)))

    def _go_on(self, job: FakeJob, run: Run) -> None:
        if job.run is run and run.steps is not None:
            run.step_call = run.step_due = None
            self._follow(job, run, _step(run.steps))

    def look(self) -> None:
        """Let every running program go on whose condition has come true."""
        for job in tuple(self._gated.values()):
            run = job.run
            if run is None or run.gate is None:
                self._gated.pop(job.job_id, None)
            elif job.status.state is JobState.RUNNING and run.gate():
                self._gated.pop(job.job_id, None)
                run.gate = None
                self._go_on(job, run)

    # -- control -------------------------------------------------------------------------------------

    def suspend(self, job: FakeJob) -> None:
        """Stop the program and its clocks."""
        now = self._clock.now()
        _run_of(job).pause(now)
        job.enter(JobState.SUSPENDED, now=now)

    def resume(self, job: FakeJob) -> None:
        """Let the program go on where it was."""
        run = _run_of(job)
        now = run.since = self._clock.now()
        job.enter(JobState.RUNNING, now=now)
        self._limit(job, run, now)
        if run.remaining is not None:
            remaining, run.remaining = run.remaining, None
            self._sleep(job, run, remaining)
        self.look()

    def terminate(self, job: FakeJob) -> None:
        """SIGTERM, and after the grace SIGKILL; a job that waits just ends."""
        run = _run_of(job)
        if run.process is not None and run.process.ignores_terminate and job.status.state.is_started:
            self._call(run, self._clock.now() + self._grace, lambda: self._kill(job, "SIGKILL"))
        else:
            self._kill(job, _kill_of(job))

    def _kill(self, job: FakeJob, signal: str | None) -> None:
        when = "while it ran" if job.status.state.is_started else "before it started"
        self.end(job, JobState.FAILED, cause=Cause.TERMINATED, annotation=f"it was terminated {when}", signal=signal)

    def requeue(self, job: FakeJob) -> None:
        """Put a running job back in the queue; its program begins anew."""
        run = _run_of(job)
        now = self._clock.now()
        self._release(job, run)
        run.pause(now)
        run.gate = run.remaining = run.process = None
        if run.steps is not None:
            run.steps.close()
            run.steps = None
        job.enter(JobState.REQUEUED, now=now)
        self.make_eligible(job)

    def end(
        self,
        job: FakeJob,
        state: JobState,
        *,
        cause: Cause | None = None,
        annotation: str | None = None,
        exit_status: int | None = None,
        signal: str | None = None,
    ) -> None:
        """Let a job take a final state; one that has ended already stays as it is."""
        run = job.run
        if run is None:
            return
        self._release(job, run)
        self._gated.pop(job.job_id, None)
        job.end(
            state, now=self._clock.now(), cause=cause, annotation=annotation, exit_status=exit_status, signal=signal
        )
        if job.array is not None:
            job.array.throttle.leave(job.job_id)
            self._admit_elements(job)

    def _release(self, job: FakeJob, run: Run) -> None:
        holds_slots = job.status.state in (JobState.RUNNING, JobState.SUSPENDED)
        if self.free is not None and holds_slots:
            self.free += run.slots

    def _call(self, run: Run, when: datetime, action: Callable[[], None]) -> None:
        soonest = self._clock.now() + _SHORTEST
        run.queue_call.append(self._clock.call_at(max(when, soonest), self._later(action)))


def _run_of(job: FakeJob) -> Run:
    assert job.run is not None, f"job {job.job_id} has ended"
    return job.run


def _kill_of(job: FakeJob) -> str | None:
    return "SIGTERM" if job.status.state in (JobState.RUNNING, JobState.SUSPENDED) else None


def _step(steps: Steps) -> _End | float | Callable[[], bool]:
    """Run a program to its next ``yield``, or to its end."""
    try:
        return next(steps)
    except StopIteration as end:
        return _End(end.value)
