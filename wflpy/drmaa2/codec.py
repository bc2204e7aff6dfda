"""Structures as plain data ready for JSON, and back (GFD.231 1.3).

Keys are the names of the standard, enumerations their member names, times ISO 8601 with offset, amounts of time
seconds. What is ``None`` is left out; False, 0 and empty lists stay. Reading back gives an equal structure.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from wflpy.drmaa2.attributes import reader
from wflpy.drmaa2.constants import NOW
from wflpy.drmaa2.enums import CpuArchitecture, DrmaaEvent, JobState, OperatingSystem
from wflpy.drmaa2.errors import InvalidArgumentException
from wflpy.drmaa2.guards import is_dictionary, is_list
from wflpy.drmaa2.infos import SlotInfo, Version
from wflpy.drmaa2.problems import Problem, raise_problems
from wflpy.drmaa2.schema import SCHEMAS, Kind, Struct
from wflpy.drmaa2.suggestion import did_you_mean
from wflpy.drmaa2.values import VALUE_PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import IntEnum

S = TypeVar("S", bound=Struct)

# From here on a double no longer holds every microsecond; the fraction is dropped.
_LONG = 2**32


def to_dict(struct: Struct) -> dict[str, Any]:
    """The attributes that are set, under their names in the standard.

    Raises:
        InvalidArgumentException: a value has the wrong type, a time has no zone, or this is no structure.
    """
    try:
        table, read = _ENCODE[type(struct)]
    except KeyError:
        raise InvalidArgumentException(f"{type(struct).__name__} is not a structure of the standard") from None
    data: dict[str, Any] = {}
    for (name, encode), value in zip(table, read(struct), strict=True):
        if value is None:
            continue
        try:
            data[name] = encode(value) if encode else value
        except (AttributeError, TypeError, ValueError) as error:
            text = f"{type(struct).__name__}: {name} cannot be written, {error}"
            raise InvalidArgumentException(text, attributes=(name,)) from error
    return data


def from_dict(struct: type[S], data: Mapping[str, Any]) -> S:
    """The structure whose attributes are set to these values; a value of None leaves an attribute unset.

    Raises:
        InvalidArgumentException: names every unknown key and every value that does not fit.
    """
    table = _DECODE[struct]
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in data.items():
        if value is None and key in table:
            continue
        try:
            name, decode = table[key]
            values[name] = decode(value)
        except KeyError:
            problems.append(Problem(key, f"is not an attribute{did_you_mean(str(key), table)}"))
        except ValueError as error:
            problems.append(Problem(key, str(error)))
    raise_problems(struct.__name__, problems)
    return struct(**values)


def _write_seconds(value: timedelta) -> int | float:
    whole = value.days * 86_400 + value.seconds
    return value.total_seconds() if value.microseconds and abs(whole) < _LONG else whole


def _write_time(value: datetime) -> str:
    if value.utcoffset() is None:
        raise ValueError("it has no time zone")
    return value.isoformat()


def _write_time_or_now(value: Any) -> str:
    return "NOW" if value is NOW else _write_time(value)


def _write_limits(value: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(limit) for key, limit in value.items()}


def _write_slots(value: list[SlotInfo]) -> list[dict[str, Any]]:
    return [to_dict(slot) for slot in value]


def _write_name(value: IntEnum) -> str:
    return value.name


def _read_as(kind: Kind) -> Callable[[Any], Any]:
    problem_of = VALUE_PROBLEMS[kind]

    def read(value: Any) -> Any:
        problem = problem_of(value)
        if problem:
            raise ValueError(problem)
        return value

    return read


_read_text = _read_as(Kind.TEXT)
_read_number = _read_as(Kind.NUMBER)
_read_real = _read_as(Kind.REAL)
_read_strings = _read_as(Kind.STRINGS)
_read_dictionary = _read_as(Kind.DICTIONARY)


def _read_time(value: Any) -> datetime:
    try:
        time = datetime.fromisoformat(_read_text(value))
    except ValueError:
        raise ValueError("must be a time in ISO 8601 such as 2030-01-31T12:00:00+00:00") from None
    if time.utcoffset() is None:
        raise ValueError("must have an offset such as +00:00 or Z")
    return time


def _read_time_or_now(value: Any) -> Any:
    return NOW if value == "NOW" else _read_time(value)


def _read_seconds(value: Any) -> timedelta:
    try:
        return timedelta(seconds=_read_real(value))
    except (ValueError, OverflowError):
        raise ValueError("must be a number of seconds") from None


def _read_limits(value: Any) -> dict[str, str]:
    if not is_dictionary(value):
        raise ValueError(f"must be a dictionary of limits, not {type(value).__name__}")
    return {_read_text(key): _read_limit(limit) for key, limit in value.items()}


def _read_limit(value: Any) -> str:
    return value if isinstance(value, str) else str(_read_number(value))


def _read_slots(value: Any) -> list[SlotInfo]:
    if not is_list(value):
        raise ValueError(f"must be a list of machines, not {type(value).__name__}")
    return [_read_struct(SlotInfo, slot) for slot in value]


def _read_version(value: Any) -> Version:
    return _read_struct(Version, value)


def _read_struct(struct: type[S], value: Any) -> S:
    if not is_dictionary(value):
        raise ValueError(f"must be an object with the attributes of {struct.__name__}, not {type(value).__name__}")
    return from_dict(struct, value)


def _member_of(enumeration: type[IntEnum]) -> Callable[[Any], IntEnum]:
    def read(value: Any) -> IntEnum:
        if isinstance(value, str) and value in enumeration.__members__:
            return enumeration[value]
        if isinstance(value, int) and not isinstance(value, bool) and value in enumeration._value2member_map_:
            return enumeration(value)
        hint = did_you_mean(value, enumeration.__members__) if isinstance(value, str) else ""
        raise ValueError(f"must be the name of a {enumeration.__name__}, not {value!r}{hint}")

    return read


_ENCODERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.STRINGS: list,
    Kind.DICTIONARY: dict,
    Kind.LIMITS: _write_limits,
    Kind.TIME: _write_time,
    Kind.TIME_OR_NOW: _write_time_or_now,
    Kind.AMOUNT: _write_seconds,
    Kind.SLOTS: _write_slots,
    Kind.VERSION: to_dict,
    Kind.SYSTEM: _write_name,
    Kind.ARCHITECTURE: _write_name,
    Kind.STATE: _write_name,
    Kind.EVENT: _write_name,
}

_DECODERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _read_text,
    Kind.FLAG: _read_as(Kind.FLAG),
    Kind.NUMBER: _read_number,
    Kind.REAL: _read_real,
    Kind.STRINGS: lambda value: list(_read_strings(value)),
    Kind.DICTIONARY: lambda value: dict(_read_dictionary(value)),
    Kind.LIMITS: _read_limits,
    Kind.TIME: _read_time,
    Kind.TIME_OR_NOW: _read_time_or_now,
    Kind.AMOUNT: _read_seconds,
    Kind.SLOTS: _read_slots,
    Kind.VERSION: _read_version,
    Kind.SYSTEM: _member_of(OperatingSystem),
    Kind.ARCHITECTURE: _member_of(CpuArchitecture),
    Kind.STATE: _member_of(JobState),
    Kind.EVENT: _member_of(DrmaaEvent),
}

_ENCODE = {
    struct: (tuple((a.spec_name, _ENCODERS.get(a.kind)) for a in attributes), reader(struct)[1])
    for struct, attributes in SCHEMAS.items()
}

_DECODE = {
    struct: {a.spec_name: (a.name, _DECODERS[a.kind]) for a in attributes} for struct, attributes in SCHEMAS.items()
}
