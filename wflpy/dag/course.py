"""The course of a run through its plan: what may start, what is skipped, which handlers run, when all is over.

It knows tasks and edges, not jobs: the engine tells it how nodes ended and asks it which ones to submit.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from wflpy.dag.edges import fires, skip_reason
from wflpy.dag.failures import Failures
from wflpy.dag.grouprun import GroupRun
from wflpy.dag.handling import flow_handler_refusal, handler_refusal
from wflpy.dag.spec import Edge, HandlerKind
from wflpy.dag.states import BROKEN, SUCCEEDED, FailureKind, RunState, TaskState
from wflpy.dag.table import Ending, worst

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.dag.chronicle import Chronicle
    from wflpy.dag.plan import Plan
    from wflpy.dag.table import Table

    Condition = Callable[[GroupRun, int], tuple[TaskState, Ending] | None]

_STAGES: Final = (HandlerKind.ERROR, HandlerKind.SUCCESS), (HandlerKind.FINALLY,)
"""The handlers of the flow, in the order they run; those of one stage run side by side."""


class Course:
    """Where one run is in its plan."""

    def __init__(self, table: Table, chronicle: Chronicle) -> None:
        self._table: Final = table
        self._plan: Final[Plan] = table.plan
        self._chronicle: Final = chronicle
        self.condition: Condition = _no_condition
        """What becomes of a member instead of running; None if it is to run. Set by who can evaluate."""
        self._waits = list(self._plan.waits)
        self._roots: dict[int, int] = {}
        """By skipped group: where the chain of skips began."""
        self._runs: dict[int, GroupRun] = {}
        self.ready: deque[GroupRun] = deque()
        self._over: deque[tuple[int, TaskState]] = deque()
        """Groups that ended and whose consequences are still to be drawn."""
        flow_handlers = self._plan.flow_handlers
        self._stages = [[flow_handlers[kind] for kind in stage if kind in flow_handlers] for stage in _STAGES]
        self._open = len(self._plan.groups) - len(flow_handlers)
        """Groups of the present stage that have not ended."""
        self.failures: Final = Failures(table)
        self.stopped: RunState | None = None
        """CANCELLED or FAILED once nothing new may start."""
        self.forced = False
        """Whether handlers may not start either."""
        self._stop_reason = ""
        self.over = False
        """Whether everything ended, the handlers of the flow included."""

    @property
    def stop_reason(self) -> str:
        """Why nothing new may start."""
        return self._stop_reason

    # -- asked by the engine -------------------------------------------------------------------------

    def start(self) -> None:
        """Open everything that waits for nothing."""
        for number, group in enumerate(self._plan.groups):
            if group.handler is None and not self._waits[number]:
                self._open_group(number)
        self._settle()

    def run_of(self, group: int) -> GroupRun:
        """The open group of this number."""
        return self._runs[group]

    def take(self, room: int) -> list[tuple[GroupRun, int]]:
        """Up to ``room`` nodes to submit now."""
        taken: list[tuple[GroupRun, int]] = []
        ready = self.ready
        while ready and len(taken) < room:
            run = ready[0]
            if run.active < run.limit and (run.cursor < run.end or run.again):
                taken.append((run, run.take()))
            else:
                run.queued = False
                ready.popleft()
        return taken

    @property
    def outcome(self) -> tuple[RunState, str]:
        """What the run comes to, and why."""
        return self.failures.outcome(self.stopped, self._stop_reason)

    # -- told by the engine --------------------------------------------------------------------------

    def again(self, run: GroupRun, node: int) -> None:
        """A node is to be taken once more: another attempt."""
        run.again.append(node)
        self._queue(run)

    def pause(self, run: GroupRun) -> None:
        """A node came back without having ended: it waits before another attempt, or a stand-in runs for it."""
        run.active -= 1
        self._queue(run)

    def recovery_of(self, run: GroupRun, node: int) -> int | None:
        """Start the stand-in for a node that failed; None where there is none, or nothing may start any more."""
        if self.stopped is not None:
            return None
        for number in run.group.handlers:
            group = self._plan.groups[number]
            if group.handler is not HandlerKind.RECOVER:
                continue
            recovery = self._runs.get(number)
            if recovery is None:
                recovery = self._runs[number] = GroupRun(number, group, started=True)
            twin = group.first + node - run.group.first
            self.again(recovery, twin)
            return twin
        return None

    def end(self, run: GroupRun, state: TaskState) -> None:
        """A node that was taken reached its final state, and the chronicle was told."""
        run.active -= 1
        self._ended(run, state)
        if run.left and not run.queued:
            self._queue(run)
        if self._over:
            self._settle()

    def end_paused(self, run: GroupRun, state: TaskState) -> None:
        """The same for a node that was not taken: after `pause`, or before it was ever."""
        run.active += 1
        self.end(run, state)

    def stop(self, state: RunState, reason: str) -> None:
        """Start nothing more besides cleaning up; what waits is ended here and now."""
        self.stopped = state
        self._stop_reason = reason
        self.failures.any = self.failures.any or state is RunState.FAILED
        final, ending = TaskState.CANCELLED, self._not_started()
        if state is not RunState.CANCELLED:
            final, ending = TaskState.SKIPPED, Ending(reason=ending.reason)
        for number, group in enumerate(self._plan.groups):
            if group.handler is not None or self._table.group_states[number] is not None:
                continue
            run = self._runs.get(number)
            if run is None:
                run = self._runs[number] = GroupRun(number, group)
            self._end_waiting(run, final, ending)
        self._settle()

    def drop_handlers(self) -> None:
        """Start no handler either: those that wait, and all others, end as cancelled."""
        self.forced = True
        ending = self._not_started()
        for run in list(self._runs.values()):
            if run.group.handler is not None:
                self._end_waiting(run, TaskState.CANCELLED, ending)
        self._settle()

    def _not_started(self) -> Ending:
        return Ending(FailureKind.CANCELLED, f"not started: {self._stop_reason}")

    # -- groups --------------------------------------------------------------------------------------

    def _queue(self, run: GroupRun) -> None:
        if not run.queued and run.has_work:
            run.queued = True
            self.ready.append(run)

    def _open_group(self, number: int) -> None:
        group = self._plan.groups[number]
        run = self._runs[number] = GroupRun(number, group)
        if group.spec.when is not None:
            self._apply_condition(run)
        self._queue(run)

    def _apply_condition(self, run: GroupRun) -> None:
        """Skip the members whose condition is false."""
        group = run.group
        for node in group.nodes:
            refusal = self.condition(run, node - group.first)
            if refusal is None:
                run.again.append(node)
            else:
                state, ending = refusal
                self._chronicle.end(node, state, self._chronicle.time, ending)
                self._ended(run, state)
        run.cursor = run.end

    def _ended(self, run: GroupRun, state: TaskState) -> None:
        run.left -= 1
        if state in BROKEN:
            run.failed += 1
            if not self.failures.broken and run.group.handler is None and not run.is_tolerated:
                self.failures.broken = run.group.name
        if not run.left:
            self._close(run)

    def _end_waiting(self, run: GroupRun, state: TaskState, ending: Ending) -> None:
        waiting = [*run.again, *range(run.cursor, run.end)]
        run.again.clear()
        run.cursor = run.end
        for node in waiting:
            self._chronicle.end(node, state, self._chronicle.time, ending)
            self._ended(run, state)

    def _close(self, run: GroupRun) -> None:
        """All nodes of a group ended."""
        number, group = run.number, run.group
        states = self._table.states
        if group.members is None:
            state = states[group.first]
            reason = "" if state in SUCCEEDED else self._table.ending(group.first).reason
        else:
            state = worst(states[node] for node in group.nodes)
            reason = self._group_reason(run, state)
        allowed = run.failed > 0 and run.is_tolerated
        del self._runs[number]
        self._chronicle.end_group(number, state, reason, allowed=allowed)
        if not allowed:
            self.failures.add(group, state)
        self._over.append((number, state))

    def _group_reason(self, run: GroupRun, state: TaskState) -> str:
        if state in SUCCEEDED:
            return ""
        group, states = run.group, self._table.states
        of_state = [node for node in group.nodes if states[node] is state]
        first = of_state[0]
        why = self._table.ending(first).reason
        if len(of_state) == group.size and len({self._table.ending(node).reason for node in of_state}) == 1:
            return why
        return f"{len(of_state)} of {group.size} {state.lower()}, first {self._chronicle.name_of(first)}: {why}"

    # -- consequences --------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Draw the consequences of every group that ended, and of those that end by them."""
        while True:
            while self._over:
                self._follow(*self._over.popleft())
            if self._open or self.over:
                return
            self._next_stage()

    def _follow(self, number: int, state: TaskState) -> None:
        self._open -= 1
        table = self._table
        allowed = number in table.allowed
        succeeded = allowed or state in SUCCEEDED
        for handler in self._plan.groups[number].handlers:
            self._decide_handler(handler, number)
        for target, edge in self._plan.successors[number]:
            if table.group_states[target] is not None:
                continue  # skipped by another edge, or everything was stopped
            fired = succeeded if edge is Edge.SUCCESS else fires(edge, state, allowed=allowed)
            if not fired and not self._only_orders(target, edge):
                self._skip(target, number, edge)
                continue
            self._waits[target] -= 1
            if not self._waits[target] and target not in self._runs:
                self._open_group(target)

    def _only_orders(self, target: int, edge: Edge) -> bool:
        """Whether a condition that looks at failures takes the place of a plain edge: it decides, the edge orders."""
        when = self._plan.groups[target].spec.when
        return edge is Edge.SUCCESS and when is not None and not when.functions.isdisjoint(("failure", "always"))

    def _skip(self, target: int, source: int, edge: Edge) -> None:
        root = self._roots[target] = self._roots.get(source, source)
        reason = skip_reason(self._table, source, edge, root)
        run = self._runs[target] = GroupRun(target, self._plan.groups[target])
        self._end_waiting(run, TaskState.SKIPPED, Ending(reason=reason))

    def _decide_handler(self, number: int, owner: int) -> None:
        """Start a handler, or skip it with the reason."""
        group = self._plan.groups[number]
        if group.handler is not HandlerKind.RECOVER:
            cancelled = self._stop_reason if self.stopped is RunState.CANCELLED else ""
            self._start_or_skip(number, handler_refusal(self._table, group.handler, owner, cancelled))
        elif self._table.group_states[number] is None:
            self._skip_unused(self._runs.setdefault(number, GroupRun(number, group)))

    def _start_or_skip(self, number: int, refusal: str) -> None:
        """Start a handler, unless there is a reason not to or nothing may start at all."""
        if not self.forced and not refusal:
            self._open_group(number)
            return
        run = self._runs[number] = GroupRun(number, self._plan.groups[number])
        if self.forced:
            self._end_waiting(run, TaskState.CANCELLED, self._not_started())
        else:
            self._end_waiting(run, TaskState.SKIPPED, Ending(reason=refusal))

    def _skip_unused(self, run: GroupRun) -> None:
        """End the stand-ins that nobody needed; those that ran have ended."""
        owner = self._plan.groups[run.group.owner]
        ending = Ending(reason=f"'{owner.name}' did not need it")
        for node in run.group.nodes:
            if self._table.states[node] is TaskState.WAITING:
                self._chronicle.end(node, TaskState.SKIPPED, self._chronicle.time, ending)
                self._ended(run, TaskState.SKIPPED)

    def _next_stage(self) -> None:
        """All tasks, or all handlers of a stage, have ended: the next handlers of the flow."""
        if not self._stages:
            self.over = True
            return
        stage = self._stages.pop(0)
        self._open = len(stage)
        for number in stage:
            kind = self._plan.groups[number].handler
            cancelled = self._stop_reason if self.stopped is RunState.CANCELLED else ""
            self._start_or_skip(number, flow_handler_refusal(kind, cancelled, failed=self.failures.any))


def _no_condition(_run: GroupRun, _member: int) -> None:
    """Let every member run."""
