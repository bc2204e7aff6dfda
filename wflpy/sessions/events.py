"""Events: what happens to the jobs of a manager's sessions, told to one callback (GFD.231 7.1.13, 8.3).

Trackers publish changes in their own threads; these only put them on a bounded queue. One thread per registration
takes them from there and calls the callback, so a slow or failing callback holds up nothing but itself. Waiting for
jobs does not depend on any of this.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from wflpy.drmaa2 import DrmaaCapability, InvalidArgumentException
from wflpy.sessions.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.drmaa2 import DrmaaNotification
    from wflpy.sessions.connection import Connection
    from wflpy.sessions.teller import Teller

LIMIT: Final = 10_000
"""Events that may wait to be told."""


@runtime_checkable
class DrmaaCallback(Protocol):
    """What can be registered for events; any callable that takes a notification can be, too (GFD.231 8.3)."""

    def notify(self, notification: DrmaaNotification) -> object:
        """Take note of one event. It may take its time, raise, and call every method of the library."""
        ...


class EventDispatcher:
    """The events of one manager. All methods may be called from several threads, and from inside the callback.

    Args:
        limit: how many events may wait to be told.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit: Final = limit
        self._feeds: Final[dict[int, Feed]] = {}
        self._teller: Teller | None = None
        self._pid: Final = os.getpid()
        # Nobody who holds it waits for the callback.
        self._turn: Final = Lock()

    def register(self, callback: DrmaaCallback | Callable[[DrmaaNotification], object]) -> None:
        """Tell this callback all that happens from now on, in place of the one before.

        Raises:
            InvalidArgumentException: it cannot be called.
            DrmCommunicationException: what the jobs are doing now cannot be asked; nothing was registered.
        """
        notify = _callable(callback)
        with self._turn:
            teller = self._teller
            if teller is None:
                self._begin(_teller(notify, self._limit))
        if teller is not None:
            teller.replace(notify)

    def unregister(self) -> None:
        """Tell nothing more, from the moment this returns; a callback that is being called may first end."""
        if self._pid != os.getpid():
            # The threads stayed with the process that forked this one.
            return
        with self._turn:
            teller, self._teller = self._teller, None
            for feed in self._feeds.values():
                feed.stop()
        if teller is not None:
            teller.stop()

    def follow(self, session_id: int, connection: Connection) -> None:
        """Have this open connection tell of its session.

        Raises:
            DrmCommunicationException: a callback is registered, and what the jobs are doing now cannot be asked.
        """
        if DrmaaCapability.CALLBACK not in connection.capabilities:
            return
        with self._turn:
            feed = self._feeds.setdefault(session_id, Feed(connection.session_name))
            feed.add(connection, self._teller)

    def leave(self, session_id: int, connection: Connection) -> None:
        """This connection is closed; another of the same session takes its place, if there is one."""
        if self._pid != os.getpid():
            return
        with self._turn:
            feed = self._feeds.get(session_id)
            if feed is not None and not feed.remove(connection, self._teller):
                del self._feeds[session_id]

    def _begin(self, teller: Teller) -> None:
        try:
            for feed in self._feeds.values():
                feed.start(teller)
        except BaseException:
            for feed in self._feeds.values():
                feed.stop()
            raise
        self._teller = teller
        teller.start()


def _teller(notify: Callable[[DrmaaNotification], object], limit: int) -> Teller:
    # What a program without events does not need, it does not load.
    from wflpy.sessions.teller import Teller

    return Teller(notify, limit)


def _callable(callback: object) -> Callable[[DrmaaNotification], object]:
    if isinstance(callback, DrmaaCallback) and callable(callback.notify):
        return callback.notify
    if callable(callback):
        return callback
    text = f"callback must have a method notify or be callable, and {type(callback).__name__} is neither"
    raise InvalidArgumentException(text, attributes=("callback",))
