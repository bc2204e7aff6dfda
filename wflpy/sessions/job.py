"""One job (GFD.231 8.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import JobAction, JobInfo, JobState, JobStatus, JobTemplate, Operation, wait_limit
from wflpy.sessions import facts, operations, waits

if TYPE_CHECKING:
    from datetime import timedelta

    from wflpy.sessions.connection import Connection


class Job:
    """A job of a session, or one that a monitoring session shows.

    Sessions make these objects. They hold no state of their own: every question goes to the tracker. Two of them are
    equal when they mean the same job of the same installation. A job that was reaped is unknown from then on: all
    methods raise InvalidArgumentException. All methods may be called from several threads.

    After its session was closed, `job_id`, `session_name` and `job_template` still work, all else raises
    InvalidSessionException.
    """

    __slots__ = ("_connection", "_id", "_template")

    def __init__(self, connection: Connection, job_id: str, template: JobTemplate | None = None) -> None:
        self._connection: Final = connection
        self._id: Final = job_id
        self._template = template

    @property
    def job_id(self) -> str:
        """The id of the job in the DRM system; no call to it."""
        return self._id

    @property
    def session_name(self) -> str | None:
        """The name of its session; None for a job from outside."""
        return self._connection.session_name

    @property
    def job_template(self) -> JobTemplate:
        """What was submitted, as a copy; empty for a job from outside (GFD.231 8.4.3).

        Raises:
            InvalidArgumentException: the job was reaped.
        """
        connection = self._connection
        if not connection.is_open:
            if self._template is None:
                self._template = facts.template_after_close(connection, self._id)
        elif self._template is None:
            self._template = facts.template(connection, self._id)
        else:
            connection.check()
            facts.state(connection, self._id)
        return self._template.copy()

    @property
    def state(self) -> JobState:
        """Short for ``get_state().state``."""
        return self.get_state().state

    @property
    def info(self) -> JobInfo:
        """Short for ``get_info()``."""
        return self.get_info()

    def get_state(self) -> JobStatus:
        """The state and the tracker's detail of it, as a pair ``(state, sub_state)`` (GFD.231 8.4.6)."""
        self._connection.check()
        return facts.state(self._connection, self._id)

    def get_info(self) -> JobInfo:
        """A snapshot of all that is known; final once the job is Terminated (GFD.231 8.4.7)."""
        self._connection.check()
        return facts.infos(self._connection, (self._id,))[self._id]

    def suspend(self) -> None:
        """Stop a RUNNING job for a while.

        Raises:
            UnsupportedOperationException: the tracker cannot suspend.
            InvalidStateException: the job is not RUNNING.
        """
        self._control(JobAction.SUSPEND)

    def resume(self) -> None:
        """Let a SUSPENDED job go on.

        Raises:
            UnsupportedOperationException: the tracker cannot suspend.
            InvalidStateException: the job is not SUSPENDED.
        """
        self._control(JobAction.RESUME)

    def hold(self) -> None:
        """Keep a QUEUED or REQUEUED job from being started.

        Raises:
            InvalidStateException: the job is neither.
        """
        self._control(JobAction.HOLD)

    def release(self) -> None:
        """End the hold of a QUEUED_HELD or REQUEUED_HELD job.

        Raises:
            InvalidStateException: the job is neither.
        """
        self._control(JobAction.RELEASE)

    def terminate(self) -> None:
        """End a job that is Queued or Started; it becomes FAILED.

        Returns once the DRM system acknowledged it, which may be before the job has ended. A job that ends by itself at
        the same time keeps its own result.

        Raises:
            InvalidStateException: the job has ended.
        """
        self._control(JobAction.TERMINATE)

    def reap(self) -> None:
        """Remove all data of a Terminated job; it is unknown from then on (GFD.231 8.4.5).

        Raises:
            InvalidStateException: the job is not Terminated.
        """
        self._connection.check()
        operations.reap(self._connection, self._id)

    def wait_started(self, timeout: timedelta | float | None = None) -> None:
        """Block until the job has started (GFD.231 8.4.8).

        Args:
            timeout: how long at most, a number is seconds; 0 asks once, None waits without limit.

        Raises:
            TimeoutException: the time is over.
            InvalidStateException: the job ended without starting, or its state is lost for good.
        """
        self._wait(Operation.WAIT_STARTED, timeout)

    def wait_terminated(self, timeout: timedelta | float | None = None) -> None:
        """Block until the job is DONE or FAILED (GFD.231 8.4.8).

        Args:
            timeout: how long at most, a number is seconds; 0 asks once, None waits without limit.

        Raises:
            TimeoutException: the time is over.
            InvalidStateException: the state of the job is lost for good.
        """
        self._wait(Operation.WAIT_TERMINATED, timeout)

    def is_of(self, connection: Connection) -> bool:
        """Whether the job belongs to the same session as this connection."""
        return self._connection is connection or self._connection.identity == connection.identity

    def _control(self, action: JobAction) -> None:
        self._connection.check()
        operations.control(self._connection, self._id, action)

    def _wait(self, operation: Operation, timeout: timedelta | float | None) -> None:
        self._connection.check()
        waits.wait_any(self._connection, operation, (self._id,), wait_limit(timeout))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Job):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        name = self._connection.session_name
        where = "from outside" if name is None else f"of session {name!r}"
        return f"<Job {self._id} {where} on {self._connection.tracker_name}>"

    def _identity(self) -> tuple[str, str, str]:
        return self._connection.tracker_name, self._connection.contact, self._id
