"""Drives a plan over a job session: one thread, one inbox of state changes and commands, timers in a heap."""

from __future__ import annotations

import queue
import random
from enum import Enum
from typing import TYPE_CHECKING, Final

from wflpy.dag.chronicle import Chronicle
from wflpy.dag.collecting import seldom
from wflpy.dag.context import Context
from wflpy.dag.course import Course
from wflpy.dag.dispatch import Dispatcher
from wflpy.dag.errors import RunError
from wflpy.dag.fitting import fit_notes
from wflpy.dag.journal import Journal
from wflpy.dag.judge import Judge
from wflpy.dag.owner import Owner
from wflpy.dag.recipe import Kitchen
from wflpy.dag.results import result_of
from wflpy.dag.settings import RunSettings
from wflpy.dag.states import RunState, TaskState
from wflpy.dag.stopping import Stopper
from wflpy.dag.table import Table
from wflpy.dag.timers import Alarm, Clock, SystemClock, Timer, Timers
from wflpy.drmaa2 import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wflpy.dag.directory import RunDirectory
    from wflpy.dag.dispatch import Session
    from wflpy.dag.events import Observer
    from wflpy.dag.grouprun import GroupRun
    from wflpy.dag.outcomes import RunResult
    from wflpy.dag.plan import Plan
    from wflpy.dag.table import Ending
    from wflpy.tracker import StateChange

_SYNC_INTERVAL: Final = 1.0
"""Seconds between two times the journal is written through to the disk."""
_BATCHES: Final = 200
"""Batches of state changes that are looked at before anything is submitted."""
_SMALL: Final = 16
_GATHER: Final = 0.005
"""Seconds to wait for more after a few changes, while the backend has other jobs to start: one call for several."""

_MOVES: Final = {
    JobState.QUEUED: TaskState.QUEUED,
    JobState.QUEUED_HELD: TaskState.HELD,
    JobState.RUNNING: TaskState.RUNNING,
    JobState.SUSPENDED: TaskState.SUSPENDED,
    JobState.REQUEUED: TaskState.QUEUED,
    JobState.REQUEUED_HELD: TaskState.HELD,
}
"""What the states of a job that may be left mean for its task."""

_STARTED: Final = (TaskState.RUNNING, None)
"""What a job that was queued has come to when it is not queued any more."""


class _Command(Enum):
    """What may be asked of a running engine."""

    CANCEL = "cancel"
    FORCE = "force"
    DETACH = "detach"


