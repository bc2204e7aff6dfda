"""A store that ends with its process: for measurements and tests."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final

from wflpy.store.contract import SessionStore
from wflpy.store.memory_jobs import MemoryJobLog
from wflpy.store.records import SessionRecord
from wflpy.store.reservations import MemoryReservationLog
from wflpy.store.store import label_of, name_taken
from wflpy.store.text import read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.store.contract import JobLog, ReservationLog
    from wflpy.store.records import SessionDraft, SessionKind
    from wflpy.tracker import Ledger, Record


class MemoryLedger:
    """A `Ledger` in memory."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[str, str]] = {}
        self._lock: Final = threading.Lock()

    def put(self, kind: str, record_id: str, record: Record) -> None:
        """Write one record, replacing an older one of the same kind and id."""
        self.put_many(kind, {record_id: record})

    def put_many(self, kind: str, records: Mapping[str, Record]) -> None:
        """Write several records of one kind: all of them or none."""
        # As text, a record is a value: later changes of it, or of what was read, do not reach in here.
        texts = {record_id: write_record(record) for record_id, record in records.items()}
        with self._lock:
            self._kinds.setdefault(kind, {}).update(texts)

    def get(self, kind: str, record_id: str) -> Record | None:
        """One record, or None when there is none."""
        with self._lock:
            text = self._kinds.get(kind, {}).get(record_id)
        return None if text is None else read_record(text)

    def records(self, kind: str) -> dict[str, Record]:
        """All records of one kind by id, in the order they were first written."""
        with self._lock:
            texts = dict(self._kinds.get(kind, {}))
        return {record_id: read_record(text) for record_id, text in texts.items()}

    def delete(self, kind: str, record_id: str) -> None:
        """Remove one record; removing an absent one is not an error."""
        with self._lock:
            self._kinds.get(kind, {}).pop(record_id, None)


class MemoryStore(SessionStore):
    """Sessions in memory."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[SessionKind, str], SessionRecord] = {}
        self._uses: Counter[tuple[SessionKind, str]] = Counter()
        self._logs: dict[int, MemoryJobLog] = {}
        self._reservations: dict[int, MemoryReservationLog] = {}
        self._ledgers: dict[int, MemoryLedger] = {}
        self._numbers = count(1)
        self._lock: Final = threading.Lock()

    def create(self, draft: SessionDraft) -> SessionRecord:
        place = (draft.kind, draft.name)
        with self._lock:
            if place in self._sessions:
                raise name_taken(draft, self._sessions[place].tracker)
            record = SessionRecord(
                session_id=next(self._numbers),
                kind=draft.kind,
                name=draft.name,
                label=label_of(draft, self._uses[place]),
                tracker=draft.tracker,
                options=read_record(write_record(draft.options)),
                host=os.uname().nodename,
                created=time.time(),
            )
            self._sessions[place] = record
            self._logs[record.session_id] = MemoryJobLog()
            self._reservations[record.session_id] = MemoryReservationLog()
            self._ledgers[record.session_id] = MemoryLedger()
        return record

    def session(self, kind: SessionKind, name: str) -> SessionRecord | None:
        with self._lock:
            return self._sessions.get((kind, name))

    def sessions(self, kind: SessionKind) -> list[SessionRecord]:
        with self._lock:
            return [record for record in self._sessions.values() if record.kind is kind]

    def set_contact(self, session_id: int, contact: str, installation: str) -> SessionRecord | None:
        with self._lock:
            place = self._place(session_id)
            if place is None:
                return None
            record = replace(self._sessions[place], contact=contact, installation=installation)
            self._sessions[place] = record
            return record

    def destroy(self, session_id: int, *, used: bool = True) -> None:
        with self._lock:
            place = self._place(session_id)
            if place is not None:
                self._uses[place] += used
                del self._sessions[place]
                self._logs.pop(session_id).destroy()
                self._reservations.pop(session_id).destroy()
                del self._ledgers[session_id]

    def jobs(self, session_id: int) -> JobLog:
        with self._lock:
            if session_id not in self._logs:
                gone = MemoryJobLog()
                gone.destroy()
                return gone
            return self._logs[session_id]

    def reservations(self, session_id: int) -> ReservationLog:
        with self._lock:
            if session_id not in self._reservations:
                gone = MemoryReservationLog()
                gone.destroy()
                return gone
            return self._reservations[session_id]

    def ledger(self, session_id: int) -> Ledger:
        with self._lock:
            return self._ledgers.get(session_id) or MemoryLedger()

    def close(self) -> None:
        """Nothing is held; the sessions stay until the store itself is dropped."""

    def _place(self, session_id: int) -> tuple[SessionKind, str] | None:
        return next((place for place, record in self._sessions.items() if record.session_id == session_id), None)
