"""A clock that stands still until a test turns it."""

from __future__ import annotations

import heapq
import threading
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


class FakeClock:
    """A `wflpy.tracker.clock.Clock` that goes on only by `advance`.

    Args:
        start: what it shows first, with a zone; the moment it is made if None.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._now = datetime.now(UTC) if start is None else start
        self._lock: Final = threading.Lock()
        # One thread turns at a time; an action may turn further.
        self._turning: Final = threading.RLock()
        self._calls: list[tuple[datetime, int, list[Callable[[], None]]]] = []
        self._numbers: Final = count()
        self._settlers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """What it shows."""
        return self._now

    def time(self) -> float:
        """What it shows, in seconds since the epoch."""
        return self._now.timestamp()

    def call_at(self, when: datetime, action: Callable[[], None]) -> Callable[[], None]:
        """Call ``action`` when the clock is turned so far; at once, in the calling thread, if it already shows that."""
        if when <= self._now:
            action()
            return _nothing
        call = [action]
        with self._lock:
            heapq.heappush(self._calls, (when, next(self._numbers), call))
        return call.clear

    def advance(self, seconds: float | timedelta) -> None:
        """Turn the clock; what is due on the way happens in order of time, each thing at its own time.

        When this returns, all state changes that came of it have been delivered.
        """
        step = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
        with self._turning:
            end = self._now + step
            while (action := self._next_until(end)) is not None:
                action()
                self._settle()
            self._now = max(self._now, end)
            self._settle()

    def on_settle(self, settle: Callable[[], None]) -> None:
        """Call ``settle`` after each thing that `advance` makes happen, and at its end."""
        self._settlers.append(settle)

    def close(self) -> None:
        """Drop all calls to come. The clock can be used again afterwards."""
        with self._lock:
            self._calls.clear()

    def _settle(self) -> None:
        for settle in tuple(self._settlers):
            settle()

    def _next_until(self, end: datetime) -> Callable[[], None] | None:
        with self._lock:
            while self._calls and self._calls[0][0] <= end:
                when, _, call = heapq.heappop(self._calls)
                if call:
                    self._now = max(self._now, when)
                    return call[0]
        return None


def _nothing() -> None:
    """Take back a call that was made at once."""
