"""``wflpy show``: the tasks of one run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import click

from wflpy.cli.documents import allowed_failures, result_document
from wflpy.cli.inputs import json_option, run_argument
from wflpy.cli.terminal import Terminal, one_line, stdout_terminal
from wflpy.cli.wording import STYLES, clock_text, columns, counts_text, mark, moment_text, span_text
from wflpy.dag.outcomes import GroupOutcome, Outcome, RunResult, TaskOutcome
from wflpy.dag.states import ENDED, SUCCEEDED, RunState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.dag.runs import RunSummary

MEMBERS: Final = 20
"""Groups with more members show only those that did not succeed."""

_TOLD_AT_ONCE: Final = frozenset((TaskState.WAITING, TaskState.SKIPPED))
"""States in which the members of a group have nothing to tell that the group has not told."""


@click.command("show")
@run_argument
@click.option("--all", "everything", is_flag=True, help="Every member of every group.")
@json_option
def command(run: str, everything: bool, as_json: bool) -> None:
    """Show the tasks of one run: their states, attempts, times, and why they failed.

    RUN is an id, a name given with --name, or the name of a flow; a name means its latest run.

    \b
    Examples:
      wflpy show quickstart
      wflpy show quickstart --json | jq '.tasks[] | select(.state == "FAILED")'
    """
    from wflpy.dag.runs import open_run
    from wflpy.store import home

    record = open_run(home(), run)
    result = record.result()
    if as_json:
        known = {"status": record.summary.status, "known": last_known(record.summary)}
        click.echo(json.dumps({**result_document(result), **known}, indent=2, default=str))
        return
    terminal = stdout_terminal()
    for line in _about(result, record.summary):
        click.echo(one_line(line))
    click.echo()
    for line in _table(result, terminal, everything=everything, live=record.summary.is_live):
        click.echo(line)


def last_known(summary: RunSummary) -> float:
    """When something was last written down of a run, in seconds since the epoch."""
    return (summary.directory / "journal.jsonl").stat().st_mtime


def _about(result: RunResult, summary: RunSummary) -> Iterator[str]:
    because = f": {result.reason}" if result.reason else ""
    owner = f" (process {summary.owner.pid} on {summary.owner.host})" if summary.owner and summary.is_live else ""
    yield f"run      {result.run_id}{'' if summary.name == result.run_id else f', {summary.name}'}"
    yield f"state    {summary.status}{owner}{because}"
    if summary.state is RunState.RUNNING and not summary.is_live:
        known = clock_text(last_known(summary))
        yield f"known    until {known}; its jobs may have gone on since"
    yield f"started  {moment_text(summary.created)}"
    took = (
        span_text(result.started or summary.created, summary.finished)
        if summary.finished is not None or summary.is_live
        else ""
    )
    if took:
        yield f"took     {took}"
    yield f"tasks    {counts_text(result.counts, allowed_failures(result))}"
    yield f"folder   {result.directory}"
    for note in result.notes:
        yield f"note     {note}"


def _table(result: RunResult, terminal: Terminal, *, everything: bool, live: bool) -> list[str]:
    shown = [entry for name in result.outcomes for entry in _entries(result.outcomes[name], everything=everything)]
    lines = columns(map(one_line, _row(entry, live=live)) for entry in shown)
    # Painted once the columns have their widths: colours are characters too.
    return [
        f"{terminal.paint(mark(entry.state, unicode=terminal.unicode), STYLES.get(entry.state))} {line}"
        for entry, line in zip(shown, lines, strict=True)
    ]


def _entries(outcome: Outcome, *, everything: bool) -> Iterator[Outcome]:
    """A task; a group and those of its members that are worth a line; handlers that ran."""
    if isinstance(outcome, GroupOutcome):
        if outcome.members[0].handler and not any(member.attempts for member in outcome.members):
            return
        yield outcome
        alike = outcome.state in _TOLD_AT_ONCE and len(outcome.counts) == 1
        few = len(outcome.members) <= MEMBERS and not alike
        hidden = SUCCEEDED | _TOLD_AT_ONCE if alike else SUCCEEDED
        yield from (member for member in outcome.members if everything or few or member.state not in hidden)
    elif not (outcome.handler and not outcome.attempts):
        yield outcome


def _row(outcome: Outcome, *, live: bool) -> tuple[str, ...]:
    state = str(outcome.state).lower()
    if not live and outcome.state not in ENDED | {TaskState.WAITING}:
        state = f"was {state}"  # when it was last looked at
    if isinstance(outcome, GroupOutcome):
        because = f": {outcome.reason}" if outcome.reason and outcome.state in _TOLD_AT_ONCE else ""
        return (
            outcome.name,
            state,
            "",
            f"{counts_text(outcome.counts, sum(member.allowed for member in outcome.members))}{because}",
        )
    return (
        f"  {outcome.name}" if "[" in outcome.name else outcome.name,
        state,
        span_text(outcome.started, outcome.finished)
        if outcome.ended or (live and outcome.state is TaskState.RUNNING)
        else "",
        _remarks(outcome),
    )


def _remarks(task: TaskOutcome) -> str:
    said = [f"attempt {task.attempts}"] if task.attempts > 1 else []
    if task.recovered:
        said.append("recovered")
    if task.allowed:
        said.append("allowed to fail")
    return ", ".join(said + ([task.reason] if task.reason else []))
