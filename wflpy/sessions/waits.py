"""Waiting for the start or the end of jobs (GFD.231 8.2.8, 8.4.8): one waiter, however many jobs.

An operation of this module is WAIT_STARTED or WAIT_TERMINATED. A wait for a start is also over for a job that started
and has ended since.
"""

from __future__ import annotations

import time
from datetime import timedelta
from threading import TIMEOUT_MAX, Event, Lock
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import (
    FINAL_STATES,
    OPERATIONS,
    ZERO_TIME,
    InvalidArgumentException,
    InvalidSessionException,
    InvalidStateException,
    JobState,
    JobStatus,
    Operation,
    TimeoutException,
    Verdict,
    check_operation,
    wait_verdict,
)
from wflpy.sessions import facts, vigil

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from wflpy.drmaa2 import JobInfo
    from wflpy.sessions.connection import Connection
    from wflpy.tracker import StateChange

_AWAITED: Final = {
    operation: frozenset(
        state
        for state, verdict in OPERATIONS[operation].items()
        if verdict in (Verdict.RETURNS, Verdict.RETURNS_IF_STARTED)
    )
    for operation in (Operation.WAIT_STARTED, Operation.WAIT_TERMINATED)
}
"""The states in which a wait may be over."""

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 5.0
"""Seconds between two questions about a job of which nobody tells."""

_EVENTS: Final = {Operation.WAIT_STARTED: "start", Operation.WAIT_TERMINATED: "end"}


def wait_any(connection: Connection, operation: Operation, job_ids: Sequence[str], limit: timedelta | None) -> str:
    """Block until one of the jobs is there; which one, the earliest if there are several.

    Raises:
        TimeoutException: the time is over.
        InvalidStateException: none of them can get there any more.
        InvalidSessionException: the session was closed.
    """
    end = None if limit is None else time.monotonic() + limit.total_seconds()
    left: Sequence[str] = job_ids
    while True:
        try:
            job_id, status = _wait_long(connection, operation, left, _time_left(end))
        except TimeoutException as over:
            raise _too_late(connection, operation, job_ids, limit) from over
        if _is_over(connection, operation, job_id, status):
            return job_id
        # A job that failed before it started ends the tracker's wait, but only this one job's chance here.
        left = _with_a_chance(connection, operation, left)
        if not left:
            raise _hopeless(connection, operation, job_ids, status)


def wait_all(connection: Connection, operation: Operation, job_ids: Sequence[str], limit: timedelta | None) -> None:
    """Block until all of the jobs are there.

    Raises:
        TimeoutException: the time is over; ``pending`` tells the jobs that are not there.
        InvalidStateException: one of them cannot get there any more; the wait ends as soon as this is known.
        InvalidSessionException: the session was closed.
    """
    gathering = _Gathering(operation, job_ids)
    subscription = connection.tracker.subscribe(gathering.hear)
    try:
        connection.wake_at_close(gathering.over)
        statuses = facts.states(connection, gathering.pending.copy())
        failed = [job_id for job_id, status in statuses.items() if status.state is JobState.FAILED]
        asks_for_start = operation is Operation.WAIT_STARTED and failed
        infos = facts.infos(connection, failed) if asks_for_start else {}
        gathering.see((job_id, status.state, infos.get(job_id)) for job_id, status in statuses.items())
        _wait_for(connection, gathering.over, limit)
    finally:
        subscription.cancel()
        connection.stop_waking(gathering.over)
    connection.check_open()
    if gathering.lost is not None:
        job_id, state = gathering.lost
        check_operation(operation, state, job_id, started=False, tracker=connection.tracker_name)
    if gathering.pending:
        text = f"{len(gathering.pending)} of {len(set(job_ids))} jobs did not {_EVENTS[operation]} within {limit}"
        raise TimeoutException(text, pending=gathering.pending, tracker=connection.tracker_name)


class _Gathering:
    """Jobs that are not there yet; changes and answers take them out."""

    def __init__(self, operation: Operation, job_ids: Sequence[str]) -> None:
        self.pending: Final = dict.fromkeys(job_ids)
        self.lost: tuple[str, JobState] | None = None
        self.over: Final = Event()
        self._operation: Final = operation
        self._lock: Final = Lock()

    def hear(self, changes: Sequence[StateChange]) -> None:
        """Take note of changes, in the thread that watches."""
        pending = self.pending
        self.see((change.job_id, change.state, change.info) for change in changes if change.job_id in pending)

    def see(self, statuses: Iterable[tuple[str, JobState, JobInfo | None]]) -> None:
        """Take note of the states of jobs."""
        with self._lock:
            for job_id, state, info in statuses:
                if job_id not in self.pending:
                    continue
                verdict = wait_verdict(self._operation, state, started=_has_started(info))
                if verdict is Verdict.RETURNS:
                    del self.pending[job_id]
                elif verdict is Verdict.INVALID and self.lost is None:
                    self.lost = (job_id, state)
            if self.lost is not None or not self.pending:
                self.over.set()


