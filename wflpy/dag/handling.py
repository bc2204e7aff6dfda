"""Which handlers run after what, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.dag.edges import reason_of
from wflpy.dag.spec import HandlerKind
from wflpy.dag.states import BROKEN, SUCCEEDED

if TYPE_CHECKING:
    from wflpy.dag.table import Table


def handler_refusal(table: Table, kind: HandlerKind | None, owner: int, cancelled: str) -> str:
    """Why a handler of a task does not run now that the task has ended; empty if it does.

    Args:
        table: where everything is.
        kind: of the handler.
        owner: the group it watches.
        cancelled: why the run was cancelled; empty if it was not.
    """
    group = table.plan.groups[owner]
    state = table.group_state(owner)
    if cancelled and kind is not HandlerKind.ALWAYS:
        return cancelled
    if kind is HandlerKind.ERROR:
        failed = state in BROKEN or any(table.states[node] in BROKEN for node in group.nodes)
        if failed:
            return ""
        recovered = any(node in table.recovered for node in group.nodes)
        return f"'{group.name}' was recovered" if recovered else f"'{group.name}' did not fail"
    if kind is HandlerKind.SUCCESS:
        return "" if state in SUCCEEDED else f"'{group.name}' did not succeed"
    ran = any(table.attempts[node] for node in group.nodes)
    return "" if ran else f"'{group.name}' never started: {reason_of(table, owner)}"


def flow_handler_refusal(kind: HandlerKind | None, cancelled: str, *, failed: bool) -> str:
    """Why a handler of the flow does not run; empty if it does."""
    if kind is HandlerKind.FINALLY:
        return ""
    if cancelled:
        return cancelled
    if kind is HandlerKind.ERROR:
        return "" if failed else "the flow did not fail"
    return "the flow did not succeed" if failed else ""
