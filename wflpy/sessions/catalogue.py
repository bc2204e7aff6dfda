"""The sessions that exist, and how one of them gets its tracker."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final, TypeGuard

from wflpy.drmaa2 import (
    DrmaaException,
    InvalidArgumentException,
    InvalidSessionException,
    check_session_name,
    did_you_mean,
)
from wflpy.sessions.connection import Connection
from wflpy.sessions.contacts import Installation, contact_of, installation_at, installation_of, placed
from wflpy.sessions.keys import new_key
from wflpy.sessions.options import options_from_record, options_to_record
from wflpy.sessions.submission import recover
from wflpy.store import SessionDraft, SessionKind, Store
from wflpy.tracker import JobTracker, tracker_class

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from wflpy.store import ReservationLog, SessionRecord, SessionStore

DEFAULT_TRACKER: Final = "process"
"""What runs the jobs when nobody says otherwise."""

_SHOWN: Final = 10
"""Names of sessions that an error lists at most."""


class Catalogue:
    """The sessions of one store, as far as they are on the trackers that are meant.

    Args:
        tracker: the only tracker that is meant, by its name or options; all of them if None and there are no options.
        options: options of the tracker.
        home: the folder of the store; that of this user if None.
        store: the store itself, in place of one in a folder; its owner closes it.
    """

    def __init__(
        self,
        tracker: object,
        options: Mapping[str, object],
        home: str | os.PathLike[str] | None,
        store: SessionStore | None,
    ) -> None:
        is_free = tracker is None and not options
        named = DEFAULT_TRACKER if tracker is None else tracker
        self._given: Final = None if is_free else installation_of(named, options)
        self._meant: Final = set[str]() if self._given is None else {self._given.name}
        self._home: Final = home
        self._lent: Final = store
        self._own: SessionStore | None = None
        self._lock: Final = Lock()

    def installation(self, contact: str | None = None) -> Installation:
        """What a contact means; the default installation if None."""
        if contact is not None:
            return installation_at(contact, self._given)
        return installation_at(DEFAULT_TRACKER) if self._given is None else self._given

    def installation_of(self, record: SessionRecord) -> Installation:
        """What a session is on, with the options it is to be opened with."""
        if self._given is not None and self._given.name == record.tracker:
            return self._given
        found = tracker_class(record.tracker)
        return Installation(found, options_from_record(found.options_type, record.options))

    def placed(self, installation: Installation) -> Installation:
        """The installation as it is to be opened: in the home of these sessions."""
        return placed(installation, self._home)

    def names(self, kind: SessionKind) -> list[str]:
        """The names of the sessions of one kind, oldest first."""
        return [record.name for record in self.records(kind)]

    def records(self, kind: SessionKind) -> list[SessionRecord]:
        """The sessions of one kind, oldest first."""
        return [record for record in self._store().sessions(kind) if self._is_meant(record)]

    def record(self, kind: SessionKind, session_name: object) -> SessionRecord:
        """The session of this kind and name.

        Raises:
            InvalidArgumentException: there is none, or it is on a tracker that is not meant.
        """
        record = self._store().session(kind, session_name) if _can_be_stored(session_name) else None
        if record is None:
            raise InvalidArgumentException(self._unknown(kind, session_name), attributes=("sessionName",))
        if not self._is_meant(record):
            text = (
                f"{kind} session {session_name!r} belongs to the {record.tracker} tracker, but this manager was made"
                f" for {' and '.join(sorted(self._meant))}: open it with SessionManager({record.tracker!r})"
            )
            raise InvalidArgumentException(text, attributes=("sessionName",), tracker=record.tracker)
        return record

    def create(
        self, kind: SessionKind, session_name: str | None, contact: str | None
    ) -> tuple[SessionRecord, Connection]:
        """A new session and a connection to it.

        Raises:
            InvalidArgumentException: a session of this name exists, or the name or the contact cannot be used.
            DrmCommunicationException: the DRM system cannot be reached.
        """
        name = f"session-{new_key()[1:13]}" if session_name is None else session_name
        check_session_name(name)
        if not _can_be_stored(name):
            text = f"sessionName holds a character that is no Unicode text, {name!r}"
            raise InvalidArgumentException(text, attributes=("sessionName",))
        installation = self.installation(contact)
        options = options_to_record(installation.options)
        draft = SessionDraft(kind=kind, name=name, tracker=installation.name, options=options)
        store = self._store()
        record = store.create(draft)
        try:
            connection = self._connection(record, installation)
        except BaseException:
            store.destroy(record.session_id, used=False)
            raise
        self._meant.add(record.tracker)
        return self._introduced(record, connection, contact), connection

    def connect(self, record: SessionRecord) -> tuple[SessionRecord, Connection]:
        """A connection to a session, with what a crash may have left undone set right.

        Raises:
            InvalidArgumentException: the options that were given lead to another installation than the session's.
            DrmCommunicationException: the DRM system cannot be reached.
        """
        connection = self._connection(record, self.installation_of(record))
        try:
            recover(connection)
        except BaseException:
            connection.close()
            raise
        # Whoever created it may have ended before its tracker was open.
        return (record if record.contact else self._introduced(record, connection, None)), connection

    def destroy(self, record: SessionRecord) -> None:
        """Remove a session; its tracker drops what it keeps of it, if it can be reached."""
        try:
            connection = self._connection(record, self.installation_of(record))
            try:
                if record.kind is SessionKind.JOB:
                    connection.tracker.forget()
            finally:
                connection.close(destroyed=True)
        except DrmaaException as failure:
            # A backend that is gone for good must not keep its sessions here for ever.
            import logging

            text = "session %r is destroyed, but the %s tracker could not drop its records: %s"
            logging.getLogger("wflpy.sessions").warning(text, record.name, record.tracker, failure)
        self._store().destroy(record.session_id)

    def reservations(self, record: SessionRecord) -> ReservationLog:
        """What is written down about the reservations of a session."""
        return self._store().reservations(record.session_id)

    def close(self) -> None:
        """Let go of the store; it is opened again when it is needed."""
        with self._lock:
            store, self._own = self._own, None
        if store is not None:
            store.close()

    def _store(self) -> SessionStore:
        if self._lent is not None:
            return self._lent
        with self._lock:
            if self._own is None:
                self._own = Store.open(self._home)
            return self._own

    def _connection(self, record: SessionRecord, installation: Installation) -> Connection:
        store = self._store()
        there = self.placed(installation)
        tracker = there.tracker.open(record.label, there.options, store.ledger(record.session_id))
        try:
            self._check_installation(record, tracker)
            if record.kind is SessionKind.RESERVATION:
                return Connection(tracker, record.name, None, kind=record.kind, exists=self.reservations(record).exists)
            return Connection(tracker, record.name, store.jobs(record.session_id), lambda: self._reconnected(record))
        except BaseException:
            tracker.close()
            raise

    def _reconnected(self, record: SessionRecord) -> Connection:
        now = self._store().session(record.kind, record.name)
        if now is None or now.session_id != record.session_id:
            raise InvalidSessionException(f"the session {record.name!r} was destroyed", tracker=record.tracker)
        return self._connection(record, self.installation_of(record))

    def _introduced(self, record: SessionRecord, connection: Connection, contact: str | None) -> SessionRecord:
        updated = self._store().set_contact(record.session_id, contact or connection.contact, connection.contact)
        return updated or record

    def _check_installation(self, record: SessionRecord, tracker: JobTracker) -> None:
        """Options that were given may differ from those of the session, but must lead to the same jobs."""
        is_given = self._given is not None and self._given.name == record.tracker
        there = contact_of(tracker)
        if is_given and record.installation is not None and there != record.installation:
            text = (
                f"{record.kind} session {record.name!r} was created for {record.installation}, but the options of this"
                f" manager lead to {there}: leave them out, or give those it was created with"
            )
            raise InvalidArgumentException(text, attributes=("contact",), tracker=record.tracker)

    def _is_meant(self, record: SessionRecord) -> bool:
        return self._given is None or record.tracker in self._meant

    def _unknown(self, kind: SessionKind, session_name: object) -> str:
        if not isinstance(session_name, str):
            return f"sessionName must be a string, not {type(session_name).__name__}"
        names = self.names(kind)
        shown = ", ".join(repr(name) for name in names[:_SHOWN]) or "none"
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        hint = did_you_mean(session_name, names)
        return f"there is no {kind} session {session_name!r}{hint}; there are: {shown}{more}"


def _can_be_stored(name: object) -> TypeGuard[str]:
    try:
        return isinstance(name, str) and bool(name.encode())
    except UnicodeEncodeError:
        return False
