"""Amounts as people write them: durations, sizes of memory, ranges of indices. A number without its unit is refused.

=========  ==========================================================================================
duration   ``30s``, ``1h30m``, ``500ms``, ``1.5h``, ``01:30:00``, ``PT1H30M``, or a timedelta -> seconds
size       ``8GB`` (10^9), ``512MiB`` (2^20), ``1.5TB`` -> bytes, a fraction of a byte rounded up
range      ``1-100``, ``1-100:2``, ``7``, or a range -> range of positive indices
=========  ==========================================================================================
"""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from math import ceil
from typing import Final

from wflpy.drmaa2 import WflpyError

LONGEST_TEXT: Final = 100
"""Characters; a longer text is refused before it is looked at."""

LONGEST_DURATION: Final = 100 * 365 * 86_400
"""Seconds: a hundred years. What is longer is a slip of the pen, and some schedulers overflow on it."""

LARGEST_SIZE: Final = 2**63 - 1
"""Bytes: what fits the counters of every backend."""

LARGEST_INDEX: Final = 2**31 - 1
"""What fits the array index of every backend."""

_SECONDS: Final = {
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "sec": Fraction(1),
    "m": Fraction(60),
    "min": Fraction(60),
    "h": Fraction(3_600),
    "d": Fraction(86_400),
    "w": Fraction(604_800),
}
_BYTES: Final[dict[str, int]] = {
    "B": 1,
    **{f"{prefix}B": 10 ** (3 * power) for power, prefix in enumerate("KMGTPE", 1)},
    **{f"{prefix}iB": 2 ** (10 * power) for power, prefix in enumerate("KMGTPE", 1)},
}
_NUMBER: Final = r"\d+(?:\.\d+)?"
_PART: Final = re.compile(rf"({_NUMBER}) ?([A-Za-z]+)", re.ASCII)
_PARTS: Final = re.compile(rf"(?:{_NUMBER} ?[A-Za-z]+ ?)+", re.ASCII)
_CLOCK: Final = re.compile(r"(\d+):([0-5]\d):([0-5]\d)", re.ASCII)
_ISO: Final = re.compile(
    rf"P(?=.)(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?=.)(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?", re.ASCII
)
_ISO_UNITS: Final = ("w", "d", "h", "m", "s")
_SIZE: Final = re.compile(rf"({_NUMBER}) ?([A-Za-z]+)", re.ASCII)
_RANGE: Final = re.compile(r"(\d+)(?:-(\d+)(?::(\d+))?)?", re.ASCII)
_BARE: Final = re.compile(rf"{_NUMBER}", re.ASCII)


