"""From the state changes of a tracker to what is told about jobs, in the standard's order (GFD.231 8.1, 8.3)."""

from __future__ import annotations

from collections import deque
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.drmaa2 import FINAL_STATES, DrmaaEvent, DrmaaNotification, JobInfo, JobState, JobStatus, state_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.tracker import StateChange

SYNTHESISED: Final = "wflpy_synthesised"
"""Extension of a notification: ``"true"`` for a state that the job must have passed, though nobody saw it there."""

_NOT_MONITORED: Final = {
    "job_id", "job_state", "job_sub_state", "allocated_machines", "wallclock_time", "cpu_time", "extensions",
}  # fmt: skip
_monitored: Final = attrgetter(*(field.name for field in fields(JobInfo) if field.name not in _NOT_MONITORED))


class Course:
    """One job: how far it was heard of, and how far that was told.

    Args:
        status: the state it was found in when listening began; None for a job that was submitted later.
    """

    __slots__ = ("_info", "_status", "_told", "is_certain")

    def __init__(self, status: JobStatus | None = None) -> None:
        self._status = status
        self._told = None if status is None else status.state
        self._info: JobInfo | None = None
        self.is_certain = status is None
        """Whether every change from before that state has come in."""

    def hear(self, change: StateChange) -> list[DrmaaEvent]:
        """The events that a change amounts to; none if it says nothing new."""
        before, now = self._status, JobStatus(change.state, change.sub_state)
        if before is not None and (before.state in FINAL_STATES or self._is_late(before, now)):
            return []
        self.is_certain = True
        self._status = now
        moved, altered = self._take(change.info)
        if before is not None and before.state is now.state:
            changed = altered or before.sub_state != now.sub_state
            return [DrmaaEvent.MIGRATED] * moved + [DrmaaEvent.ATTRIBUTE_CHANGE] * changed
        if now.state in FINAL_STATES:
            return [DrmaaEvent.MIGRATED] * moved + [DrmaaEvent.NEW_STATE]
        return [DrmaaEvent.NEW_STATE] + [DrmaaEvent.MIGRATED] * moved

    def tell(self, state: JobState) -> tuple[JobState, ...]:
        """The states to report for a job that was heard to be in this one, so that no step is left out."""
        path = state_path(self._told, state)
        if path:
            self._told = path[-1]
        return path

    @property
    def told(self) -> JobState | None:
        """The state that was reported last."""
        return self._told

    def _is_late(self, before: JobStatus, now: JobStatus) -> bool:
        """Whether this is older than the state the job was found in: one that runs was queued some time ago."""
        return not self.is_certain and before.state.is_started and now.state.is_queued

    def _take(self, info: JobInfo | None) -> tuple[bool, bool]:
        """Whether the job is on other machines now, and whether another attribute has another value."""
        known, self._info = self._info, info or self._info
        if info is None or known is None:
            return False, False
        pairs = zip(_monitored(known), _monitored(info), strict=True)
        altered = any(old is not None and new is not None and old != new for old, new in pairs)
        there, here = _machines(known), _machines(info)
        return bool(there and here and there != here), altered


def _machines(info: JobInfo) -> set[str | None]:
    return {slot.machine_name for slot in info.allocated_machines or ()}


class Notice(NamedTuple):
    """An event that waits to be told."""

    event: DrmaaEvent
    session_name: str | None
    job_id: str
    course: Course
    state: JobState

    def notifications(self) -> Iterator[DrmaaNotification]:
        """What to tell, in order; to be taken once."""
        if self.event is not DrmaaEvent.NEW_STATE:
            yield self._notification(self.course.told or self.state)
            return
        path = self.course.tell(self.state)
        for state in path[:-1]:
            yield self._notification(state, {SYNTHESISED: "true"})
        if path:
            yield self._notification(path[-1])

    def _notification(self, state: JobState, extensions: dict[str, str] | None = None) -> DrmaaNotification:
        return DrmaaNotification(
            event=self.event,
            job_id=self.job_id,
            session_name=self.session_name,
            job_state=state,
            extensions=extensions,
        )


class Backlog:
    """Events that wait to be told, so many at most.

    When there are more, the oldest ATTRIBUTE_CHANGE is dropped, else the oldest MIGRATED, else the oldest NEW_STATE.
    The next state of a job brings the missing ones back, since the way to it is told.

    Args:
        limit: how many may wait.
    """

    _ORDER: Final = (DrmaaEvent.ATTRIBUTE_CHANGE, DrmaaEvent.MIGRATED, DrmaaEvent.NEW_STATE)

    def __init__(self, limit: int) -> None:
        self._limit: Final = limit
        self._waiting: Final = {event: deque[tuple[int, Notice]]() for event in self._ORDER}
        self._count = 0
        self._size = 0
        self.dropped = 0

    def put(self, notice: Notice) -> bool:
        """Add one; whether another had to be dropped for it."""
        self._count += 1
        self._waiting[notice.event].append((self._count, notice))
        if self._size < self._limit:
            self._size += 1
            return False
        next(filter(None, self._waiting.values())).popleft()
        self.dropped += 1
        return True

    def get(self) -> Notice | None:
        """Take the oldest; None if there is none."""
        if not self._size:
            return None
        self._size -= 1
        oldest = min(filter(None, self._waiting.values()), key=lambda waiting: waiting[0][0])
        return oldest.popleft()[1]
