"""What is known about jobs: the tracker's word, or the last one written down where the backend has forgotten."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wflpy.drmaa2 import (
    InvalidArgumentException,
    JobInfo,
    JobState,
    JobStatus,
    JobTemplate,
    expand_index,
)
from wflpy.sessions.submission import recover
from wflpy.store import Fact
from wflpy.tracker import Cause, TemplateKeeper

if TYPE_CHECKING:
    from collections.abc import Collection

    from wflpy.sessions.connection import Connection
    from wflpy.store import JobRecord


def job_ids(connection: Connection) -> list[str]:
    """Ids of all jobs of the session, oldest first."""
    seen = connection.tracker.job_ids()
    if not connection.may_forget or connection.log is None:
        return seen
    return list(dict.fromkeys((*connection.log.job_ids(), *seen)))


def states(connection: Connection, ids: Collection[str]) -> dict[str, JobStatus]:
    """The states of these jobs, in one call to the backend.

    Raises:
        InvalidArgumentException: one of them is unknown.
    """
    if connection.session_name is None:
        return _states_of_any(connection, ids)
    try:
        found = connection.tracker.states(ids)
    except InvalidArgumentException as refusal:
        there, forgotten = _split(connection, ids, refusal)
        found = connection.tracker.states(there) if there else {}
        told = {job_id: _status(record) for job_id, record in forgotten.items()}
        return {job_id: found[job_id] if job_id in found else told[job_id] for job_id in ids}
    connection.settle(Fact(job_id, status.state) for job_id, status in found.items())
    return found


def state(connection: Connection, job_id: str) -> JobStatus:
    """The state of one job.

    Raises:
        InvalidArgumentException: it is unknown.
    """
    return states(connection, (job_id,))[job_id]


def infos(connection: Connection, ids: Collection[str]) -> dict[str, JobInfo]:
    """Snapshots of these jobs.

    Raises:
        InvalidArgumentException: one of them is unknown.
    """
    try:
        if connection.may_confuse:
            # This knows the jobs of the session alone, while a monitor has snapshots of all.
            connection.tracker.states(ids)
        found = connection.tracker.infos(ids)
    except InvalidArgumentException as refusal:
        there, forgotten = _split(connection, ids, refusal)
        found = connection.tracker.infos(there) if there else {}
        told = {job_id: _info(connection, record) for job_id, record in forgotten.items()}
        return {job_id: found[job_id] if job_id in found else told[job_id] for job_id in ids}
    connection.settle(
        Fact(job_id, info.job_state, info) for job_id, info in found.items() if info.job_state is not None
    )
    return found


def known_infos(connection: Connection, ids: Collection[str]) -> dict[str, JobInfo]:
    """Snapshots of those of these jobs that are still known when they are asked for."""
    try:
        return infos(connection, ids)
    except InvalidArgumentException:
        # Somebody reaped one of them meanwhile. A monitoring session has no list of its own to look into.
        left = set(ids) if connection.session_name is None else set(job_ids(connection))
    found: dict[str, JobInfo] = {}
    for job_id in ids:
        if job_id in left:
            with suppress(InvalidArgumentException):
                found.update(infos(connection, (job_id,)))
    return found


def forgotten_states(connection: Connection, ids: Collection[str]) -> dict[str, JobStatus]:
    """The last known states of those of these jobs that the backend no longer knows."""
    if not connection.may_forget or connection.log is None:
        return {}
    there = set(connection.tracker.job_ids())
    records = [connection.log.job(job_id) for job_id in ids if job_id not in there]
    return {record.job_id: _status(record) for record in records if record is not None}


def template(connection: Connection, job_id: str) -> JobTemplate:
    """What was submitted; empty for a job that was not submitted here.

    Raises:
        InvalidArgumentException: the job is unknown.
    """
    if isinstance(connection.tracker, TemplateKeeper):
        try:
            return connection.tracker.template(job_id)
        except InvalidArgumentException:
            if connection.session_name is not None:
                raise
    record = None if connection.log is None else connection.log.job(job_id)
    if record is None:
        # The answer to its submission may have been lost on the way.
        recover(connection)
        record = None if connection.log is None else connection.log.job(job_id)
    if record is None or record.template is None:
        states(connection, (job_id,))
        return JobTemplate()
    return record.template if record.index is None else expand_index(record.template, record.index)


def array_template(connection: Connection, array_id: str) -> JobTemplate:
    """What was submitted as an array, placeholders unexpanded; empty for one that was not submitted here."""
    if isinstance(connection.tracker, TemplateKeeper):
        return connection.tracker.template(array_id)
    if connection.log is None:
        return JobTemplate()
    found = connection.log.array_template(array_id)
    if found is None:
        recover(connection)
        found = connection.log.array_template(array_id)
    return found or JobTemplate()


def array_job_ids(connection: Connection, array_id: str) -> list[str]:
    """Ids of the jobs of an array in index order.

    Raises:
        InvalidArgumentException: there is no such array, or no job of it any more.
    """
    if connection.may_forget and connection.log is not None:
        found = connection.log.array_job_ids(array_id)
        if found:
            return found
    found = connection.tracker.array_job_ids(array_id)
    if not found:
        text = f"there is no array {array_id}: every job of it was reaped"
        raise InvalidArgumentException(text, attributes=("jobArrayId",), tracker=connection.tracker_name)
    return found


def _states_of_any(connection: Connection, ids: Collection[str]) -> dict[str, JobStatus]:
    """The states of jobs of a monitoring session: trackers tell those of their own session only, but show all jobs."""
    return {
        job_id: JobStatus(info.job_state or JobState.UNDETERMINED, info.job_sub_state)
        for job_id, info in connection.tracker.infos(ids).items()
    }


def _split(
    connection: Connection, ids: Collection[str], refusal: InvalidArgumentException
) -> tuple[list[str], dict[str, JobRecord]]:
    """Those the backend knows, and what is written down about the others; the refusal if one is in neither."""
    if not connection.may_forget or connection.log is None:
        raise refusal
    known = set(connection.tracker.job_ids())
    there = [job_id for job_id in ids if job_id in known]
    forgotten: dict[str, JobRecord] = {}
    for job_id in ids:
        if job_id in known:
            continue
        record = connection.log.job(job_id)
        if record is None:
            raise refusal
        forgotten[job_id] = record
    if not forgotten:
        raise refusal
    return there, forgotten


def _status(record: JobRecord) -> JobStatus:
    if record.state is None:
        return JobStatus(JobState.UNDETERMINED, Cause.LOST)
    return JobStatus(record.state, None if record.info is None else record.info.job_sub_state)


def _info(connection: Connection, record: JobRecord) -> JobInfo:
    if record.info is not None:
        return record.info
    seen = "nobody saw how it ended" if record.state is None else "only its final state was written down"
    state, sub_state = _status(record)
    return JobInfo(
        job_id=record.job_id,
        job_state=state,
        job_sub_state=sub_state,
        annotation=f"the {connection.tracker_name} tracker knows this job no more, and {seen}",
    )


def template_after_close(connection: Connection, job_id: str, *, of_array: bool = False) -> JobTemplate:
    """What was submitted, for a handle that is closed: its session is opened once more for this question.

    Raises:
        InvalidSessionException: the session was destroyed.
        InvalidArgumentException: the job is unknown.
    """
    again = connection.reopened()
    try:
        return array_template(again, job_id) if of_array else template(again, job_id)
    finally:
        again.close()
