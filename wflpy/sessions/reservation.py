"""Advance reservations: one of them, and a session of those that belong together (GFD.231 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from wflpy.drmaa2 import (
    DrmaaCapability,
    InvalidArgumentException,
    InvalidSessionException,
    ReservationTemplate,
    UnsupportedOperationException,
    check_reservation,
    check_supported,
)
from wflpy.sessions.keys import new_key
from wflpy.sessions.reflective import DrmaaReflective
from wflpy.sessions.submission import REFUSALS
from wflpy.tracker import JobTracker, Reserver

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from wflpy.drmaa2 import ReservationInfo
    from wflpy.sessions.connection import Connection
    from wflpy.store import ReservationLog


def can_reserve(tracker: JobTracker | type[JobTracker]) -> bool:
    """Whether a tracker has advance reservations."""
    found = tracker if isinstance(tracker, type) else type(tracker)
    return issubclass(found, Reserver) and DrmaaCapability.ADVANCE_RESERVATION in found.capabilities


def no_reservations(tracker: str) -> UnsupportedOperationException:
    """The refusal of everything that has to do with advance reservations."""
    text = f"there are no advance reservations on the {tracker} tracker (ADVANCE_RESERVATION)"
    return UnsupportedOperationException(text, tracker=tracker)


def reserver_of(connection: Connection) -> Reserver:
    """The tracker, for one who wants to reserve.

    Raises:
        UnsupportedOperationException: it has no advance reservations.
    """
    tracker = connection.tracker
    if not isinstance(tracker, Reserver) or not can_reserve(tracker):
        raise no_reservations(connection.tracker_name)
    return tracker


class Reservation:
    """An advance reservation of a session, or one that a monitoring session shows.

    Sessions make these objects. Two of them are equal when they mean the same reservation of the same installation. All
    methods may be called from several threads. After its session was closed, `reservation_id`, `session_name` and
    `reservation_template` still work, all else raises InvalidSessionException.
    """

    __slots__ = ("_connection", "_id", "_template")

    def __init__(
        self, connection: Connection, reservation_id: str, template: ReservationTemplate | None = None
    ) -> None:
        self._connection: Final = connection
        self._id: Final = reservation_id
        self._template: Final = template or ReservationTemplate()

    @property
    def reservation_id(self) -> str:
        """The id in the DRM system, the value of ``reservation_id`` in a job template (GFD.231 9.2.1)."""
        return self._id

    @property
    def session_name(self) -> str | None:
        """The name of its session; None for a reservation from outside (GFD.231 9.2.2)."""
        return self._connection.session_name

    @property
    def reservation_template(self) -> ReservationTemplate:
        """What was asked for, as a copy; empty for a reservation from outside (GFD.231 9.2.3)."""
        return self._template.copy()

    def get_info(self) -> ReservationInfo:
        """A snapshot of what was granted (GFD.231 9.2.4).

        Raises:
            InvalidArgumentException: it has expired, or was terminated.
        """
        self._connection.check()
        return reserver_of(self._connection).reservation_info(self._id)

    def terminate(self) -> None:
        """Give the reservation up; jobs that refer to it are ended (GFD.231 9.2.5).

        Raises:
            InvalidArgumentException: it has expired, or was terminated before.
        """
        self._connection.check()
        reserver_of(self._connection).terminate_reservation(self._id)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reservation):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        name = self._connection.session_name
        where = "from outside" if name is None else f"of session {name!r}"
        return f"<Reservation {self._id} {where} on {self._connection.tracker_name}>"

    def _identity(self) -> tuple[str, str, str]:
        return self._connection.tracker_name, self._connection.contact, self._id


class ReservationSession(DrmaaReflective):
    """The advance reservations of one session on one tracker; SessionManager makes these objects.

    The session outlives this object and this process. Closing and destroying leave the reservations alone. All methods
    may be called from several threads; after a fork they raise InvalidSessionException in the child.
    """

    def __init__(
        self,
        connection: Connection,
        log: ReservationLog,
        name: str,
        contact: str,
        on_close: Callable[[ReservationSession], None],
    ) -> None:
        self._connection: Final = connection
        self._log: Final = log
        self._name: Final = name
        self._contact: Final = contact
        self._on_close: Final = on_close

    @property
    def contact(self) -> str:
        """The contact it was created with, or the default one (GFD.231 9.1.1)."""
        return self._contact

    @property
    def session_name(self) -> str:
        """The name that opens it again (GFD.231 9.1.2)."""
        return self._name

    def supports(self, capability: DrmaaCapability) -> bool:
        """Whether the tracker of this session has an optional feature (beyond the standard)."""
        return capability in self._connection.capabilities

    def request_reservation(self, reservation_template: ReservationTemplate) -> Reservation:
        """Ask for a reservation; when the call returns it is granted and saved (GFD.231 9.1.4).

        The template is copied; later changes to it have no effect.

        Raises:
            InvalidArgumentException: names every attribute that is wrong or can never be met.
            UnsupportedAttributeException: names every optional attribute that the tracker does not have.
            DeniedByDrmsException: not allowed, or the slots are taken in that time.
        """
        connection = self._connection
        connection.check()
        given: Any = reservation_template
        if not isinstance(given, ReservationTemplate):
            text = f"a reservation is described by a ReservationTemplate, not by {type(given).__name__}"
            raise InvalidArgumentException(text, attributes=("reservationTemplate",), tracker=connection.tracker_name)
        check_reservation(reservation_template)
        check_supported(reservation_template, connection.capabilities, connection.tracker_name)
        template, key = reservation_template.copy(), new_key()
        self._log.intend(key, template)
        try:
            reservation_id = reserver_of(connection).reserve(template.copy(), key)
        except REFUSALS:
            self._log.withdraw(key)
            raise
        self._log.accept(key, reservation_id)
        return Reservation(connection, reservation_id, template)

    def get_reservation(self, reservation_id: str) -> Reservation:
        """One reservation of the session (GFD.231 9.1.3).

        Raises:
            InvalidArgumentException: the session has no such reservation.
        """
        found = {reservation.reservation_id: reservation for reservation in self.get_reservations()}
        given: Any = reservation_id
        if not isinstance(given, str) or given not in found:
            text = f"session {self._name!r} has no reservation {reservation_id!r}"
            raise InvalidArgumentException(text, attributes=("reservationId",), tracker=self._connection.tracker_name)
        return found[given]

    def get_reservations(self) -> list[Reservation]:
        """All that were made in this session, oldest first, also what expired or was terminated (GFD.231 9.1.5)."""
        connection = self._connection
        connection.check()
        granted = self._log.granted()
        # The answer to a request may have been lost on the way.
        ids = dict.fromkeys((*granted, *reserver_of(connection).reservation_ids()))
        return [Reservation(connection, reservation_id, granted.get(reservation_id)) for reservation_id in ids]

    def close(self) -> None:
        """Let go of the tracker; the reservations stay (GFD.231 7.1.9).

        Raises:
            InvalidSessionException: it was closed or destroyed before.
        """
        try:
            self._connection.check()
        except InvalidSessionException:
            self._on_close(self)
            raise
        self.let_go()

    def let_go(self, *, destroyed: bool = False) -> None:
        """Close without asking whether it was closed before."""
        try:
            self._connection.close(destroyed=destroyed)
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

    def __repr__(self) -> str:
        return f"<ReservationSession {self._name!r} on {self._contact}>"
