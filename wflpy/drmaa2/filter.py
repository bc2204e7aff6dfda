"""Which jobs a partly filled JobInfo means (GFD.231 5.5)."""

from __future__ import annotations

from operator import eq, ge
from typing import TYPE_CHECKING, Any

from wflpy.drmaa2.attributes import set_attributes
from wflpy.drmaa2.enums import JobState
from wflpy.drmaa2.errors import InvalidArgumentException
from wflpy.drmaa2.infos import JobInfo
from wflpy.drmaa2.problems import raise_problems
from wflpy.drmaa2.values import value_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from wflpy.drmaa2.infos import SlotInfo

    Rule = Callable[[Any, Any], bool]


def matches(wanted: JobInfo, info: JobInfo) -> bool:
    """Whether a job has everything the filter asks for; an attribute the job lacks never matches.

    Args:
        wanted: the filter. Unset attributes and ``annotation`` match anything, amounts ask for at least as much,
            times for that time or a later one, machines for at least those with at least so many slots, extensions
            for these entries among others, all else for equality.
        info: the job.
    """
    for name, value in set_attributes(wanted):
        rule: Rule | None = _RULES.get(name, eq)
        if rule is None or value == [] or value == {}:
            continue
        own = getattr(info, name)
        if own is None or not rule(own, value):
            return False
    return True


def check_filter(wanted: JobInfo, states: Collection[JobState] = tuple(JobState)) -> None:
    """Do nothing if this can be used as a filter.

    Args:
        wanted: the filter.
        states: the states the implementation ever reports; UNDETERMINED is always among them.

    Raises:
        InvalidArgumentException: a value has the wrong type, or the state is never reported.
    """
    raise_problems("job filter", value_problems(JobInfo, set_attributes(wanted)))
    state = wanted.job_state
    if state is not None and state is not JobState.UNDETERMINED and state not in states:
        text = f"job filter: jobState {state.name} is never reported by this tracker, so no job can match"
        raise InvalidArgumentException(text, attributes=("jobState",))


def _has_machines(own: list[SlotInfo], wanted: list[SlotInfo]) -> bool:
    slots: dict[str | None, int | None] = {}
    for name, count in ((machine.machine_name, machine.slots) for machine in own):
        before = slots.get(name)
        slots[name] = count if before is None else before + (count or 0)
    return all(
        machine.machine_name in slots and _has_slots(slots[machine.machine_name], machine.slots) for machine in wanted
    )


def _has_slots(own: int | None, wanted: int | None) -> bool:
    return wanted is None or (own is not None and own >= wanted)


def _has_entries(own: dict[str, str], wanted: dict[str, str]) -> bool:
    return wanted.items() <= own.items()


# Attributes that are compared for equality are not listed.
_RULES: dict[str, Rule | None] = {
    "annotation": None,
    "allocated_machines": _has_machines,
    "wallclock_time": ge,
    "cpu_time": ge,
    "submission_time": ge,
    "dispatch_time": ge,
    "finish_time": ge,
    "extensions": _has_entries,
}
