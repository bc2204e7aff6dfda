"""A tracker without a backend: jobs run in memory, on a clock that a test turns, by scripts. Needs no pytest.

::

    with SessionManager("fake") as manager:
        installation = FakeInstallation.at("default")
        installation.script("train", Script(exit_status=3), Script(duration=60))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

from wflpy.drmaa2 import (
    CpuArchitecture,
    DrmaaCapability,
    DrmaaException,
    InvalidArgumentException,
    JobAction,
    JobInfo,
    JobStatus,
    MachineInfo,
    OperatingSystem,
    QueueInfo,
    Version,
)
from wflpy.testing.courier import Courier
from wflpy.testing.installation import FakeInstallation
from wflpy.testing.records import MACHINE
from wflpy.testing.requirements import MEMORY, offer_of
from wflpy.tracker import Ability, JobTracker, Ledger, Monitor, Submission

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wflpy.drmaa2 import JobTemplate
    from wflpy.testing.clock import FakeClock


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeOptions:
    """Options of the fake tracker."""

    tracker: ClassVar[str] = "fake"

    contact: str = field(default="default", metadata={"help": "which installation; the first opener decides the rest"})
    slots: int | None = field(default=None, metadata={"help": "how many slots there are; none for any number"})
    auto: bool = field(default=True, metadata={"help": "commands without a script end at once with exit status 0"})
    queues: tuple[str, ...] = field(default=("default",), metadata={"help": "names of the queues"})
    grace: float = field(default=5.0, metadata={"help": "seconds between SIGTERM and SIGKILL"})


class FakeTracker(JobTracker, Monitor):
    """One session on a fake installation."""

    name: ClassVar[str] = "fake"
    options_type: ClassVar[type] = FakeOptions
    capabilities = frozenset(
        (
            DrmaaCapability.CALLBACK,
            DrmaaCapability.BULK_JOBS_MAXPARALLEL,
            DrmaaCapability.JT_DEADLINE,
            DrmaaCapability.JT_MAXSLOTS,
            DrmaaCapability.JT_ACCOUNTINGID,
        )
    )
    abilities = frozenset(
        (
            Ability.SUSPEND,
            Ability.HOLD_NATIVE,
            Ability.QUEUES,
            Ability.REQUEUE,
            Ability.PRIORITY,
            Ability.SLOTS,
            Ability.START_TIME,
            Ability.NATIVE_ARRAYS,
            Ability.MONITOR,
            Ability.RUSAGE,
        )
    )

    def __init__(self, session: str, options: FakeOptions) -> None:
        super().__init__()
        self._options = options
        self.installation = FakeInstallation.at(
            options.contact, slots=options.slots, auto=options.auto, grace=options.grace
        )
        self._offer = offer_of(type(self), options.queues, self.installation.slots)
        self._courier = Courier(self.watch.publish, lambda: self.watch.is_heard, f"wflpy-fake-{session}")
        self._session = self.installation.attach(session, self._courier)

    @classmethod
    def open(cls, session: str, options: object, ledger: Ledger) -> Self:  # noqa: ARG003  it forgets with the process
        """Open the installation that the options name; it is made when nobody has yet."""
        if not isinstance(options, FakeOptions):
            raise InvalidArgumentException(f"the fake tracker takes FakeOptions, not {type(options).__name__}")
        return cls(session, options)

    @property
    def contact(self) -> str:
        """Which installation this is."""
        return self._options.contact

    @property
    def drms_name(self) -> str:
        """The name of this backend."""
        return "fake"

    @property
    def drms_version(self) -> Version:
        """Always the same."""
        return Version("1", "0")

    @property
    def clock(self) -> FakeClock:
        """The clock of the installation."""
        return self.installation.clock

    def submit(self, template: JobTemplate, key: str) -> str:
        """Submit one job and return its id."""
        outcome = self.installation.submit(self._session, ((template, key),), self._offer.check)[0]
        if isinstance(outcome, DrmaaException):
            raise outcome
        return outcome

    def submit_many(self, submissions: Sequence[Submission]) -> list[str | DrmaaException]:
        """Submit several jobs in one call to the installation."""
        return self.installation.submit(self._session, submissions, self._offer.check)

    def submit_array(self, template: JobTemplate, indices: range, max_parallel: int | None, key: str) -> str:
        """Submit an array in one call to the installation."""
        check = self._offer.check
        return self.installation.submit_array(self._session, template, indices, max_parallel, key, check)

    def find(self, keys: Collection[str]) -> dict[str, str]:
        """The ids of those keys that are known."""
        return self.installation.find(self._session, keys)

    def job_ids(self) -> list[str]:
        """The jobs of this session, oldest first."""
        return self.installation.ids(self._session)

    def array_ids(self) -> list[str]:
        """The arrays of this session, oldest first."""
        return self.installation.array_ids(self._session)

    def array_job_ids(self, array_id: str) -> list[str]:
        """The jobs of an array in index order."""
        return self.installation.array_job_ids(self._session, array_id)

    def states(self, job_ids: Collection[str]) -> dict[str, JobStatus]:
        """The states of these jobs."""
        return self.installation.states(self._session, job_ids)

    def info(self, job_id: str) -> JobInfo:
        """A snapshot of one job."""
        return self.infos((job_id,))[job_id]

    def infos(self, job_ids: Collection[str]) -> dict[str, JobInfo]:
        """Snapshots of several jobs, of whatever session."""
        return self.installation.infos(job_ids)

    def control(self, job_id: str, action: JobAction) -> None:
        """Carry out one action."""
        self.installation.control(self._session, job_id, action)

    def delete(self, job_id: str) -> None:
        """Drop a job that has ended."""
        self.installation.delete(self._session, job_id)

    def all_job_ids(self) -> list[str]:
        """The jobs of all sessions."""
        return self.installation.job_ids()

    def all_queues(self) -> list[QueueInfo]:
        """The queues that the options name."""
        return [QueueInfo(name=name) for name in self._options.queues]

    def all_machines(self) -> list[MachineInfo]:
        """The one machine."""
        machine = MachineInfo(
            name=MACHINE,
            available=not self.installation.faults.unreachable,
            sockets=1,
            cores_per_socket=self.installation.slots or 1,
            threads_per_core=1,
            phys_memory=MEMORY,
            machine_os=OperatingSystem.LINUX,
            machine_arch=CpuArchitecture.X64,
        )
        return [machine]

    def close(self) -> None:
        """Let go of the installation; its jobs go on."""
        self.installation.detach(self._session, self._courier)
        self.watch.close()
        self._courier.close()
