"""What a job says of itself, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from wflpy.drmaa2 import InvalidArgumentException, InvalidStateException, JobState, JobStatus
from wflpy.testing.session_contract.chapter import SessionChapter
from wflpy.testing.session_site import SESSION

if TYPE_CHECKING:
    from wflpy.testing.session_site import SessionSite

KNOWN_STATES: Final = frozenset(JobState)


class Jobs(SessionChapter):
    """Job (8.4), JobInfo (5.5), the job states (8.1)."""

    def test_a_job_has_an_id_a_session_and_a_state(self, site: SessionSite) -> None:
        """8.4.1, 8.4.2, 8.4.6"""
        job, other = site.held(), site.held()
        assert job.job_id
        assert job.job_id != other.job_id
        assert job.session_name == SESSION
        assert job.get_state() == JobStatus(JobState.QUEUED_HELD)
        state, sub_state = job.get_state()
        assert state in KNOWN_STATES
        assert sub_state is None or isinstance(sub_state, str)

    def test_jobs_are_equal_if_they_are_the_same_job(self, site: SessionSite) -> None:
        """1.3 (A24, G3)"""
        job, other = site.held(), site.held()
        (same, another) = site.another_manager().open_job_session(SESSION).get_jobs()
        assert same == job
        assert hash(same) == hash(job)
        assert same is not job
        assert len({job, other, same, another}) == 2
        assert job != job.job_id

    @pytest.mark.parametrize("status", [0, 1, 42, 255])
    def test_exit_status_zero_is_done_and_any_other_failed(self, site: SessionSite, status: int) -> None:
        """8.1, 5.5.3 (A9)"""
        info = site.end_of(site.run("exit", status))
        assert info.job_state is (JobState.FAILED if status else JobState.DONE)
        assert (info.exit_status, info.terminating_signal) == (status, None)

    @pytest.mark.parametrize("signal", ["USR1", "KILL"])
    def test_a_job_that_dies_by_a_signal_has_failed_with_its_name(self, site: SessionSite, signal: str) -> None:
        """8.1, 5.5.4 (A10)"""
        info = site.end_of(site.run("kill", signal))
        assert (info.job_state, info.terminating_signal) == (JobState.FAILED, f"SIG{signal}")
        assert info.exit_status is None

    def test_a_terminated_job_has_failed_and_says_why(self, site: SessionSite) -> None:
        """8.4.4, 5.5.5"""
        job = site.running()
        job.terminate()
        info = site.end_of(job)
        assert info.job_state is JobState.FAILED
        assert info.annotation

    def test_a_snapshot_does_not_change(self, site: SessionSite) -> None:
        """5.5, 8.4.7: frozen, and of the moment it was made."""
        job = site.held(job_name="some name")
        before = job.get_info()
        assert (before.job_id, before.job_name, before.job_state) == (job.job_id, "some name", JobState.QUEUED_HELD)
        assert (before.exit_status, before.dispatch_time, before.finish_time) == (None, None, None)
        assert before.submission_time is not None
        assert before.submission_time.utcoffset() is not None
        job.release()
        after = site.end_of(job)
        assert before.job_state is JobState.QUEUED_HELD
        assert after.submission_time == before.submission_time
        with pytest.raises(AttributeError):
            after.job_state = JobState.QUEUED  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]

    def test_the_times_of_a_job_are_in_order(self, site: SessionSite) -> None:
        """5.5.13, 5.5.15 to 5.5.17"""
        info = site.ended().get_info()
        assert info.submission_time is not None
        assert info.dispatch_time is not None
        assert info.finish_time is not None
        assert info.submission_time <= info.dispatch_time <= info.finish_time
        assert info.wallclock_time is not None
        assert info.wallclock_time <= info.finish_time - info.submission_time

    def test_suspension_and_resumption_keep_the_dispatch_time(self, site: SessionSite) -> None:
        """5.5.16: the first entry into a Started state."""
        job = site.job_in(JobState.SUSPENDED)
        before = job.get_info().dispatch_time
        assert before is not None
        job.resume()
        site.open_gates()
        assert site.end_of(job).dispatch_time == before

    def test_a_requeued_job_keeps_its_dispatch_time(self, site: SessionSite) -> None:
        """5.5.16, 8.1 (T8)"""
        job = site.job_in(JobState.REQUEUED)
        assert job.get_info().dispatch_time is not None

    @pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED], ids=lambda state: state.name)
    def test_a_final_state_stays(self, site: SessionSite, state: JobState) -> None:
        """8.1: no arrow leaves it."""
        job = site.job_in(state)
        info = job.get_info()
        site.harness.pass_time(60)
        site.session.close()
        (same,) = site.manager.open_job_session(SESSION).get_jobs()
        assert same.state is state
        assert same.get_info() == info

    def test_a_lost_job_is_undetermined_for_good_and_says_why(self, site: SessionSite) -> None:
        """8.1, 5.5.5 (A18, T15)"""
        job = site.job_in(JobState.UNDETERMINED)
        info = job.get_info()
        assert (info.job_state, info.exit_status) == (JobState.UNDETERMINED, None)
        assert info.annotation
        site.open_gates()
        assert job.state is JobState.UNDETERMINED

    @pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED], ids=lambda state: state.name)
    def test_reaping_removes_everything_of_a_job(self, site: SessionSite, state: JobState) -> None:
        """8.4.5: the record on disk too."""
        job, other = site.job_in(state), site.held()
        job.reap()
        assert site.session.get_jobs() == [other]
        with pytest.raises(InvalidArgumentException):
            _ = job.job_template
        site.session.close()
        again = site.another_manager().open_job_session(SESSION)
        assert again.get_jobs() == [other]
        with pytest.raises(InvalidArgumentException, match=job.job_id):
            again.get_job(job.job_id)

    def test_a_job_is_found_by_its_id(self, site: SessionSite) -> None:
        """8.2, by id (beyond the standard)."""
        job = site.held()
        assert site.session.get_job(job.job_id) == job
        with pytest.raises(InvalidArgumentException, match="no-such-job"):
            site.session.get_job("no-such-job")

    def test_terminating_a_job_that_ends_meanwhile_is_no_error(self, site: SessionSite) -> None:
        """8.4.4: an acknowledged request, not a promise (A34)."""
        job = site.running()
        site.meanwhile(site.open_gates).result()
        try:
            job.terminate()
        except InvalidStateException:
            # It had ended before the call.
            assert job.state is JobState.DONE
            return
        assert site.end_of(job).job_state in (JobState.DONE, JobState.FAILED)
