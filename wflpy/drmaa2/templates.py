"""The structures the application fills in: templates of jobs and of reservations (GFD.231 5.7 and 5.8).

Every attribute is ``None`` until it is set, and nothing is checked before submission, so one template can serve several
trackers. Memory is in KB of 1024 bytes, times are aware datetimes, paths are absolute or begin with a placeholder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from wflpy.drmaa2.attributes import set_attributes

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from wflpy.drmaa2.constants import Now
    from wflpy.drmaa2.enums import CpuArchitecture, OperatingSystem

T = TypeVar("T", "JobTemplate", "ReservationTemplate")


@dataclass(slots=True, kw_only=True)
class JobTemplate:
    """What a job is to be (GFD.231 5.7)."""

    remote_command: str | None = None
    """Program on the execution host; nothing is copied there by naming it."""
    args: list[str] | None = None
    """Arguments, passed one to one, never split again."""
    submit_as_hold: bool | None = None
    """True: the job begins in QUEUED_HELD and waits for a release."""
    rerunnable: bool | None = None
    """True: the DRM system may start it again, after the loss of a machine for example."""
    job_environment: dict[str, str] | None = None
    """Environment variables that win over those of the execution host."""
    working_directory: str | None = None
    """Directory the job runs in; may begin with HOME_DIRECTORY."""
    job_category: str | None = None
    """Named settings of the site; a container image on container trackers."""
    email: list[str] | None = None
    """Addresses to report to (JT_EMAIL)."""
    email_on_started: bool | None = None
    """True: report the start (JT_EMAIL)."""
    email_on_terminated: bool | None = None
    """True: report the end (JT_EMAIL)."""
    job_name: str | None = None
    """Name for people; need not be unique."""
    input_path: str | None = None
    """File for standard input."""
    output_path: str | None = None
    """File for standard output, appended to if it exists."""
    error_path: str | None = None
    """File for standard error, appended to if it exists; ignored with ``join_files``."""
    join_files: bool | None = None
    """True: standard error goes where standard output goes."""
    reservation_id: str | None = None
    """Advance reservation to run in."""
    queue_name: str | None = None
    """Queue to wait in; the default queue if None."""
    min_slots: int | None = None
    """Slots the job needs; 1 if None."""
    max_slots: int | None = None
    """Slots the job can use; ``min_slots`` if None (JT_MAXSLOTS)."""
    priority: int | None = None
    """Priority in the words of the DRM system."""
    candidate_machines: list[str] | None = None
    """Machines it may run on; all if None."""
    min_phys_memory: int | None = None
    """Memory the job needs, KB."""
    machine_os: OperatingSystem | None = None
    """System all its machines must have."""
    machine_arch: CpuArchitecture | None = None
    """Architecture all its machines must have."""
    start_time: datetime | Now | None = None
    """Earliest time it may start; at once if None or past."""
    deadline_time: datetime | None = None
    """Time at which the job is ended, whatever its state (JT_DEADLINE)."""
    stage_in_files: dict[str, str] | None = None
    """Copied before the start: path on the submission host -> path on the execution host (JT_STAGING)."""
    stage_out_files: dict[str, str] | None = None
    """Copied after the end: path on the execution host -> path on the submission host (JT_STAGING)."""
    resource_limits: dict[str, str] | None = None
    """Limits: names of ResourceLimit -> decimal number."""
    accounting_id: str | None = None
    """Label for accounting, not a credential (JT_ACCOUNTINGID)."""
    extensions: dict[str, str] | None = None
    """Attributes outside the standard; keys carry the prefix of their tracker, such as ``docker_user``."""

    def copy(self) -> JobTemplate:
        """A template with equal values that shares no list and no dictionary with this one."""
        return _copy_onto(JobTemplate(), self)

    def __str__(self) -> str:
        return _text(self)


@dataclass(slots=True, kw_only=True)
class ReservationTemplate:
    """What an advance reservation is to be (GFD.231 5.8)."""

    reservation_name: str | None = None
    """Name for people; generated if None, may be altered."""
    start_time: datetime | Now | None = None
    """Start, or the start of the window with ``duration``; NOW needs RT_STARTNOW."""
    end_time: datetime | None = None
    """End, or the end of the window with ``duration``."""
    duration: timedelta | None = None
    """Length (RT_DURATION)."""
    min_slots: int | None = None
    """Slots needed; 1 if None."""
    max_slots: int | None = None
    """Slots that can be used; ``min_slots`` if None."""
    job_category: str | None = None
    """Named settings of the site."""
    users_acl: list[str] | None = None
    """Users who may submit jobs into it; the caller if None."""
    candidate_machines: list[str] | None = None
    """Machines that may be reserved; all if None."""
    min_phys_memory: int | None = None
    """Memory each machine must have, KB."""
    machine_os: OperatingSystem | None = None
    """System the machines must have (RT_MACHINEOS)."""
    machine_arch: CpuArchitecture | None = None
    """Architecture the machines must have (RT_MACHINEARCH)."""
    extensions: dict[str, str] | None = None
    """Attributes outside the standard; keys carry the prefix of their tracker."""

    def copy(self) -> ReservationTemplate:
        """A template with equal values that shares no list and no dictionary with this one."""
        return _copy_onto(ReservationTemplate(), self)

    def __str__(self) -> str:
        return _text(self)


_COPIED = frozenset((list, dict))


def _copy_onto(twin: T, template: T) -> T:
    for name, value in set_attributes(template):
        setattr(twin, name, value.copy() if type(value) in _COPIED else value)
    return twin


def _text(template: T) -> str:
    content = ", ".join(f"{name}={value!r}" for name, value in set_attributes(template))
    return f"{type(template).__name__}({content})"
