"""The time that emulated waiting goes by, and calls at a later time."""

from __future__ import annotations

import heapq
import threading
import time
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """Tells the time and calls back. All methods may be called from several threads."""

    def now(self) -> datetime:
        """The current time, with its zone."""
        ...

    def call_at(self, when: datetime, action: Callable[[], None]) -> Callable[[], None]:
        """Call ``action`` once, at this time or as soon as possible after it; the result takes the call back.

        The action may run in any thread; the caller must hold no lock that the action takes.
        """
        ...

    def close(self) -> None:
        """Call nothing any more, and wait for a call in progress. Twice is fine."""
        ...


class _Call:
    """One call to come."""

    __slots__ = ("action", "due", "number")

    def __init__(self, due: float, number: int, action: Callable[[], None] | None) -> None:
        self.due = due
        self.number = number
        self.action = action

    def __lt__(self, other: _Call) -> bool:
        return (self.due, self.number) < (other.due, other.number)


_AT_MOST: Final = 3600.0
"""Seconds between two looks at the clock, which may have been set meanwhile."""


class SystemClock:
    """The time of this machine. One thread makes the calls; there is none while nothing is to come."""

    def __init__(self, name: str = "wflpy-clock") -> None:
        self._name: Final = name
        self._changed: Final = threading.Condition()
        self._calls: list[_Call] = []
        self._numbers: Final = count()
        self._thread: threading.Thread | None = None
        self._closed = False

    def now(self) -> datetime:
        """The current time, in UTC."""
        return datetime.now(UTC)

    def call_at(self, when: datetime, action: Callable[[], None]) -> Callable[[], None]:
        """Call ``action`` in the thread of this clock once it is that late."""
        call = _Call(when.timestamp(), next(self._numbers), action)

        def cancel() -> None:
            with self._changed:
                call.action = None
                self._changed.notify()

        with self._changed:
            if self._closed:
                return cancel
            heapq.heappush(self._calls, call)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            else:
                self._changed.notify()
        return cancel

    def close(self) -> None:
        """Drop the calls to come and end the thread, once a call in progress is done."""
        with self._changed:
            self._closed = True
            self._calls.clear()
            self._changed.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while (call := self._next()) is not None:
            action = call.action
            if action is not None:
                _run_action(action)

    def _next(self) -> _Call | None:
        """Wait for the next call that is due; None when there is none to come, and the thread is to end."""
        with self._changed:
            while self._calls:
                remaining = self._calls[0].due - time.time()
                if remaining <= 0 or self._calls[0].action is None:
                    return heapq.heappop(self._calls)
                self._changed.wait(min(remaining, _AT_MOST))
            self._thread = None
            return None


def _run_action(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception:
        import logging

        logging.getLogger("wflpy.tracker").exception("a call at a later time failed")
