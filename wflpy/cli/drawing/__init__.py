"""A plan as a picture in text: for terminals, for Mermaid, for Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wflpy.dag.plan import Group, Plan


def members_text(group: Group) -> str:
    """``4 members``; empty for a single task."""
    return "" if group.members is None else f"{group.size:,} member{'' if group.size == 1 else 's'}"


def declared(plan: Plan) -> list[tuple[int, Group]]:
    """The tasks of a plan with their numbers, handlers left out."""
    return [(number, group) for number, group in enumerate(plan.groups) if group.handler is None]


def in_order(plan: Plan) -> list[int]:
    """The numbers of the tasks, each after all it waits for; otherwise as they were declared."""
    from heapq import heappop, heappush

    waits = list(plan.waits)
    ready = [number for number, _ in declared(plan) if not waits[number]]
    ordered: list[int] = []
    while ready:
        number = heappop(ready)
        ordered.append(number)
        for link in plan.successors[number]:
            waits[link.target] -= 1
            if not waits[link.target]:
                heappush(ready, link.target)
    return ordered


def depths(plan: Plan) -> dict[int, int]:
    """How many tasks must run one after the other before each task, by number."""
    depth: dict[int, int] = {}
    for number in in_order(plan):
        here = depth.setdefault(number, 0)
        for link in plan.successors[number]:
            depth[link.target] = max(depth.get(link.target, 0), here + 1)
    return depth