def _wait_for(connection: Connection, over: Event, limit: timedelta | None) -> None:
    """Wait for an event that comes with the close of the session too."""
    seconds = None if limit is None else limit.total_seconds()
    if not over.wait(vigil.PATIENCE if seconds is None else min(seconds, vigil.PATIENCE)):
        left = None if seconds is None else min(seconds - vigil.PATIENCE, TIMEOUT_MAX)
        if left is None or left > 0:
            with connection.vigil.kept():
                over.wait(left)


def _wait_long(
    connection: Connection, operation: Operation, job_ids: Sequence[str], limit: timedelta | None
) -> tuple[str, JobStatus]:
    """As `_wait`, with an eye on the session when it takes long."""
    if connection.session_name is None:
        return _look(connection, _AWAITED[operation], job_ids[0], limit)
    patience = timedelta(seconds=vigil.PATIENCE)
    try:
        if limit is not None and limit <= patience:
            return _wait(connection, operation, job_ids, limit)
        try:
            return _wait(connection, operation, job_ids, patience)
        except TimeoutException:
            with connection.vigil.kept():
                return _wait(connection, operation, job_ids, None if limit is None else limit - patience)
    except InvalidSessionException:
        # Says what became of it.
        connection.check_open()
        raise


def _look(
    connection: Connection, awaited: Collection[JobState], job_id: str, limit: timedelta | None
) -> tuple[str, JobStatus]:
    """Ask, less and less often, for a job of which nobody tells: it is not of this session."""
    end = None if limit is None else time.monotonic() + limit.total_seconds()
    closed = Event()
    connection.wake_at_close(closed)
    pause = _FIRST_PAUSE
    try:
        while True:
            status = facts.state(connection, job_id)
            if status.state in awaited or status.state in FINAL_STATES:
                return job_id, status
            left = _time_left(end)
            if left == ZERO_TIME:
                raise TimeoutException(job_id=job_id)
            closed.wait(pause if left is None else min(pause, left.total_seconds()))
            connection.check_open()
            pause = min(2 * pause, _LONGEST_PAUSE)
    finally:
        connection.stop_waking(closed)


def _too_late(
    connection: Connection, operation: Operation, job_ids: Sequence[str], limit: timedelta | None
) -> TimeoutException:
    tracker, what = connection.tracker_name, _EVENTS[operation]
    if len(job_ids) == 1:
        text = f"job {job_ids[0]} did not {what} within {limit}"
        return TimeoutException(text, pending=job_ids, job_id=job_ids[0], tracker=tracker)
    return TimeoutException(f"none of {len(job_ids)} jobs did {what} within {limit}", pending=job_ids, tracker=tracker)


def _wait(
    connection: Connection, operation: Operation, job_ids: Sequence[str], limit: timedelta | None
) -> tuple[str, JobStatus]:
    """The first of the jobs in a state in which the wait may be over, or the last when none can be any more."""
    awaited = _AWAITED[operation]
    try:
        return connection.tracker.wait_any(job_ids, limit, awaited)
    except InvalidArgumentException:
        forgotten = facts.forgotten_states(connection, job_ids)
        if not forgotten:
            raise
    for job_id, status in forgotten.items():
        if status.state in awaited:
            return job_id, status
    known = [job_id for job_id in job_ids if job_id not in forgotten]
    return connection.tracker.wait_any(known, limit, awaited) if known else next(iter(forgotten.items()))


def _is_over(connection: Connection, operation: Operation, job_id: str, status: JobStatus) -> bool:
    verdict = OPERATIONS[operation][status.state]
    if verdict is Verdict.RETURNS_IF_STARTED:
        return _has_started(facts.infos(connection, (job_id,))[job_id])
    return verdict is Verdict.RETURNS


def _with_a_chance(connection: Connection, operation: Operation, job_ids: Sequence[str]) -> list[str]:
    """Those of the jobs that are there or can still get there."""
    statuses = facts.states(connection, job_ids)
    failed = [job_id for job_id, status in statuses.items() if status.state is JobState.FAILED]
    infos = facts.infos(connection, failed) if failed else {}
    return [
        job_id
        for job_id, status in statuses.items()
        if wait_verdict(operation, status.state, started=_has_started(infos.get(job_id))) is not Verdict.INVALID
    ]


def _hopeless(
    connection: Connection, operation: Operation, job_ids: Collection[str], status: JobStatus
) -> InvalidStateException:
    if len(job_ids) == 1:
        (job_id,) = job_ids
        try:
            check_operation(operation, status.state, job_id, started=False, tracker=connection.tracker_name)
        except InvalidStateException as refusal:
            return refusal
    text = f"none of these {len(job_ids)} jobs can {_EVENTS[operation]} any more: each ended unstarted or is lost"
    if operation is Operation.WAIT_TERMINATED:
        text = f"none of these {len(job_ids)} jobs can be seen to end any more: the state of each is lost for good"
    return InvalidStateException(text, tracker=connection.tracker_name)


def _has_started(info: JobInfo | None) -> bool:
    return info is not None and info.dispatch_time is not None


def _time_left(end: float | None) -> timedelta | None:
    return None if end is None else max(ZERO_TIME, timedelta(seconds=end - time.monotonic()))