class Engine:
    """One run. `run` drives it in the calling thread; `cancel` and `detach` may be called from anywhere.

    Args:
        plan: what to run.
        session: where; it must be open, and belong to this run alone.
        directory: where the journal and the logs go.
        settings: limits and manners.
        observers: are told of everything that happens, from the thread that drives.
        clock: the time; tests turn their own.
        jitter: numbers from 0 to 1 for the jitter of delays.
    """

    def __init__(
        self,
        plan: Plan,
        session: Session,
        directory: RunDirectory,
        settings: RunSettings | None = None,
        observers: Sequence[Observer] = (),
        *,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.plan: Final = plan
        self.directory: Final = directory
        self.table: Final = Table(plan)
        """Where every task is; to look at from other threads."""
        self._session: Final = session
        self._settings: Final = settings or RunSettings()
        self._observers: Final = tuple(observers)
        self._clock: Final[Clock] = clock or SystemClock()
        self._jitter: Final = jitter
        self._inbox: Final[queue.SimpleQueue[Sequence[StateChange] | _Command]] = queue.SimpleQueue()
        self._pending: Final[dict[int, tuple[TaskState, float]]] = {}
        """Moves of this turn that were not told yet: most tasks end in the turn they start."""
        self._synced = 0.0
        self._detached = False

    # -- from any thread -----------------------------------------------------------------------------

    def cancel(self, *, force: bool = False) -> None:
        """End the run: its jobs are told to end, then `always` handlers and `finally` run; with ``force`` they do not.

        Returns at once; `run` returns when everything has ended.
        """
        self._inbox.put(_Command.FORCE if force else _Command.CANCEL)

    def detach(self) -> None:
        """Stop driving and leave the jobs as they are; `run` returns soon, with the state DETACHED."""
        self._inbox.put(_Command.DETACH)

    def result(self) -> RunResult:
        """What has become of the run so far."""
        return result_of(self.table, self.directory)

    # -- the run -------------------------------------------------------------------------------------

    def run(self) -> RunResult:
        """Drive the run to its end, or until it is detached.

        Raises:
            WorkflowError: with ``strict``, a task asks for something the tracker does not have.
            RunError: the journal cannot be written.
            DrmaaException: the session cannot be used; jobs go on.
        """
        notes = fit_notes(self.plan, self._session.tracker, strict=self._settings.strict)
        journal = self._open_journal()
        try:
            with seldom():
                self._drive(journal, notes)
        except OSError as error:
            raise RunError(f"the journal of run {self.directory.run_id} cannot be written: {error.strerror}") from error
        finally:
            journal.close()
        return self.result()

    def _open_journal(self) -> Journal:
        try:
            return Journal(self.directory.journal_file)
        except OSError as error:
            raise RunError(f"{self.directory.journal_file} cannot be written: {error.strerror}") from error

    def _drive(self, journal: Journal, notes: Sequence[str]) -> None:
        self._begin(journal)
        for note in notes:
            self._chronicle.note(note)
        subscription = self._session.subscribe(self._inbox.put)
        try:
            self._course.start()
            while not self._detached and not self._course.over:
                self._turn()
            self._end()
        finally:
            subscription.cancel()

    def _begin(self, journal: Journal) -> None:
        self._journal = journal
        self._chronicle = Chronicle(self.plan, self.table, journal, self._observers)
        self._chronicle.at(self._clock.time())
        tracker = self._session.tracker
        self._course = Course(self.table, self._chronicle)
        context = Context(
            directory=self.directory,
            settings=self._settings,
            table=self.table,
            journal=journal,
            chronicle=self._chronicle,
            kitchen=Kitchen(self.table, self.directory, tracker),
            course=self._course,
            timers=Timers(),
            clock=self._clock,
            random=self._jitter,
        )
        self._timers = context.timers
        self._dispatcher = Dispatcher(self._session, context, self._refused, self._inbox.put)
        self._judge = Judge(context, self._dispatcher.recipe_of)
        self._stopper = Stopper(self._session, context, self._dispatcher, self._judge)
        self._course.condition = self._dispatcher.condition
        owner = Owner.current(self._session.session_name, tracker.name)
        self.directory.write_owner(owner)
        self._chronicle.open(owner._asdict())

    def _end(self) -> None:
        self._chronicle.at(self._clock.time())
        self._tell_moves()
        if self._detached:
            self._chronicle.close(RunState.DETACHED, "its jobs go on; nobody drives it", self._course.failures.first)
        else:
            state, reason = self._course.outcome
            self._chronicle.close(state, reason, self._course.failures.first)

    def _turn(self) -> None:
        """Submit what is ready, then take in what has happened; wait for something if there is nothing to do."""
        busy = self._dispatcher.submit_ready()
        if self._course.over:
            return
        message = self._receive(busy=busy)
        self._chronicle.at(self._clock.time())
        taken = 0
        while message is not None:
            if isinstance(message, _Command):
                self._obey(message)
            else:
                self._see(message)
            taken += 1
            message = self._next() if taken < _BATCHES else None
        self._tell_moves()
        for timer in self._timers.due(self._clock.monotonic()):
            self._go_off(timer)
        broken = self._course.failures.broken
        if self._settings.fail_fast and broken and self._course.stopped is None:
            self._stopper.stop(RunState.FAILED, f"the run ends at its first failure, that of '{broken}'")

    def _receive(self, *, busy: bool) -> Sequence[StateChange] | _Command | None:
        """The next message; before waiting for one, everything is written down."""
        message = self._next()
        if message is not None or busy:
            return message
        now = self._clock.monotonic()
        if now - self._synced >= _SYNC_INTERVAL:
            self._journal.sync()
            self._synced = now
        else:
            self._journal.flush()
        due = self._timers.next_due()
        message = self._clock.receive(self._inbox, None if due is None else max(0.0, due - now))
        if message and not isinstance(message, _Command) and len(message) < _SMALL and len(self._dispatcher.queued) > 1:
            self._clock.pause(_GATHER)
        return message

    def _next(self) -> Sequence[StateChange] | _Command | None:
        try:
            return self._inbox.get_nowait()
        except queue.Empty:
            return None

    # -- jobs ----------------------------------------------------------------------------------------

    def _see(self, changes: Iterable[StateChange]) -> None:
        """Take in what the backend tells; jobs that are not this run's, or have ended, are none of its business."""
        jobs, pending = self._dispatcher.jobs, self._pending
        for change in changes:
            node = jobs.get(change.job_id)
            if node is None:
                continue
            move = _MOVES.get(change.state)
            before = pending.pop(node, None)
            if move in _STARTED:
                self._dispatcher.queued.discard(change.job_id)
            if move is not None:
                if before is not None and before[0] is not move:
                    self._tell_move(node, *before)
                pending[node] = (move, change.time or self._chronicle.time)
                continue
            del jobs[change.job_id]
            started = before[1] if before is not None and before[0] is TaskState.RUNNING else 0.0
            self._judge.job_ended(node, change, 0.0 if self.table.started[node] else started)

    def _tell_moves(self) -> None:
        if self._pending:
            for node, (state, time) in self._pending.items():
                self._tell_move(node, state, time)
            self._pending.clear()

    def _tell_move(self, node: int, state: TaskState, time: float) -> None:
        if state is self.table.states[node]:
            return
        starts = state is TaskState.RUNNING and not self.table.started[node]
        self._chronicle.move(node, state, time)
        if not starts:
            return
        timeout = self.plan.groups[self._chronicle.group_of[node]].spec.timeout
        if timeout is not None:
            passed = min(max(0.0, self._clock.time() - time), timeout)
            due = self._clock.monotonic() + timeout - passed
            self._timers.set(due, Alarm.TIMEOUT, node, self.table.attempts[node])

    def _refused(self, run: GroupRun, node: int, ending: Ending) -> None:
        self._judge.refuse(run, node, ending)

    # -- timers --------------------------------------------------------------------------------------

    def _go_off(self, timer: Timer) -> None:
        if timer.alarm is Alarm.TIMEOUT:
            self._stopper.time_out(timer.node, timer.attempt)
        elif timer.alarm is Alarm.RETRY:
            self._judge.end_delay(timer.node)
        elif timer.alarm is Alarm.RESUBMIT:
            self._dispatcher.resubmit()
        else:
            self._stopper.give_up()

    def _obey(self, command: _Command) -> None:
        if command is _Command.DETACH:
            self._detached = True
            return
        self._tell_moves()
        if self._course.stopped is not RunState.CANCELLED:
            self._stopper.stop(RunState.CANCELLED, "the run was cancelled")
        if command is _Command.FORCE and not self._course.forced:
            self._stopper.force()
