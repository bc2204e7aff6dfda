"""What a backend has to offer, as data, and whether a template asks for more (GFD.231 5.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wflpy.drmaa2 import InvalidArgumentException, check_supported, did_you_mean
from wflpy.tracker.extensions import check_extensions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wflpy.drmaa2 import CpuArchitecture, DrmaaCapability, JobTemplate, OperatingSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What can be asked for in a template. Whatever is left out of it can not be had, or is not known."""

    tracker: str
    """The name of the tracker."""
    capabilities: Collection[DrmaaCapability] = ()
    """What it declares."""
    queues: Collection[str] = ()
    categories: Collection[str] = ()
    reservations: Collection[str] = ()
    limits: Collection[str] = ()
    """The keys of ``resource_limits`` that are enforced."""
    extensions: Collection[str] = ()
    """The keys of ``extensions`` it takes, with its prefix."""
    machines: Collection[str] = ()
    slots: int | None = None
    """How many there are; None when unknown or without limit."""
    memory: int | None = 0
    """Physical memory of the largest machine in KB; None when unknown."""
    system: OperatingSystem | None = None
    """That of all machines; None when it cannot be promised."""
    architecture: CpuArchitecture | None = None
    """That of all machines; None when it cannot be promised."""

    def check(self, template: JobTemplate) -> None:
        """Do nothing if the template asks for nothing beyond this.

        Raises:
            UnsupportedAttributeException: an optional attribute is set that the tracker lacks.
            InvalidArgumentException: names everything that can never be met.
        """
        check_supported(template, self.capabilities, self.tracker)
        problems = [*self._names(template), *self._numbers(template), *self._machine(template)]
        if problems:
            text = f"job template: {'; '.join(f'{name} {text}' for name, text in problems)}"
            raise InvalidArgumentException(text, attributes=[name for name, _ in problems], tracker=self.tracker)
        check_extensions(template.extensions, self.tracker, self.extensions)

    def _names(self, template: JobTemplate) -> Iterator[tuple[str, str]]:
        for attribute, wanted, known, what in (
            ("queueName", template.queue_name, self.queues, "queues"),
            ("jobCategory", template.job_category, self.categories, "categories"),
            ("reservationId", template.reservation_id, self.reservations, "reservations"),
        ):
            if wanted is not None and wanted not in known:
                there = f"there are {', '.join(known)}" if known else f"there are no {what}, so it must be unset"
                yield attribute, f"{wanted!r} is unknown{did_you_mean(wanted, known)}; {there}"
        machines = template.candidate_machines
        if machines is not None and not set(machines) & set(self.machines):
            yield (
                "candidateMachines",
                f"{machines} holds no machine there is; known: {', '.join(self.machines) or 'none'}",
            )

    def _numbers(self, template: JobTemplate) -> Iterator[tuple[str, str]]:
        needed = template.min_slots or 1
        if self.slots is not None and needed > self.slots:
            yield "minSlots", f"is {needed}, but there are only {self.slots} slots"
        if self.memory is not None and (template.min_phys_memory or 0) > self.memory:
            there = f"there are only {self.memory} KB" if self.memory else "no memory can be promised"
            yield "minPhysMemory", f"is {template.min_phys_memory} KB, but {there}"
        for limit in template.resource_limits or ():
            if limit not in self.limits:
                yield f"resourceLimits[{limit}]", f"cannot be enforced; {', '.join(self.limits) or 'no limit'} can"

    def _machine(self, template: JobTemplate) -> Iterator[tuple[str, str]]:
        for attribute, wanted, there in (
            ("machineOS", template.machine_os, self.system),
            ("machineArch", template.machine_arch, self.architecture),
        ):
            if wanted is not None and wanted is not there:
                known = f"the machines are {there.name}" if there is not None else "it cannot be promised"
                yield attribute, f"is {wanted.name}, but {known}"
