"""What a fake installation offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import CpuArchitecture, OperatingSystem, ResourceLimit
from wflpy.testing.records import MACHINE
from wflpy.tracker.offer import Offer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wflpy.tracker import JobTracker

MEMORY: Final = 64 * 1024 * 1024
"""Physical memory of the machine, KB."""


def offer_of(tracker: type[JobTracker], queues: Sequence[str], slots: int | None) -> Offer:
    """The offer of one installation through one kind of tracker."""
    return Offer(
        tracker=tracker.name,
        capabilities=tracker.capabilities,
        queues=queues,
        limits=(ResourceLimit.WALLCLOCK_TIME,),
        machines=(MACHINE,),
        slots=slots,
        memory=MEMORY,
        system=OperatingSystem.LINUX,
        architecture=CpuArchitecture.X64,
    )
