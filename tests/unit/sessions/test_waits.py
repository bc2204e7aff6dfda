"""Waiting for one, any and all of several jobs: rules W1 to W10, A2 to A6, and what a waiter costs."""

from __future__ import annotations

import math
import threading
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from wflpy.drmaa2 import (
    INFINITE_TIME,
    ZERO_TIME,
    DrmaaException,
    InternalException,
    InvalidArgumentException,
    InvalidSessionException,
    InvalidStateException,
    JobState,
    JobTemplate,
    TimeoutException,
)
from wflpy.sessions import SessionManager, vigil
from wflpy.store import MemoryStore
from wflpy.store.memory_jobs import MemoryJobLog
from wflpy.testing import Script
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from wflpy.drmaa2 import JobStatus
    from wflpy.sessions import Job, JobSession
    from wflpy.testing import FakeInstallation


@pytest.fixture
def manager() -> Iterator[SessionManager]:
    with SessionManager("fake", store=MemoryStore()) as made:
        yield made


HELD = JobTemplate(remote_command="held", submit_as_hold=True)


def program(name: str) -> JobTemplate:
    return JobTemplate(remote_command=name)


def run(session: JobSession, installation: FakeInstallation, **durations: float) -> list[Job]:
    for name, duration in durations.items():
        installation.script(name, Script(duration=duration))
    return [session.run_job(program(name)) for name in durations]


class Waiting:
    """A wait in a thread of its own, begun when the object is made, and what came of it."""

    def __init__(self, session: JobSession, wait: Callable[[], object]) -> None:
        self.result: object = None
        self.error: DrmaaException | None = None
        self._wait = wait
        self._thread = threading.Thread(target=self._run)
        # Every wait first lets itself be woken and then asks for the states.
        asked = threading.Event()
        states = session.tracker.states

        def spy(job_ids: Collection[str]) -> dict[str, JobStatus]:
            found = states(job_ids)
            asked.set()
            return found

        with patch.object(session.tracker, "states", spy):
            self._thread.start()
            assert asked.wait(20)

    def _run(self) -> None:
        try:
            self.result = self._wait()
        except DrmaaException as error:
            self.error = error

    def join(self) -> Waiting:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self


WAITS: dict[str, Callable[[JobSession, Sequence[Job], float | timedelta | None], object]] = {
    "any_started": lambda session, jobs, timeout: session.wait_any_started(jobs, timeout),
    "any_terminated": lambda session, jobs, timeout: session.wait_any_terminated(jobs, timeout),
    "all_started": lambda session, jobs, timeout: session.wait_all_started(jobs, timeout),
    "all_terminated": lambda session, jobs, timeout: session.wait_all_terminated(jobs, timeout),
    "started": lambda _, jobs, timeout: jobs[0].wait_started(timeout),
    "terminated": lambda _, jobs, timeout: jobs[0].wait_terminated(timeout),
}
every_wait = pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)


@every_wait
def test_a_wait_without_time_raises_at_once_unless_the_job_is_there(
    wait: Callable[..., object], session: JobSession
) -> None:
    job = session.run_job(HELD)
    for zero in (0, 0.0, ZERO_TIME):
        with pytest.raises(TimeoutException) as caught:
            wait(session, [job], zero)
        assert caught.value.pending == (job.job_id,)
    ended = session.run_job(program("true"))
    wait(session, [ended], 0)


@every_wait
def test_a_wait_that_runs_out_raises(wait: Callable[..., object], session: JobSession) -> None:
    with pytest.raises(TimeoutException):
        wait(session, [session.run_job(HELD)], 0.01)


@every_wait
@pytest.mark.parametrize("endless", [None, INFINITE_TIME, math.inf], ids=str)
def test_a_wait_without_limit_goes_on_until_the_job_is_there(
    wait: Callable[..., object], endless: float | None, session: JobSession, installation: FakeInstallation
) -> None:
    jobs = [session.run_job(HELD)]
    waiting = Waiting(session, lambda: wait(session, jobs, endless))
    jobs[0].release()
    installation.settle()
    assert waiting.join().error is None


@every_wait
@pytest.mark.parametrize("wrong", [-1, timedelta(seconds=-0.001), math.nan, "5", True], ids=str)
def test_a_wrong_timeout_is_refused(wait: Callable[..., object], wrong: float, session: JobSession) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        wait(session, [session.run_job(HELD)], wrong)
    assert caught.value.attributes == ("timeout",)


@every_wait
def test_a_thread_that_waits_is_woken_when_the_session_closes(wait: Callable[..., object], session: JobSession) -> None:
    jobs = [session.run_job(HELD)]
    waiting = Waiting(session, lambda: wait(session, jobs, None))
    session.close()
    assert isinstance(waiting.join().error, InvalidSessionException)


