"""``wflpy run --dry-run``: the plan in the order in which it would run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.cli.drawing import declared, depths
from wflpy.cli.preview import command_text, scope_of
from wflpy.cli.wording import counted, duration_text, indented
from wflpy.dag.plan import Group, Plan, node_name
from wflpy.dag.spec import Edge

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMBERS = 5
"""Most members of a group whose commands are shown."""


def plan_text(plan: Plan, backend: str) -> str:
    """The tasks step by step; those of one step may run side by side."""
    return "\n".join(_lines(plan, backend))


def plan_document(plan: Plan, backend: str) -> dict[str, object]:
    """The same for programs: every node with its command."""
    depth = depths(plan)
    return {
        "kind": "plan",
        "flow": plan.name,
        "backend": backend,
        "notes": list(plan.notes),
        "tasks": [
            {
                "name": node_name(group, member),
                "task": group.name,
                "step": depth[number] + 1 if number in depth else None,
                "needs": {name: str(edge) for name, edge in group.needs.items()},
                "handler": None if group.handler is None else str(group.handler),
                "command": command_text(group, scope_of(plan, group, member)),
            }
            for number, group in enumerate(plan.groups)
            for member in range(group.size)
        ],
    }


def _lines(plan: Plan, backend: str) -> Iterator[str]:
    depth = depths(plan)
    tasks = counted(sum(group.size for _, group in declared(plan)), "task")
    steps = counted(max(depth.values()) + 1, "step")
    yield f"{plan.name}: {tasks} in {steps} on {backend}; nothing is run"
    for note in plan.notes:
        yield f"note: {note}"
    step = -1
    for number in sorted(depth, key=lambda number: (depth[number], number)):
        if depth[number] != step:
            step = depth[number]
            yield f"\nstep {step + 1}"
        yield from _task(plan, plan.groups[number])
    handlers = [group for group in plan.groups if group.handler is not None and group.owner < 0]
    if handlers:
        yield "\nat the end"
    for group in handlers:
        yield from _task(plan, group)


def _task(plan: Plan, group: Group) -> Iterator[str]:
    yield f"  {group.name}{_remarks(group)}"
    for member in range(min(group.size, MEMBERS)):
        if group.members is not None:
            yield f"    {node_name(group, member)}"
        yield indented(
            command_text(group, scope_of(plan, group, member)), "    " if group.members is None else "      "
        )
    if group.size > MEMBERS:
        yield f"    and {group.size - MEMBERS:,} more"
    for handler in group.handlers:
        watcher = plan.groups[handler]
        yield indented(f"{watcher.handler}: {command_text(watcher, scope_of(plan, watcher, 0))}")


def _remarks(group: Group) -> str:
    spec = group.spec
    said = [f"after {', '.join(_needed(group))}"] if group.needs else []
    if group.members is not None:
        said.append(counted(group.size, "member") + (f", {spec.max_parallel} at a time" if spec.max_parallel else ""))
    if spec.when is not None:
        said.append(f"when {spec.when}")
    if spec.retry is not None and spec.retry.max:
        said.append(f"retry {spec.retry.max}")
    if spec.timeout is not None:
        said.append(f"timeout {duration_text(spec.timeout)}")
    if spec.workdir is not None:
        said.append(f"in {spec.workdir}")
    return f"  ({'; '.join(said)})" if said else ""


def _needed(group: Group) -> Iterator[str]:
    for name, edge in group.needs.items():
        yield name if edge is Edge.SUCCESS else f"{name} ({edge})"
