"""``wflpy session``: the commands about sessions."""

from __future__ import annotations

from typing import Final

import click

from wflpy.cli.command_line import Commands, Entry

SESSION_COMMANDS: Final[dict[str, Entry]] = {
    "list": Entry("sessions.listing", "List the sessions and how many jobs each has."),
    "create": Entry("sessions.create", "Create a session."),
    "destroy": Entry("sessions.destroy", "Remove sessions; their jobs go on."),
}
"""The commands in the order in which help lists them."""


@click.command("session", cls=Commands, entries=SESSION_COMMANDS)
def command() -> None:
    """List, create and destroy the sessions that jobs belong to.

    A session is on one backend, is kept until it is destroyed, and is found by its name from any shell of this user.

    \b
    Examples:
      wflpy session list
      wflpy session destroy nightly
    """
