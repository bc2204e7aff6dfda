"""Rules of the standard one by one: what is told before what, what is data, and that nothing raises by accident."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import (
    PARAMETRIC_INDEX,
    DrmaaException,
    InvalidArgumentException,
    InvalidSessionException,
    InvalidStateException,
    JobAction,
    JobState,
    JobTemplate,
    TimeoutException,
    UnsupportedAttributeException,
    UnsupportedOperationException,
)
from wflpy.sessions import SessionManager, submission
from wflpy.testing import FakeInstallation, Script
from wflpy.testing.fake import FakeTracker
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.sessions import JobSession

TRUE = JobTemplate(remote_command="true")
HELD = JobTemplate(remote_command="held", submit_as_hold=True)

NONSENSE: list[Any] = [None, 5, [], {}, object()]


def refusal(use: Callable[[], object]) -> DrmaaException:
    with pytest.raises(DrmaaException) as caught:
        use()
    return caught.value


# A20: first that the session is closed, then what the tracker cannot do, then what is wrong, then the state


def test_a_closed_session_is_told_before_anything_else(session: JobSession) -> None:
    job, array = session.run_job(HELD), session.run_bulk_jobs(HELD, 1, 2)
    session.close()
    wrong: Any = None
    uses: list[Callable[[], object]] = [
        lambda: session.run_job(wrong),
        lambda: session.run_bulk_jobs(wrong, 0, 0),
        lambda: session.get_jobs(wrong),
        lambda: session.get_job(wrong),
        lambda: session.get_job_array(wrong),
        lambda: session.wait_any_started([], -1),
        lambda: session.wait_all_terminated([], -1),
        lambda: session.submit([wrong]),
        lambda: session.infos([wrong]),
        lambda: session.reap_many([wrong]),
        lambda: session.control([wrong], JobAction.SUSPEND),
        lambda: session.job_categories,
        lambda: job.wait_started(-1),
        lambda: job.wait_terminated(-1),
        job.resume,
        job.reap,
        array.resume,
        array.reap,
        lambda: array.jobs,
    ]
    for use in uses:
        assert isinstance(refusal(use), InvalidSessionException)


def test_what_an_array_can_still_tell_after_its_session_was_closed(session: JobSession) -> None:
    array = session.run_bulk_jobs(TRUE, 1, 2)
    session.close()
    assert (array.session_name, array.job_template) == ("tests", TRUE)
    assert array.job_array_id


def test_what_the_tracker_cannot_do_is_told_before_an_unknown_job(
    session: JobSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = session.run_job(TRUE)
    job.reap()
    assert isinstance(refusal(job.suspend), InvalidArgumentException)
    monkeypatch.setattr(FakeTracker, "abilities", FakeTracker.abilities - {Ability.SUSPEND})
    with SessionManager("fake") as manager:
        again = manager.open_job_session("tests")
        (array,) = [again.run_bulk_jobs(TRUE, 1, 2)]
        assert isinstance(refusal(array.suspend), UnsupportedOperationException)
        array.reap()
        assert isinstance(refusal(array.resume), UnsupportedOperationException)
        assert isinstance(refusal(lambda: again.control(["nosuch"], JobAction.SUSPEND)), UnsupportedOperationException)


def test_an_unknown_job_is_told_before_its_state(session: JobSession) -> None:
    job = session.run_job(TRUE)
    job.reap()
    for use in (job.reap, job.hold, job.terminate, job.wait_started):
        assert isinstance(refusal(use), InvalidArgumentException)


# Arguments


@pytest.mark.parametrize("wrong", NONSENSE, ids=repr)
def test_nonsense_is_refused_with_the_name_of_the_argument(
    wrong: Any, session: JobSession, manager: SessionManager
) -> None:
    monitoring = manager.open_monitoring_session()
    uses: list[tuple[str, Callable[[], object]]] = [
        ("jobId", lambda: session.get_job(wrong)),
        ("jobArrayId", lambda: session.get_job_array(wrong)),
        ("jobs", lambda: session.wait_any_started(wrong)),
        ("jobs", lambda: session.wait_all_terminated([wrong])),
        ("sessionName", lambda: manager.open_job_session(wrong)),
        ("sessionName", lambda: manager.destroy_job_session(wrong)),
        ("session", lambda: manager.close_job_session(wrong)),
        ("session", lambda: manager.close_monitoring_session(wrong)),
    ]
    if wrong is not None:
        uses += [
            ("sessionName", lambda: manager.create_job_session(wrong)),
            ("contact", lambda: manager.create_job_session("x", wrong)),
            ("filter", lambda: session.get_jobs(wrong)),
            ("filter", lambda: monitoring.get_all_jobs(wrong)),
        ]
    for attribute, use in uses:
        told = refusal(use)
        assert isinstance(told, InvalidArgumentException), attribute
        assert told.attributes == (attribute,)
    template: Any = wrong
    for submit in (lambda: session.run_job(template), lambda: session.run_bulk_jobs(template, 1, 2)):
        assert refusal(submit).attributes == ("jobTemplate",)


def test_one_job_is_no_list_of_jobs(session: JobSession) -> None:
    wrong: Any
    for wrong in (session.run_job(TRUE), session.run_bulk_jobs(TRUE, 1, 2)):
        with pytest.raises(InvalidArgumentException, match="jobs must be a list of jobs, not <Job") as caught:
            session.wait_any_terminated(wrong)
        assert caught.value.attributes == ("jobs",)


def test_jobs_may_come_from_any_iterable(session: JobSession) -> None:
    job = session.run_job(TRUE)
    jobs: Any
    for jobs in ({job}, (job,), iter([job]), {job: None}.keys()):
        assert session.wait_any_terminated(jobs) is job
    with pytest.raises(InvalidArgumentException, match="must not be empty"):
        session.wait_any_terminated(iter([]))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("wrong", ["default", 5], ids=repr)
def test_names_are_a_list(wrong: Any, manager: SessionManager) -> None:
    monitoring = manager.open_monitoring_session()
    for ask in (monitoring.get_all_queues, monitoring.get_all_machines):
        with pytest.raises(InvalidArgumentException, match="names must be a list") as caught:
            ask(wrong)
        assert caught.value.attributes == ("names",)


def test_a_name_that_is_no_text_is_refused(manager: SessionManager) -> None:
    for use in (manager.create_job_session, manager.open_job_session, manager.destroy_job_session):
        told = refusal(lambda use=use: use("\udc80"))  # type: ignore[misc]
        assert isinstance(told, InvalidArgumentException)
        assert told.attributes == ("sessionName",)
    assert manager.get_job_session_names() == []


# Bulk jobs: B1 to B10


def test_the_last_index_may_lie_below_the_end(session: JobSession) -> None:
    template = JobTemplate(remote_command="held", submit_as_hold=True, job_name=f"n{PARAMETRIC_INDEX}")
    array = session.run_bulk_jobs(template, 2, 9, 3)
    assert [job.info.job_name for job in array.jobs] == ["n2", "n5", "n8"]
    assert [job.job_template.job_name for job in array.jobs] == ["n2", "n5", "n8"]
    assert array.job_template == template
    assert session.get_job_array(array.job_array_id) == array
    assert session.get_job_array(array.job_array_id).jobs == array.jobs
    assert {job.state for job in array.jobs} == {JobState.QUEUED_HELD}
    assert set(session.get_jobs()) == set(array.jobs)


def test_one_index_is_an_array_of_one_job(session: JobSession) -> None:
    assert len(session.run_bulk_jobs(TRUE, 7, 7, 100).jobs) == 1


def test_a_rejected_template_leaves_no_job_of_the_set(session: JobSession) -> None:
    wrong = [
        JobTemplate(),
        JobTemplate(remote_command="x", working_directory="relative"),
        JobTemplate(remote_command="x", queue_name="nosuch"),
        JobTemplate(remote_command="x", email=["me"]),
    ]
    for template in wrong:
        with pytest.raises((InvalidArgumentException, UnsupportedAttributeException)) as caught:
            session.run_bulk_jobs(template, 1, 3)
        assert caught.value.attributes
    assert session.get_jobs() == []


def test_an_array_larger_than_any_memory_is_refused_at_once(session: JobSession) -> None:
    with pytest.raises(InvalidArgumentException, match="at most 1,000,000") as caught:
        session.run_bulk_jobs(TRUE, 1, 10**12)
    assert caught.value.attributes == ("endIndex",)
    assert submission.MOST_ELEMENTS >= 10_000


def test_max_parallel_is_kept(session: JobSession, installation: FakeInstallation) -> None:
    installation.script("run", Script(forever=True))
    array = session.run_bulk_jobs(JobTemplate(remote_command="run"), 1, 5, max_parallel=2)
    assert sum(job.state is JobState.RUNNING for job in array.jobs) == 2
    for wrong in (0, -1):
        with pytest.raises(InvalidArgumentException) as caught:
            session.run_bulk_jobs(TRUE, 1, 2, 1, wrong)
        assert caught.value.attributes == ("maxParallel",)


# A29, A11, reaping


def test_an_array_is_known_until_its_last_job_is_reaped(session: JobSession) -> None:
    array = session.run_bulk_jobs(TRUE, 1, 3)
    session.wait_all_terminated(array.jobs)
    for job in array.jobs:
        assert session.get_job_array(array.job_array_id) == array
        job.reap()
    with pytest.raises(InvalidArgumentException) as caught:
        session.get_job_array(array.job_array_id)
    assert caught.value.attributes == ("jobArrayId",)
    assert array.jobs == []


# Exceptions are data


def test_exceptions_of_sessions_survive_a_pickle(session: JobSession, manager: SessionManager) -> None:
    job = session.run_job(HELD)
    uses: list[Callable[[], object]] = [
        job.suspend,
        lambda: job.wait_terminated(0),
        lambda: session.wait_all_started([job], 0),
        lambda: session.get_job("nosuch"),
        lambda: session.run_job(JobTemplate(remote_command="x", email=["me"])),
        lambda: session.run_job(JobTemplate(min_slots=0, working_directory="x")),
        lambda: manager.open_job_session("nosuch"),
        lambda: manager.create_job_session("x", "nosuch"),
        lambda: manager.create_reservation_session(),
    ]
    for use in uses:
        told = refusal(use)
        twin = pickle.loads(pickle.dumps(told))
        assert type(twin) is type(told)
        assert (str(twin), vars(twin)) == (str(told), vars(told))


def test_what_is_at_fault_is_data(session: JobSession) -> None:
    job = session.run_job(HELD)
    state = refusal(job.suspend)
    assert isinstance(state, InvalidStateException)
    assert (state.job_id, state.tracker, state.transient) == (job.job_id, "fake", False)
    late = refusal(lambda: session.wait_any_terminated([job, session.run_job(HELD)], 0))
    assert isinstance(late, TimeoutException)
    assert len(late.pending) == 2
    lacking = refusal(
        lambda: session.run_job(JobTemplate(remote_command="x", email=["a"], stage_in_files={"/a": "/b"}))
    )
    assert lacking.attributes == ("email", "stageInFiles")
    assert (lacking.tracker, lacking.transient) == ("fake", False)
    wrong = refusal(lambda: session.run_job(JobTemplate(remote_command="x", min_slots=0, working_directory="r")))
    assert set(wrong.attributes) == {"minSlots", "workingDirectory"}
