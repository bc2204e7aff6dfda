"""``wflpy job``: the commands about single jobs."""

from __future__ import annotations

from typing import Final

import click

from wflpy.cli.command_line import Commands, Entry

JOB_COMMANDS: Final[dict[str, Entry]] = {
    "run": Entry("jobs.run", "Submit a job, or an array of jobs."),
    "list": Entry("jobs.listing", "List the jobs of a session."),
    "show": Entry("jobs.show", "Show everything that is known about jobs."),
    "wait": Entry("jobs.wait", "Wait until jobs have ended, or have started."),
    "hold": Entry("jobs.control", "Keep jobs that are queued from being started.", "hold"),
    "release": Entry("jobs.control", "End the hold of jobs.", "release"),
    "suspend": Entry("jobs.control", "Stop jobs that are running for a while.", "suspend"),
    "resume": Entry("jobs.control", "Let jobs that are suspended go on.", "resume"),
    "terminate": Entry("jobs.control", "End jobs.", "terminate"),
    "reap": Entry("jobs.reap", "Remove what is kept of jobs that have ended."),
}
"""The commands in the order in which help lists them."""


@click.command("job", cls=Commands, entries=JOB_COMMANDS)
def command() -> None:
    """Submit single jobs, look at them and control them.

    A job belongs to a session and is found again by its id, from any shell of this user. JOB is the id of a job or of
    an array; what is done to an array is done to its jobs.

    \b
    Examples:
      wflpy job run -- sleep 60
      wflpy job list
      wflpy job wait 1
    """
