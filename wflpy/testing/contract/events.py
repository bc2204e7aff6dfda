"""State changes as subscribers see them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from wflpy.drmaa2 import ARROWS, FINAL_STATES, JobAction, JobState
from wflpy.testing.contract.chapter import Chapter
from wflpy.tracker import Ability, Cause, StateChange

if TYPE_CHECKING:
    from wflpy.testing.site import Site


def _is_legal(changes: list[StateChange]) -> bool:
    """Whether every step is an arrow of the standard's figure (8.1); the submission itself need not be told."""
    states = [change.state for change in changes]
    if states[0] not in ARROWS[None]:
        states.insert(0, JobState.QUEUED_HELD if states[0] is JobState.QUEUED else JobState.QUEUED)
    return all(after in ARROWS[before] for before, after in itertools.pairwise(states))


class Events(Chapter):
    """What a subscriber is told (7.1.13, 8.1, 8.3)."""

    def test_the_life_of_a_job_is_told_once_and_in_order(self, site: Site) -> None:
        """8.1 (T1, T5, T12, T14, G29)"""
        listener = site.listen()
        jobs = [site.submit("exit", number % 2) for number in range(6)]
        for number, job in enumerate(jobs):
            changes = listener.ended(job)
            site.ended(job)
            assert _is_legal(changes), changes
            assert [change.state for change in changes][-2:] == [
                JobState.RUNNING,
                JobState.FAILED if number % 2 else JobState.DONE,
            ]
            assert len({change.state for change in changes}) == len(changes), changes

    def test_the_last_change_carries_the_final_snapshot(self, site: Site) -> None:
        listener = site.listen()
        job = site.submit("exit", 3)
        last = listener.ended(job)[-1]
        assert last.info == site.ended(job)
        assert last.info is not None
        assert last.info.exit_status == 3
        assert last.time > 0

    def test_a_start_failure_is_told_with_its_cause(self, site: Site) -> None:
        listener = site.listen()
        job = site.submit("exit", 0, working_directory=f"{site.folder}/missing")
        changes = listener.ended(job)
        assert _is_legal(changes), changes
        assert (changes[-1].state, changes[-1].sub_state) == (JobState.FAILED, Cause.WORKING_DIRECTORY)
        assert changes[-1].info == site.ended(job)

    def test_control_is_told_too(self, site: Site) -> None:
        listener = site.listen()
        gate = site.gate()
        job = site.submit("wait", gate, submit_as_hold=True)
        site.control(job, JobAction.RELEASE)
        gate.await_job()
        expected = [JobState.QUEUED, JobState.RUNNING]
        if Ability.SUSPEND in site.tracker.abilities:
            site.control(job, JobAction.SUSPEND)
            site.wait(job, {JobState.SUSPENDED})
            site.control(job, JobAction.RESUME)
            site.wait(job, {JobState.RUNNING})
            expected += [JobState.SUSPENDED, JobState.RUNNING]
        site.control(job, JobAction.TERMINATE)
        changes = listener.ended(job)
        assert _is_legal(changes), changes
        assert [change.state for change in changes if change.state is not JobState.QUEUED_HELD] == [
            *expected,
            JobState.FAILED,
        ]

    def test_every_subscriber_is_told(self, site: Site) -> None:
        listeners = [site.listen(), site.listen(), site.listen(site.open())]
        job = site.submit("exit", 0)
        site.done(job)
        ends = [listener.ended(job)[-1] for listener in listeners]
        assert ends[0] == ends[1]
        assert ends[2]._replace(time=0) == ends[0]._replace(time=0)

    def test_after_cancel_nothing_is_told(self, site: Site) -> None:
        listener, witness = site.listen(), site.listen()
        gate = site.gate()
        job = site.submit("wait", gate)
        site.started(job)
        listener.cancel()
        told = len(listener.of(job))
        listener.cancel()
        gate.open()
        witness.ended(job)
        assert len(listener.of(job)) == told
        assert not any(change.state in FINAL_STATES for change in listener.of(job))

    def test_a_subscriber_that_fails_harms_nobody_else(self, site: Site) -> None:
        def fail(_: object) -> None:
            raise ValueError("as the test wants it")

        subscription = site.tracker.subscribe(fail)
        listener = site.listen()
        job = site.submit("exit", 0)
        assert listener.ended(job)[-1].state is JobState.DONE
        site.done(job)
        subscription.cancel()
