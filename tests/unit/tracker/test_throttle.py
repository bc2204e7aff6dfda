"""How many jobs of an array are under way."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from wflpy.tracker.throttle import Throttle

JOBS = st.integers(0, 9)


class Throttled(RuleBasedStateMachine):
    """Jobs wait, are held, end: never more than three are under way, in order, and none is left behind."""

    def __init__(self) -> None:
        super().__init__()
        self.throttle = Throttle(3)
        self.waiting: set[str] = set()
        self.running: set[str] = set()

    @rule(index=JOBS)
    def wait(self, index: int) -> None:
        job_id = str(index)
        if job_id not in self.running and job_id not in self.waiting:
            self.waiting.add(job_id)
            self.throttle.wait(index, job_id)
            self.advance()

    @rule(index=JOBS)
    def hold(self, index: int) -> None:
        self.waiting.discard(str(index))
        self.throttle.leave(str(index))
        self.running.discard(str(index))
        self.advance()

    @rule(index=JOBS)
    def end(self, index: int) -> None:
        if str(index) in self.running:
            self.running.discard(str(index))
            self.throttle.leave(str(index))
            self.advance()

    def advance(self) -> None:
        before = sorted(self.waiting)
        admitted = self.throttle.admitted(self.waiting.__contains__)
        assert admitted == before[: len(admitted)], "the lowest index goes first"
        self.waiting.difference_update(admitted)
        self.running.update(admitted)

    @invariant()
    def no_more_than_three(self) -> None:
        assert len(self.running) <= 3

    @invariant()
    def nobody_waits_for_nothing(self) -> None:
        assert len(self.running) == 3 or not self.waiting


TestThrottled = Throttled.TestCase


def test_without_a_limit_all_may_go() -> None:
    throttle = Throttle(None)
    for index in range(5):
        throttle.wait(index, str(index))
    assert throttle.admitted(lambda _: True) == list("01234")


def test_jobs_that_are_under_way_already_count() -> None:
    throttle = Throttle(2)
    throttle.enter("1")
    throttle.wait(2, "2")
    throttle.wait(3, "3")
    assert throttle.admitted(lambda _: True) == ["2"]
    throttle.leave("1")
    assert throttle.admitted(lambda _: True) == ["3"]
