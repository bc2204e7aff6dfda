"""Hold, start time, deadline and arrays for backends that can do no more than run a job now.

A job that must wait is accepted and written down, but not yet given to the backend. It advances while a process has the
session open (its sub-state is ``waiting_for_client``); whoever opens the session next catches up with what was missed.
The id of a job is its key, so that the backend can be told to name its object so; jobs of an array are ``KEY.INDEX``.

Several processes may have one session open. Each sees the records of the others when it asks, and a job is given to the
backend under its id, so never twice; but ``max_parallel`` may be exceeded while two of them decide at the same moment,
and a wait for a job that another process releases or terminates before it started ends with its first news from the
backend.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import (
    FINAL_STATES,
    DrmaaException,
    JobAction,
    JobInfo,
    JobState,
    JobStatus,
    JobTemplate,
    Operation,
    UnsupportedOperationException,
    check_operation,
)
from wflpy.tracker.ability import Ability, Cause
from wflpy.tracker.arrays import check_expansion, element_id, no_such_array, no_such_job
from wflpy.tracker.base import JobTracker, TemplateKeeper
from wflpy.tracker.clock import SystemClock
from wflpy.tracker.entries import Array, Entry, Phase
from wflpy.tracker.jobtable import JobTable
from wflpy.tracker.pending import WaitingRoom
from wflpy.tracker.watch import StateChange

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from wflpy.tracker.clock import Clock
    from wflpy.tracker.ledger import Ledger

_LOST: Final = "the backend knows this job no more, and its end was not seen"


class EmulatingTracker(JobTracker, TemplateKeeper):
    """A tracker over a backend that runs jobs at once; its subclasses talk to the backend, and to nothing else.

    A subclass implements the methods whose names begin with ``backend_``, hands every change that it learns of to
    `backend_changed`, from one thread, and calls `catch_up` at the end of `open`. Calls of `backend_submit` are made
    mostly with a lock held that `backend_changed` takes too, so they must not wait for a change to be seen.

    Args:
        ledger: of the session.
        clock: the time; that of the machine if None.
    """

    keeps_jobs = True

    def __init__(self, ledger: Ledger, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock: Final[Clock] = clock or SystemClock(f"wflpy-{self.name}")
        self._owns_clock: Final = clock is None
        self._table: Final = JobTable(ledger)
        self._room: Final = WaitingRoom(
            self._table, self._clock, self.abilities, self._hand_over, self._stop, self.watch.publish
        )

    # -- what a subclass implements ------------------------------------------------------------------

    @abstractmethod
    def backend_check(self, template: JobTemplate) -> None:
        """Raise what `submit` is to raise for a template that can never be run here, without asking the backend."""

    @abstractmethod
    def backend_submit(self, job_id: str, template: JobTemplate, index: int | None) -> None:
        """Run a job now, under this id; an id that the backend has already is no error and starts nothing."""

    @abstractmethod
    def backend_states(self, job_ids: Collection[str]) -> Mapping[str, JobStatus]:
        """The states of those of these jobs that the backend knows, in one call."""

    @abstractmethod
    def backend_infos(self, job_ids: Collection[str]) -> Mapping[str, JobInfo]:
        """Snapshots of those of these jobs that the backend knows."""

    @abstractmethod
    def backend_control(self, job_id: str, action: JobAction) -> None:
        """Carry out an action that is allowed in the job's state."""

    @abstractmethod
    def backend_delete(self, job_id: str) -> None:
        """Drop what the backend has of an ended job; a job it does not know is no error."""

    def backend_changed(self, changes: Sequence[StateChange]) -> None:
        """Take in changes as the backend tells them; `backend_states` must already answer with them."""
        self._room.see(changes)

    def catch_up(self) -> None:
        """See to what fell due while nobody had the session open."""
        entries = self._resolve(self._table.refresh().values())
        self._room.catch_up()
        handed = [entry.job_id for entry in entries if entry.phase is Phase.HANDED]
        told: Mapping[str, JobStatus] = self.backend_states(handed) if handed else {}
        ended = [job_id for job_id, status in told.items() if status.state in FINAL_STATES]
        infos: Mapping[str, JobInfo] = self.backend_infos(ended) if ended else {}
        now = self._clock.now().timestamp()
        self.backend_changed([StateChange(job_id, *told[job_id], info, now) for job_id, info in infos.items()])

    # -- submitting ----------------------------------------------------------------------------------

    def submit(self, template: JobTemplate, key: str) -> str:
        """Submit one job; its id is the key."""
        with self._room.turn():
            known = self._table.entry(key)
            if known is not None and known.phase is not Phase.SUBMITTING:
                return key
            self.backend_check(template)
            entry = known or Entry(key, self._room.phase_of(template), self._clock.now(), template.copy())
        if entry.is_here:
            self._room.accept(entry)
        else:
            self._room.submit(entry)
        return key

    def submit_array(self, template: JobTemplate, indices: range, max_parallel: int | None, key: str) -> str:
        """Submit one job per index; its id is the key."""
        with self._room.turn():
            known = self._table.array(key)
            if known is not None and self._members(known):
                return key
            check_expansion(template, indices, self.backend_check)
            array = Array(key, template.copy(), indices, max_parallel)
            phase = Phase.HELD if self._room.phase_of(template) is Phase.HELD else Phase.WAITING
            now = self._clock.now()
            entries = [Entry(element_id(key, index), phase, now, None, array) for index in indices]
            self._room.accept_array(array, entries)
        return key

    def find(self, keys: Collection[str]) -> dict[str, str]:
        """Those of the keys that are jobs or arrays, which have them as ids."""
        with self._room.turn():
            entries = [entry for entry in map(self._table.fresh, keys) if entry is not None]
            found = {entry.job_id for entry in self._resolve(entries)}
            arrays = {key: self._table.array(key) for key in keys if key not in found}
            return {key: key for key in keys if key in found or ((array := arrays[key]) and self._members(array))}

    # -- knowing -------------------------------------------------------------------------------------

    def job_ids(self) -> list[str]:
        """The jobs of this session, oldest first."""
        with self._room.turn():
            return [entry.job_id for entry in self._resolve(self._table.refresh().values())]

    def array_ids(self) -> list[str]:
        """The arrays of this session that have jobs, oldest first."""
        with self._room.turn():
            return self._table.arrays()

    def array_job_ids(self, array_id: str) -> list[str]:
        """The jobs of an array in index order."""
        with self._room.turn():
            array = self._table.array(array_id)
            members = [] if array is None else self._members(array)
            if not members:
                raise no_such_array(array_id, self.name)
            return [entry.job_id for entry in members]

    def states(self, job_ids: Collection[str]) -> dict[str, JobStatus]:
        """The states of these jobs; the backend is asked once, for those it has."""
        entries, here = self._known(job_ids)
        theirs = [job_id for job_id in job_ids if job_id not in here]
        told: Mapping[str, JobStatus] = self.backend_states(theirs) if theirs else {}
        found: dict[str, JobStatus] = {}
        for job_id in job_ids:
            if job_id in here:
                found[job_id] = here[job_id]
            elif job_id in told:
                found[job_id] = entries[job_id].completed_status(told[job_id])
            else:
                found[job_id] = self._lost_status(job_id)
        return found

    def info(self, job_id: str) -> JobInfo:
        """A snapshot of one job."""
        return self.infos((job_id,))[job_id]

    def infos(self, job_ids: Collection[str]) -> dict[str, JobInfo]:
        """Snapshots of these jobs; the backend is asked once, for those it has."""
        entries, here = self._known(job_ids)
        theirs = [job_id for job_id in job_ids if job_id not in here]
        told: Mapping[str, JobInfo] = self.backend_infos(theirs) if theirs else {}
        found: dict[str, JobInfo] = {}
        for job_id in job_ids:
            if job_id in here:
                found[job_id] = entries[job_id].snapshot()
            elif job_id in told:
                found[job_id] = entries[job_id].completed(told[job_id])
            else:
                found[job_id] = self._lost_info(job_id)
        return found

    def template(self, job_id: str) -> JobTemplate:
        """What was submitted; of an array, with its placeholders."""
        with self._room.turn():
            entry = self._table.entry(job_id)
            if entry is not None:
                return entry.expanded().copy()
            array = self._table.array(job_id)
            if array is None:
                raise no_such_job(job_id, self.name)
            return array.template.copy()

    # -- controlling ---------------------------------------------------------------------------------

    def control(self, job_id: str, action: JobAction) -> None:
        """Carry out one action, here or at the backend."""
        self._check_action(action)
        check_operation(action, self.state(job_id).state, job_id, tracker=self.name)
        if self._control_here(job_id, action):
            return
        if action is JobAction.HOLD and Ability.HOLD_NATIVE not in self.abilities:
            text = f"job {job_id} cannot be held any more: the {self.name} backend has it already"
            raise UnsupportedOperationException(text, job_id=job_id, tracker=self.name)
        self.backend_control(job_id, action)

    def control_many(self, job_ids: Sequence[str], action: JobAction) -> dict[str, DrmaaException]:
        """Carry out one action on several jobs; a job that can no longer be held is one of the refusals."""
        self._check_action(action)
        refusals: dict[str, DrmaaException] = {}
        for job_id in job_ids:
            try:
                self.control(job_id, action)
            except DrmaaException as refusal:
                refusals[job_id] = refusal
        return refusals

    def delete(self, job_id: str) -> None:
        """Drop a job that has ended, here and at the backend."""
        status = self.state(job_id)
        check_operation(Operation.REAP, status.state, job_id, tracker=self.name)
        info = self.info(job_id)
        self.backend_delete(job_id)
        with self._room.turn():
            entry = self._table.entry(job_id)
            if entry is not None:
                # Those who listen hear of its end before it is gone.
                self._room.settle(entry, info)
                self._room.drop(entry)

    def close(self) -> None:
        """Let go of the session; what waits here goes on when somebody opens it again."""
        self._room.close()
        if self._owns_clock:
            self._clock.close()
        self.watch.close()

    # -- inside --------------------------------------------------------------------------------------

    def _check_action(self, action: JobAction) -> None:
        if action in (JobAction.SUSPEND, JobAction.RESUME) and Ability.SUSPEND not in self.abilities:
            text = f"the {self.name} tracker cannot {action} jobs"
            raise UnsupportedOperationException(text, tracker=self.name)

    def _hand_over(self, entry: Entry, template: JobTemplate) -> None:
        self.backend_submit(entry.job_id, template, entry.index)

    def _stop(self, job_id: str) -> None:
        self.backend_control(job_id, JobAction.TERMINATE)

    def _control_here(self, job_id: str, action: JobAction) -> bool:
        with self._room.turn():
            entry = self._table.fresh(job_id)
            if entry is None or not entry.is_here:
                return False
            if action is JobAction.HOLD:
                self._room.hold(entry)
            elif action is JobAction.RELEASE:
                self._room.release(entry)
            else:
                self._room.terminate(entry)
            return True

    def _known(self, job_ids: Collection[str]) -> tuple[dict[str, Entry], dict[str, JobStatus]]:
        """What is known here of these jobs, and the states of those that are not the backend's."""
        entries: dict[str, Entry] = {}
        here: dict[str, JobStatus] = {}
        with self._room.turn():
            for job_id in job_ids:
                entry = self._table.entry(job_id)
                if entry is not None and entry.is_here:
                    # Another process may have released or ended it.
                    entry = self._table.fresh(job_id)
                if entry is None:
                    raise no_such_job(job_id, self.name)
                entries[job_id] = entry
                status = entry.status()
                if status is not None:
                    here[job_id] = status
        return entries, here

    def _lost_status(self, job_id: str) -> JobStatus:
        info = self._lost_info(job_id)
        return JobStatus(info.job_state or JobState.UNDETERMINED, info.job_sub_state)

    def _lost_info(self, job_id: str) -> JobInfo:
        """What is to be said of a job that the backend was to have and does not know."""
        with self._room.turn():
            entry = self._table.fresh(job_id)
            if entry is None or entry.phase is Phase.SUBMITTING:
                raise no_such_job(job_id, self.name)
            if entry.status() is None:
                state, cause = JobState.UNDETERMINED, Cause.LOST
                info = JobInfo(job_id=job_id, job_state=state, job_sub_state=cause, annotation=_LOST)
                self._room.settle(entry, info)
            return entry.snapshot()

    def _resolve(self, entries: Collection[Entry]) -> list[Entry]:
        """Those of the jobs that exist: what was being submitted does if the backend knows it."""
        unsure = [entry.job_id for entry in entries if entry.phase is Phase.SUBMITTING]
        told: Mapping[str, JobStatus] = self.backend_states(unsure) if unsure else {}
        with self._room.turn():
            arrived = [entry for entry in entries if entry.phase is Phase.SUBMITTING and entry.job_id in told]
            for entry in arrived:
                entry.phase = Phase.HANDED
            self._table.save(*arrived)
        return [entry for entry in entries if entry.phase is not Phase.SUBMITTING]

    def _members(self, array: Array) -> list[Entry]:
        self._table.refresh()
        return self._table.members(array)
