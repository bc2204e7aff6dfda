"""Calls at a later time, on the clock of the machine."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from wflpy.tracker.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "clock-under-test"


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == NAME]


@pytest.fixture
def clock() -> Iterator[SystemClock]:
    clock = SystemClock(NAME)
    yield clock
    clock.close()
    assert _threads() == []


def test_calls_are_made_in_order_of_time_in_one_thread(clock: SystemClock) -> None:
    made: list[tuple[int, str]] = []
    done = threading.Event()

    def make(number: int) -> None:
        made.append((number, threading.current_thread().name))
        if len(made) == 3:
            done.set()

    start = clock.now() + timedelta(milliseconds=30)
    for number in (2, 0, 1):
        clock.call_at(start + timedelta(milliseconds=10 * number), partial(make, number))
    assert done.wait(20)
    assert made == [(number, NAME) for number in range(3)]


def test_what_is_due_is_called_soon(clock: SystemClock) -> None:
    done = threading.Event()
    clock.call_at(clock.now() - timedelta(hours=1), done.set)
    assert done.wait(20)


def test_there_is_no_thread_while_nothing_is_to_come(clock: SystemClock) -> None:
    assert _threads() == []
    done = threading.Event()
    clock.call_at(clock.now(), done.set)
    assert done.wait(20)
    for thread in _threads():
        thread.join(20)
    assert _threads() == []
    again = threading.Event()
    clock.call_at(clock.now(), again.set)
    assert again.wait(20)


def test_a_call_that_is_taken_back_is_not_made_and_needs_no_thread(clock: SystemClock) -> None:
    made: list[str] = []
    cancel = clock.call_at(clock.now() + timedelta(hours=1), lambda: made.append("far"))
    (thread,) = _threads()
    cancel()
    cancel()
    thread.join(20)
    assert not thread.is_alive()
    assert made == []


def test_an_earlier_call_is_made_first_though_it_came_later(clock: SystemClock) -> None:
    done = threading.Event()
    clock.call_at(clock.now() + timedelta(hours=1), lambda: None)
    clock.call_at(clock.now() + timedelta(milliseconds=10), done.set)
    assert done.wait(20)


def test_a_call_that_fails_is_logged_and_the_next_is_made(clock: SystemClock, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("as the test wants it")

    done = threading.Event()
    clock.call_at(clock.now(), fail)
    clock.call_at(clock.now() + timedelta(milliseconds=5), done.set)
    assert done.wait(20)
    assert "as the test wants it" in caplog.text


def test_after_close_nothing_is_called(clock: SystemClock) -> None:
    made: list[str] = []
    clock.call_at(clock.now() + timedelta(milliseconds=20), lambda: made.append("late"))
    clock.close()
    clock.close()
    assert _threads() == []
    clock.call_at(clock.now(), lambda: made.append("later"))()
    assert made == []


def test_a_call_may_close_the_clock(clock: SystemClock) -> None:
    done = threading.Event()

    def close() -> None:
        clock.close()
        done.set()

    clock.call_at(clock.now(), close)
    assert done.wait(20)


def test_a_call_may_plan_another(clock: SystemClock) -> None:
    done = threading.Event()

    def plan() -> None:
        clock.call_at(clock.now(), done.set)

    clock.call_at(clock.now(), plan)
    assert done.wait(20)
