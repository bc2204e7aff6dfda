"""What is heard of one session, in the threads of its tracker."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import DrmaaException, InvalidArgumentException
from wflpy.sessions.notices import Course, Notice
from wflpy.tracker import StateChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wflpy.drmaa2 import JobStatus
    from wflpy.sessions.connection import Connection
    from wflpy.sessions.teller import Teller
    from wflpy.tracker import Subscription

_ATTEMPTS: Final = 10
"""Times to ask for the states of jobs, any of which may be reaped at that moment."""


class Feed:
    """What is heard of one session, however often it is open: one of its connections is listened to."""

    def __init__(self, session_name: str | None) -> None:
        self._session_name: Final = session_name
        self._connections: Final[list[Connection]] = []
        self._courses: dict[str, Course] = {}
        self._early: list[StateChange] | None = None
        self._subscription: Subscription | None = None
        self._teller: Teller | None = None
        self._lock: Final = Lock()

    def add(self, connection: Connection, teller: Teller | None) -> None:
        """One more connection is open."""
        self._connections.append(connection)
        if teller is not None and self._subscription is None:
            try:
                self.start(teller)
            except BaseException:
                self._connections.remove(connection)
                raise

    def remove(self, connection: Connection, teller: Teller | None) -> bool:
        """This connection is closed; whether another one is open."""
        was_heard = self._connections[:1] == [connection] and self._subscription is not None
        if connection in self._connections:
            self._connections.remove(connection)
        if was_heard and self._subscription is not None:
            self._subscription.cancel()
            self._subscription = None
            if self._connections and teller is not None:
                self._take_over(teller)
        return bool(self._connections)

    def start(self, teller: Teller) -> None:
        """Listen, and find out what the jobs are doing now, so that only what comes later is told."""
        connection = self._connections[0]
        with self._lock:
            self._early = []
            self._teller = teller
        subscription = connection.tracker.subscribe(self._hear)
        try:
            statuses = _statuses(connection)
        except BaseException:
            subscription.cancel()
            raise
        self._subscription = subscription
        with self._lock:
            self._begin_with(statuses)
            early, self._early = self._early or [], None
            self._take(early)

    def stop(self) -> None:
        """Listen no more, and forget what was heard."""
        if self._subscription is not None:
            self._subscription.cancel()
        self._subscription = None
        self._courses = {}
        self._teller = None

    def _take_over(self, teller: Teller) -> None:
        try:
            self.start(teller)
        except DrmaaException:
            import logging

            text = "events of the session %r are lost: its backend cannot be asked"
            logging.getLogger("wflpy.sessions").exception(text, self._session_name)

    def _begin_with(self, statuses: Mapping[str, JobStatus]) -> None:
        for course in self._courses.values():
            course.is_certain = False
        changes: list[StateChange] = []
        for job_id, status in statuses.items():
            if job_id in self._courses:
                changes.append(StateChange(job_id, status.state, status.sub_state))
            else:
                self._courses[job_id] = Course(status)
        self._take(changes)

    def _hear(self, changes: Sequence[StateChange]) -> None:
        with self._lock:
            if self._early is not None:
                self._early.extend(changes)
            else:
                self._take(changes)

    def _take(self, changes: Iterable[StateChange]) -> None:
        notices: list[Notice] = []
        for change in changes:
            course = self._courses.get(change.job_id)
            if course is None:
                course = self._courses[change.job_id] = Course()
            events = course.hear(change)
            notices += [Notice(event, self._session_name, change.job_id, course, change.state) for event in events]
        if notices and self._teller is not None:
            self._teller.put(notices)


def _statuses(connection: Connection) -> dict[str, JobStatus]:
    """The states of all jobs of the session there are."""
    tracker = connection.tracker
    for _ in range(_ATTEMPTS - 1):
        try:
            return tracker.states(tracker.job_ids())
        except InvalidArgumentException:
            # Somebody reaped one of them meanwhile.
            continue
    return tracker.states(tracker.job_ids())
