"""The advance reservations of one session: as rows of the database, and in memory."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import InvalidSessionException
from wflpy.store.contract import ReservationLog
from wflpy.store.text import read_reservation, write_struct

if TYPE_CHECKING:
    from wflpy.drmaa2 import ReservationTemplate
    from wflpy.store.database import Database

_INTEND: Final = "INSERT INTO reservations (session, key, template) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_ACCEPT: Final = "UPDATE reservations SET reservation_id = ? WHERE session = ? AND key = ?"
_WITHDRAW: Final = "DELETE FROM reservations WHERE session = ? AND key = ? AND reservation_id IS NULL"
_GRANTED: Final = """
    SELECT reservation_id, template FROM reservations
    WHERE session = ? AND reservation_id IS NOT NULL ORDER BY rowid
"""


class DatabaseReservationLog(ReservationLog):
    """The `ReservationLog` of one session."""

    def __init__(self, database: Database, session_id: int) -> None:
        self._database = database
        self._session = session_id

    def exists(self) -> bool:
        return bool(self._database.read("SELECT 1 FROM sessions WHERE id = ?", (self._session,)))

    def intend(self, key: str, template: ReservationTemplate) -> None:
        self._database.write(_INTEND, (self._session, key, write_struct(template)))

    def accept(self, key: str, reservation_id: str) -> None:
        if not self._database.write(_ACCEPT, (reservation_id, self._session, key)):
            raise InvalidSessionException("the session was destroyed")

    def withdraw(self, key: str) -> None:
        self._database.write(_WITHDRAW, (self._session, key))

    def granted(self) -> dict[str, ReservationTemplate]:
        rows = self._database.read(_GRANTED, (self._session,))
        return {reservation_id: read_reservation(template) for reservation_id, template in rows}


class MemoryReservationLog(ReservationLog):
    """A `ReservationLog` in memory."""

    def __init__(self) -> None:
        self._asked: dict[str, ReservationTemplate] = {}
        self._ids: dict[str, str] = {}
        self._lock: Final = threading.Lock()
        self._destroyed = False

    def exists(self) -> bool:
        return not self._destroyed

    def destroy(self) -> None:
        """The session is gone."""
        self._destroyed = True

    def intend(self, key: str, template: ReservationTemplate) -> None:
        with self._lock:
            self._check()
            self._asked.setdefault(key, template)

    def accept(self, key: str, reservation_id: str) -> None:
        with self._lock:
            self._check()
            self._ids[key] = reservation_id

    def withdraw(self, key: str) -> None:
        with self._lock:
            if key not in self._ids:
                self._asked.pop(key, None)

    def granted(self) -> dict[str, ReservationTemplate]:
        with self._lock:
            return {self._ids[key]: template.copy() for key, template in self._asked.items() if key in self._ids}

    def _check(self) -> None:
        if self._destroyed:
            raise InvalidSessionException("the session was destroyed")
