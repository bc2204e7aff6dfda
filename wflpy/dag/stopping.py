"""Ending jobs before their time: timeouts, a cancelled run, the first failure where that ends the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.dag.states import FailureKind, RunState, TaskState
from wflpy.dag.timers import Alarm
from wflpy.drmaa2 import DrmaaException, InvalidStateException, JobAction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wflpy.dag.context import Context
    from wflpy.dag.dispatch import Dispatcher, Session
    from wflpy.dag.judge import Judge

_ASK_AGAIN: Final = 5.0
"""Seconds until a backend that could not be reached is told once more that a job is over its timeout."""
_BEGUN: Final = (TaskState.RUNNING, TaskState.SUSPENDED)


class Stopper:
    """Tells jobs to end, and sees to what was never started."""

    def __init__(self, session: Session, context: Context, dispatcher: Dispatcher, judge: Judge) -> None:
        self._session: Final = session
        self._context: Final = context
        self._dispatcher: Final = dispatcher
        self._judge: Final = judge

    def stop(self, state: RunState, reason: str) -> None:
        """Start nothing more: what waits is ended now, jobs are told to end, handlers clean up."""
        self._context.course.stop(state, reason)
        self._judge.withdraw()
        for node, job_id in self._dispatcher.unpark().items():
            if job_id is None:
                self._judge.give_up(node, f"not submitted: {reason}")
        self._end_jobs(self._context.settings.grace)

    def force(self) -> None:
        """Spare nothing: no handler is started, and those that run are told to end too."""
        self._context.course.drop_handlers()
        self._judge.withdraw()
        self._end_jobs(self._context.settings.forced_grace)

    def give_up(self) -> None:
        """Jobs that were told to end have had their time: wait for them no longer."""
        for job_id, node in list(self._dispatcher.jobs.items()):
            if self._judge.told.get(node) is FailureKind.CANCELLED:
                del self._dispatcher.jobs[job_id]
                self._dispatcher.queued.discard(job_id)
                self._judge.give_up(node, f"job {job_id} was told to end and has not; it may still be there")

    def time_out(self, node: int, attempt: int) -> None:
        """The attempt of a node has run for as long as it may; nothing happens if it is not running any more."""
        table = self._context.table
        job_id = table.job_ids[node]
        running = job_id in self._dispatcher.jobs and table.states[node] in _BEGUN
        if job_id is None or not running or table.attempts[node] != attempt:
            return
        self._judge.told[node] = FailureKind.TIMEOUT
        if not self._terminate([job_id]):
            self._context.timers.set(self._context.clock.monotonic() + _ASK_AGAIN, Alarm.TIMEOUT, node, attempt)

    def _end_jobs(self, grace: float) -> None:
        """Tell the jobs of tasks to end; those of handlers too once nothing is to be spared."""
        context = self._context
        groups, group_of = context.table.plan.groups, context.chronicle.group_of
        told = {
            job_id: node
            for job_id, node in self._dispatcher.jobs.items()
            if context.course.forced or groups[group_of[node]].is_work
        }
        if told:
            self._judge.told.update(dict.fromkeys(told.values(), FailureKind.CANCELLED))
            self._terminate(list(told))
            context.timers.set(context.clock.monotonic() + grace, Alarm.GRACE)

    def _terminate(self, job_ids: Sequence[str]) -> bool:
        """Tell jobs to end; whether the backend could be asked. That a job has ended already is not worth telling."""
        note = self._context.chronicle.note
        try:
            refusals = self._session.control(job_ids, JobAction.TERMINATE)
        except DrmaaException as refusal:
            note(f"{len(job_ids)} jobs could not be told to end: {refusal}")
            return False
        for job_id, reason in refusals.items():
            if not isinstance(reason, InvalidStateException):
                note(f"job {job_id} could not be told to end: {reason}")
        return True
