"""Who waits in a session learns that another process destroyed it, though nobody tells."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import DrmaaException, InvalidSessionException

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

PATIENCE: Final = 1.0
"""Seconds that a wait lasts before anybody looks; most are over by then."""

PERIOD: Final = 1.0
"""Seconds between two looks, each a lookup by number in the store, however many wait."""


class Vigil:
    """One thread that looks, as long as anybody waits for long.

    Args:
        check: looks, and raises InvalidSessionException when there is no such session any more.
    """

    def __init__(self, check: Callable[[], object]) -> None:
        self._check: Final = check
        self._changed: Final = Condition()
        self._waiting = 0
        self._thread: Thread | None = None

    @contextmanager
    def kept(self) -> Generator[None]:
        """Look while the block lasts."""
        with self._changed:
            self._waiting += 1
            if self._thread is None:
                self._thread = Thread(target=self._run, name="wflpy-vigil", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    def _run(self) -> None:
        while self._is_due():
            try:
                self._check()
            except InvalidSessionException:
                # Whoever closed the session has woken all who wait in it.
                continue
            except DrmaaException as failure:
                import logging

                logging.getLogger("wflpy.sessions").warning("cannot see whether the session still exists: %s", failure)

    def _is_due(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, PERIOD)
            if self._waiting:
                return True
            self._thread = None
            return False
