"""A fake tracker whose backend runs jobs at once and can do nothing else: everything more is emulated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final, Self

from wflpy.drmaa2 import DrmaaCapability, DrmaaException, InvalidArgumentException, Version
from wflpy.testing.courier import Courier
from wflpy.testing.fake import FakeOptions
from wflpy.testing.installation import FakeInstallation
from wflpy.testing.requirements import offer_of
from wflpy.tracker import Ability
from wflpy.tracker.emulation import EmulatingTracker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from wflpy.drmaa2 import JobAction, JobInfo, JobStatus, JobTemplate
    from wflpy.testing.clock import FakeClock
    from wflpy.tracker import Ledger, StateChange


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainFakeOptions(FakeOptions):
    """Options of the plain fake tracker."""

    tracker: ClassVar[str] = "plain-fake"


class PlainFakeTracker(EmulatingTracker):
    """One session on a fake installation that is told to run jobs at once."""

    name: ClassVar[str] = "plain-fake"
    options_type: ClassVar[type] = PlainFakeOptions
    capabilities = frozenset((DrmaaCapability.BULK_JOBS_MAXPARALLEL, DrmaaCapability.JT_DEADLINE))
    abilities = frozenset((Ability.TEMPLATES, Ability.RUSAGE))

    def __init__(self, session: str, options: FakeOptions, ledger: Ledger) -> None:
        self.installation = FakeInstallation.at(
            options.contact, slots=options.slots, auto=options.auto, grace=options.grace
        )
        self._courier = Courier(self._hear, lambda: True, f"wflpy-plain-{session}")
        super().__init__(ledger, _CourierClock(self.installation.clock, self._courier))
        self._options = options
        self._offer = offer_of(type(self), (), None)
        self._session = self.installation.attach(session, self._courier)
        self.catch_up()

    @classmethod
    def open(cls, session: str, options: object, ledger: Ledger) -> Self:
        """Open the installation that the options name; it is made when nobody has yet."""
        if not isinstance(options, FakeOptions):
            raise InvalidArgumentException(
                f"the plain-fake tracker takes PlainFakeOptions, not {type(options).__name__}"
            )
        return cls(session, options, ledger)

    @property
    def contact(self) -> str:
        """Which installation this is."""
        return self._options.contact

    @property
    def drms_name(self) -> str:
        """The name of this backend."""
        return "plain fake"

    @property
    def drms_version(self) -> Version:
        """Always the same."""
        return Version("1", "0")

    def backend_check(self, template: JobTemplate) -> None:
        """Raise for what the installation can never do."""
        self._offer.check(template)

    def backend_submit(self, job_id: str, template: JobTemplate, index: int | None) -> None:  # noqa: ARG002  it is in the id
        """Run a job."""
        outcome = self.installation.submit(self._session, ((template, job_id),), _unchecked, job_id)[0]
        if isinstance(outcome, DrmaaException):
            raise outcome

    def backend_states(self, job_ids: Collection[str]) -> dict[str, JobStatus]:
        """The states of those jobs that it has."""
        there = self.installation.find(self._session, job_ids)
        return self.installation.states(self._session, list(there.values()))

    def backend_infos(self, job_ids: Collection[str]) -> dict[str, JobInfo]:
        """Snapshots of those jobs that it has."""
        there = self.installation.find(self._session, job_ids)
        infos = self.installation.infos(list(there.values()))
        return {job_id: _without_queue(info) for job_id, info in infos.items()}

    def backend_control(self, job_id: str, action: JobAction) -> None:
        """Carry out one action."""
        self.installation.control(self._session, job_id, action)

    def backend_delete(self, job_id: str) -> None:
        """Drop a job that has ended."""
        if self.installation.find(self._session, (job_id,)):
            self.installation.delete(self._session, job_id)

    def _hear(self, changes: Sequence[StateChange]) -> None:
        self.backend_changed(
            [change if change.info is None else change._replace(info=_without_queue(change.info)) for change in changes]
        )

    def close(self) -> None:
        """Let go of the installation; its jobs go on."""
        self.installation.detach(self._session, self._courier)
        super().close()
        self._courier.close()


class _CourierClock:
    """The clock of the installation; what is due is done by the thread that carries the changes."""

    def __init__(self, clock: FakeClock, courier: Courier) -> None:
        self._clock: Final = clock
        self._courier: Final = courier

    def now(self) -> datetime:
        """What the clock shows."""
        return self._clock.now()

    def call_at(self, when: datetime, action: Callable[[], None]) -> Callable[[], None]:
        """Have ``action`` called when the clock is turned so far."""
        if when <= self._clock.now():
            self._courier.call(action)
            return _done
        return self._clock.call_at(when, action)

    def close(self) -> None:
        """The clock belongs to the installation."""


def _done() -> None:
    """Nothing to take back."""


def _without_queue(info: JobInfo) -> JobInfo:
    """The snapshot of a backend that has no queues."""
    return replace(info, queue_name=None)


def _unchecked(_: JobTemplate) -> None:
    """It was checked before it was written down."""
