"""How times, states and counts are written for people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wflpy.dag.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARKS: Final[dict[TaskState, tuple[str, str]]] = {
    TaskState.WAITING: (".", "·"),
    TaskState.QUEUED: (".", "·"),
    TaskState.HELD: ("=", "="),
    TaskState.RUNNING: (">", "▸"),
    TaskState.SUSPENDED: ("=", "="),
    TaskState.DONE: ("+", "✓"),
    TaskState.FAILED: ("!", "✗"),
    TaskState.SKIPPED: ("-", "-"),
    TaskState.CANCELLED: ("x", "x"),
    TaskState.LOST: ("?", "?"),
    TaskState.CACHED: ("+", "✓"),
}
"""One character for each state: in ASCII, and where there is more."""

STYLES: Final[dict[TaskState, str]] = {
    TaskState.RUNNING: "cyan",
    TaskState.DONE: "green",
    TaskState.CACHED: "green",
    TaskState.FAILED: "red",
    TaskState.LOST: "red",
    TaskState.CANCELLED: "yellow",
    TaskState.SKIPPED: "yellow",
    TaskState.SUSPENDED: "yellow",
    TaskState.HELD: "yellow",
}
"""Colours, where there are any."""


def mark(state: TaskState, *, unicode: bool) -> str:
    """The character for a state."""
    return MARKS[state][unicode]


def duration_text(seconds: float) -> str:
    """``0.34 s``, ``12.0 s``, ``3 min 05 s``, ``30 min``, ``2 h 10 min``."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"


def span_text(started: float | None, finished: float | None) -> str:
    """How long something took or has been going on; empty when it never started."""
    if started is None:
        return ""
    return duration_text(max(0.0, (finished if finished is not None else time.time()) - started))


def moment_text(seconds: float) -> str:
    """Local date and time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def clock_text(seconds: float) -> str:
    """Local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def counts_text(counts: Mapping[TaskState, int], allowed: int = 0) -> str:
    """``4 done, 1 failed, 2 skipped``; states that nothing is in are left out.

    ``allowed`` of those that failed were allowed to: ``3 failed (allowed)``, ``3 failed (1 allowed)``.
    """
    said = [f"{counts[state]:,} {state.value.lower()}" for state in TaskState if counts.get(state)]
    if allowed:
        failed = counts.get(TaskState.FAILED, 0)
        told = f"{failed:,} failed"
        note = "allowed" if allowed == failed else f"{allowed:,} allowed"
        said = [f"{text} ({note})" if text == told else text for text in said]
    return ", ".join(said) or "no tasks"


def counted(number: int, noun: str) -> str:
    """``1 task``, ``1,000 tasks``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def indented(text: str, by: str = "    ") -> str:
    """The text with every line moved to the right."""
    return "\n".join(by + line for line in text.splitlines())


def columns(rows: Iterable[Iterable[str]], gap: str = "  ") -> list[str]:
    """Rows of cells as lines, every column as wide as its widest cell; nothing follows the last cell of a line."""
    cells = [list(row) for row in rows]
    count = max((len(row) for row in cells), default=0)
    widths = [max((len(row[place]) for row in cells if place < len(row)), default=0) for place in range(count)]
    return [gap.join(map(str.ljust, row, widths)).rstrip() for row in cells]
