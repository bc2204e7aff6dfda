"""What a test of SessionContract holds in its hand: a folder, a manager with an open session, and verbs for both."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pytest

from wflpy.drmaa2 import DrmaaException, JobState, TrackerNotFound
from wflpy.sessions import SessionManager
from wflpy.testing.ground import Ground
from wflpy.tracker import Ability, register_tracker, tracker_class

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wflpy.drmaa2 import JobInfo
    from wflpy.sessions import Job, JobArray, JobSession
    from wflpy.testing.harness import Harness
    from wflpy.tracker import JobTracker

SESSION: Final = "contract"
"""The session that is open at the start of every test."""

FIRST: Final = 3
"""The first index of the arrays that `SessionSite.array_in` makes."""


class SessionSite(Ground):
    """One test's folder, manager and session. Sessions are kept in a home below the folder."""

    def __init__(self, harness: Harness, folder: Path) -> None:
        super().__init__(harness, folder)
        try:
            tracker_class(harness.tracker.name)
        except TrackerNotFound:
            register_tracker(harness.tracker)
        self._managers: Final[list[SessionManager]] = []

    # Opened when it is first used: a test that is skipped for want of an ability costs nothing.
    @cached_property
    def manager(self) -> SessionManager:
        """A manager made for the tracker."""
        return self.another_manager()

    @cached_property
    def session(self) -> JobSession:
        """An open job session of it."""
        return self.manager.create_job_session(SESSION)

    @property
    def declaring(self) -> type[JobTracker]:
        """The tracker."""
        return self.harness.tracker

    def another_manager(self) -> SessionManager:
        """A manager of the same sessions, as another program would have it; closed at the end of the test."""
        manager = SessionManager(self.harness.options(self.folder), home=self.folder / "home")
        self._managers.append(manager)
        return manager

    # -- jobs ----------------------------------------------------------------------------------------

    def run(self, behaviour: str, *args: object, **fields: Any) -> Job:
        """Submit a job that does this."""
        return self.session.run_job(self.template(behaviour, *args, **fields))

    def bulk(self, begin: int, end: int, step: int, behaviour: str, *args: object, **fields: Any) -> JobArray:
        """Submit one job that does this for every index."""
        return self.session.run_bulk_jobs(self.template(behaviour, *args, **fields), begin, end, step)

    def held(self, **fields: Any) -> Job:
        """A job that is QUEUED_HELD."""
        return self.run("exit", 0, submit_as_hold=True, **fields)

    def running(self, gate: str = "gate", status: int = 0) -> Job:
        """A job that is RUNNING, until the gate is opened."""
        job = self.run("wait", self.gate(gate), status)
        job.wait_started(self.soon)
        assert job.state is JobState.RUNNING
        return job

    def ended(self, status: int = 0, **fields: Any) -> Job:
        """A job that has ended with this exit status."""
        job = self.run("exit", status, **fields)
        self.end_of(job)
        return job

    def end_of(self, job: Job) -> JobInfo:
        """Wait for the end of a job; its final snapshot."""
        job.wait_terminated(self.soon)
        return job.get_info()

    # -- states --------------------------------------------------------------------------------------

    def job_in(self, state: JobState) -> Job:
        """A job in this state; skips the test where none can be had."""
        job = self.session.run_job(self._way_to(state))
        self._bring(job, state)
        return job

    def array_in(self, state: JobState) -> JobArray:
        """An array whose only job is in this state; skips the test where none can be had."""
        array = self.session.run_bulk_jobs(self._way_to(state), FIRST, FIRST)
        (job,) = array.jobs
        self._bring(job, state)
        return array

    def _way_to(self, state: JobState) -> Any:
        for one, ability in _NEEDED.items():
            if state is one:
                self.needs(ability)
        if state is JobState.QUEUED:
            return self.template("exit", 0, start_time=self.harness.now() + timedelta(days=1))
        if state is JobState.QUEUED_HELD:
            return self.template("exit", 0, submit_as_hold=True)
        if state.is_terminated:
            return self.template("exit", 0 if state is JobState.DONE else 3)
        return self.template("wait", self.gate())

    def _bring(self, job: Job, state: JobState) -> None:
        if state.is_terminated:
            job.wait_terminated(self.soon)
        elif not state.is_queued:
            job.wait_started(self.soon)
            self._from_running(job, state)
        assert job.state is state

    def _from_running(self, job: Job, state: JobState) -> None:
        if state is JobState.SUSPENDED:
            job.suspend()
            self.await_that(lambda: job.state is JobState.SUSPENDED, f"{job} is SUSPENDED")
        elif state is JobState.UNDETERMINED:
            self._arrange(self.harness.lose, job, "lose a job")
        elif state in (JobState.REQUEUED, JobState.REQUEUED_HELD):
            self._arrange(self.harness.requeue, job, "requeue a job")
            if state is JobState.REQUEUED_HELD:
                job.hold()

    def _arrange(self, arrange: Callable[[str], bool], job: Job, what: str) -> None:
        if not arrange(job.job_id):
            pytest.skip(f"{self.harness.name} cannot be made to {what}")

    # -- the end -------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Open every gate, end every job, close every manager; no thread is left."""
        self.open_gates()
        if self._managers:
            with suppress(DrmaaException), self.another_manager() as manager:
                for name in manager.get_job_session_names():
                    self._end_jobs(manager.open_job_session(name))
        for manager in self._managers:
            manager.close()
        self.check_threads()

    def _end_jobs(self, session: JobSession) -> None:
        for job in session.get_jobs():
            with suppress(DrmaaException):
                job.terminate()


_NEEDED: Final = {
    JobState.SUSPENDED: Ability.SUSPEND,
    JobState.REQUEUED: Ability.REQUEUE,
    JobState.REQUEUED_HELD: Ability.REQUEUE,
}
"""States that not every tracker reports."""
