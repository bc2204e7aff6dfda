"""What a tracker wrote down about its session, as rows of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.store.text import read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.store.database import Database
    from wflpy.tracker import Record

_PUT: Final = """
    INSERT INTO ledger (session, kind, id, record) VALUES (?, ?, ?, ?)
    ON CONFLICT (session, kind, id) DO UPDATE SET record = excluded.record
"""


class DatabaseLedger:
    """The `Ledger` of one session."""

    def __init__(self, database: Database, session_id: int) -> None:
        self._database = database
        self._session = session_id

    def put(self, kind: str, record_id: str, record: Record) -> None:
        """Write one record, replacing an older one of the same kind and id."""
        self._database.write(_PUT, (self._session, kind, record_id, write_record(record)))

    def put_many(self, kind: str, records: Mapping[str, Record]) -> None:
        """Write several records of one kind: all of them or none."""
        rows = [(self._session, kind, record_id, write_record(record)) for record_id, record in records.items()]
        with self._database.transaction() as transaction:
            transaction.write_many(_PUT, rows)

    def get(self, kind: str, record_id: str) -> Record | None:
        """One record, or None when there is none."""
        query = "SELECT record FROM ledger WHERE session = ? AND kind = ? AND id = ?"
        rows = self._database.read(query, (self._session, kind, record_id))
        return read_record(rows[0][0]) if rows else None

    def records(self, kind: str) -> dict[str, Record]:
        """All records of one kind by id, in the order they were first written."""
        query = "SELECT id, record FROM ledger WHERE session = ? AND kind = ? ORDER BY rowid"
        return {record_id: read_record(text) for record_id, text in self._database.read(query, (self._session, kind))}

    def delete(self, kind: str, record_id: str) -> None:
        """Remove one record; removing an absent one is not an error."""
        statement = "DELETE FROM ledger WHERE session = ? AND kind = ? AND id = ?"
        self._database.write(statement, (self._session, kind, record_id))
