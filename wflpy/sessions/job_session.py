"""A job session: the jobs that belong together, and how more of them are submitted (GFD.231 8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from wflpy.drmaa2 import (
    DrmaaCapability,
    DrmaaException,
    InvalidArgumentException,
    InvalidSessionException,
    JobAction,
    JobInfo,
    JobTemplate,
    Operation,
    bulk_indices,
    check_jobs,
    check_max_parallel,
    wait_limit,
)
from wflpy.sessions import facts, operations, submission, waits
from wflpy.sessions.job import Job
from wflpy.sessions.job_array import JobArray
from wflpy.sessions.keys import new_key
from wflpy.sessions.reflective import DrmaaReflective
from wflpy.sessions.selection import checked_id, selected_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import timedelta
    from types import TracebackType

    from wflpy.sessions.connection import Connection
    from wflpy.tracker import JobTracker, StateChange, Subscription


class JobSession(DrmaaReflective):
    """The jobs of one session on one tracker; SessionManager makes these objects.

    The session outlives this object and this process: whoever opens it by name finds its jobs. Closing leaves the jobs
    alone. All methods may be called from several threads; after a fork they raise InvalidSessionException in the child.
    """

    def __init__(self, connection: Connection, name: str, contact: str, on_close: Callable[[JobSession], None]) -> None:
        self._connection: Final = connection
        self._name: Final = name
        self._contact: Final = contact
        self._on_close: Final = on_close

    # -- the session ---------------------------------------------------------------------------------

    @property
    def contact(self) -> str:
        """The contact it was created with, or the default one (GFD.231 8.2.1)."""
        return self._contact

    @property
    def session_name(self) -> str:
        """The name that opens it again."""
        return self._name

    @property
    def job_categories(self) -> list[str]:
        """The valid values of ``job_category``; empty when there are none (GFD.231 8.2.3)."""
        self._connection.check()
        return self._connection.tracker.categories()

    @property
    def tracker(self) -> JobTracker:
        """The open tracker (beyond the standard)."""
        self._connection.check()
        return self._connection.tracker

    def supports(self, capability: DrmaaCapability) -> bool:
        """Whether the tracker of this session has an optional feature (beyond the standard)."""
        return capability in self._connection.capabilities

    def close(self) -> None:
        """Save what is not saved yet and let go of the tracker; the jobs go on (GFD.231 7.1.9).

        Raises:
            InvalidSessionException: it was closed or destroyed before.
        """
        try:
            self._connection.check()
        except InvalidSessionException:
            self._on_close(self)
            raise
        self.let_go()

    def __enter__(self) -> Self:
        self._connection.check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go()

    # -- submitting ----------------------------------------------------------------------------------

    def run_job(self, job_template: JobTemplate) -> Job:
        """Submit one job. When the call returns it is saved and has a state (GFD.231 8.2.6).

        The template is copied; later changes to it have no effect.

        Raises:
            InvalidArgumentException: names every attribute that is wrong.
            UnsupportedAttributeException: names every optional attribute that the tracker does not have.
            DeniedByDrmsException: the DRM system refuses the job.
        """
        self._connection.check()
        job_id, template = submission.submit(self._connection, job_template, new_key())
        return Job(self._connection, job_id, template)

    def run_bulk_jobs(
        self,
        job_template: JobTemplate,
        begin_index: int,
        end_index: int,
        step: int = 1,
        max_parallel: int | None = None,
    ) -> JobArray:
        """Submit one job per index, all of them or none (GFD.231 8.2.7).

        Args:
            job_template: what the jobs are; PARAMETRIC_INDEX in it stands for the index of each.
            begin_index: the first index, at least 1.
            end_index: the last index; not met when the step leads past it.
            step: the distance between two indices, at least 1.
            max_parallel: how many of the jobs may run at once; None for any number. Ignored by trackers without
                BULK_JOBS_MAXPARALLEL.

        Raises:
            InvalidArgumentException: an index, the step or an attribute is wrong; nothing was submitted.
            UnsupportedAttributeException: an optional attribute is set that the tracker does not have.
        """
        self._connection.check()
        indices = bulk_indices(begin_index, end_index, step)
        return self.submit_array(job_template, indices, max_parallel, new_key())

    def submit(self, templates: Sequence[JobTemplate], keys: Sequence[str] | None = None) -> list[Job | DrmaaException]:
        """Submit several independent jobs at once (beyond the standard).

        Args:
            templates: one per job. They are not copied: do not change them afterwards.
            keys: one per job, from `new_key`, under which `find` finds it; the same key again gives the same job.

        Returns:
            Per template its job, or the exception that refused it.
        """
        connection = self._connection
        connection.check()
        answers = submission.submit_many(connection, templates, keys)
        return [Job(connection, answer) if isinstance(answer, str) else answer for answer in answers]

    def submit_array(self, template: JobTemplate, indices: range, max_parallel: int | None, key: str) -> JobArray:
        """Submit one job per index under a key of the caller's (beyond the standard); see `run_bulk_jobs`."""
        self._connection.check()
        if DrmaaCapability.BULK_JOBS_MAXPARALLEL in self._connection.capabilities:
            check_max_parallel(max_parallel)
        else:
            max_parallel = None
        array_id, copy = submission.submit_array(self._connection, template, indices, max_parallel, key)
        return JobArray(self._connection, array_id, copy)

    def find(self, keys: Collection[str]) -> dict[str, str]:
        """The ids of the jobs (of arrays, the array ids) that were submitted under these keys (beyond the standard)."""
        self._connection.check()
        return self._connection.tracker.find(keys)

    # -- finding -------------------------------------------------------------------------------------

    def get_jobs(self, filter: JobInfo | None = None) -> list[Job]:  # noqa: A002  # the standard's name
        """The jobs that match, oldest first; all of the session without a filter (GFD.231 8.2.4).

        Raises:
            InvalidArgumentException: the filter holds a wrong value, or a state that the tracker never reports.
        """
        self._connection.check()
        ids = selected_ids(self._connection, facts.job_ids, filter)
        return [Job(self._connection, job_id) for job_id in ids]

    def get_job(self, job_id: str) -> Job:
        """One job of the session (beyond the standard).

        Raises:
            InvalidArgumentException: the session has no such job.
        """
        self._connection.check()
        facts.state(self._connection, checked_id(job_id, "jobId"))
        return Job(self._connection, job_id)

    def get_job_array(self, job_array_id: str) -> JobArray:
        """One array of the session (GFD.231 8.2.5).

        Raises:
            InvalidArgumentException: the session has no such array, or no job of it any more.
        """
        self._connection.check()
        facts.array_job_ids(self._connection, checked_id(job_array_id, "jobArrayId"))
        return JobArray(self._connection, job_array_id)

    # -- waiting -------------------------------------------------------------------------------------

    def wait_any_started(self, jobs: Sequence[Job], timeout: timedelta | float | None = None) -> Job:
        """Block until one of the jobs has started; the first that did (GFD.231 8.2.8).

        Args:
            jobs: jobs of this session, at least one.
            timeout: how long at most, a number is seconds; 0 asks once, None waits without limit.

        Raises:
            TimeoutException: the time is over.
            InvalidArgumentException: a job is not of this session, or there is none.
            InvalidStateException: none of them can start any more.
        """
        return self._wait_any(Operation.WAIT_STARTED, jobs, timeout)

    def wait_any_terminated(self, jobs: Sequence[Job], timeout: timedelta | float | None = None) -> Job:
        """Block until one of the jobs is DONE or FAILED; the first that was (GFD.231 8.2.8).

        See `wait_any_started` for the arguments and exceptions.
        """
        return self._wait_any(Operation.WAIT_TERMINATED, jobs, timeout)

    def wait_all_started(self, jobs: Sequence[Job], timeout: timedelta | float | None = None) -> None:
        """Block until each of the jobs has started (beyond the standard).

        See `wait_any_started` for the arguments.

        Raises:
            TimeoutException: the time is over; ``pending`` holds the ids of the jobs that have not started.
            InvalidArgumentException: a job is not of this session, or there is none.
            InvalidStateException: one of them cannot start any more.
        """
        self._wait_all(Operation.WAIT_STARTED, jobs, timeout)

    def wait_all_terminated(self, jobs: Sequence[Job], timeout: timedelta | float | None = None) -> None:
        """Block until each of the jobs is DONE or FAILED (beyond the standard); see `wait_all_started`."""
        self._wait_all(Operation.WAIT_TERMINATED, jobs, timeout)

    # -- many jobs at once, by their ids -------------------------------------------------------------

    def subscribe(self, callback: Callable[[Sequence[StateChange]], None]) -> Subscription:
        """Have every later state change of the session's jobs delivered in batches (beyond the standard).

        The batches are the tracker's own, from its watching thread: states may be skipped or told twice. The callback
        must be quick and must not call the session.
        """
        self._connection.check()
        return self._connection.tracker.subscribe(callback)

    def control(self, job_ids: Sequence[str], action: JobAction) -> dict[str, DrmaaException]:
        """Carry out one action on several jobs; the refusals by job id (beyond the standard).

        Raises:
            UnsupportedOperationException: the tracker cannot do this in any state.
        """
        self._connection.check()
        self._connection.check_action(action)
        return self._connection.tracker.control_many(job_ids, action) if job_ids else {}

    def infos(self, job_ids: Collection[str]) -> dict[str, JobInfo]:
        """Snapshots of several jobs in one call (beyond the standard)."""
        self._connection.check()
        return facts.infos(self._connection, job_ids) if job_ids else {}

    def reap_many(self, job_ids: Sequence[str]) -> dict[str, DrmaaException]:
        """Remove all data of several Terminated jobs; the refusals by job id (beyond the standard)."""
        self._connection.check()
        return operations.reap_many(self._connection, job_ids)

    # -- inside --------------------------------------------------------------------------------------

    def let_go(self, *, destroyed: bool = False) -> None:
        """Close without asking whether it was closed before."""
        try:
            self._connection.close(destroyed=destroyed)
        finally:
            self._on_close(self)

    def _extension_trackers(self) -> tuple[type[JobTracker]]:
        return (type(self._connection.tracker),)

    def _wait_any(self, operation: Operation, jobs: Sequence[Job], timeout: timedelta | float | None) -> Job:
        self._connection.check()
        limit = wait_limit(timeout)
        by_id = self._own(jobs)
        return by_id[waits.wait_any(self._connection, operation, tuple(by_id), limit)]

    def _wait_all(self, operation: Operation, jobs: Sequence[Job], timeout: timedelta | float | None) -> None:
        self._connection.check()
        limit = wait_limit(timeout)
        waits.wait_all(self._connection, operation, tuple(self._own(jobs)), limit)

    def _own(self, jobs: Sequence[Job]) -> dict[str, Job]:
        """The jobs by id, the first object of each, if all are of this session."""
        given: Any = jobs
        try:
            listed: list[Any] = list(given or ())
        except TypeError:
            raise InvalidArgumentException(
                f"jobs must be a list of jobs, not {given!r}", attributes=("jobs",)
            ) from None
        check_jobs(listed)
        by_id: dict[str, Job] = {}
        for job in listed:
            if not isinstance(job, Job) or not job.is_of(self._connection):
                text = f"{job!r} is not a job of session {self._name!r}"
                raise InvalidArgumentException(text, attributes=("jobs",))
            by_id.setdefault(job.job_id, job)
        return by_id

    def __repr__(self) -> str:
        return f"<JobSession {self._name!r} on {self._contact}>"
