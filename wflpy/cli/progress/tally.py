"""Where the tasks of a run are, counted as events come in: all that a display reads."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wflpy.dag.events import EventKind, RunEvent
from wflpy.dag.states import BROKEN, ENDED, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wflpy.dag.plan import Plan

RECENT = 100
"""How many of the groups that ended last are remembered by name."""


@dataclass(slots=True, kw_only=True)
class GroupTally:
    """One declared task or handler."""

    name: str
    size: int
    """How many members; 1 for a single task."""
    handler: bool = False
    counts: Counter[TaskState] = field(default_factory=Counter[TaskState])
    """Members by state; those that nothing was heard of wait."""
    started: float | None = None
    """When the first member began to run."""
    ended: float | None = None
    """When the last member ended; None before."""
    reason: str = ""
    """Of the first member that failed or was skipped; before that, why the last attempt failed."""
    culprit: str = ""
    """The member that ``reason`` is about."""

    @property
    def finished(self) -> int:
        """How many members have ended."""
        return sum(self.counts[state] for state in ENDED)

    @property
    def broken(self) -> int:
        """How many members have failed or were lost."""
        return sum(self.counts[state] for state in BROKEN)

    @property
    def state(self) -> TaskState:
        """The state that matters most to whoever looks: failure first, then what goes on, then how it ended."""
        return next((state for state in _FIRST_TO_LAST if self.counts[state]), TaskState.WAITING)


_FIRST_TO_LAST = (
    TaskState.FAILED,
    TaskState.LOST,
    TaskState.RUNNING,
    TaskState.SUSPENDED,
    TaskState.HELD,
    TaskState.QUEUED,
    TaskState.WAITING,
    TaskState.CANCELLED,
    TaskState.SKIPPED,
    TaskState.DONE,
    TaskState.CACHED,
)


class Tally:
    """Counts of one run. `on_event` is cheap; whoever reads from another thread holds `lock`."""

    def __init__(self, groups: Iterable[tuple[str, int, bool]]) -> None:
        """``groups`` are name, number of members, and whether it is a handler, in the order in which to show them."""
        self.lock = threading.Lock()
        self.groups = {name: _waiting(name, size, handler) for name, size, handler in groups}
        self.counts: Counter[TaskState] = Counter()
        """Tasks by state, members one by one, without handlers."""
        for group in self.groups.values():
            if not group.handler:
                self.counts[TaskState.WAITING] += group.size
        self.total = self.counts[TaskState.WAITING]
        self.active: dict[str, GroupTally] = {}
        """Groups with members that began and have not ended."""
        self.failed: dict[str, GroupTally] = {}
        """Groups with members that failed."""
        self.recent: deque[GroupTally] = deque(maxlen=RECENT)
        """Groups that ended, the latest last."""
        self.began: float | None = None
        """When the run began."""
        self.ended: float | None = None
        """When the run ended; None before."""
        self.running: dict[str, float] = {}
        """Nodes that run, with the time since when."""
        self._states: dict[str, TaskState] = {}  # of what has begun and not ended: all else is waiting or in the past

    @staticmethod
    def of_plan(plan: Plan) -> Tally:
        """Of a run that has not begun."""
        return Tally((group.name, group.size, group.handler is not None) for group in plan.groups)

    @property
    def finished(self) -> int:
        """How many tasks have ended."""
        return sum(self.counts[state] for state in ENDED)

    def on_event(self, event: RunEvent) -> None:
        """Count one event."""
        if event.kind is EventKind.TASK and event.state is not None:
            with self.lock:
                self._move(event, event.state)
        elif event.kind is EventKind.RETRY:
            with self.lock:
                self._explain(event)
        elif event.kind is EventKind.RUN_STARTED:
            self.began = event.time
        elif event.kind is EventKind.RUN_ENDED:
            self.ended = event.time

    def _move(self, event: RunEvent, state: TaskState) -> None:
        group = self.groups.get(event.group)
        if group is None:
            return
        before = self._states.pop(event.node, TaskState.WAITING)
        for counts in (group.counts,) if group.handler else (group.counts, self.counts):
            counts[before] -= 1
            counts[state] += 1
        self.running.pop(event.node, None)
        if state is TaskState.RUNNING:
            self.running[event.node] = event.time
            if group.started is None:
                group.started = event.time
        if state in ENDED:
            self._end(group, event, state)
        elif state is not TaskState.WAITING:
            self._states[event.node] = state
            self.active[group.name] = group

    def _end(self, group: GroupTally, event: RunEvent, state: TaskState) -> None:
        if state in BROKEN and group.name not in self.failed:
            self.failed[group.name] = group
            self._explain(event)
        elif state is TaskState.DONE:
            if not group.broken:
                group.reason = ""  # of an earlier attempt
        elif not group.reason:
            self._explain(event)
        if group.finished == group.size:
            group.ended = event.time
            self.active.pop(group.name, None)
            self.recent.append(group)

    def _explain(self, event: RunEvent) -> None:
        group = self.groups.get(event.group)
        if group is not None and event.reason:
            group.reason, group.culprit = event.reason, event.node


def _waiting(name: str, size: int, handler: bool) -> GroupTally:
    return GroupTally(name=name, size=size, handler=handler, counts=Counter({TaskState.WAITING: size}))
