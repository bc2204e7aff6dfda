"""Where every task of a run is: filled by the engine while it runs, and by a journal when it is read again."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.dag.states import SUCCEEDED, FailureKind, RunState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wflpy.dag.plan import Plan

_UNKNOWN: Final = 0.0


class Ending(NamedTuple):
    """How an attempt, or a task that never had one, came to its end; everything a plain success does not have."""

    kind: FailureKind | None = None
    reason: str = ""
    exit_status: int | None = None
    signal: str | None = None


class Attempt(NamedTuple):
    """One attempt that failed and was followed by another."""

    number: int
    job_id: str | None
    submitted: float | None
    started: float | None
    finished: float
    ending: Ending


class Streams(NamedTuple):
    """Where the output of a task goes, if not to its logs."""

    stdout: str | None = None
    stderr: str | None = None
    joined: bool = False


PLAIN: Final = Ending(exit_status=0)
SILENT: Final = Ending()
_LOGS: Final = Streams()


class Table:
    """The state of every node and every group of one plan."""

    __slots__ = (
        "allowed",
        "attempts",
        "endings",
        "finished",
        "first_failure",
        "group_reasons",
        "group_states",
        "history",
        "job_ids",
        "notes",
        "outputs",
        "plan",
        "reason",
        "recovered",
        "run_finished",
        "run_started",
        "run_state",
        "started",
        "states",
        "streams",
        "submitted",
    )

    def __init__(self, plan: Plan) -> None:
        size = len(plan)
        self.plan = plan
        self.states: list[TaskState] = [TaskState.WAITING] * size
        self.attempts: list[int] = [0] * size
        self.job_ids: list[str | None] = [None] * size
        # Seconds since the epoch; 0 is unknown.
        self.submitted = array("d", bytes(8 * size))
        self.started = array("d", bytes(8 * size))
        self.finished = array("d", bytes(8 * size))
        self.endings: dict[int, Ending] = {}
        """Of nodes that ended otherwise than by exit status 0."""
        self.outputs: dict[int, Mapping[str, object]] = {}
        self.streams: dict[int, Streams] = {}
        self.history: dict[int, list[Attempt]] = {}
        self.recovered: set[int] = set()
        self.group_states: list[TaskState | None] = [None] * len(plan.groups)
        """The final state of each group; None while it has none."""
        self.group_reasons: dict[int, str] = {}
        self.allowed: set[int] = set()
        """Groups that failed within what is tolerated."""
        self.first_failure: int | None = None
        self.notes: list[str] = []
        self.run_state = RunState.RUNNING
        self.run_started: float | None = None
        self.run_finished: float | None = None
        self.reason = ""

    def submit(self, node: int, attempt: int, time: float, streams: Streams | None) -> None:
        """A node is about to be handed to the backend."""
        self.states[node] = TaskState.QUEUED
        self.attempts[node] = attempt
        self.submitted[node] = time
        self.started[node] = _UNKNOWN
        self.job_ids[node] = None
        if streams is not None:
            self.streams[node] = streams

    def move(self, node: int, state: TaskState, time: float) -> None:
        """The job of a node entered a state that is not final."""
        self.states[node] = state
        if state is TaskState.RUNNING and not self.started[node]:
            self.started[node] = time

    def retry(self, node: int, time: float, ending: Ending) -> None:
        """An attempt failed and another one follows."""
        attempt = Attempt(
            self.attempts[node],
            self.job_ids[node],
            self.submitted[node] or None,
            self.started[node] or None,
            time,
            ending,
        )
        self.history.setdefault(node, []).append(attempt)
        self.states[node] = TaskState.WAITING

    def end(
        self, node: int, state: TaskState, time: float, ending: Ending, outputs: Mapping[str, object] | None
    ) -> None:
        """A node reached its final state."""
        self.states[node] = state
        self.finished[node] = time
        if ending is not PLAIN and ending != PLAIN:
            self.endings[node] = ending
        elif node in self.endings:
            del self.endings[node]
        if outputs:
            self.outputs[node] = outputs

    def hand_over(self, node: int, ending: Ending) -> None:
        """A node finally failed, and a stand-in is to run for it."""
        self.states[node] = TaskState.WAITING
        self.endings[node] = ending

    def recover(self, node: int) -> None:
        """A handler stood in for a node that failed."""
        self.recovered.add(node)

    def end_group(self, group: int, state: TaskState, reason: str, *, allowed: bool) -> None:
        """All nodes of a group reached their final states."""
        self.group_states[group] = state
        if reason:
            self.group_reasons[group] = reason
        if allowed:
            self.allowed.add(group)

    def ending(self, node: int) -> Ending:
        """How a node ended."""
        return self.endings.get(node) or (PLAIN if self.states[node] in SUCCEEDED else SILENT)

    def streams_of(self, node: int) -> Streams:
        """Where the output of a node's last attempt goes."""
        return self.streams.get(node, _LOGS)

    def counts(self) -> Counter[TaskState]:
        """How many nodes are in each state, handlers left out."""
        counts = Counter(self.states)
        for group in self.plan.groups:
            if group.handler is not None:
                counts.subtract(self.states[node] for node in group.nodes)
        return +counts

    def group_state(self, group: int) -> TaskState:
        """The state of a group: the final one, else the worst of its members that is not final."""
        final = self.group_states[group]
        if final is not None:
            return final
        return worst(self.states[node] for node in self.plan.groups[group].nodes)


_RANK: Final = {
    state: rank
    for rank, state in enumerate(
        (
            TaskState.FAILED,
            TaskState.LOST,
            TaskState.CANCELLED,
            TaskState.SUSPENDED,
            TaskState.RUNNING,
            TaskState.HELD,
            TaskState.QUEUED,
            TaskState.WAITING,
            TaskState.DONE,
            TaskState.CACHED,
            TaskState.SKIPPED,
        )
    )
}


def worst(states: Iterable[TaskState]) -> TaskState:
    """The state that a group with members in these states shows; members that were skipped count least."""
    return min(states, key=_RANK.__getitem__)
