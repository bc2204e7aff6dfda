"""Whether a value fits the kind of its attribute: types, characters no host can represent, instants without a zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2.constants import NOW
from wflpy.drmaa2.enums import CpuArchitecture, DrmaaEvent, JobState, OperatingSystem
from wflpy.drmaa2.guards import is_dictionary, is_list
from wflpy.drmaa2.infos import SlotInfo, Version
from wflpy.drmaa2.problems import Problem
from wflpy.drmaa2.schema import SCHEMAS, Kind, Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NUL = "must not contain a NUL character"


def _wrong_type(expected: str, value: object) -> str:
    return f"must be {expected}, not {type(value).__name__}"


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return _wrong_type("a string", value)
    return _NUL if "\0" in value else None


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else _wrong_type("True or False", value)


def _number(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else _wrong_type("a whole number", value)


def _real(value: Any) -> str | None:
    return None if isinstance(value, (int, float)) and not isinstance(value, bool) else _wrong_type("a number", value)


def _strings(value: Any) -> str | None:
    return _joined(value, "a list of strings") if is_list(value) else _wrong_type("a list of strings", value)


def _dictionary(value: Any) -> str | None:
    expected = "a dictionary of strings"
    if not is_dictionary(value):
        return _wrong_type(expected, value)
    return _joined(value, expected) or _joined(value.values(), expected)


def _joined(texts: Iterable[Any], expected: str) -> str | None:
    # One join looks at any number of strings at once, and refuses what is not a string.
    try:
        return _NUL if "\0" in "".join(texts) else None
    except TypeError:
        stranger = next(text for text in texts if not isinstance(text, str))
        return f"must be {expected}, but contains {type(stranger).__name__}"


def _limits(value: Any) -> str | None:
    # Values may be numbers; what they mean is judged with the keys.
    expected = "a dictionary with names of limits"
    return _joined(value, expected) if is_dictionary(value) else _wrong_type(expected, value)


def _time(value: Any) -> str | None:
    if not isinstance(value, datetime):
        return _wrong_type("a datetime", value)
    if value.utcoffset() is None:
        return "must be an aware datetime: give it a time zone, such as datetime.now(timezone.utc)"
    return None


def _time_or_now(value: Any) -> str | None:
    return None if value is NOW else _time(value)


def _slots(value: Any) -> str | None:
    if is_list(value) and all(isinstance(item, SlotInfo) for item in value):
        return None
    return _wrong_type("a list of SlotInfo", value)


def _instance_of(expected: type) -> Callable[[Any], str | None]:
    name = expected.__name__

    def check(value: Any) -> str | None:
        return None if isinstance(value, expected) else _wrong_type(name, value)

    return check


VALUE_PROBLEMS: Final[dict[Kind, Callable[[Any], str | None]]] = {
    Kind.TEXT: _text,
    Kind.FLAG: _flag,
    Kind.NUMBER: _number,
    Kind.REAL: _real,
    Kind.STRINGS: _strings,
    Kind.DICTIONARY: _dictionary,
    Kind.LIMITS: _limits,
    Kind.TIME: _time,
    Kind.TIME_OR_NOW: _time_or_now,
    Kind.AMOUNT: _instance_of(timedelta),
    Kind.SLOTS: _slots,
    Kind.VERSION: _instance_of(Version),
    Kind.SYSTEM: _instance_of(OperatingSystem),
    Kind.ARCHITECTURE: _instance_of(CpuArchitecture),
    Kind.STATE: _instance_of(JobState),
    Kind.EVENT: _instance_of(DrmaaEvent),
}
"""For each kind, what is wrong with a value as the end of a sentence, or None."""

_CHECKS = {
    struct: {a.name: (a.spec_name, VALUE_PROBLEMS[a.kind]) for a in attributes}
    for struct, attributes in SCHEMAS.items()
}


def value_problems(struct: type[Struct], values: Iterable[tuple[str, Any]]) -> list[Problem]:
    """What is wrong with these values of attributes of a structure, each taken for itself."""
    checks = _CHECKS[struct]
    problems: list[Problem] = []
    for name, value in values:
        spelled, problem_of = checks[name]
        problem = problem_of(value)
        if problem is not None:
            problems.append(Problem(spelled, problem))
    return problems
