"""A run as lines of text: one when a task has ended, one for each further attempt and each note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from wflpy.cli.terminal import one_line
from wflpy.cli.wording import STYLES, clock_text, duration_text, mark
from wflpy.dag.events import EventKind, RunEvent
from wflpy.dag.states import ENDED, TaskState

if TYPE_CHECKING:
    from wflpy.cli.terminal import Terminal


class Lines:
    """Writes a line whenever something has come to an end."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._began: dict[str, float] = {}
        self._broken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        return

    def on_event(self, event: RunEvent) -> None:
        """Write what the event is worth."""
        if event.kind is EventKind.TASK and event.state is TaskState.RUNNING:
            self._began[event.node] = event.time
            return
        line = self._line(event)
        if line and not self._broken:
            try:
                self._terminal.say(line)
            except BrokenPipeError:
                self._broken = True  # nobody reads any more; the run goes on

    def _line(self, event: RunEvent) -> str:
        if event.kind is EventKind.TASK and event.state is not None and event.state in ENDED:
            return self._end(event, event.state)
        if event.kind is EventKind.RETRY:
            self._began.pop(event.node, None)
        return aside(event)

    def _end(self, event: RunEvent, state: TaskState) -> str:
        began = self._began.pop(event.node, None)
        if state is TaskState.SKIPPED and is_handler(event.group):
            return ""  # what it handles did not happen: no news
        took = "" if began is None else duration_text(event.time - began)
        sign = self._terminal.paint(mark(state, unicode=self._terminal.unicode), STYLES.get(state))
        said = [f"{clock_text(event.time)}  {sign} {one_line(event.node)}", took]
        if state not in {TaskState.DONE, TaskState.CACHED}:
            said.append(
                f"{state.value.lower()}: {one_line(event.reason or '')}" if event.reason else state.value.lower()
            )
        return "  ".join(part for part in said if part)


def aside(event: RunEvent) -> str:
    """What is told beside the course of events: a note, a failed attempt; else nothing."""
    if event.kind is EventKind.NOTE:
        return f"{clock_text(event.time)}  note: {one_line(event.reason or '')}"
    if event.kind is EventKind.RETRY:
        when = f"again in {duration_text(event.delay)}" if event.delay else "again at once"
        said = f"{event.node}: attempt {event.attempt} failed: {event.reason}; {when}"
        return f"{clock_text(event.time)}  {one_line(said)}"
    return ""


def is_handler(group: str) -> bool:
    """Whether a group is a handler: those of tasks have a dot, which no task may have; those of flows fixed names."""
    return "." in group or group in {"on_error", "on_success", "finally"}
