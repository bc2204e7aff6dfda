"""The command line as a whole: which commands there are, and what becomes of what they raise."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from wflpy import __version__
from wflpy.cli.failures import ExitStatus, exit_status_of
from wflpy.cli.terminal import harmless, open_closed_streams, write_anything
from wflpy.dag.errors import WorkflowError
from wflpy.drmaa2 import WflpyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Entry(NamedTuple):
    """Where a command lives, and the line that the help of its group shows without loading it."""

    module: str
    summary: str
    function: str = "command"


COMMANDS: Final[dict[str, Entry]] = {
    "run": Entry("run", "Run a workflow file."),
    "validate": Entry("validate", "Check workflow files and say everything that is wrong."),
    "graph": Entry("graph", "Draw the tasks of a workflow file and what they wait for."),
    "runs": Entry("runs", "List the runs that are kept."),
    "show": Entry("show", "Show the tasks of one run."),
    "logs": Entry("logs", "Print what the tasks of a run wrote."),
    "job": Entry("jobs.group", "Submit single jobs, look at them and control them."),
    "session": Entry("sessions.group", "List, create and destroy the sessions that jobs belong to."),
    "trackers": Entry("trackers", "List the backends, what each can do and what is missing."),
    "bench": Entry("bench", "Measure wflpy on this machine."),
}
"""The commands in the order in which help lists them."""


class Commands(click.Group):
    """A group that imports a command when it is used, so that each starts as fast as it can.

    Args:
        entries: its commands in the order in which help lists them.
        settings: of `click.Group`.
    """

    def __init__(self, *, entries: Mapping[str, Entry], **settings: Any) -> None:
        super().__init__(**settings)
        self.entries: Final = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        command: object = getattr(import_module(f"wflpy.cli.{entry.module}"), entry.function)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from wflpy.drmaa2.suggestion import did_you_mean

        if args and args[0] not in self.entries and not args[0].startswith("-"):
            raise click.UsageError(f"there is no command '{args[0]}'{did_you_mean(args[0], self.entries)}", ctx)
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands, entries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="wflpy", message="%(prog)s %(version)s")
def wflpy() -> None:
    """Write a workflow once, run it anywhere.

    \b
    Example:
      wflpy run workflows/quickstart.yaml
    """


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command line; a mistake of its user is told in one message, never as a traceback."""
    open_closed_streams()
    write_anything()
    try:
        status: object = wflpy.main(args=list(arguments), prog_name="wflpy", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as refusal:
        refusal.show()
        return refusal.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.DONE
    except Exception as failure:
        if os.environ.get("WFLPY_DEBUG"):
            raise
        return _told(failure)
    return status if isinstance(status, int) else ExitStatus.DONE


def _told(failure: Exception) -> ExitStatus:
    """Tell what happened: in a sentence where it has one, with a traceback where the fault is ours."""
    known = exit_status_of(failure)
    if known is None:
        traceback.print_exception(failure)
        click.echo("wflpy: this is a fault of wflpy itself; please report it with the lines above", err=True)
        return ExitStatus.BACKEND
    click.echo(harmless(_text_of(failure)), err=True)
    return known


def _text_of(failure: Exception) -> str:
    # What is wrong with a file begins with its name, line and column, where editors look for them.
    if isinstance(failure, WorkflowError):
        return str(failure)
    if isinstance(failure, OSError) and not isinstance(failure, WflpyError) and failure.filename is not None:
        return f"wflpy: {failure.filename}: {failure.strerror}"
    return f"wflpy: {failure}"
