"""The way in: sessions are created, opened, closed and destroyed here (GFD.231 7.1)."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from wflpy.drmaa2 import DrmaaException, InvalidArgumentException, UnsupportedOperationException, Version
from wflpy.sessions.catalogue import Catalogue
from wflpy.sessions.connection import Connection
from wflpy.sessions.job_session import JobSession
from wflpy.sessions.monitoring import MonitoringSession, no_reservations
from wflpy.store import MemoryLedger
from wflpy.tracker import Monitor

if TYPE_CHECKING:
    import os
    from types import TracebackType

    from wflpy.drmaa2 import DrmaaCapability
    from wflpy.store import SessionRecord, SessionStore


class SessionManager:
    """Job sessions of this user, on one tracker or several.

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
        self._open: Final[dict[JobSession, int]] = {}
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
        return self._opened(*self._catalogue.create(session_name, contact))

    def open_job_session(self, session_name: str) -> JobSession:
        """A job session that exists, with all its jobs (GFD.231 7.1.7).

        A session that is open already is opened once more: both objects work, and closing one leaves the other open.

        Raises:
            InvalidArgumentException: there is no session of this name, or it belongs to another tracker than the one
                this manager was made for.
            DrmCommunicationException: the DRM system cannot be reached.
        """
        return self._opened(*self._catalogue.connect(self._catalogue.record(session_name)))

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
        record = self._catalogue.record(session_name)
        with self._lock:
            open_here = [session for session, number in self._open.items() if number == record.session_id]
        for session in open_here:
            session.let_go(destroyed=True)
        self._catalogue.destroy(record)

    def get_job_session_names(self) -> list[str]:
        """The names that `open_job_session` takes, oldest first (GFD.231 7.1.11)."""
        return self._catalogue.names()

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
        session = MonitoringSession(Connection(tracker, None, None), tracker, self._monitors.discard)
        self._monitors.add(session)
        return session

    def close_monitoring_session(self, session: MonitoringSession) -> None:
        """Close a monitoring session (GFD.231 7.1.9).

        Raises:
            InvalidSessionException: it was closed before.
        """
        session.close()

    # -- reservation sessions ------------------------------------------------------------------------

    def create_reservation_session(self, session_name: str | None = None, contact: str | None = None) -> NoReturn:
        """Not available: raises UnsupportedOperationException (GFD.231 7.1.6)."""
        del session_name
        raise no_reservations(self._catalogue.installation(contact).name)

    def open_reservation_session(self, session_name: str) -> NoReturn:
        """Not available: raises UnsupportedOperationException (GFD.231 7.1.7)."""
        del session_name
        raise no_reservations(self._catalogue.installation().name)

    def close_reservation_session(self, session: object) -> NoReturn:
        """Not available: raises UnsupportedOperationException (GFD.231 7.1.9)."""
        del session
        raise no_reservations(self._catalogue.installation().name)

    def destroy_reservation_session(self, session_name: str) -> NoReturn:
        """Not available: raises UnsupportedOperationException (GFD.231 7.1.10)."""
        del session_name
        raise no_reservations(self._catalogue.installation().name)

    def get_reservation_session_names(self) -> NoReturn:
        """Not available: raises UnsupportedOperationException (GFD.231 7.1.12)."""
        raise no_reservations(self._catalogue.installation().name)

    # -- closing -------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close every session this manager opened, and the store (beyond the standard). Twice is fine."""
        with self._lock:
            sessions: list[JobSession | MonitoringSession] = [*self._open, *self._monitors]
        # Whatever goes wrong with one session, the others and the store are closed too.
        with ExitStack() as stack:
            stack.callback(self._catalogue.close)
            for session in sessions:
                stack.callback(session.let_go)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- inside --------------------------------------------------------------------------------------

    def _opened(self, record: SessionRecord, connection: Connection) -> JobSession:
        session = JobSession(connection, record.name, record.contact or connection.contact, self._dropped)
        with self._lock:
            self._open[session] = record.session_id
        return session

    def _dropped(self, session: JobSession) -> None:
        with self._lock:
            self._open.pop(session, None)

    def _introduction(self) -> tuple[str, Version]:
        installation = self._catalogue.placed(self._catalogue.installation())
        tracker = installation.tracker.open("", installation.options, MemoryLedger())
        try:
            return tracker.drms_name, tracker.drms_version
        finally:
            tracker.close()
