"""Hold, release, suspend, resume, terminate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import (
    InvalidArgumentException,
    InvalidStateException,
    JobAction,
    JobState,
    UnsupportedOperationException,
)
from wflpy.testing.contract.chapter import Chapter
from wflpy.tracker import Ability, Cause

if TYPE_CHECKING:
    from wflpy.testing.site import Site


class Control(Chapter):
    """The operations on a job and the states they are allowed in (8.1, 8.4.4)."""

    def test_a_job_submitted_as_hold_waits_for_its_release(self, site: Site) -> None:
        """5.7.3 (T2)"""
        mark = site.folder / "mark"
        job = site.submit("append", mark, "ran", submit_as_hold=True)
        assert site.state(job) is JobState.QUEUED_HELD
        site.done(site.submit("exit", 0))
        assert site.state(job) is JobState.QUEUED_HELD
        assert not mark.exists()
        site.control(job, JobAction.RELEASE)
        site.done(job)
        assert mark.read_text() == "ran\n"

    def test_a_queued_job_can_be_held_and_released(self, site: Site) -> None:
        slots = site.needs_slots()
        gate = site.gate()
        for blocker in [site.submit("wait", gate) for _ in range(slots)]:
            site.started(blocker)
        job = site.submit("exit", 0)
        assert site.state(job) is JobState.QUEUED
        site.control(job, JobAction.HOLD)
        assert site.state(job) is JobState.QUEUED_HELD
        gate.open()
        site.done(site.submit("exit", 0))
        assert site.state(job) is JobState.QUEUED_HELD
        site.control(job, JobAction.RELEASE)
        site.done(job)

    def test_release_is_for_held_jobs_only(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("wait", gate)
        site.started(job)
        with pytest.raises(InvalidStateException, match=job):
            site.control(job, JobAction.RELEASE)

    @pytest.mark.parametrize("action", [JobAction.HOLD, JobAction.RESUME, JobAction.RELEASE])
    def test_a_running_job_refuses_what_is_not_for_it(self, site: Site, action: JobAction) -> None:
        if action is JobAction.RESUME:
            site.needs(Ability.SUSPEND)
        job = site.submit("wait", site.gate())
        site.started(job)
        with pytest.raises(InvalidStateException):
            site.control(job, action)
        assert site.state(job) is JobState.RUNNING

    def test_a_running_job_can_be_suspended_and_resumed(self, site: Site) -> None:
        site.needs(Ability.SUSPEND)
        gate = site.gate()
        job = site.submit("wait", gate)
        gate.await_job()
        site.control(job, JobAction.SUSPEND)
        assert site.wait(job, {JobState.SUSPENDED}).state is JobState.SUSPENDED
        with pytest.raises(InvalidStateException):
            site.control(job, JobAction.SUSPEND)
        site.control(job, JobAction.RESUME)
        assert site.wait(job, {JobState.RUNNING}).state is JobState.RUNNING
        gate.open()
        site.done(job)

    def test_a_suspended_job_makes_no_progress(self, site: Site) -> None:
        site.needs(Ability.SUSPEND)
        gate = site.gate()
        job = site.submit("wait", gate)
        gate.await_job()
        site.control(job, JobAction.SUSPEND)
        gate.open()
        site.done(site.submit("exit", 0))
        assert site.state(job) is JobState.SUSPENDED
        site.control(job, JobAction.RESUME)
        site.done(job)

    @pytest.mark.parametrize("action", [JobAction.SUSPEND, JobAction.RESUME])
    def test_an_undeclared_suspend_is_unsupported_in_every_state(self, site: Site, action: JobAction) -> None:
        site.lacks(Ability.SUSPEND)
        gate = site.gate()
        jobs = [site.submit("wait", gate), site.submit("exit", 0), site.submit("exit", 0, submit_as_hold=True)]
        site.started(jobs[0])
        site.done(jobs[1])
        for job in jobs:
            with pytest.raises(UnsupportedOperationException):
                site.control(job, action)

    def test_a_running_job_can_be_terminated(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("wait", gate)
        gate.await_job()
        site.control(job, JobAction.TERMINATE)
        info = site.ended(job)
        assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.TERMINATED)
        assert info.annotation
        assert info.dispatch_time is not None

    def test_a_held_job_can_be_terminated_and_never_starts(self, site: Site) -> None:
        mark = site.folder / "mark"
        job = site.submit("append", mark, "ran", submit_as_hold=True)
        site.control(job, JobAction.TERMINATE)
        info = site.ended(job)
        assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.TERMINATED)
        assert (info.dispatch_time, info.exit_status) == (None, None)
        assert not mark.exists()

    def test_a_suspended_job_can_be_terminated(self, site: Site) -> None:
        site.needs(Ability.SUSPEND)
        gate = site.gate()
        job = site.submit("wait", gate)
        gate.await_job()
        site.control(job, JobAction.SUSPEND)
        site.wait(job, {JobState.SUSPENDED})
        site.control(job, JobAction.TERMINATE)
        info = site.ended(job)
        assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.TERMINATED)

    def test_a_job_that_is_deaf_to_sigterm_is_killed_after_the_grace(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("deaf", gate)
        gate.await_job()
        site.control(job, JobAction.TERMINATE)
        site.harness.pass_time(60)
        info = site.ended(job)
        assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.TERMINATED)
        assert (info.terminating_signal, info.exit_status) == ("SIGKILL", None)

    def test_a_terminated_job_has_failed_even_if_it_exits_with_zero(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("graceful", gate)
        gate.await_job()
        site.control(job, JobAction.TERMINATE)
        info = site.ended(job)
        assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.TERMINATED)

    @pytest.mark.parametrize("action", list(JobAction))
    def test_nothing_can_be_done_to_a_job_that_has_ended(self, site: Site, action: JobAction) -> None:
        if action in (JobAction.SUSPEND, JobAction.RESUME):
            site.needs(Ability.SUSPEND)
        job = site.submit("exit", 0)
        site.done(job)
        with pytest.raises(InvalidStateException, match=job):
            site.control(job, action)
        assert site.state(job) is JobState.DONE

    def test_control_of_several_jobs_tells_the_refusals(self, site: Site) -> None:
        gate = site.gate()
        ended, running = site.submit("exit", 0), site.submit("wait", gate)
        site.done(ended)
        gate.await_job()
        refusals = site.tracker.control_many([ended, running, "no-such-job"], JobAction.TERMINATE)
        assert {job: type(refusal) for job, refusal in refusals.items()} == {
            ended: InvalidStateException,
            "no-such-job": InvalidArgumentException,
        }
        assert site.ended(running).job_sub_state == Cause.TERMINATED
