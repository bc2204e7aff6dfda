"""The sessions of this user, in one SQLite database that all processes share."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, Self

from wflpy.drmaa2 import InvalidArgumentException
from wflpy.store.contract import SessionStore
from wflpy.store.joblog import DatabaseJobLog
from wflpy.store.ledger import DatabaseLedger
from wflpy.store.records import SessionKind, SessionRecord
from wflpy.store.reservations import DatabaseReservationLog
from wflpy.store.text import read_record, write_record
from wflpy.tracker.places import state_home

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.store.contract import JobLog, ReservationLog
    from wflpy.store.database import Database, Row
    from wflpy.store.records import SessionDraft
    from wflpy.tracker import Ledger

FILE_NAME: Final = "sessions.db"

_COLUMNS: Final = "id, kind, name, label, tracker, options, contact, installation, host, created"
_COUNT_USE: Final = """
    INSERT INTO names (kind, name, uses) SELECT kind, name, 1 FROM sessions WHERE id = ?
    ON CONFLICT (kind, name) DO UPDATE SET uses = uses + 1
"""


class Store(SessionStore):
    """Sessions, their jobs and their trackers' records in ``sessions.db``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, home: str | os.PathLike[str] | None = None) -> Self:
        """The store in this folder, made if it is missing; in that of this user if None."""
        # Loading SQLite costs some milliseconds that a program without sessions does not owe.
        from wflpy.store.database import Database

        return cls(Database.open(state_home(home) / FILE_NAME))

    @property
    def path(self) -> Path:
        """The database."""
        return self._database.path

    def create(self, draft: SessionDraft) -> SessionRecord:
        place = (draft.kind, draft.name)
        with self._database.transaction() as transaction:
            taken = transaction.read("SELECT tracker FROM sessions WHERE kind = ? AND name = ?", place)
            if taken:
                raise name_taken(draft, taken[0][0])
            used = transaction.read("SELECT uses FROM names WHERE kind = ? AND name = ?", place)
            label = label_of(draft, used[0][0] if used else 0)
            transaction.write(
                "INSERT INTO sessions (kind, name, label, tracker, options, host, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*place, label, draft.tracker, write_record(draft.options), os.uname().nodename, time.time()),
            )
            query = f"SELECT {_COLUMNS} FROM sessions WHERE id = last_insert_rowid()"  # noqa: S608  # a constant
            return _record(transaction.read(query)[0])

    def session(self, kind: SessionKind, name: str) -> SessionRecord | None:
        query = f"SELECT {_COLUMNS} FROM sessions WHERE kind = ? AND name = ?"  # noqa: S608  # a constant
        rows = self._database.read(query, (kind, name))
        return _record(rows[0]) if rows else None

    def sessions(self, kind: SessionKind) -> list[SessionRecord]:
        query = f"SELECT {_COLUMNS} FROM sessions WHERE kind = ? ORDER BY id"  # noqa: S608  # a constant
        return [_record(row) for row in self._database.read(query, (kind,))]

    def set_contact(self, session_id: int, contact: str, installation: str) -> SessionRecord | None:
        statement = "UPDATE sessions SET contact = ?, installation = ? WHERE id = ?"
        self._database.write(statement, (contact, installation, session_id))
        rows = self._database.read(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", (session_id,))  # noqa: S608  # a constant
        return _record(rows[0]) if rows else None

    def destroy(self, session_id: int, *, used: bool = True) -> None:
        with self._database.transaction() as transaction:
            if used:
                transaction.write(_COUNT_USE, (session_id,))
            transaction.write("DELETE FROM sessions WHERE id = ?", (session_id,))

    def jobs(self, session_id: int) -> JobLog:
        return DatabaseJobLog(self._database, session_id)

    def reservations(self, session_id: int) -> ReservationLog:
        return DatabaseReservationLog(self._database, session_id)

    def ledger(self, session_id: int) -> Ledger:
        return DatabaseLedger(self._database, session_id)

    def close(self) -> None:
        self._database.close()


def label_of(draft: SessionDraft, uses: int) -> str:
    """The name under which a tracker knows a session when so many of the same name were destroyed before.

    Jobs of a destroyed session go on under its old label, and must not turn up in a new session of the same name. A
    tracker knows no kinds: the job session of the same name is another one.
    """
    name = draft.name if draft.kind is SessionKind.JOB else f"{draft.name}~{draft.kind}"
    return f"{name}~{uses + 1}" if uses else name


def name_taken(draft: SessionDraft, tracker: str) -> InvalidArgumentException:
    """The refusal of a name that a session has already."""
    text = (
        f"there is a {draft.kind} session {draft.name!r} already, on the {tracker} tracker:"
        f" open it with open_{draft.kind}_session, or choose another name"
    )
    return InvalidArgumentException(text, attributes=("sessionName",))


def _record(row: Row) -> SessionRecord:
    session_id, kind, name, label, tracker, options, contact, installation, host, created = row
    return SessionRecord(
        session_id=session_id,
        kind=SessionKind(kind),
        name=name,
        label=label,
        tracker=tracker,
        options=read_record(options),
        contact=contact,
        installation=installation,
        host=host,
        created=created,
    )
