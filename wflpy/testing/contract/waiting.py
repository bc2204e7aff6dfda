"""Waiting for states."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import (
    FINAL_STATES,
    ZERO_TIME,
    InvalidArgumentException,
    InvalidSessionException,
    JobAction,
    JobState,
    TimeoutException,
)
from wflpy.testing.contract.chapter import Chapter

if TYPE_CHECKING:
    from wflpy.testing.site import Site

SHORT = timedelta(milliseconds=20)


class Waiting(Chapter):
    """waitStarted, waitTerminated, waitAny... (8.2.8, 8.4.8)."""

    def test_zero_asks_once(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("wait", gate)
        with pytest.raises(TimeoutException, match=job):
            site.tracker.wait(job, ZERO_TIME, FINAL_STATES)
        gate.open()
        site.done(job)
        assert site.tracker.wait(job, ZERO_TIME, FINAL_STATES).state is JobState.DONE

    def test_a_short_wait_ends_without_harm(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("wait", gate)
        site.started(job)
        for _ in range(2):
            with pytest.raises(TimeoutException):
                site.tracker.wait(job, SHORT, FINAL_STATES)
        assert site.state(job) is JobState.RUNNING
        gate.open()
        site.done(job)

    def test_without_a_timeout_a_wait_ends_with_the_job(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("wait", gate, 3)
        waiting = site.meanwhile(lambda: site.tracker.wait(job, None, FINAL_STATES))
        gate.await_job()
        assert waiting.is_going_on
        gate.open()
        assert waiting.result().state is JobState.FAILED

    def test_every_wait_has_the_same_answer(self, site: Site) -> None:
        job = site.submit("exit", 3)
        first = site.wait(job, FINAL_STATES)
        assert [site.wait(job, FINAL_STATES) for _ in range(2)] == [first, first]

    def test_several_threads_may_wait_for_one_job(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("wait", gate)
        waiting = [site.meanwhile(lambda: site.wait(job, FINAL_STATES)) for _ in range(5)]
        gate.await_job()
        gate.open()
        assert {one.result().state for one in waiting} == {JobState.DONE}

    def test_waiting_for_the_start_ends_when_the_job_runs(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("wait", gate)
        site.started(job)
        assert site.state(job) is JobState.RUNNING
        assert site.tracker.info(job).dispatch_time is not None

    def test_a_wait_for_what_can_never_be_ends_with_the_job(self, site: Site) -> None:
        job = site.submit("exit", 0, submit_as_hold=True)
        waiting = site.meanwhile(lambda: site.wait(job, {JobState.RUNNING}))
        site.control(job, JobAction.TERMINATE)
        assert waiting.result().state is JobState.FAILED
        assert site.tracker.wait(job, None, {JobState.RUNNING}).state is JobState.FAILED

    def test_the_earliest_of_several_jobs_is_found(self, site: Site) -> None:
        gates = [site.gate(f"gate{number}") for number in range(3)]
        jobs = [site.submit("wait", gate) for gate in gates]
        waiting = site.meanwhile(lambda: site.tracker.wait_any(jobs, site.soon, FINAL_STATES))
        gates[1].open()
        found, status = waiting.result()
        assert (found, status.state) == (jobs[1], JobState.DONE)

    def test_of_jobs_that_have_ended_the_earliest_is_found(self, site: Site) -> None:
        gate = site.gate()
        late, early = site.submit("wait", gate), site.submit("exit", 0)
        site.done(early)
        site.harness.pass_time(1)
        gate.open()
        site.done(late)
        assert site.tracker.wait_any([late, early], None, FINAL_STATES)[0] == early

    def test_an_unknown_job_is_refused_before_waiting(self, site: Site) -> None:
        job = site.submit("wait", site.gate())
        with pytest.raises(InvalidArgumentException, match="no-such-job"):
            site.tracker.wait_any([job, "no-such-job"], None, FINAL_STATES)

    def test_closing_wakes_those_who_wait(self, site: Site) -> None:
        job = site.submit("wait", site.gate())
        with site.harness.open(site.folder) as tracker:
            waiting = site.meanwhile(lambda: tracker.wait(job, None, FINAL_STATES))
            with pytest.raises(TimeoutException):
                tracker.wait(job, SHORT, FINAL_STATES)
            tracker.close()
            with pytest.raises(InvalidSessionException):
                waiting.result()
            with pytest.raises(InvalidSessionException):
                tracker.wait(job, None, FINAL_STATES)
