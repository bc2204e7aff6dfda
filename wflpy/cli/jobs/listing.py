"""``wflpy job list``: the jobs of a session, or of all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import click

from wflpy.cli.inputs import json_option
from wflpy.cli.jobs.finding import jobs_of
from wflpy.cli.jobs.refusals import Refusal, tell
from wflpy.cli.jobs.values import read_states
from wflpy.cli.jobs.wording import (
    STYLES,
    info_document,
    session_document,
    state_of,
    state_text,
    submitted_text,
    took_text,
    why_text,
)
from wflpy.cli.sessions.opening import Sessions, default_session
from wflpy.cli.terminal import harmless, stdout_terminal
from wflpy.cli.wording import columns
from wflpy.sessions import SessionManager

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.drmaa2 import JobInfo, JobState
    from wflpy.sessions import JobSession


class _Listed(NamedTuple):
    session: JobSession
    job_id: str
    info: JobInfo


@click.command("list")
@click.option("--session", "-s", metavar="NAME", help="The session; 'default' if not given.")
@click.option("--all", "everything", is_flag=True, help="The jobs of all sessions.")
@click.option("--state", "states", metavar="STATE,...", callback=read_states, help="Only jobs in one of these states.")
@json_option
def command(session: str | None, everything: bool, states: frozenset[JobState] | None, as_json: bool) -> int:
    """List the jobs of a session, oldest first.

    \b
    Examples:
      wflpy job list
      wflpy job list --all --state RUNNING,QUEUED
      wflpy job list -s nightly --json | jq -r '.[] | select(.state == "FAILED") | .job'
    """
    if session and everything:
        raise click.UsageError("--all means every session: leave out --session, or --all")
    with SessionManager() as manager:
        name = session or default_session(None)
        others = [other for other in manager.get_job_session_names() if other != name]
        is_there = session is not None or everything or name in manager.get_job_session_names()
        sessions = Sessions(manager, None if everything else name)
        listed = list(_listed(sessions, states)) if is_there else []
        if as_json:
            click.echo(json.dumps([_document(one) for one in listed], indent=2))
        else:
            _print(listed, with_session=everything)
        if not listed:
            _tell_none(None if everything else name, others, states)
        return tell(Refusal.of(failure, f"session {name}: ") for name, failure in sessions.unreachable.items())


def _listed(sessions: Sessions, states: frozenset[JobState] | None) -> Iterator[_Listed]:
    for session, infos in sessions.ask(jobs_of):
        for job_id, info in infos.items():
            if states is None or state_of(info) in states:
                yield _Listed(session, job_id, info)


def _document(listed: _Listed) -> dict[str, object]:
    return {**session_document(listed.session), "job": listed.job_id, **info_document(listed.info)}


def _print(listed: list[_Listed], *, with_session: bool) -> None:
    if not listed:
        return
    rows = [("job", "state", "submitted", "took", *(["session"] if with_session else []), "name", "why")]
    for session, job_id, info in listed:
        where = [session.session_name] if with_session else []
        name = harmless(info.job_name or "").replace("\n", " ")
        rows.append(
            (job_id, state_text(state_of(info)), submitted_text(info), took_text(info), *where, name, why_text(info))
        )
    terminal = stdout_terminal()
    heading, *lines = columns(_without_empty_columns(rows))
    terminal.say(heading)
    for line, one in zip(lines, listed, strict=True):
        terminal.say(terminal.paint(line, STYLES.get(state_of(one.info))))


def _without_empty_columns(rows: list[tuple[str, ...]]) -> list[list[str]]:
    """The rows without the columns in which no job has anything."""
    used = [place for place in range(len(rows[0])) if any(row[place] for row in rows[1:])]
    return [[row[place] for place in used] for row in rows]


def _tell_none(name: str | None, others: list[str], states: frozenset[JobState] | None) -> None:
    where = "no session" if name is None else f"session {name}"
    text = f"{where} has " + ("a job" if name is None else "no job")
    if states:
        text += f" that is {' or '.join(state_text(state) for state in sorted(states))}"
    if name is not None and others:
        text += f"; there are other sessions, 'wflpy job list --all' lists their jobs too: {', '.join(others[:5])}"
    click.echo(text, err=True)
