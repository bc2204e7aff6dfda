"""The jobs of one session in memory."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import InvalidSessionException, JobInfo, JobState, JobTemplate
from wflpy.store.contract import JobLog
from wflpy.store.records import Fact, JobRecord, OpenKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wflpy.tracker import Submission


class _Job:
    __slots__ = ("array", "index", "info", "job_id", "key", "state", "template")

    def __init__(
        self, key: str, template: JobTemplate | None = None, array: _Array | None = None, index: int = 0
    ) -> None:
        self.key = key
        self.template = template
        self.array = array
        self.index = index
        self.job_id: str | None = None
        self.state: JobState | None = None
        self.info: JobInfo | None = None


class _Array:
    __slots__ = ("array_id", "indices", "jobs", "template")

    def __init__(self, template: JobTemplate | None = None, indices: range = range(0)) -> None:
        self.template = template
        self.indices = indices
        self.array_id: str | None = None
        self.jobs: dict[int, _Job] = {}


class MemoryJobLog(JobLog):
    """A `JobLog` in memory; nothing waits to be written."""

    is_durable = False

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}
        self._arrays: dict[str, _Array] = {}
        self._by_id: dict[str, _Job] = {}
        self._lock: Final = threading.Lock()
        self._destroyed = False

    def exists(self) -> bool:
        return not self._destroyed

    def destroy(self) -> None:
        """The session is gone."""
        self._destroyed = True

    def intend(self, submissions: Sequence[Submission]) -> None:
        self._check()
        with self._lock:
            for template, key in submissions:
                if key not in self._jobs:
                    self._jobs[key] = _Job(key, template)

    def accept(self, job_ids: Mapping[str, str]) -> None:
        self._check()
        with self._lock:
            for key, job_id in job_ids.items():
                job = self._jobs.get(key)
                if job is None:
                    job = self._jobs[key] = _Job(key)
                self._identify(job, job_id)

    def withdraw(self, keys: Iterable[str]) -> None:
        self._check()
        with self._lock:
            for key in keys:
                job, array = self._jobs.get(key), self._arrays.get(key)
                if job is not None and job.job_id is None:
                    del self._jobs[key]
                if array is not None and array.array_id is None:
                    del self._arrays[key]

    def intend_array(self, key: str, template: JobTemplate, indices: range) -> None:
        self._check()
        with self._lock:
            self._arrays.setdefault(key, _Array(template, indices))

    def accept_array(self, key: str, array_id: str, job_ids: Mapping[int, str]) -> None:
        self._check()
        with self._lock:
            array = self._arrays.setdefault(key, _Array())
            array.array_id = array_id
            for index, job_id in job_ids.items():
                job = array.jobs.setdefault(index, _Job(key, array=array, index=index))
                self._identify(job, job_id)

    def note(self, job_ids: Mapping[str, str]) -> None:
        self.accept(job_ids)

    def note_array(self, key: str, array_id: str) -> None:
        self.accept_array(key, array_id, {})

    def settle(self, facts: Iterable[Fact]) -> None:
        self._check()
        with self._lock:
            for job_id, state, info in facts:
                job = self._by_id.get(job_id)
                if job is not None and (job.state is None or (job.state is state and job.info is None)):
                    job.state, job.info = state, info

    def forget(self, job_ids: Sequence[str], *, grouped: bool = False) -> None:  # noqa: ARG002  # nothing to group
        self._check()
        with self._lock:
            for job_id in job_ids:
                job = self._by_id.pop(job_id, None)
                if job is None:
                    continue
                if job.array is None:
                    del self._jobs[job.key]
                    continue
                del job.array.jobs[job.index]
                if not job.array.jobs:
                    del self._arrays[job.key]

    def open_keys(self) -> OpenKeys:
        with self._lock:
            jobs = [key for key, job in self._jobs.items() if job.job_id is None]
            arrays = {key: array.indices for key, array in self._arrays.items() if array.array_id is None}
        return OpenKeys(jobs, arrays)

    def job_ids(self) -> list[str]:
        with self._lock:
            return list(self._by_id)

    def array_ids(self) -> list[str]:
        with self._lock:
            return [array.array_id for array in self._arrays.values() if array.array_id is not None]

    def array_job_ids(self, array_id: str) -> list[str]:
        with self._lock:
            array = self._array(array_id)
            jobs = [] if array is None else [array.jobs[index] for index in sorted(array.jobs)]
            return [job.job_id for job in jobs if job.job_id is not None]

    def job(self, job_id: str) -> JobRecord | None:
        with self._lock:
            job = self._by_id.get(job_id)
            if job is None:
                return None
            array = job.array
            template = job.template if array is None else array.template
            return JobRecord(
                job_id=job_id,
                key=job.key,
                array_id=None if array is None else array.array_id,
                index=None if array is None else job.index,
                template=None if template is None else template.copy(),
                state=job.state,
                info=job.info,
            )

    def array_template(self, array_id: str) -> JobTemplate | None:
        with self._lock:
            array = self._array(array_id)
            return None if array is None or array.template is None else array.template.copy()

    def flush(self) -> None:
        self._check()

    def _check(self) -> None:
        if self._destroyed:
            raise InvalidSessionException("the session was destroyed")

    def _identify(self, job: _Job, job_id: str) -> None:
        job.job_id = job_id
        self._by_id[job_id] = job

    def _array(self, array_id: str) -> _Array | None:
        return next((array for array in self._arrays.values() if array.array_id == array_id), None)
