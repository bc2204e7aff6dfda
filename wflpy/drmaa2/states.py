"""The life of a job as data: which state follows which, and what may be done in which (GFD.231 8.1, 8.4.4).

A tracker may miss states between two looks. `state_path` says which ones to report, so that a watcher never sees a step
that the standard does not draw.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.drmaa2.enums import JobAction, JobState
from wflpy.drmaa2.errors import InvalidStateException

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNDETERMINED, _QUEUED, _QUEUED_HELD, _RUNNING, _SUSPENDED, _REQUEUED, _REQUEUED_HELD, _DONE, _FAILED = JobState


class Transition(NamedTuple):
    """One arrow of the standard's figure."""

    source: JobState | None
    """State before it; None is the submission."""
    target: JobState
    trigger: str
    """What makes it happen."""


TRANSITIONS: Final = (
    Transition(None, _QUEUED, "run_job, run_bulk_jobs"),
    Transition(None, _QUEUED_HELD, "the same with submit_as_hold"),
    Transition(_QUEUED, _QUEUED_HELD, "hold; system, administrator"),
    Transition(_QUEUED_HELD, _QUEUED, "release; system, administrator"),
    Transition(_QUEUED, _RUNNING, "dispatch"),
    Transition(_RUNNING, _SUSPENDED, "suspend; system, preemption"),
    Transition(_SUSPENDED, _RUNNING, "resume; system"),
    Transition(_RUNNING, _REQUEUED, "put back by the DRM system: node failure, preemption"),
    Transition(_REQUEUED, _RUNNING, "dispatched again"),
    Transition(_REQUEUED, _REQUEUED_HELD, "hold; system"),
    Transition(_REQUEUED_HELD, _REQUEUED, "release; system"),
    Transition(_RUNNING, _DONE, "finished without error"),
    *(Transition(state, _FAILED, "terminate, deadline, failed start") for state in JobState if state.is_queued),
    *(Transition(state, _FAILED, "terminate, signal, exit status, limit") for state in JobState if state.is_started),
    *(Transition(state, _UNDETERMINED, "lost for good") for state in JobState if state.is_queued or state.is_started),
)
"""Every arrow; what is not here is never reported."""

ARROWS: Final[Mapping[JobState | None, frozenset[JobState]]] = MappingProxyType(
    {source: frozenset(arrow.target for arrow in TRANSITIONS if arrow.source is source) for source in (None, *JobState)}
)
"""The states that may follow a state; None stands for the submission. Nothing follows a final one."""

FINAL_STATES: Final = frozenset(state for state in JobState if not ARROWS[state])
"""The states that are never left: DONE, FAILED, and UNDETERMINED."""


def state_path(previous: JobState | None, observed: JobState) -> tuple[JobState, ...]:
    """The states to report, in order, for a job last reported in one state and now seen in another.

    The last of them is the observed state, except that a job which has started never goes back to Queued: QUEUED is
    reported as REQUEUED and QUEUED_HELD as REQUEUED_HELD. Empty when there is nothing to report: the state is the same,
    or the last reported one is final. ``previous`` is None for a job of which nothing was reported yet.
    """
    return _REPORTS[previous][observed]


def _shortest_paths(source: JobState | None) -> dict[JobState, tuple[JobState, ...]]:
    paths: dict[JobState, tuple[JobState, ...]] = {} if source is None else {source: ()}
    waves: list[JobState | None] = [source]
    for state in waves:
        # In the order of the enumeration, so that of two equally short paths always the same one is taken.
        for follower in sorted(ARROWS[state] - paths.keys()):
            paths[follower] = (*(() if state is None else paths[state]), follower)
            waves.append(follower)
    return paths


_AS_REQUEUED = {_QUEUED: _REQUEUED, _QUEUED_HELD: _REQUEUED_HELD}


def _reports(previous: JobState | None) -> dict[JobState, tuple[JobState, ...]]:
    paths = _shortest_paths(previous)
    started = previous is not None and previous.is_started
    return {
        observed: paths.get(_AS_REQUEUED.get(observed, observed) if started else observed, ()) for observed in JobState
    }


_REPORTS = {previous: _reports(previous) for previous in (None, *JobState)}


class Operation(StrEnum):
    """Everything that can be asked of a job; the first five equal the members of JobAction."""

    SUSPEND = "suspend"
    RESUME = "resume"
    HOLD = "hold"
    RELEASE = "release"
    TERMINATE = "terminate"
    REAP = "reap"
    GET_STATE = "get_state"
    GET_INFO = "get_info"
    WAIT_STARTED = "wait_started"
    WAIT_TERMINATED = "wait_terminated"


