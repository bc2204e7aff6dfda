"""The jobs of one session, as rows of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import JobState
from wflpy.store.contract import JobLog
from wflpy.store.grouping import GroupedWrites
from wflpy.store.records import Fact, JobRecord, OpenKeys
from wflpy.store.text import read_info, read_template, write_struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wflpy.drmaa2 import JobTemplate
    from wflpy.store.database import Database
    from wflpy.tracker import Submission

_INTEND: Final = "INSERT INTO jobs (session, key, task, template) VALUES (?, ?, 0, ?) ON CONFLICT DO NOTHING"
_ACCEPT: Final = """
    INSERT INTO jobs (session, key, task, job_id) VALUES (?, ?, ?, ?)
    ON CONFLICT (session, key, task) DO UPDATE SET job_id = excluded.job_id
"""
_INTEND_ARRAY: Final = """
    INSERT INTO arrays (session, key, template, first, last, step) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_ACCEPT_ARRAY: Final = """
    INSERT INTO arrays (session, key, array_id) VALUES (?, ?, ?)
    ON CONFLICT (session, key) DO UPDATE SET array_id = excluded.array_id
"""
_WITHDRAW: Final = "DELETE FROM jobs WHERE session = ? AND key = ? AND job_id IS NULL"
_WITHDRAW_ARRAY: Final = "DELETE FROM arrays WHERE session = ? AND key = ? AND array_id IS NULL"
_SETTLE: Final = """
    UPDATE jobs SET state = ?3, info = ?4
    WHERE session = ?1 AND job_id = ?2 AND (state IS NULL OR (state = ?3 AND info IS NULL))
"""
_FORGET: Final = "DELETE FROM jobs WHERE session = ? AND job_id = ?"
_FORGET_EMPTY: Final = """
    DELETE FROM arrays WHERE session = ?1 AND array_id IS NOT NULL AND template IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.session = ?1 AND jobs.key = arrays.key)
"""
_JOB: Final = """
    SELECT jobs.key, arrays.array_id, task, coalesce(jobs.template, arrays.template), state, info
    FROM jobs LEFT JOIN arrays ON arrays.session = jobs.session AND arrays.key = jobs.key
    WHERE jobs.session = ? AND job_id = ?
"""


class DatabaseJobLog(JobLog):
    """The `JobLog` of one session."""

    def __init__(self, database: Database, session_id: int) -> None:
        self._database = database
        self._session = session_id
        self._grouped = GroupedWrites(database)

    def exists(self) -> bool:
        return bool(self._database.read("SELECT 1 FROM sessions WHERE id = ?", (self._session,)))

    def intend(self, submissions: Sequence[Submission]) -> None:
        rows = [(self._session, key, write_struct(template)) for template, key in submissions]
        if len(rows) == 1:
            self._database.write(_INTEND, rows[0])
            return
        self._write_many(_INTEND, rows)

    def accept(self, job_ids: Mapping[str, str]) -> None:
        rows = [(self._session, key, 0, job_id) for key, job_id in job_ids.items()]
        if len(rows) == 1:
            self._database.write(_ACCEPT, rows[0])
            return
        self._write_many(_ACCEPT, rows)

    def withdraw(self, keys: Iterable[str]) -> None:
        rows = [(self._session, key) for key in keys]
        with self._database.transaction() as transaction:
            transaction.write_many(_WITHDRAW, rows)
            transaction.write_many(_WITHDRAW_ARRAY, rows)

    def intend_array(self, key: str, template: JobTemplate, indices: range) -> None:
        row = (self._session, key, write_struct(template), indices[0], indices[-1], indices.step)
        self._database.write(_INTEND_ARRAY, row)

    def accept_array(self, key: str, array_id: str, job_ids: Mapping[int, str]) -> None:
        with self._database.transaction() as transaction:
            transaction.write(_ACCEPT_ARRAY, (self._session, key, array_id))
            rows = ((self._session, key, index, job_id) for index, job_id in job_ids.items())
            transaction.write_many(_ACCEPT, rows)

    def note(self, job_ids: Mapping[str, str]) -> None:
        self._grouped.add(_ACCEPT, [(self._session, key, 0, job_id) for key, job_id in job_ids.items()])

    def note_array(self, key: str, array_id: str) -> None:
        self._grouped.add(_ACCEPT_ARRAY, ((self._session, key, array_id),))

    def settle(self, facts: Iterable[Fact]) -> None:
        rows = [
            (self._session, job_id, int(state), None if info is None else write_struct(info))
            for job_id, state, info in facts
        ]
        self._grouped.add(_SETTLE, rows)

    def forget(self, job_ids: Sequence[str], *, grouped: bool = False) -> None:
        rows = [(self._session, job_id) for job_id in job_ids]
        if grouped:
            self._grouped.add(_FORGET, rows)
            return
        with self._database.transaction() as transaction:
            transaction.write_many(_FORGET, rows)
            transaction.write(_FORGET_EMPTY, (self._session,))

    def open_keys(self) -> OpenKeys:
        jobs = "SELECT key FROM jobs WHERE session = ? AND job_id IS NULL ORDER BY rowid"
        arrays = "SELECT key, first, last, step FROM arrays WHERE session = ? AND array_id IS NULL ORDER BY rowid"
        rows = self._database.read(arrays, (self._session,))
        return OpenKeys(self._column(jobs), {key: range(first, last + 1, step) for key, first, last, step in rows})

    def job_ids(self) -> list[str]:
        self.flush()
        return self._column("SELECT job_id FROM jobs WHERE session = ? AND job_id IS NOT NULL ORDER BY rowid")

    def array_ids(self) -> list[str]:
        self.flush()
        return self._column("SELECT array_id FROM arrays WHERE session = ? AND array_id IS NOT NULL ORDER BY rowid")

    def array_job_ids(self, array_id: str) -> list[str]:
        query = """
            SELECT job_id FROM jobs JOIN arrays ON arrays.session = jobs.session AND arrays.key = jobs.key
            WHERE jobs.session = ? AND array_id = ? ORDER BY task
        """
        return self._column(query, array_id)

    def job(self, job_id: str) -> JobRecord | None:
        self.flush()
        rows = self._database.read(_JOB, (self._session, job_id))
        if not rows:
            return None
        key, array_id, task, template, state, info = rows[0]
        return JobRecord(
            job_id=job_id,
            key=key,
            array_id=array_id,
            index=None if array_id is None else task,
            template=read_template(template),
            state=None if state is None else JobState(state),
            info=read_info(info),
        )

    def array_template(self, array_id: str) -> JobTemplate | None:
        templates = self._column("SELECT template FROM arrays WHERE session = ? AND array_id = ?", array_id)
        return read_template(templates[0]) if templates else None

    def flush(self) -> None:
        self._grouped.flush()

    def _write_many(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._database.transaction() as transaction:
            transaction.write_many(statement, rows)

    def _column(self, query: str, *values: object) -> list[str]:
        return [row[0] for row in self._database.read(query, (self._session, *values))]
