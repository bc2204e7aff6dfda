"""A plan as a Mermaid flow chart, which Markdown pages of many hosts draw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wflpy.cli.drawing import members_text
from wflpy.dag.spec import Edge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.dag.plan import Group, Plan


def mermaid(plan: Plan) -> str:
    """The chart: tasks as boxes, handlers as rounded boxes, edges that are not plain success dotted and named."""
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    yield from ("---", f"title: {json.dumps(plan.name)}", "---", "flowchart TD")
    for number, group in enumerate(plan.groups):
        yield f"    n{number}{_box(group)}"
    for number, group in enumerate(plan.groups):
        for link in plan.successors[number]:
            arrow = "-->" if link.edge is Edge.SUCCESS else f"-. {link.edge} .->"
            yield f"    n{number} {arrow} n{link.target}"
        for handler in group.handlers:
            yield f"    n{number} -. {plan.groups[handler].handler} .-> n{handler}"


def _box(group: Group) -> str:
    label = "<br/>".join(part for part in (group.name, members_text(group)) if part)
    return f'["{label}"]' if group.handler is None else f'(["{label}"])'
