"""What is told of jobs, in which order, and of whose jobs: the events of a manager (GFD.231 7.1.13, 8.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.sessions.listening import Recorder
from wflpy.drmaa2 import (
    DrmaaEvent,
    DrmaaNotification,
    JobState,
    JobTemplate,
)
from wflpy.sessions import DrmaaCallback, SessionManager
from wflpy.sessions.notices import SYNTHESISED
from wflpy.testing import Script

if TYPE_CHECKING:
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


RUN = JobTemplate(remote_command="run")
HOLD = JobTemplate(remote_command="run", submit_as_hold=True)


# What is told


def test_every_new_state_is_told_in_order(
    recorder: Recorder, session: JobSession, installation: FakeInstallation
) -> None:
    job = session.run_job(HOLD)
    job.release()
    job.suspend()
    job.resume()
    installation.finish(job.job_id)
    assert recorder.await_state(job, DONE) == [HELD, QUEUED, RUNNING, SUSPENDED, RUNNING, DONE]
    assert {one.event for one in recorder.told} == {DrmaaEvent.NEW_STATE}
    assert {one.session_name for one in recorder.told} == {"tests"}
    assert recorder.told[0] == DrmaaNotification(
        event=DrmaaEvent.NEW_STATE, job_id=job.job_id, session_name="tests", job_state=HELD
    )


def test_a_function_can_be_registered(manager: SessionManager, session: JobSession) -> None:
    recorder = Recorder()
    manager.register_event_notification(lambda notification: recorder.notify(notification))
    recorder.await_state(session.run_job(JobTemplate(remote_command="true")), DONE)


def test_the_interface_of_a_callback_is_public() -> None:
    assert isinstance(Recorder(), DrmaaCallback)
    assert not isinstance(print, DrmaaCallback)


def test_states_that_nobody_saw_are_synthesised(recorder: Recorder, session: JobSession) -> None:
    from wflpy.tracker import StateChange

    job = session.run_job(HOLD)
    recorder.await_state(job, HELD)
    session.tracker.watch.publish([StateChange(job.job_id, DONE)])
    assert recorder.await_state(job, DONE) == [HELD, QUEUED, RUNNING, DONE]
    assert [one.extensions for one in recorder.told] == [None, {SYNTHESISED: "true"}, {SYNTHESISED: "true"}, None]


def test_a_started_job_never_goes_back_to_queued(recorder: Recorder, session: JobSession) -> None:
    from wflpy.tracker import StateChange

    job = session.run_job(RUN)
    recorder.await_state(job, RUNNING)
    session.tracker.watch.publish([StateChange(job.job_id, state) for state in (QUEUED, HELD, RUNNING)])
    assert recorder.await_count(6)
    assert recorder.states(job) == [
        QUEUED, RUNNING, JobState.REQUEUED, JobState.REQUEUED_HELD, JobState.REQUEUED, RUNNING
    ]  # fmt: skip


def test_nothing_follows_a_final_state(recorder: Recorder, session: JobSession) -> None:
    from wflpy.tracker import StateChange

    job, last = session.run_job(JobTemplate(remote_command="true")), session.run_job(RUN)
    recorder.await_state(job, DONE)
    session.tracker.watch.publish([StateChange(job.job_id, RUNNING), StateChange(last.job_id, SUSPENDED)])
    recorder.await_state(last, SUSPENDED)
    assert recorder.states(job) == [QUEUED, RUNNING, DONE]


def test_events_that_come_twice_are_told_once(
    recorder: Recorder, session: JobSession, installation: FakeInstallation
) -> None:
    installation.faults.duplicate_events = True
    job = session.run_job(RUN)
    installation.finish(job.job_id, exit_status=1)
    recorder.await_state(job, FAILED)
    installation.settle()
    assert recorder.states(job) == [QUEUED, RUNNING, FAILED]


def test_a_move_to_another_machine_is_told(recorder: Recorder, session: JobSession) -> None:
    from wflpy.drmaa2 import JobInfo, SlotInfo
    from wflpy.tracker import StateChange

    job = session.run_job(RUN)
    recorder.await_state(job, RUNNING)
    one, two = ([SlotInfo(name, 1)] for name in ("one", "two"))
    infos = [JobInfo(allocated_machines=machines) for machines in (one, two, two)]
    session.tracker.watch.publish([StateChange(job.job_id, RUNNING, info=info) for info in infos])
    assert [(one.event, one.job_state) for one in recorder.await_count(3)[2:]] == [(DrmaaEvent.MIGRATED, RUNNING)]
    ended = StateChange(job.job_id, DONE, info=JobInfo(allocated_machines=one))
    session.tracker.watch.publish([ended])
    assert [(one.event, one.job_state) for one in recorder.await_count(5)[3:]] == [
        (DrmaaEvent.MIGRATED, RUNNING),
        (DrmaaEvent.NEW_STATE, DONE),
    ]


def test_a_changed_attribute_is_told(recorder: Recorder, session: JobSession) -> None:
    from wflpy.drmaa2 import JobInfo
    from wflpy.tracker import StateChange

    job = session.run_job(RUN)
    recorder.await_state(job, RUNNING)
    infos = [JobInfo(queue_name=name, slots=slots) for name, slots in (("a", None), ("a", 2), ("b", 2), ("b", None))]
    changes = [StateChange(job.job_id, RUNNING, "stage", info) for info in infos]
    session.tracker.watch.publish(changes)
    session.tracker.watch.publish([StateChange(job.job_id, DONE)])
    recorder.await_state(job, DONE)
    told = [(one.event, one.job_state) for one in recorder.told[2:]]
    # The sub-state, and the queue. What becomes known, or is not told any more, has not changed.
    assert told == [(DrmaaEvent.ATTRIBUTE_CHANGE, RUNNING)] * 2 + [(DrmaaEvent.NEW_STATE, DONE)]


# Whose events


def test_events_of_all_sessions_of_the_manager_are_told(manager: SessionManager, recorder: Recorder) -> None:
    sessions = [manager.create_job_session(name) for name in ("one", "two")]
    for session in sessions:
        recorder.await_state(session.run_job(RUN), RUNNING)
    assert {one.session_name for one in recorder.told} == {"one", "two"}


def test_events_begin_with_the_registration(
    manager: SessionManager, session: JobSession, installation: FakeInstallation
) -> None:
    queued, held, running, done = (
        session.run_job(JobTemplate(remote_command="run", start_time=_later(installation))),
        session.run_job(HOLD),
        session.run_job(RUN),
        session.run_job(JobTemplate(remote_command="true")),
    )
    recorder = Recorder()
    manager.register_event_notification(recorder)
    for job in (queued, held, running):
        job.terminate()
        assert recorder.await_state(job, FAILED) == [FAILED]
    assert recorder.states(done) == []


def _later(installation: FakeInstallation) -> Any:
    from datetime import timedelta

    return installation.clock.now() + timedelta(days=1)


def test_a_session_that_is_opened_later_tells_what_happens_then(home: Path, installation: FakeInstallation) -> None:
    with SessionManager("fake", home=home) as first:
        job = first.create_job_session("nightly").run_job(RUN)
    with SessionManager("fake", home=home) as manager:
        recorder = Recorder()
        manager.register_event_notification(recorder)
        manager.open_job_session("nightly")
        installation.finish(job.job_id)
        assert recorder.await_state(job, DONE) == [DONE]


def test_a_session_that_is_open_twice_tells_once(
    manager: SessionManager, recorder: Recorder, session: JobSession, installation: FakeInstallation
) -> None:
    again = manager.open_job_session("tests")
    job = session.run_job(RUN)
    recorder.await_state(job, RUNNING)
    # The other handle takes over what this one told.
    session.close()
    installation.finish(job.job_id)
    assert recorder.await_state(job, DONE) == [QUEUED, RUNNING, DONE]
    recorder.await_state(again.run_job(JobTemplate(remote_command="true")), DONE)
    again.close()
    third = manager.open_job_session("tests")
    assert third.get_job(job.job_id).state is DONE
    recorder.await_state(third.run_job(JobTemplate(remote_command="true")), DONE)
    assert recorder.states(job) == [QUEUED, RUNNING, DONE]


def test_what_ends_while_one_handle_takes_over_from_another_is_told(
    manager: SessionManager, recorder: Recorder, session: JobSession, installation: FakeInstallation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    manager.open_job_session("tests")
    job = session.run_job(RUN)
    recorder.await_state(job, RUNNING)
    close = session.tracker.close

    def close_and_finish() -> None:
        close()
        installation.finish(job.job_id)

    monkeypatch.setattr(session.tracker, "close", close_and_finish)
    session.close()
    assert recorder.await_state(job, DONE) == [QUEUED, RUNNING, DONE]


def test_a_late_event_from_before_the_registration_is_no_step_back(
    manager: SessionManager, session: JobSession, installation: FakeInstallation
) -> None:
    from wflpy.tracker import StateChange

    job = session.run_job(RUN)
    recorder = Recorder()
    manager.register_event_notification(recorder)
    session.tracker.watch.publish([StateChange(job.job_id, QUEUED), StateChange(job.job_id, RUNNING)])
    installation.finish(job.job_id)
    assert recorder.await_state(job, DONE) == [DONE]
