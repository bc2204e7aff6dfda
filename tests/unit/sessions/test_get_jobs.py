"""Which jobs a filter selects, and what makes jobs equal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import InvalidArgumentException, InvalidSessionException, JobInfo, JobState, JobTemplate, SlotInfo
from wflpy.sessions import SessionManager
from wflpy.testing import FakeOptions, Script
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from wflpy.sessions import Job, JobSession
    from wflpy.testing import FakeInstallation


@pytest.fixture
def jobs(session: JobSession, installation: FakeInstallation) -> list[Job]:
    """One that is held, one that is done, one that failed."""
    installation.script("fails", Script(exit_status=3))
    made = [
        session.run_job(JobTemplate(remote_command="held", submit_as_hold=True, job_name="a")),
        session.run_job(JobTemplate(remote_command="true", job_name="b")),
        session.run_job(JobTemplate(remote_command="fails", job_name="a")),
    ]
    session.wait_all_terminated(made[1:])
    return made


FILTERS: list[tuple[JobInfo, list[int]]] = [
    (JobInfo(), [0, 1, 2]),
    (JobInfo(job_state=JobState.DONE), [1]),
    (JobInfo(job_state=JobState.SUSPENDED), []),
    (JobInfo(job_state=JobState.UNDETERMINED), []),
    (JobInfo(job_name="a"), [0, 2]),
    (JobInfo(job_name="A"), []),
    (JobInfo(exit_status=3), [2]),
    (JobInfo(exit_status=0, job_name="b"), [1]),
    (JobInfo(exit_status=0, job_name="a"), []),
    (JobInfo(annotation="whatever"), [0, 1, 2]),
    (JobInfo(allocated_machines=[]), [0, 1, 2]),
    (JobInfo(allocated_machines=[SlotInfo("fakehost", 1)]), [1, 2]),
    (JobInfo(wallclock_time=timedelta(0)), [1, 2]),
    (JobInfo(wallclock_time=timedelta(days=1)), []),
    (JobInfo(job_id="nobody"), []),
    (JobInfo(job_sub_state="nothing"), []),
]


@pytest.mark.parametrize(("wanted", "places"), FILTERS, ids=lambda value: str(value)[:0])
def test_a_filter_selects(wanted: JobInfo, places: list[int], jobs: list[Job], session: JobSession) -> None:
    assert session.get_jobs(wanted) == [jobs[place] for place in places]


def test_a_filter_can_ask_for_an_id(jobs: list[Job], session: JobSession) -> None:
    assert session.get_jobs(JobInfo(job_id=jobs[1].job_id)) == [jobs[1]]
    assert session.get_jobs(JobInfo(job_id=jobs[1].job_id, job_state=JobState.FAILED)) == []
    assert session.get_jobs(JobInfo(job_id=jobs[1].job_id, exit_status=0)) == [jobs[1]]


def test_a_wrong_filter_is_refused(session: JobSession) -> None:
    wrong: Any
    for wrong in (JobInfo(exit_status="0"), JobInfo(job_state=7), JobTemplate(), "1"):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(InvalidArgumentException):
            session.get_jobs(wrong)


def test_a_state_that_is_never_reported_is_refused(session: JobSession, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = type(session.tracker)
    monkeypatch.setattr(tracker, "abilities", tracker.abilities - {Ability.REQUEUE})
    with SessionManager("fake") as manager:
        again = manager.open_job_session("tests")
        for state in (JobState.REQUEUED, JobState.REQUEUED_HELD):
            with pytest.raises(InvalidArgumentException, match="never reported"):
                again.get_jobs(JobInfo(job_state=state))
        assert again.get_jobs(JobInfo(job_state=JobState.SUSPENDED)) == []


@pytest.mark.parametrize("wanted", [JobInfo(job_state=JobState.DONE), JobInfo(exit_status=0)], ids=["state", "info"])
def test_a_job_that_is_reaped_meanwhile_is_left_out(
    wanted: JobInfo, jobs: list[Job], session: JobSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = session.run_job(JobTemplate(remote_command="true"))
    session.wait_any_terminated([other])
    ids = session.tracker.job_ids()
    jobs[1].reap()
    monkeypatch.setattr(session.tracker, "job_ids", lambda: ids)
    assert session.get_jobs(wanted) == [other]


def test_equal_jobs_are_the_same_job_of_the_same_installation(session: JobSession, manager: SessionManager) -> None:
    job = session.run_job(JobTemplate(remote_command="true"))
    array = session.run_bulk_jobs(JobTemplate(remote_command="true"), 1, 2)
    again = manager.open_job_session("tests")
    assert again.get_job(job.job_id) == job
    assert again.get_job_array(array.job_array_id) == array
    assert {job, *session.get_jobs(), *again.get_jobs()} == set(session.get_jobs())
    assert {array, again.get_job_array(array.job_array_id)} == {array}
    assert job != array
    assert job != job.job_id
    with SessionManager(FakeOptions(contact="elsewhere")) as other:
        stranger = other.create_job_session("other").run_job(JobTemplate(remote_command="true"))
        assert stranger.job_id == job.job_id
        assert stranger != job


def test_objects_say_what_they_are(session: JobSession) -> None:
    job = session.run_job(JobTemplate(remote_command="true"))
    array = session.run_bulk_jobs(JobTemplate(remote_command="true"), 1, 2)
    assert repr(session) == "<JobSession 'tests' on fake://default>"
    assert repr(job) == "<Job 1 of session 'tests' on fake>"
    assert repr(array) == "<JobArray 2 of session 'tests' on fake>"


def test_a_job_can_still_be_asked_who_it_is_after_its_session_was_closed(session: JobSession) -> None:
    template = JobTemplate(remote_command="true", args=["1"])
    made, (found,) = session.run_job(template), session.get_jobs()
    array = session.run_bulk_jobs(template, 1, 2)
    again = session.get_job_array(array.job_array_id)
    element = array.jobs[0]
    session.close()
    for job in (made, found, element):
        assert (job.session_name, job.job_template) == ("tests", template)
    assert array.job_template == again.job_template == template
    for ask in (lambda: made.state, lambda: made.info, lambda: array.jobs, lambda: session.get_jobs()):
        with pytest.raises(InvalidSessionException):
            ask()


def test_snapshots_and_control_of_many(jobs: list[Job], session: JobSession) -> None:
    from wflpy.drmaa2 import InvalidStateException, JobAction

    ids = [job.job_id for job in jobs]
    assert {job_id: info.exit_status for job_id, info in session.infos(ids).items()} == {
        ids[0]: None, ids[1]: 0, ids[2]: 3,
    }  # fmt: skip
    assert session.infos([]) == {}
    refusals = session.control(ids, JobAction.RELEASE)
    assert set(refusals) == set(ids[1:])
    assert isinstance(refusals[ids[1]], InvalidStateException)
    session.wait_all_terminated(jobs)
    assert set(session.reap_many([*ids, "nobody"])) == {"nobody"}
    assert session.get_jobs() == []
    assert session.control([], JobAction.RELEASE) == {}
