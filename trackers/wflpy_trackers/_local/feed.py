"""The stream of what happens in one session: one thread that reads it and passes it on."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2 import DrmaaException, DrmCommunicationException
from wflpy_trackers._local.wire import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy_trackers._local.client import Connection, Keeper

_TRIES: Final = 5
_SECONDS: Final = 0.1
"""Before the second try to reach a keeper; twice as long before each one after it."""
_OVERLAP: Final = 1.0
"""Seconds before the last change from which on changes are told again after an interruption."""


class Feed:
    """Begins with `begin`; ends with `close`, or when the keeper is gone for good.

    Args:
        keeper: where it comes from.
        deliver: is called with batches of rows (see `rows`), in the order in which things happened.
        ended: is called before with id, state and cause of jobs that had ended by then, those of old times left out.
        lost: is called once, instead of any more batches, with the reason when no keeper can be reached.
        name: of the thread.
    """

    def __init__(
        self,
        keeper: Keeper,
        deliver: Callable[[list[list[Any]]], None],
        ended: Callable[[list[list[Any]]], None],
        lost: Callable[[DrmaaException], None],
        name: str,
    ) -> None:
        self._keeper: Final = keeper
        self._deliver: Final = deliver
        self._ended: Final = ended
        self._lost: Final = lost
        self._name: Final = name
        self._lock: Final = threading.Lock()
        self._closing: Final = threading.Event()
        self._connection: Connection | None = None
        self._thread: threading.Thread | None = None
        self._latest = time.time()

    def begin(self) -> None:
        """Have everything delivered that happens from now on. Twice is fine.

        Raises:
            DrmaaException: no keeper can be reached, or the session is closed.
        """
        if self._thread is not None:
            return
        with self._lock:
            self._keeper.check_open()
            if self._thread is None:
                self._ended(self._subscribe(is_brief=True))
                self._latest = time.time()
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Deliver nothing more; the thread has ended when this returns, unless it is the one that calls."""
        self._closing.set()
        with self._lock:
            thread = self._thread
        # The thread may be connecting anew at this moment, so it is told until it has heard.
        while thread is not None and thread is not threading.current_thread() and thread.is_alive():
            connection = self._connection
            if connection is not None:
                connection.shut()
            thread.join(0.05)
        if self._connection is not None:
            self._connection.close()

    def _subscribe(self, *, is_brief: bool = False) -> list[list[Any]]:
        connection = self._connection = self._keeper.new_connection()
        missed: list[list[Any]] = connection.ask(encode(["watch", 0, self._latest - _OVERLAP, is_brief]))[0]
        return missed

    def _run(self) -> None:
        while not self._closing.is_set():
            lines = self._read()
            if lines:
                rows = [row for line in lines for row in decode(line)[1]]
            elif self._closing.is_set() or (missed := self._again()) is None:
                return
            else:
                rows = missed
            if rows:
                self._latest = max([self._latest, *(row[2] for row in rows if len(row) > 1)])
                self._deliver(rows)

    def _read(self) -> list[bytes]:
        connection = self._connection
        try:
            return [] if connection is None else connection.batch()
        except OSError:
            return []

    def _again(self) -> list[list[Any]] | None:
        """Subscribe anew; what was missed, or None when that is not possible."""
        problem = DrmCommunicationException("the keeper does not answer", tracker="process")
        for number in range(_TRIES):
            if number and self._closing.wait(_SECONDS * 2**number):
                return None
            if self._connection is not None:
                self._connection.close()
            try:
                return self._subscribe()
            except DrmCommunicationException as error:
                problem = error
            except (DrmaaException, OSError):
                continue
        if not self._closing.is_set():
            self._lost(problem)
        return None
