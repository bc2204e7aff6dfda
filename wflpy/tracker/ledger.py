"""What a tracker may write down about its session: small records that survive every process of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

Record = Mapping[str, object]
"""A JSON-ready record: str keys; str, int, float, bool, None, lists and dicts as values."""


class Ledger(Protocol):
    """Durable records of one session, handed to a tracker when it is opened.

    Every write is atomic and, when the call returns, survives the end of this process. Records are grouped by ``kind``,
    a word the tracker chooses; ``"pending"`` and ``"pending_arrays"`` belong to `wflpy.tracker.emulation`. All methods
    may be called from several threads.
    """

    def put(self, kind: str, record_id: str, record: Record) -> None:
        """Write one record, replacing an older one of the same kind and id."""
        ...

    def put_many(self, kind: str, records: Mapping[str, Record]) -> None:
        """Write several records of one kind: all of them or none."""
        ...

    def get(self, kind: str, record_id: str) -> Record | None:
        """One record, or None when there is none."""
        ...

    def records(self, kind: str) -> dict[str, Record]:
        """All records of one kind by id, in the order they were first written."""
        ...

    def delete(self, kind: str, record_id: str) -> None:
        """Remove one record; removing an absent one is not an error."""
        ...
