"""Random legal and illegal operations, against the model of the standard: the matrix, the arrows, and the events."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from tests.unit.sessions.listening import Recorder
from wflpy.drmaa2 import (
    ARROWS,
    OPERATIONS,
    InvalidArgumentException,
    InvalidStateException,
    JobAction,
    JobInfo,
    JobState,
    JobTemplate,
    Operation,
    TimeoutException,
    Verdict,
    state_path,
    wait_verdict,
)
from wflpy.sessions import SessionManager
from wflpy.store import MemoryStore
from wflpy.testing import FakeInstallation, FakeOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.sessions import Job, JobArray

_places = count()

_AFTER = {
    JobAction.SUSPEND: {JobState.SUSPENDED},
    JobAction.RESUME: {JobState.RUNNING},
    JobAction.HOLD: {JobState.QUEUED_HELD, JobState.REQUEUED_HELD},
    JobAction.RELEASE: {JobState.QUEUED, JobState.REQUEUED, JobState.RUNNING},
    JobAction.TERMINATE: {JobState.FAILED},
}
"""The states a job may be in when the operation has returned; a released one may start at once."""

_OPERATIONS = {action: Operation(action) for action in JobAction}

_CALLS: dict[JobAction, Callable[[Job | JobArray], None]] = {
    JobAction.SUSPEND: lambda one: one.suspend(),
    JobAction.RESUME: lambda one: one.resume(),
    JobAction.HOLD: lambda one: one.hold(),
    JobAction.RELEASE: lambda one: one.release(),
    JobAction.TERMINATE: lambda one: one.terminate(),
}

_KINDS = st.sampled_from(["plain", "held", "later"])


class Life(RuleBasedStateMachine):
    """Jobs on two slots: some run, some wait for them."""

    jobs = Bundle("jobs")
    arrays = Bundle("arrays")

    def __init__(self) -> None:
        super().__init__()
        options = FakeOptions(contact=f"machine-{next(_places)}", slots=2, auto=False, grace=1.0)
        self.store = MemoryStore()
        self.manager = SessionManager(options, store=self.store)
        self.recorder = Recorder()
        self.manager.register_event_notification(self.recorder)
        self.session = self.manager.create_job_session("life")
        self.installation = FakeInstallation.at(options.contact)
        self.last: dict[Job, JobState] = {}
        """The jobs there are, as they were after the last step."""
        self.reaped: set[Job] = set()

    def teardown(self) -> None:
        self.manager.close()

    def template(self, kind: str) -> JobTemplate:
        later = self.installation.clock.now() + timedelta(seconds=30) if kind == "later" else None
        return JobTemplate(remote_command="run", submit_as_hold=kind == "held", start_time=later)

    # -- submitting ----------------------------------------------------------------------------------

    @rule(target=jobs, kind=_KINDS)
    def submit(self, kind: str) -> Job:
        job = self.session.run_job(self.template(kind))
        self.look_at(job, None)
        assert (job.state is JobState.QUEUED_HELD) == (kind == "held")
        return job

    @rule(target=arrays, kind=_KINDS, size=st.integers(1, 3), max_parallel=st.none() | st.integers(1, 2))
    def submit_array(self, kind: str, size: int, max_parallel: int | None) -> JobArray:
        array = self.session.run_bulk_jobs(self.template(kind), 1, size, 1, max_parallel)
        assert len(array.jobs) == size
        for job in array.jobs:
            self.look_at(job, None)
        return array

    @rule(target=jobs, array=arrays)
    def take_jobs_of_array(self, array: JobArray) -> Any:
        return multiple(*array.jobs)

    # -- controlling ---------------------------------------------------------------------------------

    @rule(job=jobs, action=st.sampled_from(JobAction))
    def control(self, job: Job, action: JobAction) -> None:
        if job in self.reaped:
            with pytest.raises(InvalidArgumentException):
                _CALLS[action](job)
            return
        before = job.state
        if OPERATIONS[_OPERATIONS[action]][before] is Verdict.ALLOWED:
            _CALLS[action](job)
            assert job.state in _AFTER[action]
        else:
            with pytest.raises(InvalidStateException) as caught:
                _CALLS[action](job)
            assert caught.value.job_id == job.job_id
            assert job.state is before

    @rule(array=arrays, action=st.sampled_from(JobAction))
    def control_array(self, array: JobArray, action: JobAction) -> None:
        allowed = OPERATIONS[_OPERATIONS[action]]
        eligible = [job for job in array.jobs if allowed[job.state] is Verdict.ALLOWED]
        if not eligible:
            with pytest.raises(InvalidStateException):
                _CALLS[action](array)
            return
        _CALLS[action](array)
        # The others may have moved too: a slot that becomes free, or a place below max_parallel.
        assert {job.state for job in eligible} <= _AFTER[action]

    @rule(job=jobs)
    def reap(self, job: Job) -> None:
        if job in self.reaped:
            with pytest.raises(InvalidArgumentException):
                job.reap()
        elif OPERATIONS[Operation.REAP][job.state] is Verdict.ALLOWED:
            job.reap()
            self.forget(job)
        else:
            with pytest.raises(InvalidStateException):
                job.reap()

    @rule(array=arrays)
    def reap_array(self, array: JobArray) -> None:
        ended = [job for job in array.jobs if job.state.is_terminated]
        left = [job for job in array.jobs if job not in ended]
        array.reap()
        for job in ended:
            self.forget(job)
        assert array.jobs == left

    # -- what happens by itself ----------------------------------------------------------------------

    @rule(job=jobs, exit_status=st.sampled_from([0, 3]), signal=st.sampled_from([None, "SIGKILL"]))
    def end(self, job: Job, exit_status: int, signal: str | None) -> None:
        if self.last.get(job) is JobState.RUNNING:
            self.installation.finish(job.job_id, exit_status, signal)
            assert job.state is (JobState.FAILED if exit_status or signal else JobState.DONE)

    @rule(job=jobs)
    def requeue(self, job: Job) -> None:
        if self.last.get(job) is JobState.RUNNING:
            self.installation.requeue(job.job_id)

    @rule(job=jobs)
    def lose(self, job: Job) -> None:
        if job in self.last and ARROWS[self.last[job]]:
            self.installation.vanish(job.job_id)
            assert job.state is JobState.UNDETERMINED

    @rule(seconds=st.sampled_from([1, 30]))
    def let_time_pass(self, seconds: int) -> None:
        self.installation.clock.advance(seconds)

    # -- asking --------------------------------------------------------------------------------------

    @rule(job=jobs, operation=st.sampled_from([Operation.WAIT_STARTED, Operation.WAIT_TERMINATED]))
    def wait(self, job: Job, operation: Operation) -> None:
        wait = job.wait_started if operation is Operation.WAIT_STARTED else job.wait_terminated
        if job in self.reaped:
            with pytest.raises(InvalidArgumentException):
                wait(0)
            return
        started = job.info.dispatch_time is not None
        refusals = {Verdict.BLOCKS: TimeoutException, Verdict.INVALID: InvalidStateException}
        refusal = refusals.get(wait_verdict(operation, job.state, started=started))
        if refusal is None:
            wait(0)
        else:
            with pytest.raises(refusal):
                wait(0)

    @rule(state=st.sampled_from(JobState))
    def filter(self, state: JobState) -> None:
        there = {job for job, last in self.last.items() if last is state}
        assert set(self.session.get_jobs(JobInfo(job_state=state))) == there

    @rule()
    def open_again(self) -> None:
        """Another handle sees the same jobs; the first one may go."""
        again = self.manager.open_job_session("life")
        self.installation.settle()
        assert again.get_jobs() == self.session.get_jobs()
        again.close()

    # -- what always holds ---------------------------------------------------------------------------

    @invariant()
    def the_session_holds_what_was_submitted_and_not_reaped(self) -> None:
        assert set(self.session.get_jobs()) == set(self.last)

    @invariant()
    def jobs_and_their_events_go_along_the_arrows(self) -> None:
        for job, before in self.last.items():
            self.look_at(job, before)
        self.installation.settle()
        for job, state in self.last.items():
            told = self.recorder.await_last(job, state)
            previous: JobState | None = None
            for one in told:
                assert one in ARROWS[previous]
                previous = one

    def look_at(self, job: Job, before: JobState | None) -> None:
        now = job.state
        if now is not before:
            assert state_path(before, now)[-1] is now
        self.last[job] = now

    def forget(self, job: Job) -> None:
        del self.last[job]
        self.reaped.add(job)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=40)
