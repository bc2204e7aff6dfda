"""One picture of a run: what a live display shows at one moment, as plain data of a bounded size."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.cli.terminal import one_line
from wflpy.cli.wording import STYLES, duration_text, mark
from wflpy.dag.states import BROKEN, ENDED, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wflpy.cli.progress.tally import GroupTally, Tally

BAR: Final = 24
"""Cells of the bar of the whole run."""
MEMBERS: Final = 3
"""Most running members that are named in the line of a group."""
RECENT: Final = 5
"""Most groups that are shown because they have just ended, where not all can be shown."""
NAMES: Final = 40
"""Most cells that the column of names takes."""


class Piece(NamedTuple):
    """Some text in one style."""

    text: str
    style: str = ""


Line = list[Piece]


class Shape(NamedTuple):
    """What there is to draw on."""

    width: int
    height: int
    unicode: bool


def frame(tally: Tally, title: str, now: float, shape: Shape) -> list[Line]:
    """At most ``shape.height`` lines: the groups that matter most, then the run as a whole."""
    with tally.lock:
        room = max(1, shape.height - 2)
        shown = _choice(tally, room)
        names = min(NAMES, max((len(group.name) for group in shown), default=0))
        lines = [_group_line(group, tally, names, now, shape) for group in shown]
        if shown and len(tally.groups) > room and shape.height > 2:
            lines.append([Piece(f"and {len(tally.groups) - len(shown):,} more", "dim")])
        lines.append(_run_line(tally, title, now, shape))
    return [_cut(line, shape) for line in lines]


# -- which groups ------------------------------------------------------------------------------------


def _choice(tally: Tally, room: int) -> list[GroupTally]:
    """The groups to show, in their order: all, if there is room, else what failed, what goes on, what ended last."""
    if len(tally.groups) <= room:
        return [group for group in tally.groups.values() if _worth_showing(group)]
    latest = islice(reversed(tally.recent), RECENT) if tally.finished < tally.total else ()
    chosen: dict[str, GroupTally] = {}
    for group in chain(islice(tally.failed.values(), max(1, room // 2)), tally.active.values(), latest):
        if len(chosen) == room:
            break
        if _worth_showing(group):
            chosen.setdefault(group.name, group)
    return list(chosen.values())


def _worth_showing(group: GroupTally) -> bool:
    """Handlers that did not run, because what they handle did not happen, are no news."""
    return not group.handler or group.state not in {TaskState.WAITING, TaskState.SKIPPED}


# -- lines -------------------------------------------------------------------------------------------


def _group_line(group: GroupTally, tally: Tally, names: int, now: float, shape: Shape) -> Line:
    state = group.state
    style = STYLES.get(state, "dim")
    line = [Piece(f"{mark(state, unicode=shape.unicode)} ", style), Piece(group.name.ljust(names), _name_style(state))]
    if group.size > 1:
        line.append(Piece(f"  {group.finished:,}/{group.size:,}", "dim" if state is TaskState.WAITING else ""))
    if group.started is not None:
        line.append(Piece(f"  {duration_text((group.ended or now) - group.started)}", "dim"))
    line += [Piece(f"  {text}", style) for text in _remarks(group, tally, state)]
    return line


def _name_style(state: TaskState) -> str:
    return "dim" if state in {TaskState.WAITING, TaskState.QUEUED, TaskState.SKIPPED} else ""


def _remarks(group: GroupTally, tally: Tally, state: TaskState) -> Iterable[str]:
    if group.size > 1 and group.broken:
        yield f"{group.broken:,} failed"
    if group.size > 1 and group.counts[TaskState.RUNNING]:
        yield f"{group.counts[TaskState.RUNNING]:,} running" + _running_members(group, tally)
    if group.reason and (state in BROKEN or state in ENDED or state is TaskState.WAITING):
        member = group.culprit.removeprefix(group.name) if group.size > 1 and group.broken else ""
        yield f"{member} {group.reason}".strip()
    elif state in {TaskState.QUEUED, TaskState.HELD, TaskState.SUSPENDED}:
        yield state.value.lower()


def _running_members(group: GroupTally, tally: Tally) -> str:
    """Which members run, where they are few."""
    if group.counts[TaskState.RUNNING] > MEMBERS or len(tally.running) > 10 * MEMBERS:
        return ""
    start = f"{group.name}["
    return ": " + " ".join(name[len(start) - 1 :] for name in tally.running if name.startswith(start))


def _run_line(tally: Tally, title: str, now: float, shape: Shape) -> Line:
    full, rest = ("━", "─") if shape.unicode else ("#", "-")
    done = BAR * tally.finished // tally.total if tally.total else BAR
    broken = any(tally.counts[state] for state in BROKEN)
    line = [
        Piece(f"{title}  "),
        Piece(full * done, "red" if broken else "green"),
        Piece(rest * (BAR - done), "dim"),
        Piece(f"  {tally.finished:,}/{tally.total:,}"),
    ]
    line += [
        Piece(f"  {tally.counts[state]:,} {state.value.lower()}", STYLES.get(state, "dim"))
        for state in (TaskState.RUNNING, TaskState.QUEUED, TaskState.FAILED, TaskState.LOST, TaskState.SKIPPED)
        if tally.counts[state]
    ]
    if tally.began is not None:
        line.append(Piece(f"  {duration_text((tally.ended or now) - tally.began)}", "dim"))
    return line


def _cut(line: Line, shape: Shape) -> Line:
    """The line, no longer than the terminal is wide: a broken line would spoil the next redraw."""
    room = shape.width - 1
    fitting: Line = []
    for piece in line:
        text = one_line(piece.text)
        if len(text) > room:
            if room > 0:
                fitting.append(Piece(text[: room - 1] + ("…" if shape.unicode else "~"), piece.style))
            break
        fitting.append(Piece(text, piece.style))
        room -= len(text)
    return fitting
