"""What is done to jobs: control and reaping, by the operation x state matrix (GFD.231 8.4.4, 8.4.5, 8.5.5, 8.5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.drmaa2 import (
    OPERATIONS,
    DrmaaException,
    InvalidArgumentException,
    InvalidStateException,
    JobAction,
    Operation,
    UnsupportedOperationException,
    Verdict,
    check_operation,
)
from wflpy.sessions import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wflpy.sessions.connection import Connection


def control(connection: Connection, job_id: str, action: JobAction) -> None:
    """Carry out one action on a job.

    Raises:
        UnsupportedOperationException: the tracker cannot do this in any state.
        InvalidArgumentException: the job is unknown, or was reaped.
        InvalidStateException: not in the state the job is in.
    """
    connection.check_action(action)
    check_operation(action, facts.state(connection, job_id).state, job_id, tracker=connection.tracker_name)
    try:
        connection.tracker.control(job_id, action)
    except InvalidArgumentException:
        if connection.session_name is not None:
            raise
        # It is there, as its state was told.
        text = f"the {connection.tracker_name} tracker cannot {action} job {job_id}, which is not of its session"
        raise UnsupportedOperationException(text, job_id=job_id, tracker=connection.tracker_name) from None
    except InvalidStateException:
        # A job that ended just now needs no terminating any more.
        if action is not JobAction.TERMINATE or not facts.state(connection, job_id).state.is_terminated:
            raise


def control_array(connection: Connection, array_id: str, job_ids: Sequence[str], action: JobAction) -> None:
    """Carry out one action on those jobs of an array whose state allows it.

    Raises:
        UnsupportedOperationException: the tracker cannot do this in any state.
        InvalidStateException: the state of none of them allows it.
    """
    connection.check_action(action)
    states = facts.states(connection, job_ids) if job_ids else {}
    allowed = OPERATIONS[Operation(action)]
    eligible = [job_id for job_id, status in states.items() if allowed[status.state] is Verdict.ALLOWED]
    if not eligible:
        counts = ", ".join(sorted({status.state.name for status in states.values()})) or "no job is left of it"
        text = f"cannot {action} array {array_id}: no job of it is in a state that allows this ({counts})"
        raise InvalidStateException(text, tracker=connection.tracker_name)
    refusals = connection.tracker.control_many(eligible, action)
    for refusal in refusals.values():
        # Jobs go on while they are looked at; one that has changed its state since is like one that never was eligible.
        if not isinstance(refusal, InvalidStateException):
            raise refusal


def reap(connection: Connection, job_id: str) -> None:
    """Remove all data of a job that is Terminated; of one from outside nothing is kept here.

    Raises:
        InvalidArgumentException: the job is unknown, or was reaped before.
        InvalidStateException: it is not Terminated.
    """
    status = facts.state(connection, job_id)
    check_operation(Operation.REAP, status.state, job_id, tracker=connection.tracker_name)
    if connection.session_name is None:
        # The data of a job from outside belong to those who submitted it.
        return
    _delete(connection, job_id)
    if connection.log is not None:
        connection.log.forget((job_id,), grouped=not connection.records_first)


def reap_many(connection: Connection, job_ids: Sequence[str]) -> dict[str, DrmaaException]:
    """Remove all data of these jobs; why not, for those that are not Terminated or not known."""
    refusals: dict[str, DrmaaException] = {}
    gone: list[str] = []
    for job_id in job_ids:
        try:
            _delete(connection, job_id)
        except DrmaaException as refusal:
            refusals[job_id] = refusal
        else:
            gone.append(job_id)
    if gone and connection.log is not None:
        connection.log.forget(gone, grouped=not connection.records_first)
    return refusals


def reap_array(connection: Connection, job_ids: Sequence[str]) -> None:
    """Remove all data of those of these jobs that are Terminated."""
    states = facts.states(connection, job_ids) if job_ids else {}
    for refusal in reap_many(
        connection, [job_id for job_id, status in states.items() if status.state.is_terminated]
    ).values():
        # Reaped by somebody else meanwhile.
        if not isinstance(refusal, InvalidArgumentException):
            raise refusal


def _delete(connection: Connection, job_id: str) -> None:
    try:
        connection.tracker.delete(job_id)
    except InvalidArgumentException:
        # What the backend has forgotten by itself may still be written down.
        forgotten = facts.forgotten_states(connection, (job_id,))
        if job_id not in forgotten:
            raise
        check_operation(Operation.REAP, forgotten[job_id].state, job_id, tracker=connection.tracker_name)
