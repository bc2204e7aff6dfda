"""What a fake installation checks before it takes a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import (
    CpuArchitecture,
    InvalidArgumentException,
    OperatingSystem,
    ResourceLimit,
    check_supported,
    did_you_mean,
)
from wflpy.testing.records import MACHINE
from wflpy.tracker.extensions import check_extensions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from wflpy.drmaa2 import DrmaaCapability, JobTemplate

MEMORY: Final = 64 * 1024 * 1024
"""Physical memory of the machine, KB."""


class Requirements:
    """The checks of one installation for one kind of tracker."""

    def __init__(
        self, tracker: str, capabilities: Collection[DrmaaCapability], queues: Sequence[str], slots: int | None
    ) -> None:
        self._tracker: Final = tracker
        self._capabilities: Final = capabilities
        self._queues: Final = queues
        self._slots: Final = slots

    def check(self, template: JobTemplate) -> None:
        """Do nothing if the installation can run this.

        Raises:
            UnsupportedAttributeException: an optional attribute is set that the tracker lacks.
            InvalidArgumentException: names everything that can never be met.
        """
        check_supported(template, self._capabilities, self._tracker)
        problems = [*self._names(template), *self._numbers(template), *self._machine(template)]
        if problems:
            text = f"job template: {'; '.join(text for _, text in problems)}"
            raise InvalidArgumentException(text, attributes=[name for name, _ in problems], tracker=self._tracker)
        check_extensions(template.extensions, self._tracker, ())

    def _names(self, template: JobTemplate) -> Iterator[tuple[str, str]]:
        queue = template.queue_name
        if queue is not None and queue not in self._queues:
            known = ", ".join(self._queues) or "none, so it must be unset"
            yield (
                "queueName",
                f"queueName {queue!r} is not a queue{did_you_mean(queue, self._queues)}; there are {known}",
            )
        if template.job_category is not None:
            yield "jobCategory", f"jobCategory {template.job_category!r} is unknown; there are no categories"
        if template.reservation_id is not None:
            yield "reservationId", f"reservationId {template.reservation_id!r} is unknown; there are no reservations"
        if template.candidate_machines is not None and MACHINE not in template.candidate_machines:
            yield "candidateMachines", f"candidateMachines {template.candidate_machines} does not hold {MACHINE!r}"

    def _numbers(self, template: JobTemplate) -> Iterator[tuple[str, str]]:
        needed = template.min_slots or 1
        if self._slots is not None and needed > self._slots:
            yield "minSlots", f"minSlots is {needed}, but there are only {self._slots} slots"
        if (template.min_phys_memory or 0) > MEMORY:
            yield "minPhysMemory", f"minPhysMemory is {template.min_phys_memory} KB, but there are only {MEMORY} KB"
        for limit in template.resource_limits or ():
            if limit != ResourceLimit.WALLCLOCK_TIME:
                yield f"resourceLimits[{limit}]", f"resourceLimits[{limit}] cannot be enforced; WALLCLOCK_TIME can"

    def _machine(self, template: JobTemplate) -> Iterator[tuple[str, str]]:
        system = template.machine_os
        if system is not None and system is not OperatingSystem.LINUX:
            yield "machineOS", f"machineOS is {system.name}, but the only machine runs LINUX"
        architecture = template.machine_arch
        if architecture is not None and architecture is not CpuArchitecture.X64:
            yield "machineArch", f"machineArch is {architecture.name}, but the only machine is X64"
