"""Two small trackers whose backend is a folder: jobs are files, so they outlive every process, and end at once.

The one remembers nothing but ids and keys, like a batch system; the other keeps the whole template durably.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from wflpy.drmaa2 import (
    InvalidArgumentException,
    JobAction,
    JobInfo,
    JobState,
    JobStatus,
    JobTemplate,
    Version,
    from_dict,
    to_dict,
)
from wflpy.tracker import JobTracker, Ledger, TemplateKeeper

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfOptions:
    """Where the shelf is."""

    tracker: ClassVar[str] = "shelf"

    folder: Path = field(default=Path("shelf"), metadata={"help": "folder of the jobs"})
    home: str | None = field(default=None, metadata={"help": "folder of the shelves; none for WFLPY_HOME"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingShelfOptions(ShelfOptions):
    """Where the keeping shelf is."""

    tracker: ClassVar[str] = "keepingshelf"

    folder: Path = field(default=Path("shelf"), metadata={"help": "folder of the jobs", "contact": True})


class ShelfTracker(JobTracker):
    """One session's folder on the shelf; SHELF_DIES=accepted kills the process when a job was accepted."""

    name: ClassVar[str] = "shelf"
    options_type: ClassVar[type] = ShelfOptions

    def __init__(self, session: str, options: ShelfOptions) -> None:
        super().__init__()
        home = Path(options.home or os.environ["WFLPY_HOME"])
        self._options = options
        self._folder = home / options.folder / session
        self._folder.mkdir(parents=True, exist_ok=True)

    @classmethod
    def open(cls, session: str, options: object, ledger: Ledger) -> Self:
        del ledger
        assert isinstance(options, ShelfOptions)
        return cls(session, options)

    @property
    def contact(self) -> str:
        return str(self._options.folder)

    @property
    def drms_name(self) -> str:
        return self.name

    @property
    def drms_version(self) -> Version:
        return Version("1", "0")

    def submit(self, template: JobTemplate, key: str) -> str:
        return self._accept(key, {"template": to_dict(template)})

    def submit_array(self, template: JobTemplate, indices: range, max_parallel: int | None, key: str) -> str:
        del max_parallel
        return self._accept(key, {"template": to_dict(template), "indices": list(indices)})

    def _accept(self, key: str, record: dict[str, Any]) -> str:
        path = self._folder / key
        if not path.exists():
            part = self._folder / f".{key}.{os.getpid()}"
            part.write_text(json.dumps(record))
            part.rename(path)
        if os.environ.get("SHELF_DIES") == "accepted":
            os.kill(os.getpid(), signal.SIGKILL)
        return f"id-{key}"

    def find(self, keys: Collection[str]) -> dict[str, str]:
        return {key: f"id-{key}" for key in keys if (self._folder / key).exists()}

    def job_ids(self) -> list[str]:
        found: list[tuple[int, list[str]]] = []
        for path in self._folder.glob("[!.]*"):
            try:
                indices, age = json.loads(path.read_text()).get("indices"), path.stat().st_mtime_ns
            except FileNotFoundError:  # deleted meanwhile
                continue
            ids = [f"id-{path.name}"] if indices is None else [f"id-{path.name}.{index}" for index in indices]
            found.append((age, ids))
        return [job_id for _, ids in sorted(found) for job_id in ids]

    def array_ids(self) -> list[str]:
        return list(dict.fromkeys(job_id.partition(".")[0] for job_id in self.job_ids() if "." in job_id))

    def array_job_ids(self, array_id: str) -> list[str]:
        return [job_id for job_id in self.job_ids() if job_id.startswith(f"{array_id}.")]

    def states(self, job_ids: Collection[str]) -> dict[str, JobStatus]:
        known = set(self.job_ids())
        for job_id in job_ids:
            if job_id not in known:
                raise InvalidArgumentException(f"no job {job_id}", job_id=job_id)
        return {job_id: JobStatus(JobState.DONE) for job_id in job_ids}

    def info(self, job_id: str) -> JobInfo:
        return JobInfo(job_id=job_id, job_state=self.states((job_id,))[job_id].state, exit_status=0)

    def control(self, job_id: str, action: JobAction) -> None:
        raise AssertionError("a job on the shelf has always ended")

    def delete(self, job_id: str) -> None:
        self.states((job_id,))
        (self._folder / job_id.removeprefix("id-")).unlink()

    def close(self) -> None:
        self.watch.close()


class KeepingShelfTracker(ShelfTracker, TemplateKeeper):
    """The same, with a backend that gives back what was submitted."""

    name: ClassVar[str] = "keepingshelf"
    options_type: ClassVar[type] = KeepingShelfOptions
    keeps_jobs = True

    def template(self, job_id: str) -> JobTemplate:
        self.states((job_id,))
        record = json.loads((self._folder / job_id.removeprefix("id-")).read_text())
        return from_dict(JobTemplate, record["template"])
