"""The resource limits of a job template: keys, values, and one way to write them (GFD.231 5.7.25)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wflpy.drmaa2.enums import ResourceLimit
from wflpy.drmaa2.problems import Problem
from wflpy.drmaa2.suggestion import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


def limit_problems(limits: Mapping[Any, Any]) -> list[Problem]:
    """The keys that are no limit and the values that are no whole number."""
    problems: list[Problem] = []
    seen: dict[ResourceLimit, str] = {}
    for key, value in limits.items():
        name = f"resourceLimits[{key}]"
        limit = _limit(key)
        if limit is None:
            problems.append(Problem(name, f"is not a limit{_hint(key)}; known are {', '.join(ResourceLimit)}"))
            continue
        number = _number(value)
        if number is None:
            problems.append(Problem(name, f"must be a whole decimal number such as {_EXAMPLES[limit]}, not {value!r}"))
        elif seen.setdefault(limit, number) != number:
            problems.append(Problem(name, f"is given twice, as {seen[limit]} and as {number}"))
    return problems


def normalised_limits(limits: Mapping[str, str | int]) -> dict[str, str]:
    """Limits without problems under their plain names, as decimal numbers without leading zeros."""
    return {str(ResourceLimit(key)): _number(value) or "0" for key, value in limits.items()}


def _limit(key: Any) -> ResourceLimit | None:
    try:
        return ResourceLimit(key)
    except ValueError:
        return None


def _hint(key: Any) -> str:
    return did_you_mean(key, ResourceLimit) if isinstance(key, str) else ""


def _number(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value.lstrip("0") or "0"
    return None


_SECONDS = '"3600" seconds'
_KILOBYTES = '"1048576" KB'

_EXAMPLES = {
    ResourceLimit.CORE_FILE_SIZE: _KILOBYTES,
    ResourceLimit.CPU_TIME: _SECONDS,
    ResourceLimit.DATA_SIZE: _KILOBYTES,
    ResourceLimit.FILE_SIZE: _KILOBYTES,
    ResourceLimit.OPEN_FILES: '"1024"',
    ResourceLimit.STACK_SIZE: _KILOBYTES,
    ResourceLimit.VIRTUAL_MEMORY: _KILOBYTES,
    ResourceLimit.WALLCLOCK_TIME: _SECONDS,
}
