"""What a backend is: the JobTracker contract. The docstrings here are the specification.

A tracker serves one session of one backend. It is opened with the session's name, its options and a
`Ledger`; it accepts job templates, reports states as facts, and pushes every change it learns of to its
`StateWatch`. Opening, submitting and controlling may be done from several threads.

Errors are DRMAA2 exceptions only. A backend that cannot be reached raises DrmCommunicationException, an id
that the session does not know raises InvalidArgumentException. A question that fails changes no state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Self

from wflpy.drmaa2 import (
    DrmaaCapability,
    DrmaaException,
    JobAction,
    JobInfo,
    JobState,
    JobStatus,
    JobTemplate,
    UnsupportedOperationException,
    Version,
)
from wflpy.tracker.ability import Ability, Files
from wflpy.tracker.watch import StateChange, StateWatch, Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from wflpy.drmaa2 import MachineInfo, QueueInfo, ReservationInfo, ReservationTemplate
    from wflpy.tracker.ledger import Ledger

_NEVER: Final = datetime.max.replace(tzinfo=UTC)

Submission = tuple[JobTemplate, str]
"""A template and the key minted for it."""


class JobTracker(ABC):
    """One session on one backend.

    Class attributes say what the backend can do; they hold for every instance.
    """

    name: ClassVar[str]
    """The registry's name, also the prefix of extension keys."""
    options_type: ClassVar[type]
    """Frozen dataclass of the options; every field has a default and a docstring-like ``metadata["help"]``."""
    capabilities: ClassVar[frozenset[DrmaaCapability]] = frozenset()
    """The standard's optional features that work (GFD.231 4.3)."""
    abilities: ClassVar[frozenset[Ability]] = frozenset()
    """What else works."""
    files: ClassVar[Files] = Files.SHARED
    """Whether jobs see the submitter's files."""
    keeps_jobs: ClassVar[bool] = False
    """True when the tracker itself durably records key and job before `submit` returns, so that `job_ids`
    and `find` are complete after any crash and the session need not write first."""

    def __init__(self) -> None:
        self.watch = StateWatch()

    @classmethod
    @abstractmethod
    def open(cls, session: str, options: object, ledger: Ledger) -> Self:
        """Open the backend for one session; its earlier jobs are known again.

        Raises:
            InvalidArgumentException: the options are of the wrong type or hold a wrong value.
            DrmCommunicationException: the backend cannot be reached.
            TrackerUnavailable: a library or program that the backend needs is missing.
        """

    @property
    @abstractmethod
    def contact(self) -> str:
        """Which installation this is, as text that opens the same one again (GFD.231 8.2.1)."""

    @property
    @abstractmethod
    def drms_name(self) -> str:
        """The backend's name, without a version (GFD.231 7.1.1)."""

    @property
    @abstractmethod
    def drms_version(self) -> Version:
        """The backend's version (GFD.231 7.1.2)."""

    # -- submitting ----------------------------------------------------------------------------------

    @abstractmethod
    def submit(self, template: JobTemplate, key: str) -> str:
        """Submit one job and return its id.

        The template has passed `wflpy.drmaa2` validation and holds no PARAMETRIC_INDEX; it must not be
        kept by reference. The same key again gives the same job, never a second one. When the call
        returns, the job is recorded durably and has a state. Files that cannot be opened, a missing
        working directory or program make the job FAILED with a `Cause`; they do not raise.

        Raises:
            UnsupportedAttributeException: an optional attribute is set that this tracker lacks.
            InvalidArgumentException: a value can never be met here (names the attributes).
            DeniedByDrmsException, DrmCommunicationException, TryLaterException, OutOfResourceException
        """

    def submit_many(self, submissions: Sequence[Submission]) -> list[str | DrmaaException]:
        """Submit several independent jobs; per job its id or the exception that refused it.

        An exception raised (rather than returned) means that none was submitted after the failing one.
        """
        outcomes: list[str | DrmaaException] = []
        for template, key in submissions:
            try:
                outcomes.append(self.submit(template, key))
            except DrmaaException as refusal:
                outcomes.append(refusal)
        return outcomes

    @abstractmethod
    def submit_array(self, template: JobTemplate, indices: range, max_parallel: int | None, key: str) -> str:
        """Submit one job per index, all or none, and return the array's id.

        PARAMETRIC_INDEX is still in the template. ``max_parallel`` is None or at least 1; it is honoured
        when BULK_JOBS_MAXPARALLEL is declared and ignored otherwise. Element order is index order.
        """

    @abstractmethod
    def find(self, keys: Collection[str]) -> dict[str, str]:
        """The job ids (array ids for arrays) of those keys that reached the backend, in one call."""

    # -- knowing -------------------------------------------------------------------------------------

    @abstractmethod
    def job_ids(self) -> list[str]:
        """Ids of all jobs of this session that are not deleted, array elements included, oldest first."""

    @abstractmethod
    def array_ids(self) -> list[str]:
        """Ids of all arrays of this session that still hold a job, oldest first."""

    @abstractmethod
    def array_job_ids(self, array_id: str) -> list[str]:
        """Ids of the jobs of one array in index order, deleted ones left out."""

    @abstractmethod
    def states(self, job_ids: Collection[str]) -> dict[str, JobStatus]:
        """The states of these jobs in one backend call.

        Raises:
            InvalidArgumentException: one of the ids is unknown.
        """

    def state(self, job_id: str) -> JobStatus:
        """The state of one job, with its sub-state."""
        return self.states((job_id,))[job_id]

    @abstractmethod
    def info(self, job_id: str) -> JobInfo:
        """A snapshot of one job; complete and final once the job is Terminated."""

    def infos(self, job_ids: Collection[str]) -> dict[str, JobInfo]:
        """Snapshots of several jobs; trackers with a batched query override this."""
        return {job_id: self.info(job_id) for job_id in job_ids}

    def categories(self) -> list[str]:
        """Valid values of job_category; an empty list when there are none."""
        return []

    # -- controlling ---------------------------------------------------------------------------------

    @abstractmethod
    def control(self, job_id: str, action: JobAction) -> None:
        """Carry out one action; return once the backend acknowledged it.

        Raises:
            UnsupportedOperationException: the tracker cannot do this in any state (checked first).
            InvalidArgumentException: unknown id.
            InvalidStateException: not allowed in the job's state (GFD.231 8.4.4).
        """

    def control_many(self, job_ids: Sequence[str], action: JobAction) -> dict[str, DrmaaException]:
        """Carry out one action on several jobs; returns the refusals by job id."""
        refusals: dict[str, DrmaaException] = {}
        for job_id in job_ids:
            try:
                self.control(job_id, action)
            except UnsupportedOperationException:
                raise
            except DrmaaException as refusal:
                refusals[job_id] = refusal
        return refusals

    @abstractmethod
    def delete(self, job_id: str) -> None:
        """Drop every record of a Terminated job (the standard's reap); its id is unknown afterwards.

        Raises:
            InvalidStateException: the job is not Terminated.
            InvalidArgumentException: unknown id.
        """

    def forget(self) -> None:
        """The session was destroyed: drop its records of ended jobs; running jobs are left alone."""
        for job_id, status in self.states(self.job_ids()).items():
            if status.state.is_terminated:
                self.delete(job_id)

    # -- waiting -------------------------------------------------------------------------------------

    def wait(self, job_id: str, timeout: timedelta | None, states: Collection[JobState]) -> JobStatus:
        """Block until the job is in one of ``states`` or can never reach one of them; return its status.

        ``timeout=None`` waits without limit, zero asks once.

        Raises:
            TimeoutException: the time is over.
            InvalidArgumentException: unknown id.
        """
        found = self.wait_any((job_id,), timeout, states)
        return found[1]

    def wait_any(
        self, job_ids: Sequence[str], timeout: timedelta | None, states: Collection[JobState]
    ) -> tuple[str, JobStatus]:
        """Block until one of the jobs is in one of ``states``; the earliest, ties by the order given.

        Also returns, with its final status, when every one of the jobs is past reaching those states.
        """
        return self.watch.wait_any(
            job_ids, timeout, states, ask=self.states, first=lambda there: self._first(there, states)
        )

    def _first(self, job_ids: Sequence[str], states: Collection[JobState]) -> str:
        """The job that was the first to be in one of the states; an unknown time counts as the latest."""
        infos = self.infos(job_ids)
        waits_for_start = any(state.is_started for state in states)
        times = {
            job_id: (info.dispatch_time if waits_for_start else info.finish_time) or _NEVER
            for job_id, info in infos.items()
        }
        return min(job_ids, key=lambda job_id: times[job_id])

    def subscribe(self, callback: Callable[[Sequence[StateChange]], None]) -> Subscription:
        """Have every later state change delivered, in order, in batches, from the watching thread.

        The callback must be quick and must not call the tracker. Changes of jobs that were submitted
        before the call may be delivered too. ``cancel()`` of the result ends it.
        """
        return self.watch.subscribe(callback)

    @abstractmethod
    def close(self) -> None:
        """Let go of the backend: no thread, socket or process of ours remains; jobs go on. Twice is fine.

        Waiting threads are woken with InvalidSessionException.
        """


