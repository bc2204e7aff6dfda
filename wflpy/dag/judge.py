"""What the end of a job means for its task: outputs, the reason of a failure, another attempt, a stand-in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.dag.calls import CallResult, read_result
from wflpy.dag.explain import ending_of, lost_ending, timeout_text
from wflpy.dag.harvest import OutputMissing, harvest
from wflpy.dag.retry import delay_after, is_retried
from wflpy.dag.spec import Call
from wflpy.dag.states import FailureKind, RunState, TaskState
from wflpy.dag.table import PLAIN, Ending
from wflpy.dag.timers import Alarm
from wflpy.drmaa2 import JobState
from wflpy.expr import ExpressionError
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wflpy.dag.context import Context
    from wflpy.dag.grouprun import GroupRun
    from wflpy.dag.recipe import Recipe
    from wflpy.tracker import StateChange

_BY_TERMINATE: Final = frozenset(("SIGTERM", "SIGKILL"))


class _HandedOver(NamedTuple):
    """A node that finally failed and for which a stand-in runs."""

    run: GroupRun
    node: int
    state: TaskState
    ending: Ending


class Judge:
    """Decides what becomes of nodes."""

    def __init__(self, context: Context, recipe_of: Callable[[GroupRun], Recipe]) -> None:
        self._course: Final = context.course
        self._table: Final = context.table
        self._plan: Final = context.table.plan
        self._chronicle: Final = context.chronicle
        self._directory: Final = context.directory
        self._kitchen: Final = context.kitchen
        self._timers: Final = context.timers
        self._clock: Final = context.clock
        self._random: Final = context.random
        self._recipe_of: Final = recipe_of
        self.told: Final[dict[int, FailureKind]] = {}
        """Nodes whose jobs this run has told to end, and why."""
        self.delayed: Final[dict[int, Ending]] = {}
        """Nodes that wait before another attempt, and how the last one ended."""
        self._handed_over: Final[dict[int, _HandedOver]] = {}
        """By stand-in."""

    # -- jobs ----------------------------------------------------------------------------------------

    def job_ended(self, node: int, change: StateChange, started: float) -> None:
        """The job of a node reached a state that is never left; ``started`` is 0 where that was told before."""
        run = self._run_of(node)
        told = self.told.pop(node, None) if self.told else None
        time = change.time or self._chronicle.time
        spec = run.group.spec
        if change.state is JobState.DONE:
            if not spec.outputs and not isinstance(spec.body, Call):
                self._finish(run, node, TaskState.DONE, PLAIN, time, started=started)
            else:
                self._gather(run, node, time, started)
            return
        if started:
            self._chronicle.move(node, TaskState.RUNNING, started)
        if change.state is JobState.UNDETERMINED:
            self._failed(run, node, lost_ending(change.info, change.sub_state), time, TaskState.LOST)
            return
        ending = ending_of(change.info, change.sub_state, spec)
        if told is not None and _was_told(ending, change):
            self._obeyed(run, node, told, ending, time)
        else:
            self._failed(run, node, self._with_exception(run, node, ending), time)

    def refuse(self, run: GroupRun, node: int, ending: Ending) -> None:
        """A node that was taken could not be submitted."""
        self._failed(run, node, ending, self._chronicle.time)

    def _gather(self, run: GroupRun, node: int, time: float, started: float) -> None:
        if started:
            self._chronicle.move(node, TaskState.RUNNING, started)
        try:
            outputs = self._outputs(run, node, node)
        except (OutputMissing, ExpressionError) as error:
            self._failed(run, node, Ending(FailureKind.OUTPUT_MISSING, str(error), 0), time)
        else:
            self._finish(run, node, TaskState.DONE, PLAIN, time, outputs)

    def _outputs(self, run: GroupRun, node: int, producer: int) -> Mapping[str, object] | None:
        """The outputs of a node, written by itself or by its stand-in.

        Raises:
            OutputMissing: one is not there.
        """
        group = run.group
        attempt = self._table.attempts[producer]
        maker = self._plan.groups[self._chronicle.group_of[producer]].spec
        result: CallResult | None = None
        if isinstance(maker.body, Call):
            result = read_result(self._directory, self._chronicle.name_of(producer), attempt)
            if result is None:
                raise OutputMissing("the function ended without leaving a result")
        if not group.spec.outputs:
            return None
        scope = self._recipe_of(run).scope(node - group.first)
        paths = self._kitchen.scopes.files(group.spec, scope)
        return harvest(group.spec, paths, self._kitchen.base, self._stdout(producer, attempt), result)

    def _stdout(self, node: int, attempt: int) -> Path:
        own = self._table.streams_of(node).stdout
        return Path(own) if own else self._directory.log(self._chronicle.name_of(node), attempt, "out")

    def _with_exception(self, run: GroupRun, node: int, ending: Ending) -> Ending:
        """What a called function raised says more than the exit status of its interpreter."""
        if ending.kind is not FailureKind.EXIT or not isinstance(run.group.spec.body, Call):
            return ending
        result = read_result(self._directory, self._chronicle.name_of(node), self._table.attempts[node])
        if result is None or result.ok:
            return ending
        name, _, message = result.error.partition(": ")
        if name == "SystemExit":  # sys.exit is how functions give an exit status; text there makes it 1
            said = "" if message == str(ending.exit_status) else f": {message}"
            return ending._replace(reason=ending.reason + said)
        # What the runner itself found is a sentence; its class says nothing to people.
        reason = message if name == "CallError" else f"raised {result.error}"
        return ending._replace(kind=FailureKind.EXCEPTION, reason=reason)

    def _obeyed(self, run: GroupRun, node: int, told: FailureKind, ending: Ending, time: float) -> None:
        """A job ended because this run told it to."""
        if told is FailureKind.TIMEOUT:
            self._failed(run, node, ending._replace(kind=told, reason=timeout_text(run.group.spec)), time)
            return
        explained = ending._replace(kind=told, reason=f"terminated: {self._course.stop_reason}")
        self._finish(run, node, TaskState.CANCELLED, explained, time)

    # -- nodes ---------------------------------------------------------------------------------------

    def _failed(
        self, run: GroupRun, node: int, ending: Ending, time: float, state: TaskState = TaskState.FAILED
    ) -> None:
        """An attempt failed: another one, a stand-in, or the end."""
        if self._course.stopped is not None and run.group.is_work:
            self._finish(run, node, state, ending, time)
            return
        retry = run.group.spec.retry
        attempt = self._table.attempts[node]
        if retry is not None and is_retried(retry, attempt, ending):
            delay = delay_after(retry, attempt, self._random)
            self._chronicle.retry(node, time, ending, delay)
            self._course.pause(run)
            self._try_again(run, node, ending, delay)
            return
        twin = self._course.recovery_of(run, node)
        if twin is None:
            self._finish(run, node, state, ending, time)
            return
        self._chronicle.hand_over(node, time, ending)
        self._course.pause(run)
        self._handed_over[twin] = _HandedOver(run, node, state, ending)

    def _try_again(self, run: GroupRun, node: int, ending: Ending, delay: float) -> None:
        if delay <= 0:
            self._course.again(run, node)
            return
        self.delayed[node] = ending
        self._timers.set(self._clock.monotonic() + delay, Alarm.RETRY, node, self._table.attempts[node])

    def end_delay(self, node: int) -> None:
        """The delay before another attempt is over."""
        if self.delayed.pop(node, None) is not None:
            self._course.again(self._run_of(node), node)

    def _finish(
        self,
        run: GroupRun,
        node: int,
        state: TaskState,
        ending: Ending,
        time: float,
        outputs: Mapping[str, object] | None = None,
        *,
        started: float = 0.0,
        paused: bool = False,
    ) -> None:
        """A node reached its final state; ``paused`` says that it was not in the backend."""
        self._chronicle.end(node, state, time, ending, outputs, started=started)
        handed_over = self._handed_over.pop(node, None) if self._handed_over else None
        if paused:
            self._course.end_paused(run, state)
        else:
            self._course.end(run, state)
        if handed_over is not None:
            self._resolve(handed_over, node, state, time)

    def _resolve(self, failed: _HandedOver, twin: int, state: TaskState, time: float) -> None:
        """The stand-in of a node ended."""
        ending, name = failed.ending, self._chronicle.name_of(twin)
        outputs: Mapping[str, object] | None = None
        recovered = state is TaskState.DONE
        reason = f"{ending.reason}; its stand-in '{name}' did not succeed: {self._table.ending(twin).reason}"
        if recovered:
            reason = f"its stand-in '{name}' succeeded after: {ending.reason}"
            try:
                outputs = self._outputs(failed.run, failed.node, twin)
            except (OutputMissing, ExpressionError) as error:
                recovered = False
                reason = f"{ending.reason}; its stand-in '{name}' succeeded, but {error}"
        final = TaskState.DONE if recovered else failed.state
        explained = ending._replace(reason=reason)
        self._chronicle.end(failed.node, final, time, explained, outputs, recovered=recovered)
        self._course.end_paused(failed.run, final)

    # -- stopping ------------------------------------------------------------------------------------

    def withdraw(self) -> None:
        """End what waits before another attempt, and stand-ins that were not started; the run was stopped."""
        cancelled = self._course.stopped is RunState.CANCELLED
        for node, ending in list(self.delayed.items()):
            run = self._run_of(node)
            if run.group.is_work or self._course.forced:
                del self.delayed[node]
                reason = f"not tried again ({self._course.stop_reason}) after: {ending.reason}"
                state = TaskState.CANCELLED if cancelled else TaskState.FAILED
                self._finish(run, node, state, ending._replace(reason=reason), self._chronicle.time, paused=True)
        for twin in list(self._handed_over):
            run = self._run_of(twin)
            if twin in run.again:
                run.again.remove(twin)
                ending = Ending(FailureKind.CANCELLED, f"not started: {self._course.stop_reason}")
                self._finish(run, twin, TaskState.CANCELLED, ending, self._chronicle.time, paused=True)

    def give_up(self, node: int, reason: str) -> None:
        """The job of a node was told to end and does not."""
        run = self._run_of(node)
        ending = Ending(FailureKind.CANCELLED, reason)
        self._finish(run, node, TaskState.CANCELLED, ending, self._chronicle.time)

    def _run_of(self, node: int) -> GroupRun:
        return self._course.run_of(self._chronicle.group_of[node])


def _was_told(ending: Ending, change: StateChange) -> bool:
    """Whether a job ended because it was told to, and not by itself just before."""
    cause = change.sub_state or (change.info.job_sub_state if change.info else None)
    return cause == Cause.TERMINATED or ending.signal in _BY_TERMINATE or ending.exit_status in (128 + 15, 128 + 9)
