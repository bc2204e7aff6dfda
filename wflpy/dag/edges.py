"""Which edges fire, and the sentences for those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.dag.spec import Edge
from wflpy.dag.states import BROKEN, SUCCEEDED, TaskState

if TYPE_CHECKING:
    from wflpy.dag.table import Table

_ENDED_BY_ITSELF: Final = SUCCEEDED | BROKEN

_CAME_TO: Final = {
    TaskState.DONE: "it succeeded",
    TaskState.CACHED: "it succeeded",
    TaskState.FAILED: "it failed",
    TaskState.LOST: "it was lost",
    TaskState.SKIPPED: "it was skipped",
    TaskState.CANCELLED: "it was cancelled",
}
_WANTED: Final = {
    Edge.SUCCESS: "to succeed",
    Edge.FAILURE: "to fail",
    Edge.FINISHED: "to finish",
    Edge.ANY: "to end",
}


def fires(edge: Edge, state: TaskState, *, allowed: bool) -> bool:
    """Whether an edge fires from a group in this state; a failure that is allowed is both success and failure."""
    if edge is Edge.SUCCESS:
        return state in SUCCEEDED or allowed
    if edge is Edge.FAILURE:
        return state in BROKEN
    return edge is Edge.ANY or state in _ENDED_BY_ITSELF


def skip_reason(table: Table, source: int, edge: Edge, root: int) -> str:
    """Why a group is skipped whose edge from ``source`` did not fire; ``root`` is where the chain of skips began."""
    plan = table.plan
    state = table.group_state(source)
    text = f"needs '{plan.groups[source].name}' {_WANTED[edge]}, but {_CAME_TO[state]}"
    if root != source:
        came_to = _CAME_TO[table.group_state(root)].removeprefix("it ")
        if came_to == "was skipped":
            return f"{text}: {reason_of(table, root)}"
        return f"{text} because '{plan.groups[root].name}' {came_to}"
    reason = reason_of(table, source)
    return f"{text}: {reason}" if reason else text


def reason_of(table: Table, group: int) -> str:
    """Why a group is in its state."""
    reason = table.group_reasons.get(group)
    return table.ending(table.plan.groups[group].first).reason if reason is None else reason
