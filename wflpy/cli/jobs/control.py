"""``wflpy job hold|release|suspend|resume|terminate``: what is done to jobs while they live (GFD.231 8.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wflpy.cli.jobs.finding import find, jobs_argument, session_option
from wflpy.cli.jobs.refusals import Refusal, tell
from wflpy.cli.sessions.opening import Sessions
from wflpy.drmaa2 import JobAction, WflpyError
from wflpy.sessions import SessionManager

if TYPE_CHECKING:
    from collections.abc import Callable

_TOLD: Final = {
    JobAction.HOLD: "held",
    JobAction.RELEASE: "released",
    JobAction.SUSPEND: "suspended",
    JobAction.RESUME: "resumed",
    JobAction.TERMINATE: "told to end",
}
"""What a job is once the backend has acknowledged the order."""

_HELP: Final = {
    JobAction.HOLD: "Keep jobs that are queued from being started, until they are released.",
    JobAction.RELEASE: "End the hold of jobs.",
    JobAction.SUSPEND: "Stop jobs that are running for a while.",
    JobAction.RESUME: "Let jobs that are suspended go on.",
    JobAction.TERMINATE: "End jobs, whether they run or not; they are FAILED then.",
}

_RULES: Final = """

JOB is the id of a job or of an array; of an array, those jobs are meant whose state allows it. What is refused for one
job is told, and done for the others.

\b
Example:
  wflpy job {action} 7 8"""


def _command(action: JobAction) -> click.Command:
    @jobs_argument
    @session_option
    def command(jobs: tuple[str, ...], session: str | None) -> int:
        return _apply(action, jobs, session)

    return click.command(action.value, help=_HELP[action] + _RULES.format(action=action.value))(command)


def _apply(action: JobAction, refs: tuple[str, ...], session: str | None) -> int:
    with SessionManager() as manager:
        found, refusals = find(refs, Sessions(manager, session))
        for one in found:
            do: Callable[[], None] = getattr(one.thing, action.value)
            try:
                do()
            except WflpyError as refusal:
                refusals.append(Refusal.of(refusal))
            else:
                click.echo(f"{one.ref} {_TOLD[action]}")
        return tell(refusals)


hold: Final = _command(JobAction.HOLD)
"""``wflpy job hold``."""
release: Final = _command(JobAction.RELEASE)
"""``wflpy job release``."""
suspend: Final = _command(JobAction.SUSPEND)
"""``wflpy job suspend``."""
resume: Final = _command(JobAction.RESUME)
"""``wflpy job resume``."""
terminate: Final = _command(JobAction.TERMINATE)
"""``wflpy job terminate``."""
