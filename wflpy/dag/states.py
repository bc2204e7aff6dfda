"""The states of tasks and runs, and the words for how a task fails."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class TaskState(StrEnum):
    """Where a task, or one member of a group, is."""

    WAITING = "WAITING"
    """For other tasks, for its turn, or for the delay before another attempt."""
    QUEUED = "QUEUED"
    """Handed to the backend, not started."""
    HELD = "HELD"
    """Held in the backend."""
    RUNNING = "RUNNING"
    SUSPENDED = "SUSPENDED"
    DONE = "DONE"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    """Never started: what it depends on did not come to what was asked, or ``when`` is false."""
    CANCELLED = "CANCELLED"
    """Ended, or never started, because the run or the task was cancelled."""
    LOST = "LOST"
    """Its job is UNDETERMINED: how it ended will never be known."""
    CACHED = "CACHED"
    """Not run: an earlier result stands for it."""


ENDED: Final = frozenset(
    (TaskState.DONE, TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED, TaskState.LOST, TaskState.CACHED)
)
"""The states that are never left."""

SUCCEEDED: Final = frozenset((TaskState.DONE, TaskState.CACHED))
"""The states that are success."""

BROKEN: Final = frozenset((TaskState.FAILED, TaskState.LOST))
"""The states that are failure."""


class FailureKind(StrEnum):
    """How an attempt failed: what ``retry.when`` lists and ``error.kind`` holds."""

    EXIT = "exit"
    """The job ended with an exit status other than 0."""
    SIGNAL = "signal"
    """A signal ended the job."""
    EXCEPTION = "exception"
    """The called function raised an exception."""
    TIMEOUT = "timeout"
    """It did not end within its timeout, its wall clock limit or its deadline."""
    LIMIT = "limit"
    """It used up its CPU time."""
    OUT_OF_MEMORY = "out_of_memory"
    START_FAILED = "start_failed"
    """It could not be started: program, working directory, input or output file."""
    OUTPUT_MISSING = "output_missing"
    """The job ended well, but a declared output is not there or cannot be read."""
    STAGING = "staging"
    """A file could not be copied to the job or back."""
    PREEMPTED = "preempted"
    NODE_FAILURE = "node_failure"
    LOST = "lost"
    """The backend no longer knows how the job ended."""
    SUBMIT_REJECTED = "submit_rejected"
    """The backend refused the job."""
    EXPRESSION = "expression"
    """A value that the task needs could not be worked out."""
    CANCELLED = "cancelled"
    """The job was ended on request."""


class RunState(StrEnum):
    """Where a run is."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    """Every task succeeded, was skipped by its own condition, or failed within what is allowed."""
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    DETACHED = "DETACHED"
    """Nobody drives it; its jobs go on."""
