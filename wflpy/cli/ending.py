"""The last lines of a run: what it made, or what went wrong, and where to look further."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wflpy.cli.documents import allowed_failures, nodes_of
from wflpy.cli.terminal import Terminal, harmless, one_line
from wflpy.cli.wording import STYLES, counted, counts_text, indented, mark, span_text
from wflpy.dag.outcomes import RunResult, TaskOutcome, read_tail
from wflpy.dag.spec import FileOutput
from wflpy.dag.states import RunState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.dag.plan import Plan

LAST_TASKS: Final = 5
"""Most tasks at the end of a flow whose results are shown."""
PRINTED: Final = 20
"""Most lines a task may have printed to be shown in full."""
TAIL: Final = 10
"""Lines of standard error that are shown of the task that failed."""
VALUE: Final = 200
"""Most characters of a value."""
_SMALL: Final = 16_384
"""Bytes of a log that is read in full."""


def success_text(result: RunResult, plan: Plan, terminal: Terminal) -> str:
    """What a good run has made, and where everything is."""
    made = list(_made(result, plan, terminal))
    where = f"logs: {result.directory / 'logs'}"
    return "\n".join([*made, _totals(result, terminal), where, f"more: wflpy show {result.run_id}"])


def failure_text(result: RunResult, terminal: Terminal) -> str:
    """Why a run is not done: the first task that failed with the end of its log, and what to do to see more."""
    return "\n".join(_failure(result, terminal))


# -- done --------------------------------------------------------------------------------------------


def _made(result: RunResult, plan: Plan, terminal: Terminal) -> Iterator[str]:
    last = [
        (group.name, task)
        for number, group in enumerate(plan.groups)
        if group.handler is None and not _led_on(result, plan, number)
        for task in nodes_of(result.outcomes[group.name])
        if task.ok
    ]
    shown = 0
    for place, (name, task) in enumerate(last):
        said = [*_values(task, _files(plan, name)), *_printed(task)]
        if said and shown == LAST_TASKS:
            yield f"and {counted(len(last) - place, 'more task')} at the end of the flow"
            return
        if said:
            shown += 1
            yield terminal.paint(one_line(task.name), "bold")
            yield from said


def _led_on(result: RunResult, plan: Plan, number: int) -> bool:
    """Whether something that waited for a task has run and made something of its own."""
    return any(result.outcomes[plan.groups[link.target].name].ok for link in plan.successors[number])


def _files(plan: Plan, name: str) -> set[str]:
    """The outputs of a task that are files."""
    number = plan.group_number(name)
    declared = {} if number is None else plan.groups[number].spec.outputs
    return {output for output, source in declared.items() if isinstance(source, FileOutput)}


def _values(task: TaskOutcome, files: set[str]) -> Iterator[str]:
    for name, value in task.outputs.items():
        yield f"  {name}: {shown_path(Path(str(value)))}" if name in files else f"  {name} = {_short(value)}"
    if task.value is not None:
        yield f"  value = {_short(task.value)}"


def _printed(task: TaskOutcome) -> Iterator[str]:
    if task.stdout is None:
        return
    size = _size(task.stdout)
    text = harmless(read_tail(task.stdout, PRINTED + 1)).strip("\n") if size <= _SMALL else ""
    if text and text.count("\n") < PRINTED:
        yield indented(text, "  ")
    elif size:
        yield f"  printed {counted(size, 'byte')}: {shown_path(task.stdout)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return one_line(text if len(text) <= VALUE else f"{text[: VALUE - 3]}...")


# -- not done ----------------------------------------------------------------------------------------


def _failure(result: RunResult, terminal: Terminal) -> Iterator[str]:
    task = result.first_failure
    if task is not None:
        yield from _task_failure(task, terminal)
        yield from _handlers(result, task)
    yield _totals(result, terminal)
    if result.reason and (task is None or result.state is RunState.DETACHED):
        yield f"  {one_line(result.reason)}"
    if result.state is RunState.DETACHED and result.counts.get(TaskState.WAITING):
        yield f"  {counted(result.counts[TaskState.WAITING], 'task')} that waited will not be started"
    ran = task is not None and task.attempts > 0
    if task is not None and ran:
        yield f"see: wflpy logs {result.run_id} {shlex.quote(task.name)}"
    yield f"{'    ' if ran else 'see:'} wflpy show {result.run_id}"


def _task_failure(task: TaskOutcome, terminal: Terminal) -> Iterator[str]:
    took = f"after {span_text(task.started, task.finished)}" if task.started and task.finished else ""
    tried = f"attempt {task.attempts}" if task.attempts > 1 else ""
    how = ", ".join(part for part in (took, tried) if part)
    text = f"task '{task.name}' {'was lost' if task.state is TaskState.LOST else 'failed'}: {task.reason}"
    yield f"{_sign(task.state, terminal)} {terminal.paint(one_line(text), 'bold')}{f' ({how})' if how else ''}"
    written = [path for path in (task.stderr, task.stdout) if path is not None and _size(path)]
    if written:
        yield f"  the end of its {'stderr' if written[0] == task.stderr else 'stdout'}:"
        yield indented(harmless(read_tail(written[0], TAIL)).rstrip())
        yield from (f"  log: {path}" for path in written)
    elif task.started is not None:
        yield "  it wrote nothing to stdout or stderr"


def _handlers(result: RunResult, task: TaskOutcome) -> Iterator[str]:
    """The handlers that ran: of this task, and of the flow."""
    for name, outcome in result.outcomes.items():
        mine = name.startswith(f"{task.group}.") or "." not in name
        for handler in nodes_of(outcome) if mine else ():
            if handler.handler and handler.attempts and _watches(handler, task):
                because = f": {handler.reason}" if handler.reason else ""
                yield one_line(f"  handler {handler.name}: {str(handler.state).lower()}{because}")


def _watches(handler: TaskOutcome, task: TaskOutcome) -> bool:
    """Whether a handler is the flow's, the task's or the group's, and not another member's."""
    return "[" not in handler.name or handler.name.startswith(f"{task.name}.")


def _totals(result: RunResult, terminal: Terminal) -> str:
    """How everything came out, in one line."""
    state = TaskState.DONE if result.ok else TaskState.FAILED if result.first_failure else TaskState.CANCELLED
    took = span_text(result.started, result.finished)
    counts = counts_text(result.counts, allowed_failures(result))
    return f"{_sign(state, terminal)} {result.flow}: {counts}{f' in {took}' if took else ''}"


def _sign(state: TaskState, terminal: Terminal) -> str:
    return terminal.paint(mark(state, unicode=terminal.unicode), STYLES.get(state))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # nothing was written
        return 0


def shown_path(path: Path) -> str:
    """The path as short as it can be said from the current folder."""
    try:
        return os.fspath(path.relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(path)
