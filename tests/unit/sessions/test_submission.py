"""Submitting jobs, one, many and in bulk: what is checked, what is copied, what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import (
    PARAMETRIC_INDEX,
    DeniedByDrmsException,
    DrmaaCapability,
    DrmCommunicationException,
    InvalidArgumentException,
    InvalidSessionException,
    JobState,
    JobTemplate,
    TryLaterException,
    UnsupportedAttributeException,
)
from wflpy.sessions import Job, JobArray, SessionManager, new_key

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.sessions import JobSession
    from wflpy.testing import FakeInstallation


def template() -> JobTemplate:
    return JobTemplate(
        remote_command="true",
        args=["a'; echo foo", "ünïcode", "new\nline"],
        job_environment={"A": "1"},
        resource_limits={"WALLCLOCK_TIME": "10"},
    )


def test_a_job_has_a_state_and_is_found_when_the_call_returns(session: JobSession) -> None:
    job = session.run_job(template())
    assert isinstance(job.state, JobState)
    assert session.get_jobs() == [job]
    assert session.get_job(job.job_id) == job
    assert job.session_name == session.session_name


def test_templates_are_values(session: JobSession) -> None:
    given = template()
    job = session.run_job(given)
    array = session.run_bulk_jobs(given, 1, 2)
    expected = template()
    given.remote_command = "false"
    assert given.args is not None
    given.args.append("more")
    (again,) = session.get_jobs()[:1]
    for _ in range(2):
        assert job.job_template == array.job_template == again.job_template == expected
        returned = job.job_template
        returned.args = ["changed"]
        assert array.job_template.job_environment is not None
        array.job_template.job_environment["A"] = "2"


def test_a_job_that_is_no_array_has_index_0(session: JobSession) -> None:
    job = session.run_job(
        JobTemplate(
            remote_command="x",
            args=[PARAMETRIC_INDEX],
            job_name=f"n{PARAMETRIC_INDEX}",
            output_path=f"/{PARAMETRIC_INDEX}",
        )
    )
    seen = job.job_template
    assert (seen.args, seen.job_name, seen.output_path) == (["0"], "n0", "/0")
    environment = {"A": f"a{PARAMETRIC_INDEX}"}
    (other,) = session.submit([JobTemplate(remote_command="x", job_environment=environment)])
    assert isinstance(other, Job)
    assert other.job_template.job_environment == {"A": "a0"}


def test_limits_are_known_by_their_plain_names(session: JobSession) -> None:
    limits: dict[str, str] = {"DRMAA2_WALLCLOCK_TIME": "0060"}
    assert session.run_job(JobTemplate(remote_command="x", resource_limits=limits)).job_template.resource_limits == {
        "WALLCLOCK_TIME": "60"
    }
    assert limits == {"DRMAA2_WALLCLOCK_TIME": "0060"}


WRONG = [
    (JobTemplate(), InvalidArgumentException, ("remoteCommand",)),
    (JobTemplate(remote_command="x", min_slots=0, working_directory="here"), InvalidArgumentException,
     ("workingDirectory", "minSlots")),
    (JobTemplate(remote_command="x", email=["a@b"], stage_in_files={}), UnsupportedAttributeException,
     ("email", "stageInFiles")),
    (JobTemplate(remote_command="x", queue_name="none"), InvalidArgumentException, ("queueName",)),
    (JobTemplate(remote_command=f"{PARAMETRIC_INDEX}"), InvalidArgumentException, ("remoteCommand",)),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "refusal", "attributes"), WRONG)
def test_a_wrong_template_is_refused_and_leaves_nothing(
    wrong: JobTemplate, refusal: type[Exception], attributes: tuple[str, ...], session: JobSession
) -> None:
    for submit in (lambda: session.run_job(wrong), lambda: session.run_bulk_jobs(wrong, 1, 3)):
        with pytest.raises(refusal) as caught:
            submit()
        assert getattr(caught.value, "attributes") == attributes  # noqa: B009  # the type is one of several
    (outcome,) = session.submit([wrong])
    assert isinstance(outcome, refusal)
    assert session.get_jobs() == []


def test_what_is_no_template_is_refused(session: JobSession) -> None:
    with pytest.raises(InvalidArgumentException, match="described by a JobTemplate, not by dict"):
        session.run_job({"remote_command": "x"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_closed_session_is_told_before_a_wrong_template(session: JobSession) -> None:
    session.close()
    with pytest.raises(InvalidSessionException):
        session.run_job(JobTemplate())
    with pytest.raises(InvalidSessionException):
        session.run_bulk_jobs(JobTemplate(), 0, -1)
    with pytest.raises(InvalidSessionException):
        session.wait_any_started([])


# Many at once


def test_each_of_many_gets_its_own_answer(session: JobSession, installation: FakeInstallation) -> None:
    installation.faults.refuse(TryLaterException("busy"))
    good = JobTemplate(remote_command="true")
    first, wrong, second, third = session.submit([good, JobTemplate(), good, good])
    assert isinstance(first, TryLaterException)
    assert isinstance(wrong, InvalidArgumentException)
    assert session.get_jobs() == [second, third]


def test_keys_find_their_jobs_and_submit_nothing_twice(session: JobSession) -> None:
    good = JobTemplate(remote_command="true")
    keys = [new_key(), new_key()]
    jobs = session.submit([good, good], keys)
    array_key = new_key()
    array = session.submit_array(good, range(1, 3), None, array_key)
    found = session.find([*keys, array_key, new_key()])
    assert found == {**{key: job.job_id for key, job in zip(keys, jobs, strict=True) if isinstance(job, Job)},
                     array_key: array.job_array_id}  # fmt: skip
    assert session.submit([good, good], keys) == jobs
    assert session.submit_array(good, range(1, 3), None, array_key) == array
    assert len(session.get_jobs()) == 4


def test_there_is_a_key_for_each_template(session: JobSession) -> None:
    with pytest.raises(InvalidArgumentException, match="2 templates but 1 keys"):
        session.submit([template(), template()], [new_key()])
    assert session.submit([]) == []


def test_a_job_whose_answer_got_lost_is_found_by_its_key(session: JobSession, installation: FakeInstallation) -> None:
    installation.faults.lose_answers()
    key = new_key()
    (outcome,) = session.submit([JobTemplate(remote_command="true")], [key])
    assert isinstance(outcome, DrmCommunicationException)
    (job,) = session.get_jobs()
    assert job.job_template == JobTemplate(remote_command="true")
    assert session.find([key]) == {key: job.job_id}
    assert session.submit([JobTemplate(remote_command="true")], [key]) == [job]


def test_an_array_whose_answer_got_lost_is_there(session: JobSession, installation: FakeInstallation) -> None:
    installation.faults.lose_answers()
    template = JobTemplate(remote_command="true", args=[PARAMETRIC_INDEX])
    with pytest.raises(DrmCommunicationException):
        session.run_bulk_jobs(template, 2, 4, 2)
    (array_id,) = session.tracker.array_ids()
    array = session.get_job_array(array_id)
    assert [job.job_template.args for job in array.jobs] == [["2"], ["4"]]
    assert array.job_template == template


def test_a_batch_that_breaks_off_tells_what_got_through(session: JobSession, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = session.tracker
    failure = DrmCommunicationException("gone")

    def break_off(submissions: list[tuple[JobTemplate, str]]) -> list[str]:
        tracker.submit(*submissions[0])
        raise failure

    monkeypatch.setattr(tracker, "submit_many", break_off)
    job, nothing = session.submit([JobTemplate(remote_command="true")] * 2)
    assert isinstance(job, Job)
    assert nothing is failure


@pytest.mark.parametrize("refusal", [DeniedByDrmsException("no"), TryLaterException("busy")], ids=str)
def test_a_refusal_of_the_backend_reaches_the_caller(
    refusal: DeniedByDrmsException | TryLaterException, session: JobSession, installation: FakeInstallation
) -> None:
    installation.faults.refuse(refusal, times=2)
    with pytest.raises(type(refusal), match=str(refusal)):
        session.run_job(template())
    with pytest.raises(type(refusal)):
        session.run_bulk_jobs(template(), 1, 3)
    assert session.get_jobs() == []


# Bulk jobs


def test_a_bulk_job_has_one_job_per_index_in_their_order(session: JobSession) -> None:
    paths = JobTemplate(remote_command="x", args=[PARAMETRIC_INDEX, "b"], output_path=f"/tmp/{PARAMETRIC_INDEX}")
    array = session.run_bulk_jobs(paths, 3, 10, 3)
    seen = [job.job_template for job in array.jobs]
    assert [one.args for one in seen] == [["3", "b"], ["6", "b"], ["9", "b"]]
    assert [one.output_path for one in seen] == ["/tmp/3", "/tmp/6", "/tmp/9"]
    assert array.job_template == paths
    assert array.session_name == session.session_name
    again = session.get_job_array(array.job_array_id)
    assert (again, again.jobs, again.job_template) == (array, array.jobs, paths)
    assert {job.job_id for job in session.get_jobs()} == {job.job_id for job in array.jobs}


@pytest.mark.parametrize(
    ("numbers", "attribute"),
    [
        ((0, 3), "beginIndex"),
        ((-1, 3), "beginIndex"),
        ((3, 2), "endIndex"),
        ((1, 3, 0), "step"),
        ((1, 3, -1), "step"),
        ((1, 3, 1, 0), "maxParallel"),
        ((1, 3, 1, -2), "maxParallel"),
        ((1.5, 3), "beginIndex"),
        ((True, 3), "beginIndex"),
    ],
)
def test_wrong_numbers_of_a_bulk_job_are_refused(numbers: tuple[int, ...], attribute: str, session: JobSession) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        session.run_bulk_jobs(template(), *numbers)
    assert caught.value.attributes == (attribute,)
    assert session.get_jobs() == []


def test_max_parallel_is_ignored_where_the_tracker_has_no_such_thing(
    session: JobSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = type(session.tracker)
    monkeypatch.setattr(tracker, "capabilities", tracker.capabilities - {DrmaaCapability.BULK_JOBS_MAXPARALLEL})
    with SessionManager("fake") as manager:
        assert len(manager.open_job_session("tests").run_bulk_jobs(template(), 1, 3, 1, 0).jobs) == 3


def test_an_unknown_array_is_refused(session: JobSession) -> None:
    with pytest.raises(InvalidArgumentException):
        session.get_job_array("77")


def test_ten_thousand_elements_are_one_submission(session: JobSession, home: Path) -> None:
    array = session.run_bulk_jobs(JobTemplate(remote_command="true"), 1, 10_000)
    assert len(array.jobs) == 10_000
    assert isinstance(array, JobArray)