@every_wait
def test_a_thread_that_waits_is_woken_when_the_session_is_destroyed(
    wait: Callable[..., object], manager: SessionManager, session: JobSession
) -> None:
    jobs = [session.run_job(HELD)]
    waiting = Waiting(session, lambda: wait(session, jobs, None))
    manager.destroy_job_session(session.session_name)
    assert isinstance(waiting.join().error, InvalidSessionException)


SEVERAL = {name: WAITS[name] for name in ("any_started", "any_terminated", "all_started", "all_terminated")}
every_wait_for_several = pytest.mark.parametrize("wait", SEVERAL.values(), ids=SEVERAL)


@every_wait_for_several
def test_there_must_be_something_to_wait_for(wait: Callable[..., object], session: JobSession) -> None:
    with pytest.raises(InvalidArgumentException, match="nothing to wait for"):
        wait(session, [], 0)


@every_wait_for_several
def test_jobs_of_another_session_are_refused_before_any_waiting(
    wait: Callable[..., object], session: JobSession, manager: SessionManager
) -> None:
    ended = session.run_job(program("true"))
    stranger = manager.create_job_session("other").run_job(program("true"))
    for wrong in (stranger, "1", None):
        with pytest.raises(InvalidArgumentException, match="is not a job of session 'tests'"):
            wait(session, [ended, wrong], None)


@every_wait_for_several
def test_jobs_of_another_handle_of_the_session_are_its_own(
    wait: Callable[..., object], session: JobSession, manager: SessionManager
) -> None:
    again = manager.open_job_session(session.session_name)
    wait(session, [again.run_job(program("true"))], 5)


def test_any_returns_the_object_that_was_given(session: JobSession, installation: FakeInstallation) -> None:
    held, job = session.run_job(HELD), session.run_job(program("true"))
    installation.settle()
    assert session.wait_any_terminated([held, job, job], 5) is job
    assert session.wait_any_started([held, job], 5) is job


def test_of_several_that_are_there_the_earliest_is_taken(session: JobSession, installation: FakeInstallation) -> None:
    slow, quick = run(session, installation, slow=30, quick=10)
    installation.clock.advance(60)
    assert session.wait_any_terminated([slow, quick]) is quick
    late = session.run_job(program("quick"))
    assert session.wait_any_started([late, quick, slow]) in (quick, slow)


def test_the_first_to_come_wakes_the_waiter(session: JobSession, installation: FakeInstallation) -> None:
    jobs = run(session, installation, slow=30, quick=10)
    waiting = Waiting(session, lambda: session.wait_any_terminated(jobs))
    installation.clock.advance(10)
    assert waiting.join().result is jobs[1]


def test_all_returns_when_the_last_is_there(session: JobSession, installation: FakeInstallation) -> None:
    jobs = run(session, installation, slow=30, quick=10)
    waiting = Waiting(session, lambda: session.wait_all_terminated(jobs))
    installation.clock.advance(10)
    with pytest.raises(TimeoutException) as caught:
        session.wait_all_terminated(jobs, 0)
    assert caught.value.pending == (jobs[0].job_id,)
    assert "1 of 2 jobs did not end" in str(caught.value)
    installation.clock.advance(20)
    assert waiting.join().error is None


def test_all_tells_which_have_not_started(session: JobSession, installation: FakeInstallation) -> None:
    (running,) = run(session, installation, runs=60)
    held = [session.run_job(HELD) for _ in range(3)]
    with pytest.raises(TimeoutException) as caught:
        session.wait_all_started([held[0], running, *held[1:], running], 0)
    assert caught.value.pending == tuple(job.job_id for job in held)


# A start that cannot be any more


def unstarted(session: JobSession) -> Job:
    job = session.run_job(HELD)
    job.terminate()
    assert job.state is JobState.FAILED
    return job


def lost(session: JobSession, installation: FakeInstallation) -> Job:
    job = session.run_job(HELD)
    installation.vanish(job.job_id)
    return job


def test_the_start_of_a_job_that_ended_is_over_if_it_ever_started(
    session: JobSession, installation: FakeInstallation
) -> None:
    installation.script("fails", Script(exit_status=3))
    failed, done = session.run_job(program("fails")), session.run_job(program("true"))
    session.wait_all_terminated([failed, done])
    for job in (failed, done):
        job.wait_started()
        assert session.wait_any_started([job]) is job
    session.wait_all_started([failed, done])


def test_the_start_of_a_job_that_failed_before_is_never_waited_for(
    session: JobSession, installation: FakeInstallation
) -> None:
    job = unstarted(session)
    for wait in (job.wait_started, lambda: session.wait_any_started([job]), lambda: session.wait_all_started([job])):
        with pytest.raises(InvalidStateException, match="ended without ever starting"):
            wait()
    installation.script("missing", Script(start_failure=Cause.PROGRAM_NOT_FOUND, annotation="no such program"))
    with pytest.raises(InvalidStateException):
        session.run_job(program("missing")).wait_started()


