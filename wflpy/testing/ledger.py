"""A ledger that lives as long as the object: for tests of trackers."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.tracker import Record


class MemoryLedger:
    """A `wflpy.tracker.Ledger` in memory; records are kept as JSON, so that what cannot be written is found."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._kinds: Final[dict[str, dict[str, str]]] = {}

    def put(self, kind: str, record_id: str, record: Record) -> None:
        """Write one record."""
        self.put_many(kind, {record_id: record})

    def put_many(self, kind: str, records: Mapping[str, Record]) -> None:
        """Write several records of one kind: all of them or none."""
        texts = {record_id: json.dumps(dict(record)) for record_id, record in records.items()}
        with self._lock:
            self._kinds.setdefault(kind, {}).update(texts)

    def get(self, kind: str, record_id: str) -> Record | None:
        """One record, or None when there is none."""
        with self._lock:
            text = self._kinds.get(kind, {}).get(record_id)
        return None if text is None else _read(text)

    def records(self, kind: str) -> dict[str, Record]:
        """All records of one kind by id, in the order they were first written."""
        with self._lock:
            texts = dict(self._kinds.get(kind, {}))
        return {record_id: _read(text) for record_id, text in texts.items()}

    def delete(self, kind: str, record_id: str) -> None:
        """Remove one record; removing an absent one is not an error."""
        with self._lock:
            self._kinds.get(kind, {}).pop(record_id, None)


def _read(text: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(text)
    return record
