"""The way in: sessions are created, opened, closed and destroyed here (GFD.231 7.1)."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Self

from wflpy.drmaa2 import (
    DrmaaCapability,
    DrmaaException,
    InvalidArgumentException,
    TrackerUnavailable,
    UnsupportedOperationException,
    Version,
)
from wflpy.sessions.catalogue import Catalogue
from wflpy.sessions.connection import Connection
from wflpy.sessions.events import EventDispatcher
from wflpy.sessions.job_session import JobSession
from wflpy.sessions.monitoring import MonitoringSession
from wflpy.sessions.reflective import DrmaaReflective
from wflpy.sessions.reserving import ReservationSessions
from wflpy.store import MemoryLedger, SessionKind
from wflpy.tracker import Monitor, tracker_class, tracker_names

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from wflpy.drmaa2 import DrmaaNotification
    from wflpy.sessions.events import DrmaaCallback
    from wflpy.sessions.reservation import ReservationSession
    from wflpy.store import SessionRecord, SessionStore
    from wflpy.tracker import JobTracker


class SessionManager(ReservationSessions, DrmaaReflective):
    """Sessions of this user, on one tracker or several.

    Args:
        tracker: what new sessions run on: the name of a tracker, or its options. A manager made for a tracker sees the
            sessions of that tracker; one made without sees all, and creates them on ``process``.
        home: the folder of the session store; that of this user (``WFLPY_HOME``) if None.
        store: the session store itself, in place of one in a folder.
        options: options of the tracker as keywords, text or values.

    Leaving a ``with`` block closes the sessions that are open, destroys none and leaves all jobs alone; the manager can
    be used again afterwards. All methods may be called from several threads.

    Raises:
        TrackerNotFound: there is no such tracker.
        TrackerUnavailable: it cannot be loaded here.
        InvalidArgumentException: an option is unknown or has a wrong value.
    """

    def __init__(
        self,
        tracker: object = None,
        *,
        home: str | os.PathLike[str] | None = None,
        store: SessionStore | None = None,
        **options: object,
    ) -> None:
        self._catalogue: Final = Catalogue(tracker, options, home, store)
        super().__init__(self._catalogue)
        self._events: Final = EventDispatcher()
        self._open: Final[dict[JobSession, tuple[int, Connection]]] = {}
        self._monitors: Final[set[MonitoringSession]] = set()
        self._lock: Final = Lock()

    # -- what this is --------------------------------------------------------------------------------

    @property
    def drms_name(self) -> str:
        """The name of the default tracker's DRM system (GFD.231 7.1.1).

        Raises:
            DrmCommunicationException: it cannot be reached.
        """
        return self._introduction()[0]

    @property
    def drms_version(self) -> Version:
        """Its version (GFD.231 7.1.2).

        Raises:
            DrmCommunicationException: it cannot be reached.
        """
        return self._introduction()[1]

    @property
    def drmaa_name(self) -> str:
        """The name of this implementation (GFD.231 7.1.3)."""
        return "wflpy"

    @property
    def drmaa_version(self) -> Version:
        """The version of the standard that is implemented (GFD.231 7.1.4)."""
        return Version("2", "2")

    def supports(self, capability: DrmaaCapability, contact: str | None = None) -> bool:
        """Whether an optional feature works on the tracker of a contact, the default one if None (GFD.231 7.1.5).

        Never raises: an unknown capability or tracker supports nothing.
        """
        try:
            return capability in self._catalogue.installation(contact).tracker.capabilities
        except (DrmaaException, TypeError):
            return False

    # -- job sessions --------------------------------------------------------------------------------

    def create_job_session(self, session_name: str | None = None, contact: str | None = None) -> JobSession:
        """A new job session, open (GFD.231 7.1.6).

        Args:
            session_name: at most 200 characters without slashes; a unique one is made if None.
            contact: the tracker and installation it is for, such as ``process``; the manager's own if None.

        Raises:
            InvalidArgumentException: a session of this name exists, or the name or the contact cannot be used.
            DrmCommunicationException: the DRM system cannot be reached.
        """
        return self._opened(*self._catalogue.create(SessionKind.JOB, session_name, contact))

    def open_job_session(self, session_name: str) -> JobSession:
        """A job session that exists, with all its jobs (GFD.231 7.1.7).

        A session that is open already is opened once more: both objects work, and closing one leaves the other open.

        Raises:
            InvalidArgumentException: there is no session of this name, or it belongs to another tracker than the one
                this manager was made for.
            DrmCommunicationException: the DRM system cannot be reached.
        """
        return self._opened(*self._catalogue.connect(self._catalogue.record(SessionKind.JOB, session_name)))

    def close_job_session(self, session: JobSession) -> None:
        """Close a session; its jobs go on (GFD.231 7.1.9).

        Raises:
            InvalidSessionException: it was closed or destroyed before.
        """
        given: Any = session
        if not isinstance(given, JobSession):
            text = f"session must be a JobSession, not {type(given).__name__}"
            raise InvalidArgumentException(text, attributes=("session",))
        given.close()

    def destroy_job_session(self, session_name: str) -> None:
        """Remove a session and what is known of its jobs; the jobs themselves go on (GFD.231 7.1.10).

        Objects of the session that are open, in whatever process, can only be dropped afterwards.

        Raises:
            InvalidArgumentException: there is no session of this name.
        """
        record = self._catalogue.record(SessionKind.JOB, session_name)
        with self._lock:
            open_here = [session for session, (number, _) in self._open.items() if number == record.session_id]
        for session in open_here:
            session.let_go(destroyed=True)
        self._catalogue.destroy(record)

    def get_job_session_names(self) -> list[str]:
        """The names that `open_job_session` takes, oldest first (GFD.231 7.1.11)."""
        return self._catalogue.names(SessionKind.JOB)

    # -- monitoring sessions -------------------------------------------------------------------------

    def open_monitoring_session(self, contact: str | None = None) -> MonitoringSession:
        """A view of the DRM system as a whole (GFD.231 7.1.8).

        Raises:
            UnsupportedOperationException: the tracker cannot be monitored.
            DrmCommunicationException: the DRM system cannot be reached.
        """
        installation = self._catalogue.placed(self._catalogue.installation(contact))
        if not issubclass(installation.tracker, Monitor):
            text = f"the {installation.name} tracker cannot be monitored"
            raise UnsupportedOperationException(text, tracker=installation.name)
        tracker = installation.tracker.open("", installation.options, MemoryLedger())
        session = MonitoringSession(Connection(tracker, None, None, kind="monitoring"), tracker, self._monitors.discard)
        self._monitors.add(session)
        return session

    def close_monitoring_session(self, session: MonitoringSession) -> None:
        """Close a monitoring session (GFD.231 7.1.9).

        Raises:
            InvalidSessionException: it was closed before.
        """
        given: Any = session
        if not isinstance(given, MonitoringSession):
            text = f"session must be a MonitoringSession, not {type(given).__name__}"
            raise InvalidArgumentException(text, attributes=("session",))
        given.close()

    # -- events --------------------------------------------------------------------------------------

    def register_event_notification(
        self, callback: DrmaaCallback | Callable[[DrmaaNotification], object] | None
    ) -> None:
        """Have every event of the jobs of this manager's open job sessions told from now on (GFD.231 7.1.13).

        The events of a job come in the order of its states, with those states between that nobody saw. They are told
        one after the other, from a thread of its own: the callback may take its time, fail, and call every method.
        Sessions on trackers without CALLBACK tell nothing.

        Args:
            callback: an object with a method ``notify``, or a function; both take a DrmaaNotification. It takes the
                place of the one before. None: nothing more is told once this has returned.

        Raises:
            UnsupportedOperationException: the tracker of this manager does not have CALLBACK.
            InvalidArgumentException: it cannot be called.
            DrmCommunicationException: what the jobs are doing now cannot be asked; nothing was registered.
        """
        if not self._has_events():
            name = self._catalogue.installation().name
            text = f"the {name} tracker does not have CALLBACK, so there are no events to be told"
            raise UnsupportedOperationException(text, tracker=name)
        if callback is None:
            self._events.unregister()
        else:
            self._events.register(callback)

    # -- closing -------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close every session this manager opened, and the store (beyond the standard). Twice is fine."""
        with self._lock:
            sessions: list[JobSession | MonitoringSession | ReservationSession] = [*self._open, *self._monitors]
        sessions += self._open_reserving()
        # Whatever goes wrong with one session, the others and the store are closed too.
        with ExitStack() as stack:
            stack.callback(self._catalogue.close)
            for session in sessions:
                stack.callback(session.let_go)
            stack.callback(self._events.unregister)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- inside --------------------------------------------------------------------------------------

    def _opened(self, record: SessionRecord, connection: Connection) -> JobSession:
        session = JobSession(connection, record.name, record.contact or connection.contact, self._dropped)
        try:
            self._events.follow(record.session_id, connection)
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._open[session] = (record.session_id, connection)
        return session

    def _dropped(self, session: JobSession) -> None:
        with self._lock:
            dropped = self._open.pop(session, None)
        if dropped is not None:
            self._events.leave(*dropped)

    def _extension_trackers(self) -> Iterator[type[JobTracker]]:
        for name in tracker_names():
            # One that cannot be loaded here has no extensions to be used either.
            with suppress(TrackerUnavailable):
                yield tracker_class(name)

    def _has_events(self) -> bool:
        with self._lock:
            sessions = list(self._open)
        return self.supports(DrmaaCapability.CALLBACK) or any(
            session.supports(DrmaaCapability.CALLBACK) for session in sessions
        )

    def _introduction(self) -> tuple[str, Version]:
        installation = self._catalogue.placed(self._catalogue.installation())
        tracker = installation.tracker.open("", installation.options, MemoryLedger())
        try:
            return tracker.drms_name, tracker.drms_version
        finally:
            tracker.close()
