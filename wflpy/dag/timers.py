"""What is to be done at a later time, and the clock it goes by."""

from __future__ import annotations

import heapq
import queue
import threading
import time
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Clock(Protocol):
    """The time of a run; tests bring one that they turn."""

    def time(self) -> float:
        """Seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def receive(self, inbox: queue.SimpleQueue[T], timeout: float | None) -> T | None:
        """The next message, or None when none came within ``timeout`` seconds (None: wait without limit)."""
        ...

    def pause(self, seconds: float) -> None:
        """Let a moment pass in which more messages may come."""
        ...


class SystemClock:
    """The time of this machine."""

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def receive(self, inbox: queue.SimpleQueue[T], timeout: float | None) -> T | None:
        """Wait for the next message."""
        try:
            return inbox.get(timeout=None if timeout is None else min(timeout, threading.TIMEOUT_MAX))
        except queue.Empty:
            return None

    def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


class Alarm(IntEnum):
    """What a timer is for."""

    TIMEOUT = 0
    """An attempt has run for as long as it may."""
    RETRY = 1
    """The delay before another attempt is over."""
    RESUBMIT = 2
    """A backend that could not be reached may be asked again."""
    GRACE = 3
    """Jobs that were told to end have had their time."""


class Timer(NamedTuple):
    """One thing to do."""

    due: float
    """By the monotonic clock."""
    number: int
    """Timers that are due together go off in the order they were set."""
    alarm: Alarm
    node: int
    attempt: int


class Timers:
    """Timers in the order they are due. They are not taken back: who set one finds out whether it still matters."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._count = 0

    def set(self, due: float, alarm: Alarm, node: int = -1, attempt: int = 0) -> None:
        """Set one."""
        self._count += 1
        heapq.heappush(self._heap, Timer(due, self._count, alarm, node, attempt))

    def next_due(self) -> float | None:
        """When the next one is due; None without any."""
        return self._heap[0].due if self._heap else None

    def due(self, now: float) -> Iterator[Timer]:
        """Take out those that are due."""
        while self._heap and self._heap[0].due <= now:
            yield heapq.heappop(self._heap)
