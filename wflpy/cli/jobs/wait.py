"""``wflpy job wait``: until jobs have ended, or have started."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from wflpy.cli.failures import ExitStatus
from wflpy.cli.inputs import json_option
from wflpy.cli.jobs.finding import Found, find, jobs_argument, known_infos, session_option
from wflpy.cli.jobs.refusals import tell
from wflpy.cli.jobs.values import read_duration
from wflpy.cli.jobs.waiting import ended_document, outcome_of, time_left, wait_for_end, wait_for_start
from wflpy.cli.jobs.wording import state_of, state_text
from wflpy.cli.sessions.opening import Sessions
from wflpy.cli.wording import columns, counted, duration_text
from wflpy.drmaa2 import InvalidStateException, TimeoutException
from wflpy.sessions import SessionManager

if TYPE_CHECKING:
    from wflpy.drmaa2 import JobInfo
    from wflpy.sessions import Job, JobSession

_NAMED = 10
"""Jobs that the message about a time that is over names at most."""


@click.command("wait")
@jobs_argument
@session_option
@click.option("--started", is_flag=True, help="Wait for the start, not for the end.")
@click.option("--any", "any_one", is_flag=True, help="Wait for the first of them.")
@click.option("--timeout", metavar="DURATION", callback=read_duration, help="Give up after so long, such as 30s or 2h.")
@json_option
def command(
    jobs: tuple[str, ...], session: str | None, started: bool, any_one: bool, timeout: float | None, as_json: bool
) -> int:
    """Wait until jobs have ended, or have started, and print what they are then.

    JOB is the id of a job or of an array. The exit status is 1 when a job failed, never started though --started was
    asked for, or when the time is over. Jobs go on whatever becomes of this command.

    \b
    Examples:
      wflpy job wait 7 8 --timeout 2h
      wflpy job wait 7 --started
    """
    end = None if timeout is None else time.monotonic() + timeout
    with SessionManager() as manager:
        found, refusals = find(jobs, Sessions(manager, session))
        refused = tell(refusals)
        if refused:
            return refused
        awaited = _by_session(found)
        try:
            infos, failed = (
                _wait_any(awaited, end, started=started) if any_one else _wait_all(awaited, end, started=started)
            )
        except TimeoutException as over:
            _tell_time_is_over(over, awaited, timeout or 0.0, started=started)
            return ExitStatus.FAILED
        _print(infos, as_json=as_json)
        return failed


def _by_session(found: list[Found]) -> dict[JobSession, list[Job]]:
    jobs: dict[JobSession, list[Job]] = {}
    for one in found:
        jobs.setdefault(one.session, []).extend(one.jobs)
    return {session: list(dict.fromkeys(some)) for session, some in jobs.items()}


Infos = dict[tuple["JobSession", str], "JobInfo"]


def _wait_all(awaited: dict[JobSession, list[Job]], end: float | None, *, started: bool) -> tuple[Infos, ExitStatus]:
    """Wait for all jobs of all sessions, one session after the other: all have to get there anyway."""
    unstarted: list[InvalidStateException] = []
    for session, jobs in awaited.items():
        if started:
            unstarted += wait_for_start(session, jobs, end)
        else:
            wait_for_end(session, jobs, end)
    found = {session: known_infos(session, [job.job_id for job in jobs]) for session, jobs in awaited.items()}
    for refusal in unstarted:
        click.echo(f"wflpy: {refusal}", err=True)
    statuses = [ExitStatus.FAILED] if unstarted else []
    if not started:
        statuses += [outcome_of(infos) for infos in found.values()]
    infos = {(session, job_id): info for session, some in found.items() for job_id, info in some.items()}
    return infos, max(statuses, default=ExitStatus.DONE)


def _wait_any(awaited: dict[JobSession, list[Job]], end: float | None, *, started: bool) -> tuple[Infos, ExitStatus]:
    if len(awaited) > 1:
        names = ", ".join(session.session_name for session in awaited)
        raise click.UsageError(f"--any waits for jobs of one session, and these are of {names}")
    ((session, jobs),) = awaited.items()
    wait = session.wait_any_started if started else session.wait_any_terminated
    try:
        first = wait(jobs, time_left(end))
    except InvalidStateException as refusal:
        click.echo(f"wflpy: {refusal}", err=True)
        return {}, ExitStatus.FAILED
    infos = session.infos((first.job_id,))
    return {(session, first.job_id): infos[first.job_id]}, ExitStatus.DONE if started else outcome_of(infos)


def _print(infos: Infos, *, as_json: bool) -> None:
    if as_json:
        documents = [ended_document(session, job_id, info) for (session, job_id), info in infos.items()]
        click.echo(json.dumps(documents, indent=2))
        return
    for line in columns((job_id, state_text(state_of(info))) for (_, job_id), info in infos.items()):
        click.echo(line)


def _tell_time_is_over(
    over: TimeoutException, awaited: dict[JobSession, list[Job]], seconds: float, *, started: bool
) -> None:
    every = [job.job_id for jobs in awaited.values() for job in jobs]
    pending = list(over.pending) or every
    named = ", ".join(pending[:_NAMED]) + (", ..." if len(pending) > _NAMED else "")
    what = "started" if started else "ended"
    click.echo(
        f"wflpy: the time is over: after {duration_text(seconds)} {counted(len(pending), 'job')} of {len(every):,}"
        f" had not {what}: {named}; they go on",
        err=True,
    )
