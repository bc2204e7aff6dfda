"""Small trackers whose backend is a folder: jobs are files, so they outlive every process, and end at once.

The first remembers nothing but ids and keys, like a batch system; the second keeps the whole template durably;
the others have slots that can be reserved.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from wflpy.drmaa2 import (
    DeniedByDrmsException,
    DrmaaCapability,
    DrmCommunicationException,
    InvalidArgumentException,
    JobAction,
    JobInfo,
    JobState,
    JobStatus,
    JobTemplate,
    MachineInfo,
    QueueInfo,
    ReservationInfo,
    ReservationTemplate,
    Version,
    check_reservation,
    from_dict,
    to_dict,
)
from wflpy.tracker import JobTracker, Ledger, Monitor, Reserver, TemplateKeeper

if TYPE_CHECKING:
    from collections.abc import Collection

SLOTS: Final = 4


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
        self._shelf = home / options.folder
        self._folder = self._shelf / session
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservingOptions(ShelfOptions):
    """Where the shelf is."""

    tracker: ClassVar[str] = "reserving"


class ReservingTracker(ShelfTracker, Reserver, Monitor):
    """One session on the shelf."""

    name: ClassVar[str] = "reserving"
    options_type: ClassVar[type] = ReservingOptions
    capabilities = frozenset(
        (
            DrmaaCapability.ADVANCE_RESERVATION,
            DrmaaCapability.RESERVE_SLOTS,
            DrmaaCapability.RT_DURATION,
            DrmaaCapability.RT_STARTNOW,
        )
    )
    lost_answers: ClassVar[int] = 0

    def reserve(self, template: ReservationTemplate, key: str) -> str:
        path = self._place() / key
        if not path.exists():
            if (template.min_slots or 1) > SLOTS:
                raise InvalidArgumentException(f"there are {SLOTS} slots", attributes=("minSlots",))
            if template.users_acl == ["nobody"]:
                raise DeniedByDrmsException("not for nobody")
            frame = check_reservation(template)
            start = frame.start or datetime.now(UTC)
            record = {
                "name": template.reservation_name or f"reservation-{key}",
                "start": start.isoformat(),
                "end": (start + frame.duration).isoformat(),
                "slots": template.min_slots or 1,
            }
            path.write_text(json.dumps(record))
        if ReservingTracker.lost_answers:
            ReservingTracker.lost_answers -= 1
            raise DrmCommunicationException("the answer was lost")
        return f"r-{key}"

    def reservation_ids(self) -> list[str]:
        return self._ids(self._place())

    def reservation_info(self, reservation_id: str) -> ReservationInfo:
        record = self._record(reservation_id)
        return ReservationInfo(
            reservation_id=reservation_id,
            reservation_name=record["name"],
            reserved_start_time=datetime.fromisoformat(record["start"]),
            reserved_end_time=datetime.fromisoformat(record["end"]),
            reserved_slots=record["slots"],
        )

    def terminate_reservation(self, reservation_id: str) -> None:
        self._record(reservation_id)
        self._path(reservation_id).unlink()

    def all_job_ids(self) -> list[str]:
        return []

    def all_queues(self) -> list[QueueInfo]:
        return []

    def all_machines(self) -> list[MachineInfo]:
        return []

    def _place(self) -> Path:
        place = self._folder / ".reservations"
        place.mkdir(exist_ok=True)
        return place

    def _ids(self, place: Path) -> list[str]:
        return [f"r-{path.name}" for path in sorted(place.iterdir(), key=lambda path: path.stat().st_mtime_ns)]

    def _path(self, reservation_id: str) -> Path:
        key = reservation_id.removeprefix("r-")
        for path in self._shelf.glob("*/.reservations/*"):
            if path.name == key:
                return path
        raise InvalidArgumentException(f"no reservation {reservation_id}", attributes=("reservationId",))

    def _record(self, reservation_id: str) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self._path(reservation_id).read_text())
        if datetime.fromisoformat(record["end"]) <= datetime.now(UTC):
            raise InvalidArgumentException(f"reservation {reservation_id} has expired", attributes=("reservationId",))
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowingOptions(ShelfOptions):
    """Where the shelf is."""

    tracker: ClassVar[str] = "showing"


class ShowingTracker(ReservingTracker):
    """The same, with a backend that shows the reservations of others too."""

    name: ClassVar[str] = "showing"
    options_type: ClassVar[type] = ShowingOptions

    def all_reservation_ids(self) -> list[str]:
        return [one for place in sorted(self._shelf.glob("*/.reservations")) for one in self._ids(place)]
