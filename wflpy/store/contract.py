"""What a store owes: sessions, the jobs of each session, and a ledger for its tracker.

Every write survives the end of this process once the call has returned, except where it is said to be grouped. All
methods may be called from several threads, and several processes may use one store at once.

Every method may raise OutOfResourceException (no room for the write, with the path), InternalException (the store is
locked by another process for longer than any write takes) and ImplementationSpecificException (it cannot be read).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wflpy.drmaa2 import JobTemplate, ReservationTemplate
    from wflpy.store.records import Fact, JobRecord, OpenKeys, SessionDraft, SessionKind, SessionRecord
    from wflpy.tracker import Ledger, Submission


class SessionStore(ABC):
    """The sessions that exist."""

    @abstractmethod
    def create(self, draft: SessionDraft) -> SessionRecord:
        """Write down a new session.

        Raises:
            InvalidArgumentException: a session of this kind and name exists, or the name cannot be written.
        """

    @abstractmethod
    def session(self, kind: SessionKind, name: str) -> SessionRecord | None:
        """The session of this name, or None."""

    @abstractmethod
    def sessions(self, kind: SessionKind) -> list[SessionRecord]:
        """All sessions of one kind, oldest first."""

    @abstractmethod
    def set_contact(self, session_id: int, contact: str, installation: str) -> SessionRecord | None:
        """Write down the contact of a session and what its tracker calls the installation; None if it is gone."""

    @abstractmethod
    def destroy(self, session_id: int, *, used: bool = True) -> None:
        """Remove a session with all its jobs and records; one that is gone is ignored.

        ``used=False``: no tracker ever knew it, so a new session of its name may have its label.
        """

    @abstractmethod
    def jobs(self, session_id: int) -> JobLog:
        """The jobs of one session."""

    @abstractmethod
    def reservations(self, session_id: int) -> ReservationLog:
        """The advance reservations of one session."""

    @abstractmethod
    def ledger(self, session_id: int) -> Ledger:
        """The records of one session's tracker."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the store. Twice is fine."""


class JobLog(ABC):
    """The jobs of one session.

    Two ways to write a submission down. For a tracker that forgets what it was told: `intend` before the tracker is
    called, then `accept`, or `withdraw` when it refused. For a tracker that keeps its jobs itself: `note` afterwards.
    What is noted or settled is written in groups: a crash may lose the latest of it, which the tracker still knows.

    Writing raises InvalidSessionException once the session is destroyed, by whatever process.
    """

    is_durable: ClassVar[bool] = True
    """Whether what is written here outlives the process."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether the session was not destroyed."""

    @abstractmethod
    def intend(self, submissions: Sequence[Submission]) -> None:
        """Write down templates and keys that are about to be submitted; a key that is known already is left alone.

        The templates belong to the log from now on: nobody may change them.
        """

    @abstractmethod
    def accept(self, job_ids: Mapping[str, str]) -> None:
        """Write down, by key, the ids of jobs that were submitted."""

    @abstractmethod
    def withdraw(self, keys: Iterable[str]) -> None:
        """Remove keys, of jobs or arrays, that the tracker refused; a key with a job id is left alone."""

    @abstractmethod
    def intend_array(self, key: str, template: JobTemplate, indices: range) -> None:
        """Write down an array that is about to be submitted; the template belongs to the log from now on."""

    @abstractmethod
    def accept_array(self, key: str, array_id: str, job_ids: Mapping[int, str]) -> None:
        """Write down the id of an array and, by index, the ids of its jobs."""

    @abstractmethod
    def note(self, job_ids: Mapping[str, str]) -> None:
        """Write down, by key, the ids of jobs that were submitted, grouped."""

    @abstractmethod
    def note_array(self, key: str, array_id: str) -> None:
        """Write down a submitted array without its jobs, grouped."""

    @abstractmethod
    def settle(self, facts: Iterable[Fact]) -> None:
        """Write down final states, grouped; a job that is not in the log is ignored.

        The first final state of a job stays; a snapshot may be added to it later.
        """

    @abstractmethod
    def forget(self, job_ids: Sequence[str], *, grouped: bool = False) -> None:
        """Remove jobs, and an array with its last job; what is not in the log is ignored."""

    @abstractmethod
    def open_keys(self) -> OpenKeys:
        """What was intended and neither accepted nor withdrawn."""

    @abstractmethod
    def job_ids(self) -> list[str]:
        """Ids of the jobs, oldest first."""

    @abstractmethod
    def array_ids(self) -> list[str]:
        """Ids of the arrays, oldest first."""

    @abstractmethod
    def array_job_ids(self, array_id: str) -> list[str]:
        """Ids of the jobs of one array in index order; empty when there is none."""

    @abstractmethod
    def job(self, job_id: str) -> JobRecord | None:
        """What is known of one job."""

    @abstractmethod
    def array_template(self, array_id: str) -> JobTemplate | None:
        """The template of an array, placeholders unexpanded."""

    @abstractmethod
    def flush(self) -> None:
        """Write what waits to be written in a group."""


class ReservationLog(ABC):
    """The advance reservations of one session, kept until the session is destroyed.

    Writing raises InvalidSessionException once the session is destroyed, by whatever process.
    """

    @abstractmethod
    def exists(self) -> bool:
        """Whether the session was not destroyed."""

    @abstractmethod
    def intend(self, key: str, template: ReservationTemplate) -> None:
        """Write down a reservation that is about to be asked for; the template belongs to the log from now on."""

    @abstractmethod
    def accept(self, key: str, reservation_id: str) -> None:
        """Write down the id of a reservation that was granted."""

    @abstractmethod
    def withdraw(self, key: str) -> None:
        """Remove a key that the tracker refused; one with an id is left alone."""

    @abstractmethod
    def granted(self) -> dict[str, ReservationTemplate]:
        """The reservations by id with what was asked for, oldest first."""
