"""Writes that may wait a moment for company: one commit for many of them."""

from __future__ import annotations

import threading
import time
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import InvalidSessionException

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wflpy.store.database import Database

AT_MOST: Final = 256
"""Rows that wait at most; the one that completes them writes them all."""

AT_LATEST: Final = 0.2
"""Seconds after which whoever comes next writes what waits."""


class GroupedWrites:
    """Rows that wait to be written, in their order."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[str, Sequence[object]]] = []
        self._due = 0.0
        self._lock = threading.Lock()
        # Two flushes at once could write a removal before what it removes.
        self._flushing = threading.Lock()

    def add(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Have a statement carried out for each of these rows of values, soon."""
        now = time.monotonic()
        with self._lock:
            waiting = self._waiting
            if not waiting:
                self._due = now + AT_LATEST
            waiting.extend((statement, row) for row in rows)
            is_due = len(waiting) >= AT_MOST or now >= self._due
        if is_due:
            self.flush()

    def flush(self) -> None:
        """Write everything that waits; what cannot be written for want of space or a lock goes on waiting."""
        with self._flushing:
            with self._lock:
                batch, self._waiting = self._waiting, []
            if not batch:
                return
            try:
                self._write(batch)
            except InvalidSessionException:
                # The session is gone, and so is everything there was to say about it.
                raise
            except BaseException:
                with self._lock:
                    self._waiting[:0] = batch
                raise

    def _write(self, batch: list[tuple[str, Sequence[object]]]) -> None:
        with self._database.transaction() as transaction:
            for statement, rows in groupby(batch, key=itemgetter(0)):
                transaction.write_many(statement, (row for _, row in rows))
