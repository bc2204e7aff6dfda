"""``wflpy job reap``: remove what is kept of jobs that have ended (GFD.231 8.4.5, 8.5.6)."""

from __future__ import annotations

import click

from wflpy.cli.jobs.finding import Found, find, jobs_of, session_option
from wflpy.cli.jobs.refusals import Refusal, tell
from wflpy.cli.jobs.wording import state_of
from wflpy.cli.sessions.opening import Sessions, default_session
from wflpy.cli.wording import counted
from wflpy.drmaa2 import InvalidArgumentException, WflpyError
from wflpy.sessions import Job, JobSession, SessionManager


@click.command("reap")
@click.argument("jobs", metavar="[JOB...]", nargs=-1)
@click.option("--ended", is_flag=True, help="Every job of the session that has ended.")
@session_option
def command(jobs: tuple[str, ...], ended: bool, session: str | None) -> int:
    """Remove what is kept of jobs that have ended; their ids are unknown afterwards.

    JOB is the id of a job or of an array; of an array, those jobs are meant that have ended. The files that jobs wrote
    stay.

    \b
    Examples:
      wflpy job reap 7 8
      wflpy job reap --ended -s nightly
    """
    if ended == bool(jobs):
        raise click.UsageError("give the ids of jobs, or --ended for all that have ended")
    with SessionManager() as manager:
        if ended:
            return _reap_ended(manager.open_job_session(session or default_session(None)))
        found, refusals = find(jobs, Sessions(manager, session))
        for one in found:
            try:
                click.echo(_reaped(one))
            except WflpyError as refusal:
                refusals.append(Refusal.of(refusal))
        return tell(refusals)


def _reaped(found: Found) -> str:
    before = len(found.jobs)
    found.thing.reap()
    if isinstance(found.thing, Job):
        return f"{found.ref} reaped"
    left = len(found.jobs)
    return f"{found.ref} reaped: {counted(before - left, 'job')}" + (f"; {left:,} have not ended" if left else "")


def _reap_ended(session: JobSession) -> int:
    gone = [job_id for job_id, info in jobs_of(session).items() if state_of(info).is_terminated]
    refusals = session.reap_many(gone) if gone else {}
    # A job that somebody else reaped meanwhile is as gone as it should be.
    told = [refusal for refusal in refusals.values() if not isinstance(refusal, InvalidArgumentException)]
    click.echo(f"{counted(len(gone) - len(refusals), 'job')} reaped")
    return tell(map(Refusal.of, told))
