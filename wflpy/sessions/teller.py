"""The thread that calls an event callback, and keeps its delays and failures away from everything else."""

from __future__ import annotations

import logging
from threading import Condition, Thread, current_thread
from typing import TYPE_CHECKING, Final

from wflpy.sessions.notices import Backlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wflpy.drmaa2 import DrmaaNotification
    from wflpy.sessions.notices import Notice

PATIENCE: Final = 10.0
"""Seconds to wait for a callback that is being called when it is unregistered; one that takes longer is left alone."""

_log: Final = logging.getLogger("wflpy.sessions")


class Teller:
    """The thread that calls the callback."""

    def __init__(self, notify: Callable[[DrmaaNotification], object], limit: int) -> None:
        self._notify = notify
        self._backlog: Final = Backlog(limit)
        self._changed: Final = Condition()
        self._calls = 0
        self._is_calling = False
        self._is_over = False
        self._thread: Final = Thread(target=self._run, name="wflpy-events", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def put(self, notices: Iterable[Notice]) -> None:
        """Have these told after all that waits."""
        is_first = False
        with self._changed:
            for notice in notices:
                is_first |= self._backlog.put(notice) and self._backlog.dropped == 1
            self._changed.notify_all()
        if is_first:
            _log.warning("events come faster than the callback takes them: the oldest are dropped from now on")

    def replace(self, notify: Callable[[DrmaaNotification], object]) -> None:
        """Call this from now on; a call of the one before may first end."""
        with self._changed:
            self._notify = notify
            number = self._calls
            if current_thread() is not self._thread:
                self._changed.wait_for(lambda: not self._is_calling or self._calls != number, PATIENCE)

    def stop(self) -> None:
        """Call nothing more, and end the thread once the callback lets go of it."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
            dropped = self._backlog.dropped
        if dropped:
            _log.warning("%d events were dropped before they could be told", dropped)
        if current_thread() is self._thread:
            return
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            _log.warning("the event callback has not returned for %g seconds, and is left alone", PATIENCE)

    def _run(self) -> None:
        while (notice := self._next()) is not None:
            for notification in notice.notifications():
                if not self._call(notification):
                    return

    def _next(self) -> Notice | None:
        with self._changed:
            while not self._is_over:
                notice = self._backlog.get()
                if notice is not None:
                    return notice
                self._changed.wait()
        return None

    def _call(self, notification: DrmaaNotification) -> bool:
        """Call the callback; False if nothing is to be told any more."""
        with self._changed:
            if self._is_over:
                return False
            notify = self._notify
            self._calls += 1
            self._is_calling = True
        try:
            notify(notification)
        except BaseException:  # noqa: BLE001  # whatever it raises, even SystemExit, the thread is not its own
            _log.exception("the event callback failed on %s; later events are told all the same", notification)
        with self._changed:
            self._is_calling = False
            self._changed.notify_all()
        return True
