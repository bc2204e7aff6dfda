"""The life of a job: arrows, what to report for a jump, and what may be done in which state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import (
    ARROWS,
    FINAL_STATES,
    OPERATIONS,
    TRANSITIONS,
    InvalidStateException,
    JobAction,
    JobState,
    Operation,
    Verdict,
    check_operation,
    state_path,
    wait_verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


# The arrows of the figure, written out.
FIGURE = {
    (None, "QUEUED"),
    (None, "QUEUED_HELD"),
    ("QUEUED", "QUEUED_HELD"),
    ("QUEUED_HELD", "QUEUED"),
    ("QUEUED", "RUNNING"),
    ("RUNNING", "SUSPENDED"),
    ("SUSPENDED", "RUNNING"),
    ("RUNNING", "REQUEUED"),
    ("REQUEUED", "RUNNING"),
    ("REQUEUED", "REQUEUED_HELD"),
    ("REQUEUED_HELD", "REQUEUED"),
    ("RUNNING", "DONE"),
    *((state, "FAILED") for state in ("QUEUED", "QUEUED_HELD", "RUNNING", "SUSPENDED", "REQUEUED", "REQUEUED_HELD")),
    *((state, "UNDETERMINED") for state in ("QUEUED", "QUEUED_HELD", "RUNNING", "SUSPENDED", "REQUEUED")),
    ("REQUEUED_HELD", "UNDETERMINED"),
}

# What stands between two states; = is the same state, > a direct step, dots join the steps between.
JUMPS = """
.             QUEUED QUEUED_HELD RUNNING  SUSPENDED        REQUEUED       REQUEUED_HELD           DONE
QUEUED        =      >           >        RUNNING          RUNNING        RUNNING.REQUEUED        RUNNING
QUEUED_HELD   >      =           QUEUED   QUEUED.RUNNING   QUEUED.RUNNING QUEUED.RUNNING.REQUEUED QUEUED.RUNNING
RUNNING       X1     X2          =        >                >              REQUEUED                >
SUSPENDED     X1     X2          >        =                RUNNING        RUNNING.REQUEUED        RUNNING
REQUEUED      X1     X2          >        RUNNING          =              >                       RUNNING
REQUEUED_HELD X1     X2          REQUEUED REQUEUED.RUNNING >              =                       REQUEUED.RUNNING
DONE          X3     X3          X3       X3               X3             X3                      X3
FAILED        X3     X3          X3       X3               X3             X3                      X3
"""

# A = allowed, I = invalid state, W = the wait goes on, R = it returns, S = it returns if the job ever started.
MATRIX = """
operation       | UNDETERMINED QUEUED QUEUED_HELD RUNNING SUSPENDED REQUEUED REQUEUED_HELD DONE FAILED
suspend         | I            I      I           A       I         I        I             I    I
resume          | I            I      I           I       A         I        I             I    I
hold            | I            A      I           I       I         A        I             I    I
release         | I            I      A           I       I         I        A             I    I
terminate       | I            A      A           A       A         A        A             I    I
reap            | I            I      I           I       I         I        I             A    A
get_state       | A            A      A           A       A         A        A             A    A
get_info        | A            A      A           A       A         A        A             A    A
wait_started    | I            W      W           R       R         R        R             R    S
wait_terminated | I            W      W           W       W         W        W             R    R
"""
LETTERS = {
    "A": Verdict.ALLOWED,
    "I": Verdict.INVALID,
    "W": Verdict.BLOCKS,
    "R": Verdict.RETURNS,
    "S": Verdict.RETURNS_IF_STARTED,
}


def jumps() -> list[tuple[str, str, str]]:
    """The table as (from, to, cell)."""
    header, *rows = [line.split() for line in JUMPS.strip().splitlines()]
    return [(row[0], to, cell) for row in rows for to, cell in zip(header[1:], row[1:], strict=True)]


def matrix() -> Iterator[tuple[str, str, str]]:
    """The table as (operation, state, letter)."""
    header, *rows = MATRIX.strip().splitlines()
    states = header.partition("|")[2].split()
    for row in rows:
        operation, _, letters = row.partition("|")
        yield from ((operation.strip(), state, cell) for state, cell in zip(states, letters.split(), strict=True))


def test_the_arrows_are_those_of_the_figure() -> None:
    arrows = {(arrow.source and arrow.source.name, arrow.target.name) for arrow in TRANSITIONS}
    assert arrows == FIGURE
    assert len(arrows) == len(TRANSITIONS)
    assert {(source and source.name, target.name) for source in ARROWS for target in ARROWS[source]} == arrows


def test_submission_has_no_name_of_a_state() -> None:
    assert ARROWS[None] == {JobState.QUEUED, JobState.QUEUED_HELD}
    assert JobState.UNDETERMINED not in ARROWS[None]


def test_final_states() -> None:
    assert {state.name for state in FINAL_STATES} == {"DONE", "FAILED", "UNDETERMINED"}


@pytest.mark.parametrize(("previous", "observed", "cell"), jumps())
def test_a_jump_is_reported_step_by_step(previous: Any, observed: Any, cell: str) -> None:
    reported = [state.name for state in state_path(JobState[previous], JobState[observed])]
    expected = {
        "=": [],
        ">": [observed],
        "X1": [state.name for state in state_path(JobState[previous], JobState.REQUEUED)],
        "X2": [state.name for state in state_path(JobState[previous], JobState.REQUEUED_HELD)],
        "X3": [],
    }.get(cell, [*cell.split("."), observed])
    assert reported == expected


@pytest.mark.parametrize(
    ("previous", "observed", "reported"),
    [
        ("RUNNING", "QUEUED", "REQUEUED"),
        ("SUSPENDED", "QUEUED", "RUNNING REQUEUED"),
        ("REQUEUED", "QUEUED", ""),
        ("REQUEUED_HELD", "QUEUED", "REQUEUED"),
        ("RUNNING", "QUEUED_HELD", "REQUEUED REQUEUED_HELD"),
        ("SUSPENDED", "QUEUED_HELD", "RUNNING REQUEUED REQUEUED_HELD"),
        ("REQUEUED", "QUEUED_HELD", "REQUEUED_HELD"),
        ("REQUEUED_HELD", "QUEUED_HELD", ""),
    ],
)
def test_a_job_that_started_never_goes_back_to_queued(previous: Any, observed: Any, reported: Any) -> None:
    assert [state.name for state in state_path(JobState[previous], JobState[observed])] == reported.split()


@pytest.mark.parametrize(
    ("observed", "reported"),
    [
        ("QUEUED", "QUEUED"),
        ("QUEUED_HELD", "QUEUED_HELD"),
        ("RUNNING", "QUEUED RUNNING"),
        ("DONE", "QUEUED RUNNING DONE"),
        ("FAILED", "QUEUED FAILED"),
        ("UNDETERMINED", "QUEUED UNDETERMINED"),
    ],
)
def test_a_job_seen_for_the_first_time(observed: Any, reported: Any) -> None:
    assert [state.name for state in state_path(None, JobState[observed])] == reported.split()


@given(st.lists(st.sampled_from(JobState), max_size=12))
def test_whatever_is_seen_only_arrows_are_reported(observations: Any) -> None:
    last = None
    for observed in observations:
        for state in state_path(last, observed):
            assert state in ARROWS[last]
            assert last not in FINAL_STATES
            last = state
        if observed is JobState.UNDETERMINED and last is not None:
            assert last in FINAL_STATES


@pytest.mark.parametrize("previous", JobState)
def test_failed_and_undetermined_are_one_step_away(previous: JobState) -> None:
    for observed in (JobState.FAILED, JobState.UNDETERMINED):
        assert state_path(previous, observed) == (() if previous in FINAL_STATES else (observed,))


@pytest.mark.parametrize("observed", JobState)
def test_final_states_are_never_left(observed: JobState) -> None:
    assert [state_path(final, observed) for final in FINAL_STATES] == [(), (), ()]


def test_the_matrix_is_that_of_the_standard() -> None:
    expected = {(operation, state): LETTERS[letter] for operation, state, letter in matrix()}
    found = {
        (str(operation), s.name): OPERATIONS[operation][s] for operation in OPERATIONS for s in OPERATIONS[operation]
    }
    assert found == expected


@pytest.mark.parametrize(("operation", "state", "letter"), list(matrix()))
def test_an_operation_is_refused_exactly_where_the_matrix_says(operation: Any, state: Any, letter: str) -> None:
    if letter == "I":
        with pytest.raises(InvalidStateException) as caught:
            check_operation(Operation(operation), JobState[state], "job a'; echo foo", tracker="slurm")
        assert caught.value.job_id == "job a'; echo foo"
        assert caught.value.tracker == "slurm"
        assert "job a'; echo foo" in str(caught.value)
        assert state in str(caught.value)
    else:
        check_operation(Operation(operation), JobState[state], "17")


@pytest.mark.parametrize("action", JobAction)
@pytest.mark.parametrize("state", JobState)
def test_actions_are_operations(action: Any, state: Any) -> None:
    if OPERATIONS[Operation(action)][state] is Verdict.ALLOWED:
        check_operation(action, state, "17")
    else:
        with pytest.raises(InvalidStateException):
            check_operation(action, state, "17")


def test_waiting_for_the_start_of_a_job_that_failed_unstarted_is_refused() -> None:
    check_operation(Operation.WAIT_STARTED, JobState.FAILED, "17", started=True)
    with pytest.raises(
        InvalidStateException, match="cannot wait for the start of job 17: it ended without ever starting"
    ):
        check_operation(Operation.WAIT_STARTED, JobState.FAILED, "17", started=False)


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("started", [True, False])
@pytest.mark.parametrize("operation", [Operation.WAIT_STARTED, Operation.WAIT_TERMINATED])
def test_a_wait_returns_or_blocks_or_can_never_end(operation: Any, state: Any, started: bool) -> None:
    verdict = wait_verdict(operation, state, started=started)
    assert verdict in {Verdict.RETURNS, Verdict.BLOCKS, Verdict.INVALID}
    if operation is Operation.WAIT_STARTED and state is JobState.FAILED:
        assert verdict is (Verdict.RETURNS if started else Verdict.INVALID)
    else:
        assert verdict is OPERATIONS[operation][state]


@pytest.mark.parametrize(
    ("operation", "state", "text"),
    [
        (
            JobAction.HOLD,
            JobState.RUNNING,
            "cannot hold job 17: it is RUNNING, and this works only for a job that is QUEUED or REQUEUED",
        ),
        (
            Operation.REAP,
            JobState.QUEUED,
            "cannot reap job 17: it is QUEUED, and this works only for a job that is DONE or FAILED",
        ),
        (
            JobAction.SUSPEND,
            JobState.DONE,
            "cannot suspend job 17: it has already ended (DONE), and this works only for a job that is RUNNING",
        ),
        (
            Operation.WAIT_TERMINATED,
            JobState.UNDETERMINED,
            "cannot wait for the end of job 17: its state is lost for good (UNDETERMINED)",
        ),
    ],
)
def test_a_refusal_says_why_and_when_it_would_work(operation: Any, state: Any, text: str) -> None:
    with pytest.raises(InvalidStateException) as caught:
        check_operation(operation, state, "17")
    assert str(caught.value) == text
