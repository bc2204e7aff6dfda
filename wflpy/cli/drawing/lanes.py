"""A plan drawn with characters: one line a task, one column for each edge that is still on its way.

::

    *      clean
    +-+
    * |    train   4 members
    | *    sweep   5,000 members
    *      best

A ``+`` is where edges leave a task or meet; a ``|`` that a horizontal line meets is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.cli.drawing import declared, depths, in_order, members_text
from wflpy.cli.wording import columns
from wflpy.dag.spec import Edge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wflpy.dag.plan import Group, Plan

WIDEST: Final = 24
"""Most columns that anybody could follow with their eyes; wider plans are listed step by step."""


def ascii_graph(plan: Plan) -> str:
    """The plan as lines of ASCII: with lanes, or as a list of steps where there would be too many of them."""
    drawn = _Lanes(plan).draw()
    rows = _list(plan) if drawn is None else drawn
    handlers = [group.name for group in plan.groups if group.handler is not None and group.owner < 0]
    ending = [f"handlers of the flow: {', '.join(handlers)}"] if handlers else []
    return "\n".join([*rows, *ending])


class _Lanes:
    """The columns of one drawing; each is free or leads to one task."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lanes: list[int | None] = []
        self._rows: list[list[str]] = []

    def draw(self) -> list[str] | None:
        """The lines; None if they would be too wide."""
        for number in in_order(self._plan):
            place = self._place_of(number)
            self._rows.append([_sign(self._lanes, place), *_remarks(self._plan, number)])
            self._lanes[place] = None
            self._lead_on(number, place)
            if len(self._lanes) > WIDEST:
                return None
        return columns(self._rows)

    def _lead_on(self, number: int, place: int) -> None:
        """Lead lanes from a task to all that wait for it."""
        before = list(self._lanes)
        targets = dict.fromkeys(link.target for link in self._plan.successors[number])
        ends = [self._place_of(target, near=place) for target in targets]
        if ends and ends != [place]:
            self._rows.append([_bridge(before, place, ends)])

    def _place_of(self, number: int, near: int = 0) -> int:
        """The lane that leads to a task; a new one in the first free column from ``near`` on where none does yet."""
        if number in self._lanes:
            return self._lanes.index(number)
        free = [place for place, target in enumerate(self._lanes) if target is None and place >= near]
        if not free:
            self._lanes.append(number)
            return len(self._lanes) - 1
        self._lanes[free[0]] = number
        return free[0]


def _sign(lanes: list[int | None], place: int) -> str:
    return " ".join(
        "*" if column == place else " " if lane is None else "|" for column, lane in enumerate(lanes)
    ).rstrip()


def _bridge(lanes: list[int | None], start: int, ends: list[int]) -> str:
    """The line below a task: from its column to those of the lanes it leads to, old and new."""
    width = max(len(lanes), *(end + 1 for end in ends))
    left, right = min(start, *ends), max(start, *ends)
    signs: list[str] = []
    for column in range(width):
        lane = lanes[column] if column < len(lanes) else None
        inside = left <= column <= right
        joint = column == start or column in ends
        signs.append("+" if joint else "|" if lane is not None else "-" if inside else " ")
        signs.append("-" if left <= column < right else " ")
    return "".join(signs).rstrip()


def _list(plan: Plan) -> list[str]:
    depth = depths(plan)
    ordered = sorted((number for number, _ in declared(plan)), key=lambda number: (depth[number], number))
    return columns([str(depth[number] + 1), *_remarks(plan, number, after=True)] for number in ordered)


def _remarks(plan: Plan, number: int, *, after: bool = False) -> Iterable[str]:
    group = plan.groups[number]
    said = [members_text(group), *_edges(group, every=after)]
    said += [f"{plan.groups[handler].handler}" for handler in group.handlers]
    if group.spec.when is not None:
        said.append(f"when {group.spec.when}")
    return group.name, ", ".join(part for part in said if part)


def _edges(group: Group, *, every: bool) -> Iterable[str]:
    for name, edge in group.needs.items():
        if edge is not Edge.SUCCESS:
            yield f"after {name}: {edge}"
        elif every:
            yield f"after {name}"
