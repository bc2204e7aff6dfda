"""When jobs start and how long they may take."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import NOW, WALLCLOCK_TIME, DrmaaCapability, InvalidArgumentException, JobAction, JobState
from wflpy.testing.contract.chapter import Chapter
from wflpy.tracker import Ability, Cause

if TYPE_CHECKING:
    from wflpy.testing.site import Site


class Scheduling(Chapter):
    """startTime, deadlineTime, resourceLimits, priority, minSlots (5.7.15 to 5.7.25)."""

    def test_a_start_time_is_waited_for(self, site: Site) -> None:
        start = site.harness.now() + timedelta(seconds=1.5)
        job = site.submit("exit", 0, start_time=start)
        assert site.state(job) is JobState.QUEUED
        site.harness.pass_time(2)
        info = site.done(job)
        assert info.dispatch_time is not None
        assert info.dispatch_time >= start

    def test_a_start_time_that_is_past_or_now_starts_at_once(self, site: Site) -> None:
        for start in (site.harness.now() - timedelta(hours=1), NOW):
            site.done(site.submit("exit", 0, start_time=start))

    def test_a_held_job_waits_for_release_and_start_time(self, site: Site) -> None:
        """5.7.3, 5.7.22 (A25)"""
        start = site.harness.now() + timedelta(seconds=1.5)
        job = site.submit("exit", 0, start_time=start, submit_as_hold=True)
        assert site.state(job) is JobState.QUEUED_HELD
        site.control(job, JobAction.RELEASE)
        assert site.state(job) is JobState.QUEUED
        site.harness.pass_time(2)
        info = site.done(job)
        assert info.dispatch_time is not None
        assert info.dispatch_time >= start

    def test_a_job_is_ended_by_its_wallclock_limit(self, site: Site) -> None:
        site.needs_limit(WALLCLOCK_TIME)
        gate = site.gate()
        job = site.submit("wait", gate, resource_limits={WALLCLOCK_TIME: "1"})
        gate.await_job()
        site.harness.pass_time(2)
        info = site.ended(job)
        assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.WALLCLOCK_TIME)
        assert "1" in (info.annotation or "")

    def test_a_job_within_its_wallclock_limit_is_left_alone(self, site: Site) -> None:
        site.needs_limit(WALLCLOCK_TIME)
        site.done(site.submit("exit", 0, resource_limits={WALLCLOCK_TIME: "3600"}))

    @pytest.mark.parametrize("held", [False, True], ids=["running", "held"])
    def test_a_job_is_ended_by_its_deadline(self, site: Site, held: bool) -> None:
        site.needs(DrmaaCapability.JT_DEADLINE)
        gate = site.gate()
        deadline = site.harness.now() + timedelta(seconds=1.5)
        job = site.submit("wait", gate, deadline_time=deadline, submit_as_hold=held)
        if not held:
            site.started(job)
        site.harness.pass_time(2)
        info = site.ended(job)
        assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.DEADLINE)
        assert info.annotation
        assert (info.dispatch_time is None) is held

    def test_no_more_jobs_run_than_there_are_slots(self, site: Site) -> None:
        slots = site.needs_slots()
        gate = site.gate()
        jobs = [site.submit("wait", gate) for _ in range(slots + 2)]
        for job in jobs[:slots]:
            site.started(job)
        assert [site.state(job) for job in jobs[slots:]] == [JobState.QUEUED] * 2
        gate.open()
        for job in jobs:
            site.done(job)

    def test_a_job_takes_the_slots_it_asks_for(self, site: Site) -> None:
        slots = site.needs_slots()
        gate = site.gate()
        wide = site.submit("wait", gate, min_slots=slots)
        site.started(wide)
        assert site.tracker.info(wide).slots == slots
        narrow = site.submit("exit", 0)
        assert site.state(narrow) is JobState.QUEUED
        gate.open()
        site.done(wide)
        site.done(narrow)

    def test_more_slots_than_there_are_can_never_be_had(self, site: Site) -> None:
        slots = site.needs_slots()
        with pytest.raises(InvalidArgumentException, match="minSlots"):
            site.submit("exit", 0, min_slots=slots + 1)
        assert site.tracker.job_ids() == []

    def test_the_higher_priority_goes_first(self, site: Site) -> None:
        site.needs(Ability.PRIORITY)
        slots = site.needs_slots()
        gate, order = site.gate(), site.folder / "order"
        site.started(site.submit("wait", gate, min_slots=slots))
        jobs = [
            site.submit("append", order, priority, priority=priority, min_slots=slots) for priority in (-5, 0, 5, 10)
        ]
        gate.open()
        for job in jobs:
            site.done(job)
        assert order.read_text().split() == ["10", "5", "0", "-5"]

    def test_equal_priorities_go_in_the_order_of_submission(self, site: Site) -> None:
        slots = site.needs_slots()
        gate, order = site.gate(), site.folder / "order"
        site.started(site.submit("wait", gate, min_slots=slots))
        jobs = [site.submit("append", order, number, min_slots=slots) for number in range(5)]
        gate.open()
        for job in jobs:
            site.done(job)
        assert order.read_text().split() == list("01234")
