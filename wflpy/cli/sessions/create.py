"""``wflpy session create``: a session for jobs to come."""

from __future__ import annotations

import click

from wflpy.cli.inputs import pairs
from wflpy.cli.sessions.opening import backend_option, checked_name, manager_for, options_option
from wflpy.drmaa2 import InvalidArgumentException


@click.command("create")
@click.argument("name", metavar="NAME")
@backend_option
@options_option
def command(name: str, backend: str | None, options: tuple[str, ...]) -> None:
    """Create a session on a backend; the options are kept with it.

    'wflpy job run -s NAME' creates one too when there is none.

    \b
    Example:
      wflpy session create nightly --backend process
    """
    with manager_for(backend, pairs(options, "-o")) as manager:
        try:
            session = manager.create_job_session(checked_name(name))
        except InvalidArgumentException as refusal:
            if refusal.attributes != ("sessionName",):
                raise
            text = f"there is a session {name} already; 'wflpy session list' lists all"
            raise InvalidArgumentException(text, attributes=refusal.attributes) from refusal
        click.echo(f"{session.session_name} on {session.contact}")
