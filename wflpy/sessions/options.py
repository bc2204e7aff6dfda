"""The options of a tracker as JSON-ready data, and back."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeGuard

from wflpy.drmaa2 import InvalidArgumentException
from wflpy.drmaa2.guards import is_dictionary
from wflpy.tracker import make_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def options_to_record(options: object) -> dict[str, Any]:
    """The options that differ from their defaults, as data from which `make_options` makes equal ones."""
    if not is_dataclass(options) or isinstance(options, type):
        text = f"options of a tracker are a dataclass, not {type(options).__name__}"
        raise InvalidArgumentException(text, attributes=("options",))
    default = type(options)()
    values = {field.name: getattr(options, field.name) for field in fields(options) if field.init}
    return {name: _plain(value) for name, value in values.items() if value != getattr(default, name)}


def options_from_record(options_type: type[object], record: Mapping[str, object]) -> object:
    """The options that were written as this record.

    Raises:
        InvalidArgumentException: another version of the tracker wrote something that this one does not know.
    """
    return make_options(options_type, record)


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, PurePath):
        return str(value)
    if is_dictionary(value):
        return {str(_plain(key)): _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if _has_order(value) else value


def _has_order(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)
