"""Whose fault a failure is, as an exit status."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from wflpy.dag.errors import RunError, TaskFailed, WorkflowError
from wflpy.drmaa2 import (
    InvalidArgumentException,
    InvalidStateException,
    UnsupportedAttributeException,
    UnsupportedOperationException,
    WflpyError,
)


class ExitStatus(IntEnum):
    """What the command's exit status says."""

    DONE = 0
    FAILED = 1
    """A task or a job failed."""
    BAD_INPUT = 2
    BACKEND = 3
    """The backend or the environment failed."""
    INTERRUPTED = 130


_STATUS: Final[dict[type[Exception], ExitStatus]] = {
    TaskFailed: ExitStatus.FAILED,
    WorkflowError: ExitStatus.BAD_INPUT,
    RunError: ExitStatus.BAD_INPUT,
    InvalidArgumentException: ExitStatus.BAD_INPUT,
    InvalidStateException: ExitStatus.BAD_INPUT,
    UnsupportedAttributeException: ExitStatus.BAD_INPUT,
    UnsupportedOperationException: ExitStatus.BAD_INPUT,
    WflpyError: ExitStatus.BACKEND,
    OSError: ExitStatus.BACKEND,
}


def exit_status_of(failure: Exception) -> ExitStatus | None:
    """The exit status for an exception; None for one that only a fault of ours explains."""
    if isinstance(failure.__cause__, OSError) and not isinstance(failure.__cause__, WflpyError):
        return ExitStatus.BACKEND  # whatever was asked for: the machine did not let us
    for kind in type(failure).__mro__:
        status = _STATUS.get(kind)
        if status is not None:
            return status
    return None
