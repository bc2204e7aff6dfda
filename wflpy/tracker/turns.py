"""A lock that sees to what follows from what was done under it: news for subscribers, calls at a later time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Sequence
    from datetime import datetime

    from wflpy.tracker.clock import Clock
    from wflpy.tracker.watch import StateChange

Action = Callable[[], None]


class Turns:
    """One turn at a time; what it plans happens in the thread of the clock, without the lock.

    Args:
        clock: the time.
        publish: takes the news.
    """

    def __init__(self, clock: Clock, publish: Callable[[Sequence[StateChange]], None]) -> None:
        self._clock: Final = clock
        self._publish: Final = publish
        self._lock: Final = threading.RLock()
        self._publishing: Final = threading.Lock()
        self._depth = 0
        self._news: list[StateChange] = []
        self._soon: dict[Action, None] = {}
        self._planned: list[tuple[str, datetime, Action]] = []
        self._alarms: Final[dict[str, list[Action]]] = {}
        self._closed = False

    @contextmanager
    def turn(self) -> Generator[None]:
        """Hold the lock; at the end of the outermost turn what was planned is set going."""
        try:
            with self._lock:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
        finally:
            self._follow_up()

    # -- only in a turn ------------------------------------------------------------------------------

    def tell(self, *news: StateChange) -> None:
        """Have these published, in order."""
        self._news += news

    def take_back(self, job_ids: Collection[str]) -> None:
        """Publish nothing of these jobs that was told in this turn."""
        self._news = [news for news in self._news if news.job_id not in job_ids]

    def call_soon(self, action: Action) -> None:
        """Have ``action`` done in a turn of its own, once however often it is asked for until then."""
        self._soon[action] = None

    def call_at(self, name: str, when: datetime, action: Action) -> None:
        """Have ``action`` done in a turn of its own at this time, unless the name is disarmed before."""
        self._planned.append((name, when, action))

    def disarm(self, name: str) -> None:
        """Take back every call that was planned under this name."""
        for cancel in self._alarms.pop(name, ()):
            cancel()
        if self._planned:
            self._planned = [call for call in self._planned if call[0] != name]

    # -- any time ------------------------------------------------------------------------------------

    def close(self) -> None:
        """Do and tell nothing any more by itself."""
        with self._lock:
            self._closed = True
            self._planned.clear()
            self._soon.clear()
            for name in tuple(self._alarms):
                self.disarm(name)

    def _follow_up(self) -> None:
        with self._lock:
            if self._depth or self._closed:
                return
            planned, self._planned = self._planned, []
            soon, self._soon = self._soon, {}
            has_news = bool(self._news)
        now = self._clock.now()
        if has_news:
            self._clock.call_at(now, self._pass_on)
        for action in soon:
            self._clock.call_at(now, self._in_turn(action))
        for name, when, action in planned:
            cancel = self._clock.call_at(when, self._in_turn(action))
            with self._lock:
                self._alarms.setdefault(name, []).append(cancel)

    def _in_turn(self, action: Action) -> Action:
        def act() -> None:
            with self.turn():
                if not self._closed:
                    action()

        return act

    def _pass_on(self) -> None:
        # Whoever comes first takes all that is there, so that the order stays.
        with self._publishing:
            with self._lock:
                news, self._news = self._news, []
            if news:
                self._publish(news)
