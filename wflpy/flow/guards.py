"""Questions about what a user passed that leave a type checker knowing what it is."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Whether it is a mapping."""
    return isinstance(value, Mapping)


def is_row(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether it is a list, a tuple or a range."""
    return isinstance(value, list | tuple | range)


def is_several(value: object) -> TypeGuard[Iterable[Any]]:
    """Whether it is something to go through that is neither text nor a mapping."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def whole_number(value: Any) -> int | None:
    """The whole number that a value is, whatever its class (an IntEnum, a numpy integer); None if it is none."""
    try:
        return None if isinstance(value, bool) else int(operator.index(value))
    except TypeError:
        return None


def each_of(value: object) -> Iterable[Any]:
    """The values of something to go through; anything else, text included, stands for itself."""
    return value if is_several(value) else (value,)
