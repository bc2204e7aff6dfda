"""One open tracker, and what a session knows beyond it."""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import FINAL_STATES, InvalidSessionException, JobAction, UnsupportedOperationException
from wflpy.sessions.contacts import contact_of
from wflpy.sessions.vigil import Vigil
from wflpy.store import Fact, SessionKind
from wflpy.tracker import Ability, JobTracker, Monitor, TemplateKeeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from threading import Event

    from wflpy.store import JobLog
    from wflpy.tracker import StateChange, Subscription

_CLOSED: Final = "is closed: open it again with open_{}_session"
_DESTROYED: Final = "was destroyed"
_FORKED: Final = "belongs to the process that forked this one: open it again here"


class Connection:
    """What the objects of a session share: its tracker, and for jobs its job log. Every handle has its own.

    Attributes:
        tracker: the open tracker.
        tracker_name: the registry's name of it.
        contact: the installation, for the identity of jobs.
        session_name: None for the jobs of a monitoring session, which belong to nobody here.
        log: what is written down about the session's jobs; None in a session of another kind.
        records_first: whether a submission is written down before the tracker is told.
        may_forget: whether the backend may lose a job that the log still has.
        may_confuse: whether the backend may then tell of somebody else's job that was given the same id.
        identity: equal for all handles of one session.
        vigil: looks after the session for those who wait in it.
    """

    def __init__(
        self,
        tracker: JobTracker,
        session_name: str | None,
        log: JobLog | None,
        reopen: Callable[[], Connection] | None = None,
        *,
        kind: str = SessionKind.JOB,
        exists: Callable[[], bool] | None = None,
    ) -> None:
        self.tracker: Final = tracker
        self.tracker_name: Final = tracker.name
        self.contact: Final = contact_of(tracker)
        self.session_name: Final = session_name
        self.log: Final = log
        self.capabilities: Final = tracker.capabilities
        self.abilities: Final = tracker.abilities
        self.records_first: Final = not (tracker.keeps_jobs and isinstance(tracker, TemplateKeeper))
        self.may_forget: Final = log is not None and not tracker.keeps_jobs
        self._kind: Final = kind
        self._exists: Final = exists if log is None else log.exists
        self._reopen: Final = reopen
        self.identity: Final = (self.tracker_name, self.contact, session_name)
        self.may_confuse: Final = self.may_forget and isinstance(tracker, Monitor)
        self.vigil: Final = Vigil(self.check)
        self._over: str | None = None
        self._pid: Final = os.getpid()
        self._closing: Final = Lock()
        self._waiting: set[Event] = set()
        # Job -> whether its final snapshot was written down with its final state.
        self._settled: dict[str, bool] = {}
        self._settles: Final = self.may_forget and log is not None and log.is_durable
        self._settling: Subscription | None = tracker.subscribe(self._hear) if self._settles else None

    @property
    def is_open(self) -> bool:
        """Whether this process has neither closed it nor seen that it was destroyed."""
        return self._over is None and self._pid == os.getpid()

    def check(self) -> None:
        """Do nothing if the session can be used.

        Raises:
            InvalidSessionException: it is closed, or was destroyed by whatever process.
        """
        if self._over is not None or self._pid != os.getpid():
            raise self._refusal()
        if self._exists is not None and not self._exists():
            self.close(destroyed=True)
            raise self._refusal()

    def check_action(self, action: JobAction) -> None:
        """Do nothing if the tracker can do this in some state.

        Raises:
            UnsupportedOperationException: it cannot, in any.
        """
        if action in (JobAction.SUSPEND, JobAction.RESUME) and Ability.SUSPEND not in self.abilities:
            text = f"the {self.tracker_name} tracker cannot {action} jobs"
            raise UnsupportedOperationException(text, tracker=self.tracker_name)

    def close(self, *, destroyed: bool = False) -> None:
        """Write what waits, let go of the tracker, and wake whoever waits in it. Twice is fine."""
        with self._closing:
            if not self.is_open:
                return
            self._over = _DESTROYED if destroyed else _CLOSED.format(self._kind)
        try:
            if self._settling is not None:
                self._settling.cancel()
            if self.log is not None and not destroyed:
                # When another process destroyed the session meanwhile, there is nothing left to write to.
                with suppress(InvalidSessionException):
                    self.log.flush()
        finally:
            self.tracker.close()
            for event in tuple(self._waiting):
                event.set()

    def settle(self, facts: Iterable[Fact]) -> None:
        """Write down those of these states that are final, each once, if the backend may forget the job."""
        if self.log is None or not self._settles:
            return
        settled = self._settled
        new: list[Fact] = []
        for fact in facts:
            if fact.state not in FINAL_STATES or settled.get(fact.job_id) or (not fact.info and fact.job_id in settled):
                continue
            settled[fact.job_id] = fact.info is not None
            new.append(fact)
        if new:
            self.log.settle(new)

    def wake_at_close(self, event: Event) -> None:
        """Set this event when the connection is closed, which it is at once if that has happened."""
        self._waiting.add(event)
        if self._over is not None:
            event.set()

    def stop_waking(self, event: Event) -> None:
        """Leave this event alone from now on."""
        self._waiting.discard(event)

    def check_open(self) -> None:
        """Do nothing if this handle is open, without a look at the store.

        Raises:
            InvalidSessionException: it is not.
        """
        if not self.is_open:
            raise self._refusal()

    def reopened(self) -> Connection:
        """Another connection to the same session, for whom this one is closed.

        Raises:
            InvalidSessionException: there is no such session any more.
        """
        if self._reopen is None or self._over == _DESTROYED:
            raise self._refusal()
        return self._reopen()

    def _refusal(self) -> InvalidSessionException:
        reason = self._over or _FORKED
        name = "the monitoring session" if self.session_name is None else f"the session {self.session_name!r}"
        return InvalidSessionException(f"{name} {reason}", tracker=self.tracker_name)

    def _hear(self, changes: Sequence[StateChange]) -> None:
        self.settle(Fact(change.job_id, change.state, change.info) for change in changes)
