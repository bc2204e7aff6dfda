"""What may be done to a job in which state: the standard's table, driven through jobs and arrays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import (
    OPERATIONS,
    DrmaaException,
    InvalidArgumentException,
    InvalidSessionException,
    InvalidStateException,
    JobState,
    JobTemplate,
    Operation,
    TimeoutException,
    UnsupportedOperationException,
    Verdict,
)
from wflpy.sessions import SessionManager
from wflpy.store import MemoryStore
from wflpy.testing import FakeInstallation, FakeOptions, Script
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wflpy.sessions import Job, JobSession

FOREVER = JobTemplate(remote_command="forever")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def one_slot(store: MemoryStore) -> Iterator[JobSession]:
    with SessionManager(FakeOptions(slots=1), store=store) as manager:
        session = manager.create_job_session("matrix")
        FakeInstallation.at("default").script("forever", Script(forever=True))
        yield session


def queued(session: JobSession) -> Job:
    later = datetime.now(UTC) + timedelta(days=1000)
    return session.run_job(JobTemplate(remote_command="forever", start_time=later))


def queued_held(session: JobSession) -> Job:
    return session.run_job(JobTemplate(remote_command="forever", submit_as_hold=True))


def running(session: JobSession) -> Job:
    return session.run_job(FOREVER)


def suspended(session: JobSession) -> Job:
    job = running(session)
    job.suspend()
    return job


def requeued(session: JobSession) -> Job:
    job = running(session)
    # It takes the only slot.
    session.run_job(JobTemplate(remote_command="forever", priority=1000))
    FakeInstallation.at("default").requeue(job.job_id)
    return job


def requeued_held(session: JobSession) -> Job:
    job = requeued(session)
    job.hold()
    return job


def done(session: JobSession) -> Job:
    job = running(session)
    FakeInstallation.at("default").finish(job.job_id)
    return job


def failed(session: JobSession) -> Job:
    job = running(session)
    FakeInstallation.at("default").finish(job.job_id, exit_status=1)
    return job


def undetermined(session: JobSession) -> Job:
    job = running(session)
    FakeInstallation.at("default").vanish(job.job_id)
    return job


BRINGERS: dict[JobState, Callable[[JobSession], Job]] = {
    JobState.UNDETERMINED: undetermined,
    JobState.QUEUED: queued,
    JobState.QUEUED_HELD: queued_held,
    JobState.RUNNING: running,
    JobState.SUSPENDED: suspended,
    JobState.REQUEUED: requeued,
    JobState.REQUEUED_HELD: requeued_held,
    JobState.DONE: done,
    JobState.FAILED: failed,
}

CALLS: dict[Operation, Callable[[Job], object]] = {
    Operation.SUSPEND: lambda job: job.suspend(),
    Operation.RESUME: lambda job: job.resume(),
    Operation.HOLD: lambda job: job.hold(),
    Operation.RELEASE: lambda job: job.release(),
    Operation.TERMINATE: lambda job: job.terminate(),
    Operation.REAP: lambda job: job.reap(),
    Operation.GET_STATE: lambda job: job.get_state(),
    Operation.GET_INFO: lambda job: job.get_info(),
    Operation.WAIT_STARTED: lambda job: job.wait_started(0),
    Operation.WAIT_TERMINATED: lambda job: job.wait_terminated(0),
}

RAISES: dict[Verdict, type[DrmaaException]] = {Verdict.INVALID: InvalidStateException, Verdict.BLOCKS: TimeoutException}


def test_the_tables_are_complete() -> None:
    assert set(BRINGERS) == set(JobState)
    assert set(CALLS) == set(Operation)


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("state", JobState, ids=lambda state: state.name)
def test_operation_in_state(operation: Operation, state: JobState, one_slot: JobSession) -> None:
    job = BRINGERS[state](one_slot)
    assert job.state is state
    refusal = RAISES.get(OPERATIONS[operation][state])
    if refusal is None:
        CALLS[operation](job)
        return
    with pytest.raises(refusal) as caught:
        CALLS[operation](job)
    assert caught.value.job_id == job.job_id
    assert job.state is state


@pytest.mark.parametrize("operation", Operation)
def test_a_reaped_job_is_unknown(operation: Operation, one_slot: JobSession) -> None:
    job = done(one_slot)
    job.reap()
    with pytest.raises(InvalidArgumentException):
        CALLS[operation](job)
    with pytest.raises(InvalidArgumentException):
        _ = job.job_template
    assert (job.job_id, job.session_name) == ("1", "matrix")
    assert one_slot.get_jobs() == []
    with pytest.raises(InvalidArgumentException):
        one_slot.get_job(job.job_id)


@pytest.mark.parametrize("operation", Operation)
def test_nothing_works_after_the_session_was_closed(operation: Operation, one_slot: JobSession) -> None:
    job = done(one_slot)
    one_slot.close()
    with pytest.raises(InvalidSessionException, match="session 'matrix' is closed"):
        CALLS[operation](job)


@pytest.mark.parametrize("operation", [Operation.SUSPEND, Operation.RESUME])
@pytest.mark.parametrize("state", JobState, ids=lambda state: state.name)
def test_what_the_tracker_cannot_do_is_told_before_the_state(
    operation: Operation,
    state: JobState,
    one_slot: JobSession,
    store: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = BRINGERS[state](one_slot)
    tracker = type(one_slot.tracker)
    monkeypatch.setattr(tracker, "abilities", tracker.abilities - {Ability.SUSPEND})
    with SessionManager("fake", store=store) as manager:
        (again,) = [same for same in manager.open_job_session("matrix").get_jobs() if same == job]
        with pytest.raises(UnsupportedOperationException, match=f"the fake tracker cannot {operation} jobs"):
            CALLS[operation](again)


def test_terminating_a_job_that_ends_at_the_same_time_is_no_error(
    one_slot: JobSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = running(one_slot)
    control = one_slot.tracker.control

    def end_first(job_id: str, action: object) -> None:
        FakeInstallation.at("default").finish(job_id)
        control(job_id, action)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(one_slot.tracker, "control", end_first)
    job.terminate()
    assert job.state is JobState.DONE


# Arrays


def test_control_of_an_array_reaches_the_jobs_whose_state_allows_it(one_slot: JobSession) -> None:
    array = one_slot.run_bulk_jobs(FOREVER, 1, 3)
    first, second, third = array.jobs
    assert [job.state for job in array.jobs] == [JobState.RUNNING, JobState.QUEUED, JobState.QUEUED]
    array.hold()
    assert [job.state for job in array.jobs] == [JobState.RUNNING, JobState.QUEUED_HELD, JobState.QUEUED_HELD]
    second.release()
    array.suspend()
    assert first.state is JobState.SUSPENDED
    array.resume()
    array.release()
    assert third.state is JobState.QUEUED
    array.terminate()
    assert {job.state for job in array.jobs} == {JobState.FAILED}


def test_control_of_an_array_is_refused_when_no_job_allows_it(one_slot: JobSession) -> None:
    array = one_slot.run_bulk_jobs(FOREVER, 1, 2)
    with pytest.raises(InvalidStateException, match=r"cannot resume array .* \(QUEUED, RUNNING\)"):
        array.resume()
    array.terminate()
    array.reap()
    with pytest.raises(InvalidStateException, match="no job is left"):
        array.terminate()


def test_reaping_an_array_skips_what_has_not_ended(one_slot: JobSession) -> None:
    array = one_slot.run_bulk_jobs(FOREVER, 1, 3)
    first, *others = array.jobs
    first.terminate()
    array.reap()
    assert array.jobs == others
    array.reap()
    array.terminate()
    array.reap()
    assert array.jobs == []
    with pytest.raises(InvalidArgumentException):
        one_slot.get_job_array(array.job_array_id)