class Verdict(Enum):
    """What becomes of an operation in a state."""

    ALLOWED = "allowed"
    INVALID = "invalid state"
    """InvalidStateException; a wait that is blocked when the job gets there ends with it too."""
    BLOCKS = "blocks"
    """The wait goes on."""
    RETURNS = "returns"
    """The wait is over."""
    RETURNS_IF_STARTED = "returns if the job ever started"
    """The wait is over if there is a dispatch time, else InvalidStateException."""


def _allowed_in(*states: JobState) -> Mapping[JobState, Verdict]:
    return MappingProxyType({s: Verdict.ALLOWED if s in states else Verdict.INVALID for s in JobState})


OPERATIONS: Final[Mapping[Operation, Mapping[JobState, Verdict]]] = MappingProxyType(
    {
        Operation.SUSPEND: _allowed_in(_RUNNING),
        Operation.RESUME: _allowed_in(_SUSPENDED),
        Operation.HOLD: _allowed_in(_QUEUED, _REQUEUED),
        Operation.RELEASE: _allowed_in(_QUEUED_HELD, _REQUEUED_HELD),
        Operation.TERMINATE: _allowed_in(_QUEUED, _QUEUED_HELD, _RUNNING, _SUSPENDED, _REQUEUED, _REQUEUED_HELD),
        Operation.REAP: _allowed_in(_DONE, _FAILED),
        Operation.GET_STATE: _allowed_in(*JobState),
        Operation.GET_INFO: _allowed_in(*JobState),
        Operation.WAIT_STARTED: MappingProxyType(
            {
                _UNDETERMINED: Verdict.INVALID,
                _QUEUED: Verdict.BLOCKS,
                _QUEUED_HELD: Verdict.BLOCKS,
                _RUNNING: Verdict.RETURNS,
                _SUSPENDED: Verdict.RETURNS,
                _REQUEUED: Verdict.RETURNS,
                _REQUEUED_HELD: Verdict.RETURNS,
                _DONE: Verdict.RETURNS,
                _FAILED: Verdict.RETURNS_IF_STARTED,
            }
        ),
        Operation.WAIT_TERMINATED: MappingProxyType(
            {
                _UNDETERMINED: Verdict.INVALID,
                _QUEUED: Verdict.BLOCKS,
                _QUEUED_HELD: Verdict.BLOCKS,
                _RUNNING: Verdict.BLOCKS,
                _SUSPENDED: Verdict.BLOCKS,
                _REQUEUED: Verdict.BLOCKS,
                _REQUEUED_HELD: Verdict.BLOCKS,
                _DONE: Verdict.RETURNS,
                _FAILED: Verdict.RETURNS,
            }
        ),
    }
)
"""What becomes of each operation in each state."""


def wait_verdict(operation: Operation, state: JobState, *, started: bool) -> Verdict:
    """RETURNS, BLOCKS or INVALID: what a wait makes of a state, given whether the job ever entered a Started one."""
    verdict = OPERATIONS[operation][state]
    if verdict is Verdict.RETURNS_IF_STARTED:
        return Verdict.RETURNS if started else Verdict.INVALID
    return verdict


def check_operation(
    operation: Operation | JobAction,
    state: JobState,
    job_id: str,
    *,
    started: bool = True,
    tracker: str | None = None,
) -> None:
    """Do nothing if the operation is allowed in this state; a wait is, unless it could never end.

    Args:
        operation: what is to be done.
        state: the state the job is in.
        job_id: the job, for the message.
        started: whether the job ever entered a Started state; only ``wait_started`` on a FAILED job asks.
        tracker: the name of its tracker, for the exception.

    Raises:
        InvalidStateException: says which state it is in and which ones would do.
    """
    operation = Operation(operation)
    if wait_verdict(operation, state, started=started) is Verdict.INVALID:
        raise InvalidStateException(_refusal(operation, state, job_id), job_id=job_id, tracker=tracker)


_PHRASES = {
    Operation.GET_STATE: "ask for the state of",
    Operation.GET_INFO: "ask for the details of",
    Operation.WAIT_STARTED: "wait for the start of",
    Operation.WAIT_TERMINATED: "wait for the end of",
}


def _refusal(operation: Operation, state: JobState, job_id: str) -> str:
    refusal = f"cannot {_PHRASES.get(operation, operation)} job {job_id}"
    if state is _UNDETERMINED:
        return f"{refusal}: its state is lost for good (UNDETERMINED)"
    if operation is Operation.WAIT_STARTED:
        return f"{refusal}: it ended without ever starting ({state.name})"
    allowed = " or ".join(s.name for s in JobState if OPERATIONS[operation][s] is Verdict.ALLOWED)
    reason = f"it has already ended ({state.name})" if state.is_terminated else f"it is {state.name}"
    return f"{refusal}: {reason}, and this works only for a job that is {allowed}"
