"""What may be done to a job in which state, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from wflpy.drmaa2 import (
    OPERATIONS,
    DrmaaException,
    InvalidArgumentException,
    InvalidStateException,
    JobAction,
    JobState,
    Operation,
    TimeoutException,
    UnsupportedOperationException,
    Verdict,
)
from wflpy.testing.session_contract.chapter import SessionChapter
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.sessions import Job, JobArray
    from wflpy.testing.session_site import SessionSite

CALLS: Final[dict[Operation, Callable[[Job], object]]] = {
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
"""Every operation on a job."""

ARRAY_CALLS: Final[dict[Operation, Callable[[JobArray], object]]] = {
    Operation.SUSPEND: lambda array: array.suspend(),
    Operation.RESUME: lambda array: array.resume(),
    Operation.HOLD: lambda array: array.hold(),
    Operation.RELEASE: lambda array: array.release(),
    Operation.TERMINATE: lambda array: array.terminate(),
}
"""Every operation on an array but reap."""

REFUSALS: Final[dict[Verdict, type[DrmaaException]]] = {
    Verdict.INVALID: InvalidStateException,
    Verdict.BLOCKS: TimeoutException,
}
"""What a verdict raises; the others raise nothing."""

AFTERWARDS: Final = {
    Operation.SUSPEND: {JobState.SUSPENDED},
    Operation.RESUME: {JobState.RUNNING},
    Operation.HOLD: {JobState.QUEUED_HELD, JobState.REQUEUED_HELD},
    Operation.RELEASE: {JobState.QUEUED, JobState.REQUEUED, JobState.RUNNING, JobState.DONE},
    Operation.TERMINATE: {JobState.FAILED},
}
"""The states that an operation leads to."""

SUSPENSION: Final = (Operation.SUSPEND, Operation.RESUME)


def _is_unsupported(site: SessionSite, operation: Operation) -> bool:
    return operation in SUSPENSION and not site.has(Ability.SUSPEND)


class Matrix(SessionChapter):
    """The operation x state matrix (8.4.4, 8.4.5, 8.4.8, 8.5.5, 8.5.6)."""

    @pytest.mark.parametrize("operation", Operation)
    @pytest.mark.parametrize("state", JobState, ids=lambda state: state.name)
    def test_operation_on_a_job_in_state(self, site: SessionSite, operation: Operation, state: JobState) -> None:
        """8.4.4, 8.4.5, 8.4.8; 8.1: terminate of a queued job (A1), waits for what can never be (A2, A3), reap (A7).

        T3, T4, T6, T7, T10, T11, T13, T14
        """
        job = site.job_in(state)
        refusal = REFUSALS.get(OPERATIONS[operation][state])
        if _is_unsupported(site, operation):
            refusal = UnsupportedOperationException
        if refusal is not None:
            with pytest.raises(refusal) as caught:
                CALLS[operation](job)
            if refusal is not UnsupportedOperationException:
                assert caught.value.job_id == job.job_id
                assert job.job_id in str(caught.value)
            assert job.state is state
            return
        CALLS[operation](job)
        expected = AFTERWARDS.get(operation)
        if expected is not None:
            site.await_that(lambda: job.state in expected, f"{operation} of a job that was {state.name}")

    @pytest.mark.parametrize("operation", ARRAY_CALLS)
    @pytest.mark.parametrize("state", JobState, ids=lambda state: state.name)
    def test_operation_on_an_array_in_state(self, site: SessionSite, operation: Operation, state: JobState) -> None:
        """8.5.5: refused if the state of no job allows it (A11)."""
        array = site.array_in(state)
        (job,) = array.jobs
        refusal = REFUSALS.get(OPERATIONS[operation][state])
        if _is_unsupported(site, operation):
            refusal = UnsupportedOperationException
        if refusal is not None:
            with pytest.raises(refusal):
                ARRAY_CALLS[operation](array)
            assert job.state is state
            return
        ARRAY_CALLS[operation](array)
        site.await_that(lambda: job.state in AFTERWARDS[operation], f"{operation} of an array that was {state.name}")

    @pytest.mark.parametrize("state", JobState, ids=lambda state: state.name)
    def test_reaping_an_array_takes_the_terminated_jobs_alone(self, site: SessionSite, state: JobState) -> None:
        """8.5.6: all others are skipped silently, and the array stays valid."""
        array = site.array_in(state)
        array.reap()
        assert len(array.jobs) == (0 if state.is_terminated else 1)

    def test_operations_on_an_array_reach_the_jobs_that_allow_them(self, site: SessionSite) -> None:
        """8.5.5: one unsuitable job does not stand against it (A11)."""
        array = site.bulk(1, 3, 1, "wait", site.gate(), submit_as_hold=True)
        first, second, third = array.jobs
        second.release()
        second.wait_started(site.soon)
        first.terminate()
        site.end_of(first)
        array.release()
        third.wait_started(site.soon)
        if site.has(Ability.SUSPEND):
            second.suspend()
            array.suspend()
            site.await_that(lambda: third.state is JobState.SUSPENDED, "the array is suspended")
            array.resume()
            site.await_that(lambda: third.state is second.state is JobState.RUNNING, "the array is resumed")
        array.terminate()
        for job in (first, second, third):
            assert site.end_of(job).job_state is JobState.FAILED

    @pytest.mark.parametrize("operation", Operation)
    def test_a_reaped_job_is_an_invalid_argument_for_everything(self, site: SessionSite, operation: Operation) -> None:
        """8.4.5"""
        job = site.ended()
        job.reap()
        wanted = UnsupportedOperationException if _is_unsupported(site, operation) else InvalidArgumentException
        with pytest.raises(wanted) as refusal:
            CALLS[operation](job)
        if wanted is InvalidArgumentException:
            assert job.job_id in str(refusal.value)

    def test_a_blocked_wait_ends_when_the_job_is_lost(self, site: SessionSite) -> None:
        """8.1: UNDETERMINED is for good (A3)."""
        job = site.running()
        waiting = site.meanwhile(lambda: job.wait_terminated(site.soon))
        if not site.harness.lose(job.job_id):
            pytest.skip(f"{site.harness.name} cannot be made to lose a job")
        with pytest.raises(InvalidStateException, match=job.job_id):
            waiting.result()

    def test_a_blocked_wait_for_the_start_ends_when_the_job_ends_unstarted(self, site: SessionSite) -> None:
        """8.4.8: never wait for the impossible (A2)."""
        job = site.held()
        waiting = site.meanwhile(lambda: job.wait_started(site.soon))
        job.terminate()
        with pytest.raises(InvalidStateException, match=job.job_id):
            waiting.result()

    def test_the_start_of_a_job_that_failed_unstarted_is_invalid(self, site: SessionSite) -> None:
        """8.4.8: a FAILED job without a dispatch time never started (A2)."""
        job = site.held()
        job.terminate()
        job.wait_terminated(site.soon)
        assert job.get_info().dispatch_time is None
        with pytest.raises(InvalidStateException):
            job.wait_started()

    @pytest.mark.parametrize("action", JobAction)
    def test_control_of_many_jobs_tells_each_refusal(self, site: SessionSite, action: JobAction) -> None:
        """8.4.4, for several jobs at once (beyond the standard)."""
        job = site.ended()
        if _is_unsupported(site, Operation(action)):
            with pytest.raises(UnsupportedOperationException):
                site.session.control([job.job_id], action)
        else:
            refusals = site.session.control([job.job_id, "no-such-job"], action)
            assert isinstance(refusals[job.job_id], InvalidStateException)
            assert isinstance(refusals["no-such-job"], InvalidArgumentException)
