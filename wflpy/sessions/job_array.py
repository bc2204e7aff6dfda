"""Jobs that were submitted together (GFD.231 8.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import InvalidArgumentException, JobAction, JobTemplate
from wflpy.sessions import facts, operations
from wflpy.sessions.job import Job

if TYPE_CHECKING:
    from wflpy.sessions.connection import Connection


class JobArray:
    """A bulk job: one job per index, each with a state of its own.

    Sessions make these objects. A control operation is applied to every job whose state allows it, and raises
    InvalidStateException only if there is none. All methods may be called from several threads.
    """

    __slots__ = ("_connection", "_id", "_template")

    def __init__(self, connection: Connection, array_id: str, template: JobTemplate | None = None) -> None:
        self._connection: Final = connection
        self._id: Final = array_id
        self._template = template

    @property
    def job_array_id(self) -> str:
        """The id of the array in the DRM system; no call to it."""
        return self._id

    @property
    def session_name(self) -> str | None:
        """The name of its session; None for an array from outside."""
        return self._connection.session_name

    @property
    def jobs(self) -> list[Job]:
        """Its jobs in the order of their indices, without those that were reaped (GFD.231 8.5.2)."""
        self._connection.check()
        return [Job(self._connection, job_id) for job_id in self._job_ids()]

    @property
    def job_template(self) -> JobTemplate:
        """What was submitted, as a copy, with PARAMETRIC_INDEX as it was written (GFD.231 8.5.4)."""
        connection = self._connection
        if self._template is None:
            if connection.is_open:
                self._template = facts.array_template(connection, self._id)
            else:
                self._template = facts.template_after_close(connection, self._id, of_array=True)
        return self._template.copy()

    def suspend(self) -> None:
        """Suspend every job that is RUNNING; see `Job.suspend`."""
        self._control(JobAction.SUSPEND)

    def resume(self) -> None:
        """Resume every job that is SUSPENDED; see `Job.resume`."""
        self._control(JobAction.RESUME)

    def hold(self) -> None:
        """Hold every job that is QUEUED or REQUEUED; see `Job.hold`."""
        self._control(JobAction.HOLD)

    def release(self) -> None:
        """Release every job that is QUEUED_HELD or REQUEUED_HELD; see `Job.release`."""
        self._control(JobAction.RELEASE)

    def terminate(self) -> None:
        """Terminate every job that has not ended; see `Job.terminate`."""
        self._control(JobAction.TERMINATE)

    def reap(self) -> None:
        """Remove all data of every job that is Terminated, and skip the others; the array stays (GFD.231 8.5.6)."""
        self._connection.check()
        operations.reap_array(self._connection, self._job_ids())

    def _control(self, action: JobAction) -> None:
        self._connection.check()
        operations.control_array(self._connection, self._id, self._job_ids(), action)

    def _job_ids(self) -> list[str]:
        try:
            return facts.array_job_ids(self._connection, self._id)
        except InvalidArgumentException:
            # It existed when this object was made, so every job of it was reaped since.
            return []

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JobArray):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        return f"<JobArray {self._id} of session {self._connection.session_name!r} on {self._connection.tracker_name}>"

    def _identity(self) -> tuple[str, str, str]:
        return self._connection.tracker_name, self._connection.contact, self._id
