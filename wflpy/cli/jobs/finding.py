"""From the ids on a command line to jobs and arrays of sessions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from wflpy.cli.jobs.refusals import Refusal
from wflpy.drmaa2 import InvalidArgumentException
from wflpy.sessions import Job, JobArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wflpy.cli.sessions.opening import Sessions
    from wflpy.drmaa2 import JobInfo
    from wflpy.sessions import JobSession

jobs_argument = click.argument("jobs", metavar="JOB...", nargs=-1, required=True)
session_option = click.option(
    "--session", "-s", metavar="NAME", help="Session of the jobs; all are looked through if none is given."
)


class Found:
    """What an id on the command line means.

    Attributes:
        ref: the id.
        session: whose it is.
        thing: the job or the array.
    """

    def __init__(self, ref: str, session: JobSession, thing: Job | JobArray) -> None:
        self.ref = ref
        self.session = session
        self.thing = thing

    @property
    def jobs(self) -> list[Job]:
        """The job, or the jobs of the array."""
        return self.thing.jobs if isinstance(self.thing, JobArray) else [self.thing]


def find(refs: Sequence[str], sessions: Sessions) -> tuple[list[Found], list[Refusal]]:
    """What the ids mean, each once, and why not, for those that mean nothing or too much."""
    found: list[Found] = []
    refusals: list[Refusal] = []
    for ref in dict.fromkeys(refs):
        asked = sessions.ask(partial(_in_session, ref))
        places = [place for _, place in asked if place is not None]
        if len(places) == 1:
            found.append(places[0])
        elif places:
            refusals.append(_ambiguous(ref, places))
        else:
            refusals.extend(_unknown(ref, sessions))
    return found, refusals


def jobs_of(session: JobSession) -> dict[str, JobInfo]:
    """Snapshots of all jobs of a session, oldest first."""
    return known_infos(session, [job.job_id for job in session.get_jobs()])


def known_infos(session: JobSession, job_ids: Sequence[str]) -> dict[str, JobInfo]:
    """Snapshots of those of these jobs that are still there: other shells may reap jobs meanwhile."""
    try:
        return session.infos(job_ids)
    except InvalidArgumentException:
        found: dict[str, JobInfo] = {}
    for job_id in job_ids:
        try:
            found.update(session.infos((job_id,)))
        except InvalidArgumentException:
            continue
    return found


def _in_session(ref: str, session: JobSession) -> Found | None:
    for find_one in (session.get_job, session.get_job_array):
        try:
            return Found(ref, session, find_one(ref))
        except InvalidArgumentException:
            continue
    return None


def _ambiguous(ref: str, places: Sequence[Found]) -> Refusal:
    names = ", ".join(place.session.session_name for place in places)
    return Refusal(f"{ref} is a job of several sessions, {names}: say with -s which one is meant")


def _unknown(ref: str, sessions: Sessions) -> Iterator[Refusal]:
    if sessions.only is not None:
        yield Refusal(f"session {sessions.only} has no job and no array {ref}, or it was reaped")
    elif not sessions.unreachable:
        yield Refusal(
            f"no session has a job or an array {ref}, or it was reaped; 'wflpy job list --all' lists all jobs"
        )
    for name, failure in sessions.unreachable.items():
        yield Refusal.of(failure, f"whether session {name} has a job {ref} cannot be told: ")
