"""``wflpy session list``: which sessions there are."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import click

from wflpy.cli.inputs import json_option
from wflpy.cli.jobs.finding import jobs_of
from wflpy.cli.jobs.refusals import Refusal, tell
from wflpy.cli.jobs.wording import counts_text, state_of
from wflpy.cli.sessions.opening import Sessions
from wflpy.cli.wording import columns, moment_text
from wflpy.sessions import SessionManager
from wflpy.store import SessionKind, Store

if TYPE_CHECKING:
    from wflpy.drmaa2 import JobState
    from wflpy.store import SessionRecord


class _Listed(NamedTuple):
    record: SessionRecord
    states: list[JobState] | None
    """The states of its jobs; None where its backend could not be asked."""


@click.command("list")
@json_option
def command(as_json: bool) -> int:
    """List the sessions, oldest first, with their backends and how many jobs each has.

    A run of a workflow that goes on has a session of its own.

    \b
    Example:
      wflpy session list
    """
    store = Store.open()
    try:
        records = store.sessions(SessionKind.JOB)
    finally:
        store.close()
    with SessionManager() as manager:
        sessions = Sessions(manager)
        states = {
            session.session_name: [state_of(info) for info in infos.values()]
            for session, infos in sessions.ask(jobs_of)
        }
    listed = [_Listed(record, states.get(record.name)) for record in records]
    if as_json:
        click.echo(json.dumps([_document(one) for one in listed], indent=2))
    elif listed:
        for line in columns([("session", "backend", "created", "jobs"), *map(_row, listed)]):
            click.echo(line)
    else:
        click.echo("there are no sessions; 'wflpy job run' makes one", err=True)
    return tell(Refusal.of(failure, f"session {name}: ") for name, failure in sessions.unreachable.items())


def _row(listed: _Listed) -> tuple[str, ...]:
    record, states = listed
    jobs = "unknown" if states is None else counts_text(states)
    return record.name, record.contact or record.tracker, moment_text(record.created), jobs


def _document(listed: _Listed) -> dict[str, object]:
    record, states = listed
    return {
        "session": record.name,
        "tracker": record.tracker,
        "contact": record.contact,
        "host": record.host,
        "created": record.created,
        "jobs": None if states is None else {state.name: count for state, count in sorted(Counter(states).items())},
    }
