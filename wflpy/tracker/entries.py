"""One job and one array on this side of a backend that only runs jobs (see `wflpy.tracker.emulation`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import JobInfo, JobState, JobStatus, JobTemplate, expand_index
from wflpy.tracker.arrays import element_id, split_id

if TYPE_CHECKING:
    from datetime import datetime

    from wflpy.tracker.ability import Cause

WAITING_FOR_CLIENT: Final = "waiting_for_client"
"""Sub-state of a job that is QUEUED on this side and advances only while a process has its session open."""


class Phase(StrEnum):
    """How far a job has come on this side."""

    SUBMITTING = "submitting"
    """The backend is being told: the job exists if the backend knows it."""
    HELD = "held"
    """On hold; the backend knows nothing of it."""
    WAITING = "waiting"
    """Waits for its start time, its turn in the array or the backend, which knows nothing of it."""
    HANDED = "handed"
    """The backend has it."""
    ENDED = "ended"
    """It has ended; the final snapshot is written down here."""


@dataclass(slots=True, frozen=True)
class Array:
    """A bulk job."""

    array_id: str
    template: JobTemplate
    indices: range
    limit: int | None
    """How many of its jobs the backend may have at once; None for any number."""

    def job_ids(self) -> list[str]:
        """The ids of all its jobs, deleted ones included, in index order."""
        return [element_id(self.array_id, index) for index in self.indices]


@dataclass(slots=True)
class Entry:
    """One job."""

    job_id: str
    phase: Phase
    submitted: datetime
    template: JobTemplate | None = None
    """What was submitted; None for a job of an array, which has it."""
    array: Array | None = None
    info: JobInfo | None = None
    """The final snapshot; set when ENDED."""
    doom: tuple[Cause, str] | None = None
    """Why it was told to end, if not by terminate."""
    reported: JobState | None = None
    """The state that subscribers were last told."""
    attempts: int = 0
    """How often it was given to the backend in vain."""

    @property
    def index(self) -> int | None:
        """Its index in its array."""
        return None if self.array is None else split_id(self.job_id)[1]

    @property
    def is_here(self) -> bool:
        """Whether it waits on this side, accepted and unknown to the backend."""
        return self.phase in (Phase.HELD, Phase.WAITING)

    def expanded(self) -> JobTemplate:
        """What it is to do, PARAMETRIC_INDEX replaced."""
        if self.array is not None:
            return expand_index(self.array.template, self.index or 0)
        return self.template or JobTemplate()

    def status(self) -> JobStatus | None:
        """Its state, unless it is the backend that knows it."""
        if self.info is not None and self.info.job_state is not None:
            return JobStatus(self.info.job_state, self.info.job_sub_state)
        return _HERE.get(self.phase)

    def snapshot(self) -> JobInfo:
        """What is known of it on this side: everything, unless the backend has it."""
        if self.info is not None:
            return self.info
        state, sub_state = _HERE.get(self.phase, JobStatus(JobState.QUEUED))
        return JobInfo(
            job_id=self.job_id,
            job_name=self.expanded().job_name,
            job_state=state,
            job_sub_state=sub_state,
            submission_time=self.submitted,
        )

    def completed(self, info: JobInfo) -> JobInfo:
        """A snapshot of the backend with what is known here: the submission, and why the job was told to end."""
        if self.doom is not None and info.job_state is JobState.FAILED:
            cause, text = self.doom
            return replace(info, submission_time=self.submitted, job_sub_state=str(cause), annotation=text)
        return replace(info, submission_time=self.submitted)

    def completed_status(self, status: JobStatus) -> JobStatus:
        """A state of the backend with why the job was told to end."""
        if self.doom is None or status.state is not JobState.FAILED:
            return status
        return JobStatus(status.state, str(self.doom[0]))


_HERE: Final = {
    Phase.HELD: JobStatus(JobState.QUEUED_HELD),
    Phase.WAITING: JobStatus(JobState.QUEUED, WAITING_FOR_CLIENT),
}
