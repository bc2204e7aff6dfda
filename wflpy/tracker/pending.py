"""Jobs that are accepted and written down, but not yet given to the backend (see `wflpy.tracker.emulation`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import (
    FINAL_STATES,
    DrmaaException,
    InvalidArgumentException,
    InvalidStateException,
    JobInfo,
    JobState,
    JobStatus,
    JobTemplate,
    state_path,
)
from wflpy.tracker.ability import Ability, Cause
from wflpy.tracker.entries import Array, Entry, Phase
from wflpy.tracker.throttle import Throttle
from wflpy.tracker.turns import Turns
from wflpy.tracker.watch import StateChange

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from wflpy.tracker.clock import Clock
    from wflpy.tracker.jobtable import JobTable

_LONGEST_PAUSE: Final = 60
"""Seconds between two attempts to reach the backend."""


class WaitingRoom:
    """The jobs of one session on this side of the backend, and what makes them go on.

    Whatever changes a job happens inside a `turn`, which holds the lock; what follows from it, calls at a later time
    and news for subscribers, happens in the thread of the clock.

    Args:
        table: the jobs, as they are written down.
        clock: the time.
        abilities: what the backend does itself.
        hand_over: gives a job to the backend.
        stop: has the backend terminate a job.
        publish: takes the changes.
    """

    def __init__(
        self,
        table: JobTable,
        clock: Clock,
        abilities: Collection[Ability],
        hand_over: Callable[[Entry, JobTemplate], None],
        stop: Callable[[str], None],
        publish: Callable[[Sequence[StateChange]], None],
    ) -> None:
        self._table: Final = table
        self._clock: Final = clock
        self._holds: Final = Ability.HOLD_NATIVE not in abilities
        self._delays: Final = Ability.START_TIME not in abilities
        self._ends: Final = Ability.DEADLINE_NATIVE not in abilities
        self._hand_over: Final = hand_over
        self._stop: Final = stop
        self._turns: Final = Turns(clock, publish)
        self._throttles: Final[dict[str, Throttle]] = {}
        self._stirred: Final[dict[str, Array]] = {}
        """Arrays of which another job may go."""
        self._gone: Final[set[str]] = set()
        """Jobs that were dropped here before the backend told their end."""
        self.turn: Final = self._turns.turn
        self.close: Final = self._turns.close

    # -- coming in -----------------------------------------------------------------------------------

    def phase_of(self, template: JobTemplate) -> Phase:
        """How a new job begins: HELD or WAITING on this side, or SUBMITTING."""
        if self._holds and template.submit_as_hold:
            return Phase.HELD
        return Phase.WAITING if self._is_early(template) else Phase.SUBMITTING

    def accept(self, entry: Entry) -> None:
        """Take in a job that waits here, and write it down."""
        with self.turn():
            self._table.save(entry)
            self._report(entry)
            self._arm(entry)
            self._begin(entry)

    def submit(self, entry: Entry) -> None:
        """Give a job to the backend at once.

        Raises:
            DrmaaException: the backend refused it, and it does not exist; or the backend cannot be reached, and whether
                it exists shows when it can be asked.
        """
        with self.turn():
            self._table.save(entry)
        try:
            # Without the lock: the backend may take its time.
            self._hand_over(entry, self._stripped(entry))
        except DrmaaException as refusal:
            if not refusal.transient:
                with self.turn():
                    self._table.remove(entry)
            raise
        with self.turn():
            if entry.phase is Phase.SUBMITTING:  # and its end has not been seen yet
                entry.phase = Phase.HANDED
                self._table.save(entry)
                self._arm(entry)

    def accept_array(self, array: Array, entries: Sequence[Entry]) -> None:
        """Take in all jobs of an array, and give to the backend those that may go.

        Raises:
            DrmaaException: the backend refused one; none of them exists.
        """
        with self.turn():
            self._table.add_array(array, entries)
            self._throttles[array.array_id] = Throttle(array.limit)
            for entry in entries:
                self._report(entry)
                self._arm(entry)
            try:
                for entry in entries:
                    self._begin(entry, strictly=True)
            except DrmaaException:
                self._turns.take_back(set(array.job_ids()))
                for entry in reversed(entries):
                    self._withdraw(entry)
                raise

    def catch_up(self) -> None:
        """See to what fell due while nobody had the session open."""
        with self.turn():
            entries = self._table.refresh().values()
            for entry in entries:
                status = entry.status()
                entry.reported = None if status is None else status.state
                if entry.phase is Phase.HANDED and entry.array is not None:
                    self._throttle(entry.array).enter(entry.job_id)
            for entry in entries:
                if entry.phase is not Phase.ENDED:
                    self._arm(entry)
                    self._begin(entry)

    # -- control -------------------------------------------------------------------------------------

    def hold(self, entry: Entry) -> None:
        """QUEUED here becomes QUEUED_HELD."""
        self._change(entry, Phase.HELD)
        if entry.array is not None:
            self._make_room(entry.job_id, entry.array)

    def release(self, entry: Entry) -> None:
        """QUEUED_HELD here becomes QUEUED, and goes on when it can."""
        self._change(entry, Phase.WAITING)
        self._begin(entry)

    def terminate(self, entry: Entry) -> None:
        """End a job that the backend does not know."""
        self._end(entry, Cause.TERMINATED, "it was terminated before it started")

    def drop(self, entry: Entry) -> None:
        """Forget a job for good."""
        with self.turn():
            self._turns.disarm(entry.job_id)
            self._table.remove(entry)

    # -- the backend's word --------------------------------------------------------------------------

    def settle(self, entry: Entry, info: JobInfo) -> None:
        """Take in the end of a job before the backend tells of it; its own news is not passed on any more."""
        state = info.job_state or JobState.UNDETERMINED
        with self.turn():
            if entry.reported not in FINAL_STATES:
                self._gone.add(entry.job_id)
                self.see([StateChange(entry.job_id, state, info.job_sub_state, info, self._clock.now().timestamp())])

    def see(self, changes: Iterable[StateChange]) -> None:
        """Take in what the backend says; every step is passed on once, and final snapshots are written down."""
        with self.turn():
            ended: list[Entry] = []
            for change in changes:
                entry = self._table.entry(change.job_id)
                if entry is None:
                    self._pass_on_unknown(change)
                    continue
                if entry.reported in FINAL_STATES:
                    continue
                self._pass_on(entry, change)
                if change.state in FINAL_STATES:
                    ended.append(entry)
            self._table.save(*ended)
            for entry in ended:
                self._leave(entry)

    # -- inside --------------------------------------------------------------------------------------

    def _is_early(self, template: JobTemplate) -> bool:
        start = template.start_time
        return self._delays and isinstance(start, datetime) and start > self._clock.now()

    def _begin(self, entry: Entry, *, strictly: bool = False) -> None:
        """Let a job go on that waits here, unless it has to wait further."""
        if entry.phase is not Phase.WAITING:
            return
        template = entry.array.template if entry.array is not None else entry.expanded()
        start = template.start_time
        if self._is_early(template) and isinstance(start, datetime):
            self._turns.call_at(entry.job_id, start, lambda: self._resume(entry.job_id))
        elif entry.array is None:
            self._offer(entry, strictly=strictly)
        else:
            self._throttle(entry.array).wait(entry.index or 0, entry.job_id)
            self._advance(entry.array, strictly=strictly)

    def _resume(self, job_id: str) -> None:
        entry = self._table.fresh(job_id)
        if entry is not None:
            self._begin(entry)

    def _advance(self, array: Array, *, strictly: bool = False) -> None:
        for job_id in self._throttle(array).admitted(self._is_waiting):
            entry = self._table.entry(job_id)
            if entry is not None:
                self._offer(entry, strictly=strictly)

    def _advance_stirred(self) -> None:
        stirred = list(self._stirred.values())
        self._stirred.clear()
        for array in stirred:
            self._advance(array)

    def _is_waiting(self, job_id: str) -> bool:
        entry = self._table.fresh(job_id)
        return entry is not None and entry.phase is Phase.WAITING

    def _offer(self, entry: Entry, *, strictly: bool) -> None:
        """Give a job that waited to the backend; what refuses it for good ends it, unless that is to be raised."""
        try:
            self._give(entry)
        except DrmaaException as refusal:
            if refusal.transient:
                entry.attempts += 1
                pause = timedelta(seconds=min(2 ** (entry.attempts - 1), _LONGEST_PAUSE))
                self._turns.call_at(entry.job_id, self._clock.now() + pause, lambda: self._retry(entry.job_id))
            elif strictly:
                raise
            else:
                self._end(entry, Cause.START_FAILED, f"the backend refused it: {refusal}")

    def _retry(self, job_id: str) -> None:
        entry = self._table.fresh(job_id)
        if entry is not None and entry.phase is Phase.WAITING:
            self._offer(entry, strictly=False)

    def _give(self, entry: Entry) -> None:
        self._hand_over(entry, self._stripped(entry))
        entry.phase = Phase.HANDED
        self._table.save(entry)

    def _stripped(self, entry: Entry) -> JobTemplate:
        """The template without what is seen to here."""
        template = entry.expanded().copy()
        if self._holds:
            template.submit_as_hold = None
        if self._delays:
            template.start_time = None
        if self._ends:
            template.deadline_time = None
        return template

    def _withdraw(self, entry: Entry) -> None:
        if entry.phase is Phase.HANDED:
            self._gone.add(entry.job_id)
            self._stop_quietly(entry)
        self.drop(entry)

    def _change(self, entry: Entry, phase: Phase) -> None:
        entry.phase = phase
        self._table.save(entry)
        self._report(entry)

    def _end(self, entry: Entry, cause: Cause, annotation: str) -> None:
        now = self._clock.now()
        entry.info = replace(
            entry.snapshot(),
            job_state=JobState.FAILED,
            job_sub_state=str(cause),
            annotation=annotation,
            finish_time=now,
        )
        entry.phase, entry.reported = Phase.ENDED, JobState.FAILED
        self._table.save(entry)
        self._turns.tell(StateChange(entry.job_id, JobState.FAILED, str(cause), entry.info, now.timestamp()))
        self._leave(entry)

    def _leave(self, entry: Entry) -> None:
        self._turns.disarm(entry.job_id)
        if entry.array is not None:
            self._make_room(entry.job_id, entry.array)

    def _make_room(self, job_id: str, array: Array) -> None:
        self._throttle(array).leave(job_id)
        self._stirred[array.array_id] = array
        self._turns.call_soon(self._advance_stirred)

    def _throttle(self, array: Array) -> Throttle:
        return self._throttles.setdefault(array.array_id, Throttle(array.limit))

    # -- deadlines -----------------------------------------------------------------------------------

    def _arm(self, entry: Entry) -> None:
        template = entry.array.template if entry.array is not None else entry.template
        deadline = None if template is None else template.deadline_time
        if self._ends and deadline is not None:
            self._turns.call_at(entry.job_id, deadline, lambda: self._miss_deadline(entry.job_id, deadline))

    def _miss_deadline(self, job_id: str, deadline: datetime) -> None:
        entry = self._table.fresh(job_id)
        text = f"its deadline, {deadline}, has passed"
        if entry is None or entry.phase is Phase.ENDED:
            return
        if entry.is_here:
            self._end(entry, Cause.DEADLINE, text)
            return
        entry.doom = (Cause.DEADLINE, text)
        self._table.save(entry)
        if not self._stop_quietly(entry):
            soon = self._clock.now() + timedelta(seconds=1)
            self._turns.call_at(job_id, soon, lambda: self._miss_deadline(job_id, deadline))

    def _stop_quietly(self, entry: Entry) -> bool:
        """Have the backend end a job; whether it could be asked."""
        try:
            self._stop(entry.job_id)
        except (InvalidArgumentException, InvalidStateException):
            return True
        except DrmaaException:
            return False
        return True

    # -- news ----------------------------------------------------------------------------------------

    def _report(self, entry: Entry) -> None:
        status = entry.status()
        if status is not None and entry.reported is not status.state:
            entry.reported = status.state
            time = self._clock.now().timestamp()
            self._turns.tell(StateChange(entry.job_id, status.state, status.sub_state, None, time))

    def _pass_on(self, entry: Entry, change: StateChange) -> None:
        """Tell a change of the backend, with the steps that lead to it, unless it is nothing new."""
        before = entry.reported
        path = (change.state,) if before is None else state_path(before, change.state)
        if not path:
            return
        self._turns.tell(*(StateChange(entry.job_id, state, None, None, change.time) for state in path[:-1]))
        status = entry.completed_status(JobStatus(path[-1], change.sub_state))
        entry.reported = status.state
        info = None
        if status.state in FINAL_STATES:
            info = entry.completed(change.info or JobInfo(job_id=entry.job_id, job_state=status.state))
            # Another process may have written down the same.
            entry.phase, entry.info = Phase.ENDED, info
        self._turns.tell(StateChange(entry.job_id, status.state, status.sub_state, info, change.time))

    def _pass_on_unknown(self, change: StateChange) -> None:
        """Note a change of a job that another process has deleted; of one deleted here nothing more is told."""
        if change.job_id not in self._gone:
            self._turns.tell(change)
        elif change.state in FINAL_STATES:
            self._gone.discard(change.job_id)
