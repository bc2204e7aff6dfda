"""Waiting for jobs, and what has become of them then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import click

from wflpy.cli.failures import ExitStatus
from wflpy.cli.jobs.wording import info_document, session_document, state_of, state_text, why_text
from wflpy.cli.wording import counted
from wflpy.drmaa2 import InvalidStateException, JobInfo, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wflpy.sessions import Job, JobSession

_TOLD: Final = 10
"""Jobs that failed of which at most the reasons are told."""


def wait_for_end(session: JobSession, jobs: Sequence[Job], end: float | None = None) -> None:
    """Block until each of the jobs is DONE, FAILED, or lost for good.

    Args:
        session: whose jobs they are.
        jobs: at least one.
        end: moment of the monotonic clock at which the wait is given up.

    Raises:
        TimeoutException: the time is over; ``pending`` holds the ids of the jobs that have not ended.
    """
    _wait_for_all(session.wait_all_terminated, jobs, end)


def wait_for_start(session: JobSession, jobs: Sequence[Job], end: float | None = None) -> list[InvalidStateException]:
    """Block until each of the jobs has started, or cannot any more; why not, for those; see `wait_for_end`."""
    return _wait_for_all(session.wait_all_started, jobs, end)


def time_left(end: float | None) -> float | None:
    """Seconds until a moment of the monotonic clock; None where there is no end."""
    return None if end is None else max(0.0, end - time.monotonic())


def outcome_of(infos: Mapping[str, JobInfo]) -> ExitStatus:
    """FAILED if one of the jobs failed or is lost, which is told with the reason; else DONE."""
    bad = [
        (job_id, info) for job_id, info in infos.items() if state_of(info) in (JobState.FAILED, JobState.UNDETERMINED)
    ]
    for job_id, info in bad[:_TOLD]:
        because = f": {why}" if (why := why_text(info)) else ""
        what = "failed" if state_of(info) is JobState.FAILED else f"is {state_text(state_of(info))}"
        click.echo(f"job {job_id} {what}{because}", err=True)
    if len(bad) > _TOLD:
        click.echo(f"and {counted(len(bad) - _TOLD, 'job')} more", err=True)
    return ExitStatus.FAILED if bad else ExitStatus.DONE


def ended_document(session: JobSession, job_id: str, info: JobInfo) -> dict[str, Any]:
    """A job that was waited for, as JSON."""
    return {**session_document(session), "job": job_id, **info_document(info)}


def _wait_for_all(
    wait: Callable[[Sequence[Job], float | None], None], jobs: Sequence[Job], end: float | None
) -> list[InvalidStateException]:
    """Wait for all jobs but those that never get there, which end a wait for all at once."""
    left = {job.job_id: job for job in jobs}
    hopeless: list[InvalidStateException] = []
    while left:
        try:
            wait(list(left.values()), time_left(end))
        except InvalidStateException as refusal:
            if left.pop(refusal.job_id or "", None) is None:
                raise
            hopeless.append(refusal)
        else:
            break
    return hopeless
