"""The clock that a test turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from wflpy.testing import FakeClock

START = datetime(2100, 1, 1, tzinfo=UTC)


def test_it_stands_still() -> None:
    clock = FakeClock(START)
    assert clock.now() == clock.now() == START
    assert clock.time() == START.timestamp()
    clock.advance(1.5)
    clock.advance(timedelta(seconds=1.5))
    assert clock.now() == START + timedelta(seconds=3)


def test_it_begins_now_unless_told() -> None:
    assert abs(FakeClock().now() - datetime.now(UTC)) < timedelta(minutes=1)


@given(st.lists(st.integers(1, 100)), st.lists(st.integers(0, 40), max_size=5))
def test_calls_are_made_in_order_at_their_own_time(delays: list[int], steps: list[int]) -> None:
    clock = FakeClock(START)
    made: list[tuple[int, datetime]] = []

    def make(delay: int) -> None:
        made.append((delay, clock.now()))

    for delay in delays:
        clock.call_at(START + timedelta(seconds=delay), partial(make, delay))
    for step in steps:
        clock.advance(step)
    due = sorted(delay for delay in delays if delay <= sum(steps))
    assert made == [(delay, START + timedelta(seconds=delay)) for delay in due]


def test_what_is_due_is_called_at_once() -> None:
    clock, made = FakeClock(START), list[str]()
    clock.call_at(START, lambda: made.append("now"))()
    assert made == ["now"]


def test_a_call_that_is_taken_back_is_not_made() -> None:
    clock, made = FakeClock(START), list[str]()
    cancel = clock.call_at(START + timedelta(seconds=1), lambda: made.append("never"))
    cancel()
    cancel()
    clock.advance(2)
    assert made == []


def test_a_call_may_plan_another_on_the_way() -> None:
    clock, made = FakeClock(START), list[datetime]()

    def again() -> None:
        made.append(clock.now())
        clock.call_at(clock.now() + timedelta(seconds=1), again)

    again()
    clock.advance(3)
    assert made == [START + timedelta(seconds=second) for second in range(4)]


def test_a_call_may_turn_the_clock_further() -> None:
    clock = FakeClock(START)
    clock.call_at(START + timedelta(seconds=1), lambda: clock.advance(10))
    clock.advance(2)
    assert clock.now() == START + timedelta(seconds=11)


def test_close_drops_what_was_to_come() -> None:
    clock, made = FakeClock(START), list[str]()
    clock.call_at(START + timedelta(seconds=1), lambda: made.append("never"))
    clock.close()
    clock.advance(2)
    assert made == []
