"""Attributes of structures in general: their names in the standard, and which of them are set."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]

_ABBREVIATIONS = {"os": "OS", "acl": "ACL"}

_readers: dict[type, Reader] = {}


def spec_name(name: str) -> str:
    """The name of an attribute as the standard spells it: ``machine_os`` is ``machineOS``."""
    first, *rest = name.split("_")
    return first + "".join(_ABBREVIATIONS.get(word, word.capitalize()) for word in rest)


def reader(struct: type) -> Reader:
    """The attribute names of a structure in the order of the standard, and a function that reads them all at once."""
    known = _readers.get(struct)
    if known is None:
        names = tuple(field.name for field in fields(struct))
        known = _readers[struct] = (names, attrgetter(*names))
    return known


def set_attributes(struct: object) -> list[tuple[str, Any]]:
    """The attributes that have a value, as (Python name, value), in the order of the standard."""
    names, read = reader(type(struct))
    return [(name, value) for name, value in zip(names, read(struct), strict=True) if value is not None]
