"""What a single-threaded process waits for: descriptors, times on the monotonic clock, signals."""

from __future__ import annotations

import heapq
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Final

READ: Final = select.POLLIN
WRITE: Final = select.POLLOUT
GONE: Final = select.POLLHUP | select.POLLERR

Handler = Callable[[int], None]
"""Is called with the events of a descriptor."""


class Timer:
    """One call at a later time."""

    __slots__ = ("action", "due", "number")

    def __init__(self, due: float, number: int, action: Callable[[], None]) -> None:
        self.due = due
        self.number = number
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Do not make the call. Twice is fine."""
        self.action = None

    def __lt__(self, other: Timer) -> bool:
        return (self.due, self.number) < (other.due, other.number)


class Loop:
    """Descriptors with what to do when something happens to them, and timers."""

    def __init__(self) -> None:
        # The numbers of EPOLLIN and its siblings are those of POLLIN.
        self._poll: Final = select.epoll() if hasattr(select, "epoll") else select.poll()
        self._scale: Final = 1.0 if hasattr(select, "epoll") else 1000.0
        self._handlers: Final[dict[int, Handler]] = {}
        self._timers: Final[list[Timer]] = []
        self._numbers = 0
        self._signals: Final[dict[int, Callable[[], None]]] = {}
        self._bell: socket.socket | None = None

    def add(self, descriptor: int, handler: Handler, events: int = READ) -> None:
        """Call the handler whenever one of the events happens."""
        self._poll.register(descriptor, events)
        self._handlers[descriptor] = handler

    def change(self, descriptor: int, events: int) -> None:
        """Wait for other events of a descriptor."""
        self._poll.modify(descriptor, events)

    def remove(self, descriptor: int) -> None:
        """Forget a descriptor, before it is closed."""
        del self._handlers[descriptor]
        self._poll.unregister(descriptor)

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Call the action once, so many seconds from now."""
        self._numbers += 1
        timer = Timer(time.monotonic() + seconds, self._numbers, action)
        heapq.heappush(self._timers, timer)
        return timer

    def on_signal(self, number: int, action: Callable[[], None]) -> None:
        """Call the action, not in the middle of anything, after each such signal."""
        if self._bell is None:
            self._bell, self._ring = socket.socketpair()
            self._bell.setblocking(False)
            self._ring.setblocking(False)
            signal.set_wakeup_fd(self._ring.fileno(), warn_on_full_buffer=False)
            self.add(self._bell.fileno(), self._heard)
        self._signals[number] = action
        signal.signal(number, _only_wake_up)

    def _heard(self, _events: int) -> None:
        if self._bell is not None:
            for number in set(self._bell.recv(4096)):
                self._signals[number]()

    def close(self) -> None:
        """Let go of everything."""
        if self._bell is not None:
            signal.set_wakeup_fd(-1)
            self._bell.close()
            self._ring.close()

    def wait(self, at_most: float | None) -> None:
        """Wait for the first thing to happen, at most so many seconds, and do everything that is to be done then."""
        for descriptor, events in self._poll.poll(self._timeout(at_most)):
            # A handler before this one may have removed it.
            handler = self._handlers.get(descriptor)
            if handler is not None:
                handler(events)
        if self._timers:
            self._run_timers()

    def _timeout(self, at_most: float | None) -> float | None:
        while self._timers and self._timers[0].action is None:
            heapq.heappop(self._timers)
        if self._timers:
            left = max(0.0, self._timers[0].due - time.monotonic())
            at_most = left if at_most is None else min(at_most, left)
        return None if at_most is None else at_most * self._scale

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers and (self._timers[0].due <= now or self._timers[0].action is None):
            action = heapq.heappop(self._timers).action
            if action is not None:
                action()


def _only_wake_up(_number: int, _frame: object) -> None:
    """What there is to do is done by `Loop.wait`."""
