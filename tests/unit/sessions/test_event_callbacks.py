"""Registering for events, and that nothing a callback does harms anything: rules V1 to V9."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.sessions.listening import Recorder, event_threads
from wflpy.drmaa2 import (
    DrmaaNotification,
    DrmCommunicationException,
    InvalidArgumentException,
    JobState,
    JobTemplate,
    UnsupportedOperationException,
)
from wflpy.sessions import SessionManager, events
from wflpy.testing import Script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wflpy.sessions import JobSession
    from wflpy.testing import FakeInstallation

QUEUED, HELD, RUNNING, SUSPENDED = JobState.QUEUED, JobState.QUEUED_HELD, JobState.RUNNING, JobState.SUSPENDED
DONE, FAILED = JobState.DONE, JobState.FAILED


@pytest.fixture
def recorder(manager: SessionManager) -> Recorder:
    made = Recorder()
    manager.register_event_notification(made)
    return made


@pytest.fixture(autouse=True)
def running_jobs(installation: FakeInstallation) -> None:
    installation.script("run", Script(forever=True))


@pytest.fixture
def quick_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    from wflpy.sessions import teller

    monkeypatch.setattr(teller, "PATIENCE", 0.05)


RUN = JobTemplate(remote_command="run")
HOLD = JobTemplate(remote_command="run", submit_as_hold=True)


# Registering


def test_a_tracker_without_callbacks_has_no_registration(shelves: None) -> None:
    with SessionManager("shelf") as manager:
        for callback in (Recorder(), None):
            with pytest.raises(UnsupportedOperationException, match="shelf tracker does not have CALLBACK"):
                manager.register_event_notification(callback)
    assert event_threads() == []


def test_one_open_session_with_callbacks_is_enough(shelves: None) -> None:
    with SessionManager("shelf") as manager:
        session = manager.create_job_session("fake", contact="fake")
        manager.create_job_session("shelf").run_job(RUN)
        recorder = Recorder()
        manager.register_event_notification(recorder)
        recorder.await_state(session.run_job(RUN), RUNNING)
        assert {one.session_name for one in recorder.told} == {"fake"}


@pytest.mark.parametrize("wrong", [5, "notify", object()], ids=str)
def test_what_cannot_be_called_is_refused(wrong: Any, manager: SessionManager) -> None:
    with pytest.raises(InvalidArgumentException, match="callback must have a method notify") as caught:
        manager.register_event_notification(wrong)
    assert caught.value.attributes == ("callback",)
    assert event_threads() == []


def test_nothing_is_registered_when_the_jobs_cannot_be_asked(
    manager: SessionManager, session: JobSession, installation: FakeInstallation
) -> None:
    manager.create_job_session("other")
    recorder = Recorder()
    installation.faults.unreachable = True
    with pytest.raises(DrmCommunicationException):
        manager.register_event_notification(recorder)
    installation.faults.unreachable = False
    session.run_job(RUN)
    installation.settle()
    assert recorder.told == []
    assert event_threads() == []


def test_a_second_registration_takes_the_place_of_the_first(
    manager: SessionManager, recorder: Recorder, session: JobSession
) -> None:
    recorder.await_state(session.run_job(RUN), RUNNING)
    second = Recorder()
    manager.register_event_notification(second)
    before = len(recorder.told)
    second.await_state(session.run_job(RUN), RUNNING)
    assert len(recorder.told) == before
    assert len(event_threads()) == 1


def test_unregistering_twice_or_without_a_registration_is_no_error(manager: SessionManager) -> None:
    manager.register_event_notification(None)
    manager.register_event_notification(Recorder())
    manager.register_event_notification(None)
    manager.register_event_notification(None)


def test_nothing_is_told_once_unregistering_returned(
    manager: SessionManager, session: JobSession, installation: FakeInstallation
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def block(_: DrmaaNotification) -> None:
        inside.set()
        assert go_on.wait(20)

    recorder = Recorder(block)
    manager.register_event_notification(recorder)
    for _ in range(5):
        session.run_job(RUN)
    assert inside.wait(20)
    ended = threading.Event()

    def unregister() -> None:
        manager.register_event_notification(None)
        ended.set()

    thread = threading.Thread(target=unregister)
    thread.start()
    # It waits for the call that is going on.
    assert not ended.wait(0.05)
    go_on.set()
    thread.join(20)
    installation.settle()
    assert len(recorder.told) == 1
    assert event_threads() == []


def test_a_callback_can_unregister_itself(manager: SessionManager, session: JobSession) -> None:
    recorder = Recorder(lambda _: manager.register_event_notification(None))
    manager.register_event_notification(recorder)
    (thread,) = event_threads()
    session.run_job(RUN)
    thread.join(20)
    assert len(recorder.told) == 1
    # And it can be registered anew.
    manager.register_event_notification(recorder)
    session.run_job(RUN)
    recorder.await_count(2)


def test_closing_the_manager_ends_the_events(manager: SessionManager, recorder: Recorder, session: JobSession) -> None:
    recorder.await_state(session.run_job(RUN), RUNNING)
    manager.close()
    assert event_threads() == []
    before = len(recorder.told)
    manager.open_job_session("tests").run_job(JobTemplate(remote_command="true")).wait_terminated()
    assert len(recorder.told) == before


# What a callback does


@pytest.mark.parametrize("failure", [ValueError("broken"), SystemExit(3)], ids=repr)
def test_a_failing_callback_is_logged_and_called_again(
    failure: BaseException, manager: SessionManager, session: JobSession, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: DrmaaNotification) -> None:
        raise failure

    recorder = Recorder(fail)
    manager.register_event_notification(recorder)
    with caplog.at_level(logging.ERROR, "wflpy.sessions"):
        recorder.await_state(session.run_job(JobTemplate(remote_command="true")), DONE)
        manager.register_event_notification(None)
    assert caplog.text.count("the event callback failed") == 3


def test_a_callback_may_call_everything(manager: SessionManager, session: JobSession) -> None:
    seen: list[JobState] = []
    ended = threading.Event()

    def act(notification: DrmaaNotification) -> None:
        assert notification.job_id is not None
        job = session.get_job(notification.job_id)
        if notification.job_state is RUNNING:
            job.terminate()
            job.wait_terminated()
            again = manager.open_job_session("tests")
            seen.append(again.get_job(job.job_id).state)
            again.close()
        elif notification.job_state is FAILED:
            job.reap()
            manager.close()
            ended.set()

    manager.register_event_notification(act)
    session.run_job(RUN)
    assert ended.wait(20)
    assert seen == [FAILED]


def test_waiting_does_not_depend_on_the_callback(
    manager: SessionManager, session: JobSession, installation: FakeInstallation
) -> None:
    go_on = threading.Event()
    manager.register_event_notification(lambda _: go_on.wait(20))
    job = session.run_job(RUN)
    installation.finish(job.job_id)
    job.wait_terminated(20)
    session.wait_all_terminated([job], 20)
    go_on.set()


def test_a_callback_that_never_returns_is_left_alone(
    quick_patience: None, manager: SessionManager, session: JobSession, caplog: pytest.LogCaptureFixture
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def block(_: DrmaaNotification) -> None:
        inside.set()
        go_on.wait(20)

    manager.register_event_notification(block)
    session.run_job(RUN)
    assert inside.wait(20)
    (thread,) = event_threads()
    with caplog.at_level(logging.WARNING, "wflpy.sessions"):
        manager.close()
    assert "has not returned" in caplog.text
    go_on.set()
    thread.join(20)


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[SessionManager]:
    monkeypatch.setattr(events.EventDispatcher.__init__, "__defaults__", (4,))
    with SessionManager("fake", home=home) as made:
        yield made


def test_too_many_events_drop_the_oldest_and_keep_the_order_legal(
    small_limit: SessionManager, installation: FakeInstallation, caplog: pytest.LogCaptureFixture
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def block(_: DrmaaNotification) -> None:
        inside.set()
        assert go_on.wait(20)

    recorder = Recorder(block)
    small_limit.register_event_notification(recorder)
    session = small_limit.create_job_session("tests")
    first = session.run_job(HOLD)
    assert inside.wait(20)
    with caplog.at_level(logging.WARNING, "wflpy.sessions"):
        job = session.run_job(RUN)
        job.suspend()
        job.resume()
        job.suspend()
        installation.settle()
        job.terminate()
        installation.settle()
        go_on.set()
        # Four wait: SUSPENDED, RUNNING, SUSPENDED, FAILED; the way to the first of them is told too.
        assert recorder.await_state(job, FAILED) == [QUEUED, RUNNING, SUSPENDED, RUNNING, SUSPENDED, FAILED]
        small_limit.close()
    assert recorder.states(first) == [HELD]
    assert caplog.text.count("events come faster than the callback takes them") == 1
    assert "2 events were dropped" in caplog.text
