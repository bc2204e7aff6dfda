"""Waiting for the start and the end of jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from wflpy.drmaa2 import (
    INFINITE_TIME,
    ZERO_TIME,
    InvalidArgumentException,
    InvalidSessionException,
    InvalidStateException,
    JobState,
    TimeoutException,
)
from wflpy.testing.session_contract.chapter import SessionChapter
from wflpy.testing.session_site import SESSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.sessions import Job
    from wflpy.testing.session_site import SessionSite

    Wait = Callable[[SessionSite, Job, Any], object]

SHORT: Final = timedelta(milliseconds=20)

FOR_THE_END: Final[dict[str, Wait]] = {
    "job": lambda _, job, timeout: job.wait_terminated(timeout),
    "any": lambda site, job, timeout: site.session.wait_any_terminated([job], timeout),
    "all": lambda site, job, timeout: site.session.wait_all_terminated([job], timeout),
}
"""The ways to wait for an end."""

FOR_THE_START: Final[dict[str, Wait]] = {
    "job": lambda _, job, timeout: job.wait_started(timeout),
    "any": lambda site, job, timeout: site.session.wait_any_started([job], timeout),
    "all": lambda site, job, timeout: site.session.wait_all_started([job], timeout),
}
"""The ways to wait for a start."""

OF_SEVERAL: Final = ("wait_any_started", "wait_any_terminated", "wait_all_started", "wait_all_terminated")


class Waits(SessionChapter):
    """waitAnyStarted, waitAnyTerminated (8.2.8), waitStarted, waitTerminated (8.4.8)."""

    @pytest.mark.parametrize("way", FOR_THE_END)
    @pytest.mark.parametrize("forever", [None, INFINITE_TIME], ids=["None", "INFINITE_TIME"])
    def test_a_wait_without_limit_ends_with_the_job(self, site: SessionSite, way: str, forever: Any) -> None:
        """8.2.8, 8.4.8 (W2)"""
        job = site.running()
        waiting = site.meanwhile(lambda: FOR_THE_END[way](site, job, forever))
        site.open_gates()
        waiting.result()
        assert job.state is JobState.DONE

    @pytest.mark.parametrize("way", FOR_THE_START)
    def test_a_wait_for_the_start_ends_when_the_job_starts(self, site: SessionSite, way: str) -> None:
        """8.2.8, 8.4.8 (W2)"""
        job = site.run("wait", site.gate(), submit_as_hold=True)
        waiting = site.meanwhile(lambda: FOR_THE_START[way](site, job, None))
        job.release()
        waiting.result()
        assert job.state is JobState.RUNNING

    @pytest.mark.parametrize("way", FOR_THE_END)
    @pytest.mark.parametrize("zero", [0, 0.0, ZERO_TIME], ids=["0", "0.0", "ZERO_TIME"])
    def test_zero_asks_once(self, site: SessionSite, way: str, zero: Any) -> None:
        """8.2.8, 8.4.8: success if the condition holds already (W2)."""
        job = site.running()
        with pytest.raises(TimeoutException):
            FOR_THE_END[way](site, job, zero)
        site.open_gates()
        job.wait_terminated(site.soon)
        FOR_THE_END[way](site, job, zero)

    @pytest.mark.parametrize("way", FOR_THE_END)
    @pytest.mark.parametrize("short", [SHORT, SHORT.total_seconds()], ids=["timedelta", "seconds"])
    def test_a_wait_that_takes_too_long_times_out_and_harms_nothing(
        self, site: SessionSite, way: str, short: Any
    ) -> None:
        """8.2.8, 8.4.8 (W3)"""
        job = site.running()
        for _ in range(2):
            with pytest.raises(TimeoutException):
                FOR_THE_END[way](site, job, short)
        assert job.state is JobState.RUNNING

    @pytest.mark.parametrize("way", FOR_THE_END)
    @pytest.mark.parametrize("wrong", [-1, -0.5, timedelta(seconds=-1), float("nan"), "1", True], ids=str)
    def test_a_timeout_that_is_none_is_refused(self, site: SessionSite, way: str, wrong: Any) -> None:
        """8.2.8, 8.4.8 (W10)"""
        job = site.held()
        with pytest.raises(InvalidArgumentException) as refusal:
            FOR_THE_END[way](site, job, wrong)
        assert refusal.value.attributes == ("timeout",)

    @pytest.mark.parametrize("wait", OF_SEVERAL)
    def test_there_must_be_a_job_to_wait_for(self, site: SessionSite, wait: str) -> None:
        """8.2.8 (W5, A6)"""
        with pytest.raises(InvalidArgumentException) as refusal:
            getattr(site.session, wait)([])
        assert refusal.value.attributes == ("jobs",)

    @pytest.mark.parametrize("wait", OF_SEVERAL)
    def test_a_job_of_another_session_is_refused_before_waiting(self, site: SessionSite, wait: str) -> None:
        """8.2.8 (W1)"""
        mine = site.held()
        theirs = site.manager.create_job_session("other").run_job(site.template("exit", 0))
        with pytest.raises(InvalidArgumentException, match=theirs.job_id) as refusal:
            getattr(site.session, wait)([mine, theirs])
        assert refusal.value.attributes == ("jobs",)

    @pytest.mark.parametrize("wait", OF_SEVERAL)
    def test_a_reaped_job_is_refused_before_waiting(self, site: SessionSite, wait: str) -> None:
        """8.2.8, 8.4.5 (W1)"""
        mine, gone = site.held(), site.ended()
        gone.reap()
        with pytest.raises(InvalidArgumentException):
            getattr(site.session, wait)([mine, gone])

    def test_a_job_of_another_handle_of_the_session_is_one_of_it(self, site: SessionSite) -> None:
        """7.1.7, 8.2.8 (A21)"""
        job = site.ended()
        other = site.another_manager().open_job_session(SESSION)
        assert other.wait_any_terminated([job], site.soon) == job

    def test_exactly_one_of_the_given_jobs_is_returned(self, site: SessionSite) -> None:
        """8.2.8: whoever wants all goes on asking (W4)."""
        left = [site.run("exit", number) for number in range(3)]
        seen: list[Job] = []
        while left:
            found = site.session.wait_any_terminated(left, site.soon)
            assert any(found is job for job in left)
            left.remove(found)
            seen.append(found)
        assert sorted(job.get_info().exit_status or 0 for job in seen) == [0, 1, 2]

    def test_the_first_job_to_end_is_found(self, site: SessionSite) -> None:
        """8.2.8 (W6)"""
        jobs = [site.running(f"gate{number}") for number in range(3)]
        waiting = site.meanwhile(lambda: site.session.wait_any_terminated(jobs, site.soon))
        site.harness.release(site.folder / "gate1")
        assert waiting.result() is jobs[1]

    def test_of_several_that_have_ended_the_earliest_is_found(self, site: SessionSite) -> None:
        """8.2.8: by the time of the event, whatever their order (W6)."""
        late, early = site.running(), site.ended()
        site.harness.pass_time(1)
        site.open_gates()
        site.end_of(late)
        assert site.session.wait_any_terminated([late, early]) is early

    def test_of_several_that_have_started_the_earliest_is_found(self, site: SessionSite) -> None:
        """8.2.8 (W6)"""
        late, early = site.held(), site.running()
        site.harness.pass_time(1)
        late.release()
        site.end_of(late)
        assert site.session.wait_any_started([late, early]) is early

    def test_any_goes_on_while_one_job_can_still_get_there(self, site: SessionSite) -> None:
        """8.2.8 (A4)"""
        hopeless, hopeful = site.held(), site.held()
        hopeless.terminate()
        site.end_of(hopeless)
        waiting = site.meanwhile(lambda: site.session.wait_any_started([hopeless, hopeful], site.soon))
        hopeful.release()
        assert waiting.result() is hopeful

    def test_any_ends_when_no_job_can_get_there_any_more(self, site: SessionSite) -> None:
        """8.2.8 (W7, A4)"""
        jobs = [site.held(), site.held()]
        waiting = site.meanwhile(lambda: site.session.wait_any_started(jobs, site.soon))
        for job in jobs:
            job.terminate()
        with pytest.raises(InvalidStateException):
            waiting.result()

    def test_all_tells_which_jobs_are_missing(self, site: SessionSite) -> None:
        """8.2.8, for all jobs (beyond the standard)."""
        ended, held = site.ended(), site.held()
        with pytest.raises(TimeoutException) as late:
            site.session.wait_all_terminated([ended, held], SHORT)
        assert late.value.pending == (held.job_id,)

    def test_all_ends_with_the_last(self, site: SessionSite) -> None:
        """8.2.8, for all jobs (beyond the standard)."""
        jobs = [site.running(f"gate{number}") for number in range(2)]
        waiting = site.meanwhile(lambda: site.session.wait_all_terminated(jobs, site.soon))
        site.harness.release(site.folder / "gate0")
        site.end_of(jobs[0])
        assert waiting.is_going_on
        site.open_gates()
        waiting.result()
        assert {job.state for job in jobs} == {JobState.DONE}

    @pytest.mark.parametrize("way", FOR_THE_END)
    def test_closing_the_session_wakes_whoever_waits(self, site: SessionSite, way: str) -> None:
        """8.2.8, 8.4.8 (W8)"""
        job = site.held()
        waiting = site.meanwhile(lambda: FOR_THE_END[way](site, job, None))
        with pytest.raises(TimeoutException):
            FOR_THE_END[way](site, job, SHORT)
        site.session.close()
        with pytest.raises(InvalidSessionException):
            waiting.result()

    @pytest.mark.parametrize("way", FOR_THE_END)
    def test_several_threads_may_wait_for_one_job(self, site: SessionSite, way: str) -> None:
        """1.5, 8.4.8"""
        job = site.running()
        waiting = [site.meanwhile(lambda: FOR_THE_END[way](site, job, site.soon)) for _ in range(4)]
        site.open_gates()
        for one in waiting:
            one.result()
