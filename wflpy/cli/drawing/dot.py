"""A plan in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.cli.drawing import members_text
from wflpy.dag.spec import Edge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.dag.plan import Group, Plan


def dot(plan: Plan) -> str:
    """The graph: tasks as boxes, handlers as ellipses, edges that are not plain success dashed and named."""
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    yield f"digraph {_quoted(plan.name)} {{"
    yield "  node [shape=box];"
    for group in plan.groups:
        yield f"  {_quoted(group.name)}{_attributes(group)};"
    for number, group in enumerate(plan.groups):
        start = _quoted(group.name)
        for link in plan.successors[number]:
            end = _quoted(plan.groups[link.target].name)
            named = "" if link.edge is Edge.SUCCESS else f" [label={_quoted(link.edge)}, style=dashed]"
            yield f"  {start} -> {end}{named};"
        for handler in group.handlers:
            end, label = plan.groups[handler].name, plan.groups[handler].handler or ""
            yield f"  {start} -> {_quoted(end)} [label={_quoted(label)}, style=dotted];"
    yield "}"


def _attributes(group: Group) -> str:
    said: list[str] = []
    if group.members is not None:
        said.append(f"label={_quoted(f'{group.name}{chr(10)}{members_text(group)}')}")
    if group.handler is not None:
        said.append("shape=ellipse")
    return f" [{', '.join(said)}]" if said else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
