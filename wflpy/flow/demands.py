"""Retries, resources and tolerance of failure: what was passed becomes the values of the specification."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence  # noqa: TC003  (read at run time by whoever looks at the types of options)
from dataclasses import replace
from datetime import timedelta
from math import isfinite
from typing import Any, Final, TypedDict, TypeVar

from wflpy.dag.spec import Resources, Retry, Tolerance
from wflpy.dag.states import FailureKind
from wflpy.drmaa2 import CpuArchitecture, OperatingSystem
from wflpy.flow.guards import each_of, is_mapping
from wflpy.flow.mistakes import mistake
from wflpy.flow.names import unknown
from wflpy.flow.units import UnitError, duration, size

Duration = str | timedelta
"""``"30s"``, ``"1h30m"``, ``"01:30:00"``, ``"PT1H"`` or a timedelta."""


class RetryOptions(TypedDict, total=False):
    """The keywords of `Task.retry`, as a mapping."""

    max: int
    delay: Duration
    backoff: float
    max_delay: Duration
    jitter: float
    when: str | int | Sequence[str | int]


class ResourceOptions(TypedDict, total=False):
    """The keywords of `Task.resources`, as a mapping."""

    slots: int
    memory: str
    walltime: Duration
    gpus: int
    priority: int
    machine_os: str
    machine_arch: str
    machines: Sequence[str]


def seconds(value: object, what: str) -> float:
    """Seconds of a duration that was passed for ``what``."""
    try:
        return duration(value)
    except UnitError as error:
        raise mistake(f"{what}: {error.message}", error.hint) from None


def amount(value: object, what: str) -> int:
    """Bytes of a size that was passed for ``what``."""
    try:
        return size(value)
    except UnitError as error:
        raise mistake(f"{what}: {error.message}", error.hint) from None


def whole(value: object, what: str, least: int = 0) -> int:
    """A whole number that is not below ``least``."""
    if type(value) is int and value >= least:
        return value
    raise mistake(f"{what} is {value!r}", f"a whole number, {least} or more")


def words(value: object, what: str) -> tuple[str, ...]:
    """Several texts; one text alone stands for itself."""
    return tuple(word(one, what) for one in each_of(value))


def word(value: object, what: str) -> str:
    """A text that is not empty."""
    if isinstance(value, str) and value and "\0" not in value:
        return str(value)
    raise mistake(f"{what} is {value!r}", "a text that is not empty")


# -- retries -----------------------------------------------------------------------------------------


def retry_of(value: object) -> Retry:
    """What is asked for with ``retry=``: a number, the keywords of `Task.retry` as a mapping, or a `Retry`."""
    if isinstance(value, Retry):
        return value
    if is_mapping(value):
        if wrong := next((key for key in value if key not in _RETRY), None):
            raise mistake(unknown("retry has no", wrong, _RETRY))
        return Retry(**{key: _RETRY[key](given) for key, given in value.items()})
    return Retry(max=whole(value, "retry"))


def _factor(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 1:
        return float(value)
    raise mistake(f"retry: backoff is {value!r}", "the factor between two delays, 1 or more")


def _jitter(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise mistake(f"retry: jitter is {value!r}", "the random share of each delay, from 0 to 1")


def _causes(value: object) -> tuple[str | int, ...]:
    return tuple(_cause(one) for one in each_of(value))


def _cause(value: object) -> str | int:
    if type(value) is int and 0 < value < 256:
        return value
    if isinstance(value, str) and value in _KINDS:
        return str(value)
    raise mistake(unknown("retry: there is no kind of failure", value, _KINDS), "or an exit status from 1 to 255")


_KINDS: Final = frozenset(str(kind) for kind in FailureKind)

_RETRY: Final[dict[str, Callable[[object], Any]]] = {
    "max": lambda value: whole(value, "retry: max"),
    "delay": lambda value: seconds(value, "retry: delay"),
    "backoff": _factor,
    "max_delay": lambda value: seconds(value, "retry: max_delay"),
    "jitter": _jitter,
    "when": _causes,
}


# -- resources ---------------------------------------------------------------------------------------

_RESOURCES: Final[dict[str, Callable[[object], Any]]] = {
    "slots": lambda value: whole(value, "resources: slots", 1),
    "memory": lambda value: amount(value, "resources: memory"),
    "walltime": lambda value: seconds(value, "resources: walltime"),
    "gpus": lambda value: whole(value, "resources: gpus"),
    "priority": lambda value: _priority(value),
    "machine_os": lambda value: _member(value, OperatingSystem, OperatingSystem.from_system_name),
    "machine_arch": lambda value: _member(value, CpuArchitecture, CpuArchitecture.from_machine_name),
    "machines": lambda value: words(value, "resources: machines"),
}


def resources_of(value: object, before: Resources) -> Resources:
    """The resources asked for before, with those of a mapping, or of a `Resources`, in their place."""
    if isinstance(value, Resources):
        return value
    if not is_mapping(value):
        raise mistake(f"resources are {value!r}", "a mapping, such as {'slots': 4, 'memory': '8GB'}")
    if wrong := next((key for key in value if key not in _RESOURCES), None):
        raise mistake(unknown("there is no resource", wrong, _RESOURCES))
    return replace(before, **{key: _RESOURCES[key](given) for key, given in value.items()})


_Machine = TypeVar("_Machine", OperatingSystem, CpuArchitecture)


def _member(value: object, kind: type[_Machine], by_other_name: Callable[[str], _Machine]) -> str:
    """The name of a member, from the member, from its name, or from the word that ``uname`` has for it."""
    if isinstance(value, kind):
        return value.name
    word = str(value)
    found = kind.__members__.get(word.upper()) or by_other_name(word)
    if found.name.startswith("OTHER") and not word.upper().startswith("OTHER"):
        raise mistake(unknown(f"resources: there is no {kind.__name__}", value, kind.__members__))
    return found.name


def _priority(value: object) -> int:
    if type(value) is int:
        return value
    raise mistake(f"resources: priority is {value!r}", "a whole number; what it means is up to the backend")


# -- tolerance ---------------------------------------------------------------------------------------

_PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?) ?%", re.ASCII)


def tolerance_of(value: object) -> Tolerance | None:
    """True: any failure; a number: so many members of a group; ``"5%"``: such a share of them; False: none."""
    if value is True or isinstance(value, Tolerance):
        return Tolerance() if value is True else value
    if value is False:
        return None
    if type(value) is int and value >= 0:
        return Tolerance(count=value)
    found = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or float(found[1]) > 100:
        raise mistake(f"allow_failure is {value!r}", "True, a number of members such as 3, or a share such as '5%'")
    return Tolerance(share=float(found[1]) / 100)
