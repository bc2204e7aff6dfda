"""The structures the library hands out: read-only snapshots (GFD.231 5.1 to 5.6, 8.3).

Every attribute may be ``None``: not set, not known. Memory is in KB of 1024 bytes, times are aware datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from wflpy.drmaa2.enums import CpuArchitecture, DrmaaEvent, JobState, OperatingSystem


class JobStatus(NamedTuple):
    """The state of a job with the detail of its tracker, as ``get_state()`` returns it (GFD.231 8.4.6)."""

    state: JobState
    sub_state: str | None = None


@dataclass(slots=True, frozen=True)
class Version:
    """A version in two parts (GFD.231 5.2)."""

    major: str | None = None
    minor: str | None = None

    @classmethod
    def parse(cls, text: str) -> Version:
        """The first two parts of a dotted text; minor is "0" without a dot."""
        major, _, rest = text.strip().partition(".")
        return cls(major, rest.partition(".")[0] or "0")

    def __str__(self) -> str:
        return ".".join(part for part in (self.major, self.minor) if part is not None)


@dataclass(slots=True, frozen=True, kw_only=True)
class QueueInfo:
    """A queue of the DRM system (GFD.231 5.1)."""

    name: str | None = None
    extensions: dict[str, str] | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class MachineInfo:
    """A machine of the DRM system (GFD.231 5.3)."""

    name: str | None = None
    """May be a DNS name; the same text that ``SlotInfo.machine_name`` has."""
    available: bool | None = None
    """Whether it could be used when the question was asked."""
    sockets: int | None = None
    """Processor sockets, 1 if unknown."""
    cores_per_socket: int | None = None
    """Cores of each socket, 1 if unknown."""
    threads_per_core: int | None = None
    """Threads of each core, 1 if unknown."""
    load: float | None = None
    """Average load of the last minute."""
    phys_memory: int | None = None
    """Installed memory, KB."""
    virt_memory: int | None = None
    """Installed memory and configured swap, KB."""
    machine_os: OperatingSystem | None = None
    """Installed system, OTHER_OS if unknown."""
    machine_os_version: Version | None = None
    """Its version, for Linux that of the kernel."""
    machine_arch: CpuArchitecture | None = None
    """Architecture it currently operates with, OTHER_CPU if unknown."""
    extensions: dict[str, str] | None = None


@dataclass(slots=True, frozen=True)
class SlotInfo:
    """Slots on one machine (GFD.231 5.4)."""

    machine_name: str | None = None
    slots: int | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class JobInfo:
    """What is known about a job; where a filter is asked for, what jobs have to match (GFD.231 5.5)."""

    job_id: str | None = None
    """Identifier in the DRM system."""
    job_name: str | None = None
    """Name of the job, possibly truncated."""
    exit_status: int | None = None
    """Exit status of the process; None before the end, and when it is not known."""
    terminating_signal: str | None = None
    """Signal that ended the job, such as ``SIGKILL``."""
    annotation: str | None = None
    """Why the job is in its state, for people. Never matched by a filter."""
    job_state: JobState | None = None
    """Current state."""
    job_sub_state: str | None = None
    """Detail of the state, in the words of the tracker."""
    allocated_machines: list[SlotInfo] | None = None
    """Machines and slots in use; None before the start."""
    submission_machine: str | None = None
    """Machine the job was submitted from."""
    job_owner: str | None = None
    """Owner, as the DRM system records it."""
    slots: int | None = None
    """Number of slots in use."""
    queue_name: str | None = None
    """Queue of the job; None where there are no queues."""
    wallclock_time: timedelta | None = None
    """Time spent running so far."""
    cpu_time: timedelta | None = None
    """CPU time of all its processes so far."""
    submission_time: datetime | None = None
    """When it was submitted."""
    dispatch_time: datetime | None = None
    """When it first entered a Started state; a requeue does not change it."""
    finish_time: datetime | None = None
    """When it entered a Terminated state."""
    extensions: dict[str, str] | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class ReservationInfo:
    """What is known about an advance reservation (GFD.231 5.6)."""

    reservation_id: str | None = None
    """Identifier in the DRM system."""
    reservation_name: str | None = None
    """Name, derived from that of the template."""
    reserved_start_time: datetime | None = None
    """Start; None means unrestricted."""
    reserved_end_time: datetime | None = None
    """End."""
    users_acl: list[str] | None = None
    """Users who may submit jobs into it."""
    reserved_slots: int | None = None
    """Number of slots; None when it covers whole machines."""
    reserved_machines: list[SlotInfo] | None = None
    """Machines and slots; None before they are assigned."""
    extensions: dict[str, str] | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class DrmaaNotification:
    """An event, as a registered callback receives it (GFD.231 8.3)."""

    event: DrmaaEvent | None = None
    """What happened."""
    job_id: str | None = None
    """The job it happened to."""
    session_name: str | None = None
    """Session of the job; None for a job from outside."""
    job_state: JobState | None = None
    """State of the job when the event was made."""
    extensions: dict[str, str] | None = None
