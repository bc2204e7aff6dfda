"""What a keeper tells of a job, as the structures of the standard."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from wflpy.drmaa2 import JobInfo, JobState, SlotInfo
from wflpy.tracker import StateChange

QUEUE: Final = "default"
"""The one queue."""

USAGE: Final = (
    "process_user_time",
    "process_system_time",
    "process_max_rss",
    "process_minor_faults",
    "process_major_faults",
    "process_blocks_read",
    "process_blocks_written",
    "process_voluntary_switches",
    "process_involuntary_switches",
)
"""Extensions of JobInfo for what a job has used, once it has ended: seconds, KB, counts."""

_STATES: Final[dict[int, JobState]] = {int(state): state for state in JobState}
_FINAL: Final = frozenset((int(JobState.DONE), int(JobState.FAILED), int(JobState.UNDETERMINED)))


class Rows:
    """Turns rows into JobInfo.

    Args:
        host: the machine.
        owner: the user.
    """

    def __init__(self, host: str, owner: str) -> None:
        self._host: Final = host
        self._owner: Final = owner

    def change(self, row: list[Any]) -> StateChange:
        """A state change; a short row is that of a state that is not final."""
        state = _STATES[row[1]]
        if len(row) > 3:
            return StateChange(row[0], state, row[9], self.info(row) if row[1] in _FINAL else None, row[2])
        return StateChange(row[0], state, None, None, row[2])

    def info(self, row: list[Any]) -> JobInfo:
        """All that is known of a job."""
        job_id, number, changed, submitted, dispatched, slots, ran, status, usage, cause, text, name = row
        state = _STATES[number]
        exit_status, terminating_signal = decoded(status)
        has_started = dispatched is not None
        return JobInfo(
            job_id=job_id,
            job_name=name,
            exit_status=exit_status,
            terminating_signal=terminating_signal,
            annotation=text,
            job_state=state,
            job_sub_state=cause,
            allocated_machines=self._on(slots) if has_started else None,
            submission_machine=self._host,
            job_owner=self._owner,
            slots=slots if has_started else None,
            queue_name=QUEUE,
            wallclock_time=timedelta(seconds=ran) if has_started else None,
            cpu_time=None if usage is None else timedelta(seconds=usage[0] + usage[1]),
            submission_time=_time(submitted),
            dispatch_time=_time(dispatched) if has_started else None,
            finish_time=_time(changed) if state.is_terminated else None,
            extensions=_extensions(usage) if usage is not None and state.is_terminated else None,
        )

    def _on(self, slots: int) -> list[SlotInfo]:
        return [SlotInfo(self._host, slots)]


def decoded(status: int | None) -> tuple[int | None, str | None]:
    """Exit status and name of the signal that a wait status stands for, one of them None."""
    if status is None:
        return None, None
    if os.WIFSIGNALED(status):
        return None, signal_name(os.WTERMSIG(status))
    return os.WEXITSTATUS(status), None


def signal_name(number: int) -> str:
    """``SIGKILL`` for 9; real-time signals are named by their distance from the first."""
    try:
        return signal.Signals(number).name
    except ValueError:
        first = getattr(signal, "SIGRTMIN", number)
        return f"SIGRTMIN+{number - first}" if number > first else f"SIG{number}"


def _extensions(usage: list[float]) -> dict[str, str]:
    return {name: str(value) for name, value in zip(USAGE, usage, strict=True)}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