class Monitor(ABC):
    """A tracker that sees more than its own session (GFD.231 10).

    Its `JobTracker.info` and `JobTracker.infos` answer for every job that `all_job_ids` names.
    """

    @abstractmethod
    def all_job_ids(self) -> list[str]:
        """Every job the backend shows to this user, also those not submitted here."""

    @abstractmethod
    def all_queues(self) -> list[QueueInfo]:
        """The queues."""

    @abstractmethod
    def all_machines(self) -> list[MachineInfo]:
        """The machines."""


class Reserver(ABC):
    """A tracker with advance reservations (GFD.231 9); declares ADVANCE_RESERVATION."""

    @abstractmethod
    def reserve(self, template: ReservationTemplate, key: str) -> str:
        """Ask for a reservation and return its id; the same key again gives the same reservation.

        The template has passed `wflpy.drmaa2` validation.

        Raises:
            UnsupportedAttributeException: an optional attribute is set that this tracker lacks.
            InvalidArgumentException: a value can never be met here (names the attributes).
            DeniedByDrmsException: the frame or the slots cannot be had.
        """

    @abstractmethod
    def reservation_ids(self) -> list[str]:
        """Ids of the reservations of this session that are not terminated, oldest first."""

    @abstractmethod
    def reservation_info(self, reservation_id: str) -> ReservationInfo:
        """A snapshot of one reservation.

        Raises:
            InvalidArgumentException: unknown id, or the reservation was terminated.
        """

    @abstractmethod
    def terminate_reservation(self, reservation_id: str) -> None:
        """Give the reservation up; jobs that run in it are treated as the backend does.

        Raises:
            InvalidArgumentException: unknown id, or it was terminated before.
        """


class TemplateKeeper(ABC):
    """A tracker that gives back what was submitted."""

    @abstractmethod
    def template(self, job_id: str) -> JobTemplate:
        """What was submitted, of a job or of an array, by its id.

        That of an array holds its placeholders; that of a job in it has PARAMETRIC_INDEX replaced (GFD.231 8.2.7).

        Raises:
            InvalidArgumentException: unknown id.
        """


class OutputReader(ABC):
    """A tracker whose jobs' output can be read without the job having named a file."""

    @abstractmethod
    def output(self, job_id: str, stream: str = "stdout") -> str:
        """What the job wrote so far; ``stream`` is ``stdout`` or ``stderr``."""