class UnitError(WflpyError, ValueError):
    """An amount cannot be read.

    Attributes:
        message: what is wrong with it.
        hint: how to write what was probably meant.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"


def duration(value: object) -> float:
    """Seconds of a duration: a text with units, or a timedelta.

    Raises:
        UnitError: no unit, an unknown one, a negative or an absurdly long duration.
    """
    if isinstance(value, timedelta):
        seconds = Fraction(value // timedelta(microseconds=1), 1_000_000)
        shown = str(value)
    else:
        shown = _text(value, "a duration", "write '30s', '1h30m', '01:30:00' or 'PT1H', or pass a timedelta")
        seconds = _seconds(shown)
    if seconds < 0:
        raise UnitError(f"{shown!r} is negative", "a duration is zero or longer")
    if seconds > LONGEST_DURATION:
        raise UnitError(f"{shown!r} is longer than a hundred years", "leave it out for no limit")
    return float(seconds)


def size(value: object) -> int:
    """Bytes of a size of memory or of a file: a text with its unit.

    Raises:
        UnitError: no unit, an unknown or ambiguous one, or more than 2^63 - 1 bytes.
    """
    text = _text(value, "a size", "write '8GB' (10^9 bytes each) or '8GiB' (2^30 bytes each)")
    if _BARE.fullmatch(text):
        raise UnitError(
            f"{text!r} has no unit", f"'{text}MB' is megabytes, '{text}GB' is gigabytes, '{text}B' is bytes"
        )
    found = _SIZE.fullmatch(text)
    if found is None:
        raise UnitError(f"{text!r} is not a size", "write a number and a unit, such as '8GB' or '512MiB'")
    number, unit = found.groups()
    if unit not in _BYTES:
        raise UnitError(f"{text!r} has an unknown unit {unit!r}", _size_hint(number, unit))
    amount = ceil(Fraction(number) * _BYTES[unit])
    if amount > LARGEST_SIZE:
        raise UnitError(f"{text!r} is more than {LARGEST_SIZE} bytes", "check the unit")
    return amount


def index_range(value: object) -> range:
    """The indices of an array: ``"1-100:2"``, ``"7"`` or a range; the first is at least 1, the last is included.

    Raises:
        UnitError: not a range, empty, backwards, or with an index below 1 or above 2^31 - 1.
    """
    indices = value if isinstance(value, range) else _parse_range(value)
    shown = value if isinstance(value, str) else indices
    if not indices or indices.step < 1:
        raise UnitError(f"{shown!r} holds no index", "the first index comes first: '1-100', or range(1, 101)")
    if indices[0] < 1:
        raise UnitError(
            f"{shown!r} begins at {indices[0]}, and the indices of an array begin at 1 or later",
            f"shift it: '{1}-{len(indices)}'" if indices.step == 1 else "shift it by adding to both ends",
        )
    if indices[-1] > LARGEST_INDEX:
        raise UnitError(f"{shown!r} ends beyond {LARGEST_INDEX}", "use smaller indices")
    return indices


def _parse_range(value: object) -> range:
    text = str(value) if type(value) is int else _text(value, "a range", "write '1-100' or '1-100:2'")
    found = _RANGE.fullmatch(text)
    if found is None:
        raise UnitError(f"{text!r} is not a range", "write '1-100', '1-100:2' or a single index")
    first, last, step = found.groups()
    if step is not None and int(step) == 0:
        raise UnitError(f"{text!r} has a step of 0", "a step is 1 or more")
    return range(int(first), int(last or first) + 1, int(step or 1))


def _seconds(text: str) -> Fraction:
    if _BARE.fullmatch(text):
        raise UnitError(f"{text!r} has no unit", f"'{text}s' is {text} seconds, '{text}m' is {text} minutes")
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = map(int, clock.groups())
        return Fraction(hours * 3_600 + minutes * 60 + seconds)
    if text.count(":") == 1:
        first, second = text.split(":")
        raise UnitError(
            f"{text!r} may be hours and minutes or minutes and seconds",
            f"write '{first}h{second}m' or '{first}m{second}s'",
        )
    if iso := _ISO.fullmatch(text):
        amounts = zip(iso.groups(), _ISO_UNITS, strict=True)
        return sum((Fraction(number) * _SECONDS[unit] for number, unit in amounts if number), Fraction(0))
    if not _PARTS.fullmatch(text):
        raise UnitError(f"{text!r} is not a duration", "write '30s', '1h30m', '01:30:00' or 'PT1H'")
    return _sum_of_parts(text)


def _sum_of_parts(text: str) -> Fraction:
    total, last = Fraction(0), None
    for number, unit in _PART.findall(text):
        scale = _SECONDS.get(unit)
        if scale is None:
            raise UnitError(f"{text!r} has an unknown unit {unit!r}", "the units are ms, s, m (or min), h, d, w")
        if last is not None and scale >= last:
            raise UnitError(f"{text!r} does not go from longer to shorter units", "write '1h30m', each unit once")
        total, last = total + Fraction(number) * scale, scale
    return total


def _size_hint(number: str, unit: str) -> str:
    prefix = unit[0].upper()
    decimal, binary = f"{prefix}B", f"{prefix}iB"
    if decimal not in _BYTES or unit.lower() not in {
        prefix.lower(),
        f"{prefix}i".lower(),
        decimal.lower(),
        binary.lower(),
    }:
        return "the units are B, KB, MB, GB, TB, PB, EB (powers of 1000) and KiB, MiB, GiB, ... (powers of 1024)"
    if unit.lower() in {decimal.lower(), binary.lower()}:
        return f"did you mean '{number}{binary if 'i' in unit.lower() else decimal}'?"
    return (
        f"'{number}{decimal}' is {number} x {_BYTES[decimal]} bytes, '{number}{binary}' is {number} x {_BYTES[binary]}"
    )


def _text(value: object, what: str, hint: str) -> str:
    if isinstance(value, bool) or value is None:
        raise UnitError(f"{value!r} is not {what}", hint)
    text = str(value).strip() if isinstance(value, str | int | float) else None
    if text is None:
        raise UnitError(f"a {type(value).__name__} is not {what}", hint)
    if len(text) > LONGEST_TEXT:
        raise UnitError(f"{text[:20]!r}... is not {what}", hint)
    return text
