"""How jobs are written for people, and as JSON for programs."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from wflpy.cli.terminal import harmless
from wflpy.cli.wording import duration_text, moment_text
from wflpy.drmaa2 import JobInfo, JobState, JobTemplate, to_dict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wflpy.sessions import JobSession

STYLES: Final[dict[JobState, str]] = {
    JobState.RUNNING: "cyan",
    JobState.DONE: "green",
    JobState.FAILED: "red",
    JobState.UNDETERMINED: "red",
    JobState.QUEUED_HELD: "yellow",
    JobState.REQUEUED_HELD: "yellow",
    JobState.SUSPENDED: "yellow",
}
"""Colours, where there are any."""


def state_of(info: JobInfo) -> JobState:
    """The state of a snapshot; one without a state says that it is not known."""
    return JobState.UNDETERMINED if info.job_state is None else info.job_state


def state_text(state: JobState) -> str:
    """``queued``, ``queued, held``, ``running`` and so on."""
    return state.name.lower().replace("_", ", ")


def why_text(info: JobInfo) -> str:
    """Why a job is in its state, as far as anybody knows: one line, empty when there is nothing to say."""
    if info.annotation:
        return harmless(info.annotation).replace("\n", " ")
    if info.terminating_signal:
        return f"ended by {info.terminating_signal}"
    if info.exit_status:
        return f"exit status {info.exit_status}"
    return (info.job_sub_state or "").replace("_", " ")


def command_text(template: JobTemplate) -> str:
    """What a job runs, as a shell would take it."""
    words = [template.remote_command or "", *(template.args or ())]
    return shlex.join(words) if template.remote_command else f"job category {template.job_category}"


def took_text(info: JobInfo) -> str:
    """How long a job has been running; empty when it never did."""
    return "" if info.wallclock_time is None else duration_text(info.wallclock_time.total_seconds())


def submitted_text(info: JobInfo) -> str:
    """When a job was submitted; empty when that is not known."""
    return "" if info.submission_time is None else moment_text(info.submission_time.timestamp())


def counts_text(states: Iterable[JobState]) -> str:
    """``2 done, 1 running``; states that no job is in are left out."""
    counts = Counter(states)
    return ", ".join(f"{counts[state]:,} {state_text(state)}" for state in JobState if counts[state]) or "no jobs"


def session_document(session: JobSession) -> dict[str, Any]:
    """Whose job something is."""
    return {"session": session.session_name, "tracker": session.tracker.name}


def info_document(info: JobInfo) -> dict[str, Any]:
    """A snapshot: the names and values of the standard's JSON form, and why the job is in its state."""
    return {"state": state_of(info).name, "why": why_text(info) or None, "info": to_dict(info)}
