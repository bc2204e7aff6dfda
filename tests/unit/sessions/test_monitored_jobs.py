"""Jobs that a monitoring session shows: what can be asked of them, what can be done, and how one waits for them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import (
    InvalidArgumentException,
    InvalidSessionException,
    InvalidStateException,
    JobInfo,
    JobState,
    JobTemplate,
    TimeoutException,
    UnsupportedOperationException,
)
from wflpy.testing import FakeInstallation, FakeTracker, Script

if TYPE_CHECKING:
    from wflpy.sessions import Job, JobSession, MonitoringSession, SessionManager


@pytest.fixture
def running(session: JobSession, installation: FakeInstallation) -> Job:
    installation.script("run", Script(forever=True))
    return session.run_job(JobTemplate(remote_command="run", job_name="x"))


@pytest.fixture
def monitoring(manager: SessionManager) -> MonitoringSession:
    return manager.open_monitoring_session()


def test_a_job_from_outside_tells_its_state(running: Job, monitoring: MonitoringSession) -> None:
    (seen,) = monitoring.get_all_jobs(JobInfo(job_name="x", job_state=JobState.RUNNING))
    assert seen == running
    assert seen.session_name is None
    assert seen.state is JobState.RUNNING
    assert seen.info.job_name == "x"
    assert seen.job_template == JobTemplate()
    assert monitoring.get_all_jobs(JobInfo(job_name="y")) == []


def test_a_state_that_is_never_reported_is_refused(monitoring: MonitoringSession) -> None:
    wrong: Any = "x"
    with pytest.raises(InvalidArgumentException):
        monitoring.get_all_jobs(wrong)


def test_what_the_backend_does_not_allow_from_outside_is_unsupported(
    running: Job, monitoring: MonitoringSession
) -> None:
    (seen,) = monitoring.get_all_jobs()
    with pytest.raises(UnsupportedOperationException, match="cannot suspend job 1, which is not of its session"):
        seen.suspend()
    with pytest.raises(InvalidStateException):
        seen.resume()


def test_reaping_a_job_from_outside_leaves_it_to_its_owner(
    running: Job, monitoring: MonitoringSession, session: JobSession
) -> None:
    (seen,) = monitoring.get_all_jobs()
    with pytest.raises(InvalidStateException):
        seen.reap()
    running.terminate()
    seen.reap()
    assert session.get_jobs() == [running]


def test_a_job_that_is_reaped_meanwhile_hides_no_other(
    running: Job, monitoring: MonitoringSession, session: JobSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = session.run_job(JobTemplate(remote_command="true"))
    going.wait_terminated()
    going.reap()

    def listed_before(_: FakeTracker) -> list[str]:
        return [going.job_id, running.job_id]

    monkeypatch.setattr(FakeTracker, "all_job_ids", listed_before)
    assert monitoring.get_all_jobs(JobInfo(job_name="x")) == [running]


def test_one_can_wait_for_a_job_from_outside(
    running: Job, monitoring: MonitoringSession, installation: FakeInstallation
) -> None:
    (seen,) = monitoring.get_all_jobs()
    seen.wait_started()
    for limit in (0, 0.06):
        with pytest.raises(TimeoutException, match="job 1 did not end within") as caught:
            seen.wait_terminated(limit)
        assert caught.value.job_id == running.job_id
    asked = threading.Event()
    infos = monitoring._connection.tracker.infos  # pyright: ignore[reportPrivateUsage]

    def spy(job_ids: Any) -> dict[str, JobInfo]:
        asked.set()
        return infos(job_ids)

    monitoring._connection.tracker.infos = spy  # type: ignore[method-assign]  # pyright: ignore
    thread = threading.Thread(target=seen.wait_terminated)
    thread.start()
    assert asked.wait(20)
    installation.finish(running.job_id)
    thread.join(20)
    assert not thread.is_alive()


def test_a_wait_for_a_job_from_outside_ends_with_its_session(running: Job, monitoring: MonitoringSession) -> None:
    (seen,) = monitoring.get_all_jobs()
    failures: list[BaseException] = []

    def wait() -> None:
        try:
            seen.wait_terminated()
        except InvalidSessionException as failure:
            failures.append(failure)

    thread = threading.Thread(target=wait)
    thread.start()
    monitoring.close()
    thread.join(20)
    assert len(failures) == 1
    assert "the monitoring session is closed: open it again with open_monitoring_session" in str(failures[0])


def test_a_job_from_outside_is_none_of_a_session(
    running: Job, monitoring: MonitoringSession, session: JobSession
) -> None:
    with pytest.raises(InvalidArgumentException, match="is not a job of session"):
        session.wait_any_terminated(monitoring.get_all_jobs(), 0)


def test_only_a_monitoring_session_is_closed_as_one(manager: SessionManager, session: JobSession) -> None:
    wrong: Any
    for wrong in (session, None):
        with pytest.raises(InvalidArgumentException, match="must be a MonitoringSession"):
            manager.close_monitoring_session(wrong)
