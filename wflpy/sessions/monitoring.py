"""A monitoring session: what the DRM system shows of itself (GFD.231 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, Self, runtime_checkable

from wflpy.sessions.job import Job
from wflpy.sessions.reflective import DrmaaReflective
from wflpy.sessions.reservation import Reservation, reserver_of
from wflpy.sessions.selection import checked_names, selected_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import TracebackType

    from wflpy.drmaa2 import JobInfo, MachineInfo, QueueInfo
    from wflpy.sessions.connection import Connection
    from wflpy.tracker import JobTracker, Monitor


@runtime_checkable
class SeesAll(Protocol):
    """A tracker that shows more reservations than those of its session; another one shows all of them there."""

    def all_reservation_ids(self) -> list[str]:
        """Every reservation the backend shows to this user."""
        ...


class MonitoringSession(DrmaaReflective):
    """Jobs, queues and machines as the DRM system shows them to this user; SessionManager makes these objects.

    Every answer is a snapshot. All methods may be called from several threads.
    """

    def __init__(self, connection: Connection, monitor: Monitor, on_close: Callable[[MonitoringSession], None]) -> None:
        self._connection: Final = connection
        self._monitor: Final = monitor
        self._on_close: Final = on_close

    def get_all_jobs(self, filter: JobInfo | None = None) -> list[Job]:  # noqa: A002  # the standard's name
        """The jobs that match, also those that were not submitted here; all without a filter (GFD.231 10.1.2).

        Raises:
            InvalidArgumentException: the filter holds a wrong value, or a state that is never reported.
        """
        self._connection.check()
        ids = selected_ids(self._connection, lambda _: self._monitor.all_job_ids(), filter)
        return [Job(self._connection, job_id) for job_id in ids]

    def get_all_queues(self, names: Collection[str] | None = None) -> list[QueueInfo]:
        """The queues of these names, as far as there are such; all without names (GFD.231 10.1.3)."""
        self._connection.check()
        wanted = checked_names(names)
        return [queue for queue in self._monitor.all_queues() if wanted is None or queue.name in wanted]

    def get_all_machines(self, names: Collection[str] | None = None) -> list[MachineInfo]:
        """The machines of these names, as far as there are such; all without names (GFD.231 10.1.4)."""
        self._connection.check()
        wanted = checked_names(names)
        return [machine for machine in self._monitor.all_machines() if wanted is None or machine.name in wanted]

    def get_all_reservations(self) -> list[Reservation]:
        """The advance reservations, also those that were not made here (GFD.231 10.1.1).

        Raises:
            UnsupportedOperationException: the tracker has none.
        """
        self._connection.check()
        reserver = reserver_of(self._connection)
        ids = reserver.all_reservation_ids() if isinstance(reserver, SeesAll) else reserver.reservation_ids()
        return [Reservation(self._connection, reservation_id) for reservation_id in ids]

    def close(self) -> None:
        """Let go of the tracker.

        Raises:
            InvalidSessionException: it was closed before.
        """
        self._connection.check()
        self.let_go()

    def let_go(self) -> None:
        """Close without asking whether it was closed before."""
        try:
            self._connection.close()
        finally:
            self._on_close(self)

    def _extension_trackers(self) -> tuple[type[JobTracker]]:
        return (type(self._connection.tracker),)

    def __enter__(self) -> Self:
        self._connection.check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go()
