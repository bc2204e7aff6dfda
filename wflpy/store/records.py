"""What is kept about sessions and their jobs, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.drmaa2 import JobInfo, JobState, JobTemplate


class SessionKind(StrEnum):
    """What a session holds; names are unique within a kind."""

    JOB = "job"
    RESERVATION = "reservation"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDraft:
    """A session that is about to be created."""

    kind: SessionKind
    name: str
    tracker: str
    """The registry's name of its tracker."""
    options: Mapping[str, object]
    """The tracker's options as JSON-ready data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord(SessionDraft):
    """A session that exists until it is destroyed (GFD.231 7.1.6)."""

    session_id: int
    """Number of the session in its store, never used twice."""
    label: str
    """The name under which the tracker knows it: the session's name, marked when an earlier session had it too."""
    contact: str | None = None
    """The contact it was created with, or the default one; None until its tracker was first opened."""
    installation: str | None = None
    """What the tracker calls the installation behind the contact."""
    host: str
    """The machine that created it."""
    created: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """What was written down about one job."""

    job_id: str
    key: str
    """The key it was submitted under; the array's for the job of an array."""
    array_id: str | None = None
    index: int | None = None
    """Its index in the array."""
    template: JobTemplate | None = None
    """What was submitted, for the job of an array with the placeholders of the array; None if the tracker keeps it."""
    state: JobState | None = None
    """The final state, once it was seen."""
    info: JobInfo | None = None
    """The snapshot that belongs to that state, if it was seen too."""


class Fact(NamedTuple):
    """The final state of a job, as its tracker told it."""

    job_id: str
    state: JobState
    info: JobInfo | None = None


class OpenKeys(NamedTuple):
    """Keys whose submission began and of which no job id was written down."""

    jobs: list[str]
    arrays: dict[str, range]
    """With the indices of their jobs."""
