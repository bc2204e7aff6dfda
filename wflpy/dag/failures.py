"""Which failures count, and what the run comes to by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.dag.states import BROKEN, RunState, TaskState

if TYPE_CHECKING:
    from wflpy.dag.plan import Group
    from wflpy.dag.table import Table

_NOT_GOOD: Final = BROKEN | {TaskState.CANCELLED}


class Failures:
    """The failures of one run that are neither recovered nor allowed; those of handlers never count."""

    def __init__(self, table: Table) -> None:
        self._table: Final = table
        self.any = False
        """Whether something failed, or was cancelled."""
        self.broken = ""
        """The first task known to have failed beyond what is allowed, perhaps while members of it still run."""
        self._first: tuple[float, int] | None = None

    @property
    def first(self) -> int | None:
        """The node that failed first."""
        return None if self._first is None else self._first[1]

    def add(self, group: Group, state: TaskState) -> None:
        """A group ended in this state, and that is not allowed."""
        if state not in _NOT_GOOD or group.handler is not None:
            return
        self.any = True
        table = self._table
        for node in group.nodes:
            if table.states[node] in BROKEN:
                found = (table.finished[node], node)
                self._first = found if self._first is None else min(self._first, found)
        table.first_failure = self.first

    def outcome(self, stopped: RunState | None, reason: str) -> tuple[RunState, str]:
        """What the run comes to, and why.

        Args:
            stopped: CANCELLED or FAILED if it was stopped early.
            reason: why it was.
        """
        if stopped is RunState.CANCELLED:
            return RunState.CANCELLED, reason
        if not self.any:
            return RunState.DONE, ""
        if self.first is None:
            return RunState.FAILED, reason or "a task did not succeed"
        return (
            RunState.FAILED,
            f"task '{self._table.plan.name_of(self.first)}' failed: {self._table.ending(self.first).reason}",
        )
