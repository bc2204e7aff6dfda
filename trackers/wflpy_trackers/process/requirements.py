"""What a keeper checks before it takes a job: demands that this machine cannot meet, now or ever."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import (
    CpuArchitecture,
    InvalidArgumentException,
    JobTemplate,
    OperatingSystem,
    ResourceLimit,
    check_supported,
    did_you_mean,
)
from wflpy.tracker.extensions import check_extensions
from wflpy_trackers._local.limits import TEMPLATE_LIMITS
from wflpy_trackers._local.machine import physical_memory
from wflpy_trackers._local.rows import QUEUE
from wflpy_trackers._local.words import LAZY_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wflpy.drmaa2 import DrmaaCapability

_HARMLESS: Final = frozenset(
    (
        "args",
        "error_path",
        "input_path",
        "job_environment",
        "job_name",
        "join_files",
        "output_path",
        "priority",
        "remote_command",
        "rerunnable",
        "start_time",
        "submit_as_hold",
        "working_directory",
    )
)
_DEMANDING: Final = tuple(name for name in JobTemplate.__dataclass_fields__ if name not in _HARMLESS)
_demands: Final = attrgetter(*_DEMANDING)
_NO_DEMANDS: Final = (None,) * len(_DEMANDING)

LIMITS: Final = (*TEMPLATE_LIMITS, str(ResourceLimit.WALLCLOCK_TIME))
"""The keys of resource_limits that are enforced."""

_SWITCH: Final = ("true", "false")


class Requirements:
    """The checks for one keeper."""

    def __init__(self, tracker: str, capabilities: Collection[DrmaaCapability], host: str, slots: int) -> None:
        self._tracker: Final = tracker
        self._capabilities: Final = capabilities
        self._host: Final = host
        self._slots: Final = slots

    def check(self, template: JobTemplate) -> None:
        """Do nothing if the machine can run this.

        Raises:
            UnsupportedAttributeException: an optional attribute is set that the tracker lacks.
            InvalidArgumentException: names everything that can never be met.
        """
        if template.remote_command is not None and _demands(template) == _NO_DEMANDS:
            return
        check_supported(template, self._capabilities, self._tracker)
        problems = [
            *self._names(template),
            *self._numbers(template),
            *self._machine(template),
            *_limits(template),
            *_switches(template),
        ]
        if problems:
            text = f"job template: {'; '.join(f'{name} {text}' for name, text in problems)}"
            raise InvalidArgumentException(text, attributes=[name for name, _ in problems], tracker=self._tracker)
        check_extensions(template.extensions, self._tracker, (LAZY_OUTPUT,))

    def _names(self, template: JobTemplate) -> Iterator[tuple[str, str]]:
        queue = template.queue_name
        if queue is not None and queue != QUEUE:
            yield "queueName", f"{queue!r} is not a queue{did_you_mean(queue, (QUEUE,))}; there is only {QUEUE!r}"
        if template.job_category is not None:
            yield "jobCategory", f"{template.job_category!r} is unknown: there are no categories here"
        elif template.remote_command is None:
            yield "remoteCommand", "must be set"
        if template.reservation_id is not None:
            yield "reservationId", f"{template.reservation_id!r} is unknown: there are no reservations here"

    def _numbers(self, template: JobTemplate) -> Iterator[tuple[str, str]]:
        needed = template.min_slots or 1
        if needed > self._slots:
            yield "minSlots", f"is {needed}, but there are only {self._slots} slots"
        memory = physical_memory()
        if template.min_phys_memory is not None and memory is not None and template.min_phys_memory > memory:
            yield "minPhysMemory", f"is {template.min_phys_memory} KB, but this machine has only {memory} KB"

    def _machine(self, template: JobTemplate) -> Iterator[tuple[str, str]]:
        machines = template.candidate_machines
        if machines is not None and self._host not in machines:
            yield "candidateMachines", f"{machines} does not hold {self._host!r}, which is the only machine"
        system = template.machine_os
        if system is not None and system is not OperatingSystem.current():
            yield "machineOS", f"is {system.name}, but this machine runs {OperatingSystem.current().name}"
        architecture = template.machine_arch
        if architecture is not None and architecture is not CpuArchitecture.current():
            yield "machineArch", f"is {architecture.name}, but this machine is {CpuArchitecture.current().name}"


def _limits(template: JobTemplate) -> Iterator[tuple[str, str]]:
    for limit in template.resource_limits or ():
        if limit not in LIMITS:
            yield f"resourceLimits[{limit}]", f"is not enforced here; {', '.join(LIMITS)} are"


def _switches(template: JobTemplate) -> Iterator[tuple[str, str]]:
    value = (template.extensions or {}).get(LAZY_OUTPUT, "false")
    if value not in _SWITCH:
        yield f"extensions[{LAZY_OUTPUT}]", f"must be true or false, not {value!r}"
