"""``wflpy logs``: what the tasks of a run wrote."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

import click

from wflpy.cli.documents import nodes_of
from wflpy.cli.inputs import run_argument
from wflpy.cli.terminal import one_line
from wflpy.cli.wording import counted
from wflpy.dag.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wflpy.dag.outcomes import TaskOutcome
    from wflpy.dag.runs import RunRecord

PAUSE: Final = 0.2
"""Seconds between two looks at files that may grow."""
_CHUNK: Final = 1 << 20
_LEFT: Final = frozenset({"owner gone", "detached"})


class Log(NamedTuple):
    """One file of output."""

    title: str
    path: Path


@click.command("logs")
@run_argument
@click.argument("task", metavar="[TASK]", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on printing what is added until the run has ended.")
@click.option("--stdout", "stream", flag_value="stdout", help="Standard output only.")
@click.option("--stderr", "stream", flag_value="stderr", help="Standard error only.")
@click.option("--attempt", type=click.IntRange(min=1), help="Of this attempt, not of the last one.")
def command(run: str, task: str | None, follow: bool, stream: str | None, attempt: int | None) -> None:
    """Print what the tasks of a run wrote, byte for byte: of one task, of all members of a group, or of all tasks.

    RUN is an id, a name given with --name, or the name of a flow; a name means its latest run. Where there is more
    than one file, each has its own heading.

    \b
    Examples:
      wflpy logs quickstart
      wflpy logs quickstart report --stdout
      wflpy logs quickstart 'fit[species=Adelie,trait=body_mass]' --attempt 1
    """
    from wflpy.dag.runs import open_run
    from wflpy.store import home

    folder = home()
    record = open_run(folder, run)
    out = sys.stdout.buffer
    if follow:
        follow_logs(lambda: open_run(folder, record.run_id), task, stream, attempt, out)
        if open_run(folder, record.run_id).summary.status in _LEFT:
            click.echo("nobody drives this run any more; its jobs may still write", err=True)
        return
    found = [log for log in logs_of(record, task, stream, attempt) if _size(log.path)]
    for place, log in enumerate(found):
        if len(found) > 1:
            _head(out, log, first=place == 0)
        _copy(log.path, 0, out)
    out.flush()
    if not found:
        click.echo(one_line(_nothing(record, task)), err=True)


def _nothing(record: RunRecord, task: str | None) -> str:
    """Why there is nothing to print."""
    if task is None:
        return f"run {record.run_id} wrote nothing"
    nodes = nodes_of(record[task])
    if any(node.attempts for node in nodes):
        return f"task {task!r} wrote nothing"
    state = str(nodes[0].state).lower()
    because = next((f": {node.reason}" for node in nodes if node.reason), "")
    return f"task {task!r} was {state}{because}" if nodes[0].ended else f"task {task!r} has not begun: it is {state}"


def logs_of(record: RunRecord, task: str | None, stream: str | None, attempt: int | None) -> list[Log]:
    """The log files asked for, there or not yet, in the order in which the tasks began.

    Raises:
        RunError: there is no such task or attempt.
    """
    if task is not None:
        nodes = list(nodes_of(record[task]))
    else:
        outcomes = record.result().outcomes
        nodes = sorted((node for name in outcomes for node in nodes_of(outcomes[name])), key=_beginning)
    found = [log for node in nodes for log in _files(record, node, stream, attempt)]
    if attempt is not None and not found and nodes:
        tried = counted(max(node.attempts for node in nodes), "attempt")
        raise RunError(f"{f'task {task!r}' if task else 'no task'} has no attempt {attempt}; it has {tried} at most")
    return found


def _beginning(task: TaskOutcome) -> float:
    return task.started or task.submitted or float("inf")


def _files(record: RunRecord, task: TaskOutcome, stream: str | None, attempt: int | None) -> Iterator[Log]:
    number = attempt or task.attempts
    paths = (task.stdout, task.stderr)
    if number != task.attempts:
        earlier = {one.number: (stdout, stderr) for one, stdout, stderr in record.attempts(task.name)}
        paths = earlier.get(number, (None, None))
    again = f" attempt {number}" if task.attempts > 1 else ""
    for name, path in zip(("stdout", "stderr"), paths, strict=True):
        if path is not None and stream in (None, name):
            yield Log(f"{task.name}{again} {name}", path)


def follow_logs(
    look: Callable[[], RunRecord],
    task: str | None,
    stream: str | None,
    attempt: int | None,
    out: BinaryIO,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Print what is there and what is added, until the run, or the task, has ended.

    ``look`` reads the run anew, ``pause`` waits for a number of seconds.
    """
    printed: dict[Path, int] = {}
    latest: Path | None = None
    while True:
        looked = time.monotonic()
        record = look()
        # Whether it has ended is asked before the files are read, so that their last lines are not missed.
        ended = _has_ended(record, task)
        for log in logs_of(record, task, stream, attempt):
            if _size(log.path) <= printed.get(log.path, 0):
                continue
            if log.path != latest and (task is None or latest is not None):
                _head(out, log, first=latest is None)
            latest = log.path
            printed[log.path] = _copy(log.path, printed.get(log.path, 0), out)
        out.flush()
        if ended:
            return
        # Looking at a large run takes its time: never more than a sixth of it.
        pause(max(PAUSE, 5 * (time.monotonic() - looked)))


def _has_ended(record: RunRecord, task: str | None) -> bool:
    if not record.summary.is_live:
        return True
    return task is not None and all(node.ended for node in nodes_of(record[task]))


def _head(out: BinaryIO, log: Log, *, first: bool) -> None:
    out.write(f"{'' if first else chr(10)}==> {log.title} <==\n".encode())


def _copy(path: Path, start: int, out: BinaryIO) -> int:
    """Write a file from ``start`` on; returns how far it was read."""
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(_CHUNK):
            out.write(chunk)
        return file.tell()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # nothing was written
        return 0
