"""``wflpy runs``: which runs are kept."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from wflpy.cli.documents import summary_document
from wflpy.cli.inputs import json_option
from wflpy.cli.terminal import one_line
from wflpy.cli.wording import columns, counts_text, moment_text, span_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.dag.runs import RunSummary


@click.command("runs")
@click.option(
    "-n", "count", type=click.IntRange(min=1), default=20, show_default=True, help="How many, the latest first."
)
@click.option("--all", "everything", is_flag=True, help="All of them.")
@json_option
def command(count: int, everything: bool, as_json: bool) -> None:
    """List the runs that are kept, the latest first.

    RUN in other commands is the id in the first column, a name given with --name, or the name of a flow; a name means
    its latest run.

    \b
    Example:
      wflpy runs -n 5
    """
    from wflpy.dag.runs import list_runs
    from wflpy.store import home

    folder = home()
    found = list_runs(folder)
    shown = found if everything else found[:count]
    if as_json:
        click.echo(json.dumps([summary_document(summary) for summary in shown], indent=2))
        return
    for line in columns(_rows(shown)):
        click.echo(line)
    if not found:
        click.echo(f"there are no runs in {folder / 'runs'}", err=True)
    elif len(shown) < len(found):
        click.echo(f"{len(found) - len(shown):,} older ones are left out; --all shows them", err=True)


def _rows(shown: list[RunSummary]) -> Iterator[tuple[str, ...]]:
    named = any(summary.name != summary.run_id for summary in shown)
    if shown:
        yield _row("run", "name" if named else None, "state", "started", "took", "tasks")
    for summary in shown:
        name = "" if summary.name == summary.run_id else summary.name
        until = summary.finished if summary.finished is not None else (time.time() if summary.is_live else None)
        took = "" if until is None else span_text(summary.created, until)
        counts = counts_text(summary.counts) if summary.counts else ""
        started = moment_text(summary.created)
        yield _row(summary.run_id, name if named else None, summary.status, started, took, counts)


def _row(*cells: str | None) -> tuple[str, ...]:
    return tuple(one_line(cell) for cell in cells if cell is not None)
