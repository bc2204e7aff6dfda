"""The part of a session manager that has to do with reservation sessions (GFD.231 7.1)."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2 import InvalidArgumentException
from wflpy.sessions.reservation import ReservationSession, can_reserve, no_reservations
from wflpy.store import SessionKind

if TYPE_CHECKING:
    from wflpy.sessions.catalogue import Catalogue
    from wflpy.sessions.connection import Connection
    from wflpy.store import SessionRecord


class ReservationSessions:
    """Reservation sessions are created, opened, closed and destroyed here; every method raises
    UnsupportedOperationException where the tracker has no advance reservations.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._known: Final = catalogue
        self._reserving: Final[dict[ReservationSession, int]] = {}
        self._reserving_lock: Final = Lock()

    def create_reservation_session(
        self, session_name: str | None = None, contact: str | None = None
    ) -> ReservationSession:
        """A new reservation session, open (GFD.231 7.1.6).

        Args:
            session_name: at most 200 characters without slashes; a unique one is made if None.
            contact: the tracker and installation it is for; the manager's own if None.

        Raises:
            UnsupportedOperationException: the tracker has no advance reservations.
            InvalidArgumentException: a session of this name exists, or the name or the contact cannot be used.
            DrmCommunicationException: the DRM system cannot be reached.
        """
        installation = self._known.installation(contact)
        if not can_reserve(installation.tracker):
            raise no_reservations(installation.name)
        return self._opened_reserving(*self._known.create(SessionKind.RESERVATION, session_name, contact))

    def open_reservation_session(self, session_name: str) -> ReservationSession:
        """A reservation session that exists, with all its reservations (GFD.231 7.1.7).

        Raises:
            UnsupportedOperationException: the tracker has no advance reservations.
            InvalidArgumentException: there is no session of this name, or it belongs to another tracker than the one
                this manager was made for.
            DrmCommunicationException: the DRM system cannot be reached.
        """
        return self._opened_reserving(*self._known.connect(self._reserving_record(session_name)))

    def close_reservation_session(self, session: ReservationSession) -> None:
        """Close a session; its reservations stay (GFD.231 7.1.9).

        Raises:
            UnsupportedOperationException: the tracker has no advance reservations.
            InvalidSessionException: it was closed or destroyed before.
        """
        given: Any = session
        if not isinstance(given, ReservationSession):
            self._check_reserving()
            text = f"session must be a ReservationSession, not {type(given).__name__}"
            raise InvalidArgumentException(text, attributes=("session",))
        given.close()

    def destroy_reservation_session(self, session_name: str) -> None:
        """Remove a session and what is known of its reservations; they themselves stay (GFD.231 7.1.10).

        Objects of the session that are open, in whatever process, can only be dropped afterwards.

        Raises:
            UnsupportedOperationException: the tracker has no advance reservations.
            InvalidArgumentException: there is no session of this name.
        """
        record = self._reserving_record(session_name)
        with self._reserving_lock:
            open_here = [session for session, number in self._reserving.items() if number == record.session_id]
        for session in open_here:
            session.let_go(destroyed=True)
        self._known.destroy(record)

    def get_reservation_session_names(self) -> list[str]:
        """The names that `open_reservation_session` takes, oldest first (GFD.231 7.1.12).

        Raises:
            UnsupportedOperationException: the tracker has no advance reservations.
        """
        names = self._known.names(SessionKind.RESERVATION)
        if not names:
            self._check_reserving()
        return names

    def _open_reserving(self) -> list[ReservationSession]:
        with self._reserving_lock:
            return list(self._reserving)

    def _reserving_record(self, session_name: object) -> SessionRecord:
        """The session of this name; that there are no reservations at all is told before that there is no such one."""
        try:
            record = self._known.record(SessionKind.RESERVATION, session_name)
        except InvalidArgumentException:
            if not self._known.names(SessionKind.RESERVATION):
                self._check_reserving()
            raise
        if not can_reserve(self._known.installation_of(record).tracker):
            raise no_reservations(record.tracker)
        return record

    def _check_reserving(self) -> None:
        installation = self._known.installation()
        if not can_reserve(installation.tracker):
            raise no_reservations(installation.name)

    def _opened_reserving(self, record: SessionRecord, connection: Connection) -> ReservationSession:
        contact = record.contact or connection.contact
        log = self._known.reservations(record)
        session = ReservationSession(connection, log, record.name, contact, self._dropped_reserving)
        with self._reserving_lock:
            self._reserving[session] = record.session_id
        return session

    def _dropped_reserving(self, session: ReservationSession) -> None:
        with self._reserving_lock:
            self._reserving.pop(session, None)
