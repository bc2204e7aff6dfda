"""The jobs of a session as `wflpy.tracker.pending` writes them down in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2 import JobInfo, JobTemplate, from_dict, to_dict
from wflpy.tracker.ability import Cause
from wflpy.tracker.entries import Array, Entry, Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wflpy.tracker.ledger import Ledger, Record

JOBS: Final = "pending"
ARRAYS: Final = "pending_arrays"


class JobTable:
    """All jobs and arrays of one session, with what the ledger says of them.

    Not safe for several threads by itself; other processes may write to the same ledger.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger: Final = ledger
        self._entries: dict[str, Entry] = {}
        self._arrays: dict[str, Array] = {}
        self._members: dict[str, set[str]] = {}

    def refresh(self) -> dict[str, Entry]:
        """Read everything anew; the jobs by id, oldest first."""
        self._arrays = {array_id: _read_array(array_id, it) for array_id, it in self._ledger.records(ARRAYS).items()}
        records = self._ledger.records(JOBS)
        for job_id in self._entries.keys() - records.keys():
            self._drop(job_id)
        found = {job_id: self._updated(job_id, record) for job_id, record in records.items()}
        return {job_id: entry for job_id, entry in found.items() if entry is not None}

    def entry(self, job_id: str) -> Entry | None:
        """A job as it is known here, or as the ledger has it."""
        return self._entries.get(job_id) or self.fresh(job_id)

    def fresh(self, job_id: str) -> Entry | None:
        """A job as the ledger has it now, whatever was known here; None when it was deleted or never was."""
        record = self._ledger.get(JOBS, job_id)
        if record is None:
            self._drop(job_id)
            return None
        return self._updated(job_id, record)

    def array(self, array_id: str) -> Array | None:
        """An array, whether or not there are jobs of it."""
        if array_id not in self._arrays:
            record = self._ledger.get(ARRAYS, array_id)
            if record is None:
                return None
            self._arrays[array_id] = _read_array(array_id, record)
        return self._arrays[array_id]

    def arrays(self) -> list[str]:
        """The arrays that have jobs, oldest first."""
        members = {entry.array.array_id for entry in self.refresh().values() if entry.array is not None}
        return [array_id for array_id in self._arrays if array_id in members]

    def members(self, array: Array) -> list[Entry]:
        """The jobs of an array as they are known here, in index order."""
        entries = self._entries
        return [entries[job_id] for job_id in array.job_ids() if job_id in entries]

    def add_array(self, array: Array, entries: Iterable[Entry]) -> None:
        """Write down an array with all its jobs; only when all are written they exist."""
        indices = array.indices
        record = {
            "template": to_dict(array.template),
            "indices": [indices.start, indices.stop, indices.step],
            "limit": array.limit,
        }
        self._ledger.put(ARRAYS, array.array_id, record)
        self._arrays[array.array_id] = array
        self.save(*entries)

    def save(self, *entries: Entry) -> None:
        """Write down what became of these jobs: of all of them or none."""
        if entries:
            self._ledger.put_many(JOBS, {entry.job_id: _write(entry) for entry in entries})
            for entry in entries:
                self._keep(entry)

    def remove(self, entry: Entry) -> None:
        """Drop a job, and its array with the last one."""
        self._ledger.delete(JOBS, entry.job_id)
        self._drop(entry.job_id)
        array = entry.array
        if array is not None and not self._members.get(array.array_id):
            self._ledger.delete(ARRAYS, array.array_id)
            self._arrays.pop(array.array_id, None)

    def _updated(self, job_id: str, record: Record) -> Entry | None:
        entry = self._entries.get(job_id) or Entry(job_id, Phase.SUBMITTING, datetime.now(UTC))
        _read(entry, record)
        array_id: Any = record.get("of")
        if array_id is not None:
            entry.array = self.array(array_id)
            if entry.array is None:
                return None
        self._keep(entry)
        return entry

    def _keep(self, entry: Entry) -> None:
        self._entries[entry.job_id] = entry
        if entry.array is not None:
            self._members.setdefault(entry.array.array_id, set()).add(entry.job_id)

    def _drop(self, job_id: str) -> None:
        entry = self._entries.pop(job_id, None)
        if entry is not None and entry.array is not None:
            self._members[entry.array.array_id].discard(job_id)


def _write(entry: Entry) -> Record:
    record: dict[str, object] = {"phase": str(entry.phase), "submitted": entry.submitted.isoformat()}
    if entry.array is not None:
        record["of"] = entry.array.array_id
    if entry.template is not None:
        record["template"] = to_dict(entry.template)
    if entry.info is not None:
        record["info"] = to_dict(entry.info)
    if entry.doom is not None:
        record["doom"] = [str(entry.doom[0]), entry.doom[1]]
    return record


def _read(entry: Entry, record: Record) -> None:
    """Bring a job up to date; whoever holds the object sees it."""
    fields: Any = record
    entry.phase = Phase(fields["phase"])
    entry.submitted = datetime.fromisoformat(fields["submitted"])
    if "template" in fields and entry.template is None:
        entry.template = from_dict(JobTemplate, fields["template"])
    if "info" in fields and entry.info is None:
        entry.info = from_dict(JobInfo, fields["info"])
    if "doom" in fields:
        entry.doom = (Cause(fields["doom"][0]), fields["doom"][1])


def _read_array(array_id: str, record: Record) -> Array:
    fields: Any = record
    return Array(array_id, from_dict(JobTemplate, fields["template"]), range(*fields["indices"]), fields["limit"])