def test_a_wait_for_a_start_ends_when_the_job_fails_instead(session: JobSession) -> None:
    job = session.run_job(HELD)
    one = Waiting(session, job.wait_started)
    every = Waiting(session, lambda: session.wait_all_started([job]))
    job.terminate()
    assert isinstance(one.join().error, InvalidStateException)
    assert isinstance(every.join().error, InvalidStateException)


def test_the_end_of_a_lost_job_is_never_waited_for(session: JobSession, installation: FakeInstallation) -> None:
    job = lost(session, installation)
    waits: list[Callable[[], object]] = [
        job.wait_terminated,
        job.wait_started,
        lambda: session.wait_all_terminated([job]),
    ]
    for wait in waits:
        with pytest.raises(InvalidStateException, match="lost for good"):
            wait()


def test_a_wait_for_the_end_is_over_when_the_job_is_lost(session: JobSession, installation: FakeInstallation) -> None:
    job, other = session.run_job(HELD), session.run_job(HELD)
    waits = [Waiting(session, job.wait_terminated), Waiting(session, lambda: session.wait_all_terminated([other, job]))]
    installation.vanish(job.job_id)
    assert all(isinstance(waiting.join().error, InvalidStateException) for waiting in waits)


def test_any_goes_on_while_one_of_the_jobs_can_still_start(session: JobSession, installation: FakeInstallation) -> None:
    hopeless = [unstarted(session), lost(session, installation), unstarted(session)]
    held = session.run_job(HELD)
    with pytest.raises(TimeoutException):
        session.wait_any_started([*hopeless, held], 0)
    waiting = Waiting(session, lambda: session.wait_any_started([*hopeless, held]))
    held.release()
    installation.settle()
    assert waiting.join().result is held


def test_any_gives_up_when_none_can_start_any_more(session: JobSession, installation: FakeInstallation) -> None:
    hopeless = [unstarted(session), lost(session, installation), unstarted(session)]
    with pytest.raises(InvalidStateException, match="none of these 3 jobs can start any more"):
        session.wait_any_started(hopeless)
    with pytest.raises(InvalidStateException, match="lost for good"):
        session.wait_any_terminated([lost(session, installation), lost(session, installation)])


def test_thousands_of_jobs_need_no_thread_each(session: JobSession, installation: FakeInstallation) -> None:
    installation.script("work", Script(duration=10))
    jobs = [job for job in session.submit([program("work")] * 3000) if not isinstance(job, Exception)]
    before = threading.active_count()
    waiting = Waiting(session, lambda: session.wait_all_terminated(jobs))
    assert threading.active_count() <= before + 2
    installation.clock.advance(10)
    assert waiting.join().error is None
    assert session.wait_any_terminated(jobs) is jobs[0]


def test_events_that_come_twice_do_no_harm(session: JobSession, installation: FakeInstallation) -> None:
    installation.faults.duplicate_events = True
    jobs = run(session, installation, slow=30, quick=10)
    waiting = Waiting(session, lambda: session.wait_all_terminated(jobs))
    installation.clock.advance(60)
    assert waiting.join().error is None


# Sessions that another process destroys


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vigil, "PATIENCE", 0.01)
    monkeypatch.setattr(vigil, "PERIOD", 0.01)


@every_wait
def test_a_thread_that_waits_is_woken_when_another_process_destroys_the_session(
    wait: Callable[..., object], watchful: None, home: Path
) -> None:
    with SessionManager("fake", home=home) as mine, SessionManager("fake", home=home) as others:
        session = mine.create_job_session("shared")
        jobs = [session.run_job(HELD)]
        waits = [Waiting(session, lambda: wait(session, jobs, None)), Waiting(session, lambda: wait(session, jobs, 60))]
        others.destroy_job_session("shared")
        for waiting in waits:
            error = waiting.join().error
            assert isinstance(error, InvalidSessionException)
            assert "'shared' was destroyed" in str(error)
    assert_no_vigil()


@every_wait
def test_a_long_wait_tells_its_whole_time(wait: Callable[..., object], watchful: None, session: JobSession) -> None:
    with pytest.raises(TimeoutException, match=r"within 0:00:00\.05"):
        wait(session, [session.run_job(HELD)], 0.05)
    assert_no_vigil()


def test_a_store_that_cannot_be_asked_ends_no_wait(
    watchful: None, manager: SessionManager, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_locked, asked = threading.Event(), threading.Event()

    def exists(_: MemoryJobLog) -> bool:
        if is_locked.is_set():
            asked.set()
            raise InternalException("locked")
        return True

    monkeypatch.setattr(MemoryJobLog, "exists", exists)
    session = manager.create_job_session("tests")
    job = session.run_job(HELD)
    waiting = Waiting(session, job.wait_terminated)
    is_locked.set()
    assert asked.wait(20)
    is_locked.clear()
    job.terminate()
    assert waiting.join().error is None
    assert "cannot see whether the session still exists: locked" in caplog.text


def assert_no_vigil() -> None:
    for thread in threading.enumerate():
        if thread.name == "wflpy-vigil":
            thread.join(20)
            assert not thread.is_alive()
