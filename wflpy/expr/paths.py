"""Dotted paths into the scope, ``needs.clean.outputs.table``: most expressions are nothing else, and need no parser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2.suggestion import did_you_mean
from wflpy.expr.errors import EvaluationError
from wflpy.expr.values import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Path = tuple[str | int, ...]
"""Keys into mappings and indices into lists, from the scope downwards."""

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_STEP = re.compile(
    rf"""\.({_NAME})|\.([0-9]{{1,9}})(?!\.?[0-9])|\[\s*(?:'([^'\\]*)'|"([^"\\]*)"|(-?[0-9]{{1,9}}))\s*\]"""
)
_FIRST = re.compile(_NAME)
_DOTTED = re.compile(rf"{_NAME}(?:\.{_NAME})*")
_KNOWN_SHOWN: Final = 8

KEYWORDS: Final = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"}
)
"""Words of the language, which cannot begin a path."""


def parse_path(source: str) -> Path | None:
    """The path a source spells, or None if it is anything more than a path."""
    if _DOTTED.fullmatch(source):
        steps = tuple(source.split("."))
        return None if steps[0] in KEYWORDS else steps
    first = _FIRST.match(source)
    if first is None or first[0] in KEYWORDS:
        return None
    path: list[str | int] = [first[0]]
    position = first.end()
    while position < len(source):
        step = _STEP.match(source, position)
        if step is None:
            return None
        path.append(_key(step))
        position = step.end()
    return tuple(path)


def _key(step: re.Match[str]) -> str | int:
    name, digits, single, double, index = step.groups()
    if name is not None:
        return name
    if digits is not None or index is not None:
        return int(digits or index)
    return single if single is not None else double


def path_source(path: Path) -> str:
    """The source that spells a path: ``needs['my-task'].outputs.table``."""
    if not path or not isinstance(path[0], str) or not path[0].isidentifier() or path[0] in KEYWORDS:
        raise ValueError(f"a path begins with a name: {path!r}")
    return path[0] + "".join(_step_source(key) for key in path[1:])


def _step_source(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    if _FIRST.fullmatch(key):
        return f".{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"['{escaped}']"


def names_of(path: Path) -> tuple[str, ...]:
    """The part of a path that can be checked beforehand: its keys up to the first index into a list."""
    names: list[str] = []
    for key in path:
        if isinstance(key, int):
            break
        names.append(key)
    return tuple(names)


def look_up(path: Path, scope: Mapping[str, object]) -> object:
    """The value at the end of a path.

    Raises:
        EvaluationError: names the part that is missing and what there is instead.
    """
    value: object = scope
    for depth, key in enumerate(path):
        try:
            value = step_into(value, key)
        except LookupError:
            raise EvaluationError(missing(path, depth, value)) from None
    return value


def step_into(value: object, key: object) -> object:
    """One step down: a key of a mapping, an index into a list; there is nothing else to reach.

    Raises:
        LookupError: it is not there.
    """
    if is_mapping(value):
        return value[key]
    if is_list(value) and isinstance(key, int):
        return value[key]
    raise LookupError(key)


def missing(path: Path, depth: int, value: object) -> str:
    """The sentence for a path whose step number ``depth`` does not exist in the value it has come to."""
    key = path[depth]
    where = path_source(path[:depth]) if depth else ""
    if is_mapping(value):
        known = [str(name) for name in value]
        place = f"'{where}' has no '{key}'" if where else f"'{key}' is not known here"
        return f"{place}{did_you_mean(str(key), known)}; {known_text(known)}"
    if is_list(value):
        if isinstance(key, int):
            return f"'{where}' has {len(value)} elements, none at [{key}]"
        return f"'{where}' is a list of {len(value)} elements and has no '{key}'"
    return f"'{where}' is {_kind(value)} and has no '{key}'"


def _kind(value: object) -> str:
    return "none" if value is None else f"a value of type {type(value).__name__}"


def known_text(names: Iterable[str]) -> str:
    """``known: a, b, c`` for a message; the first few of many."""
    ordered = sorted(names)
    if not ordered:
        return "there are none"
    more = len(ordered) - _KNOWN_SHOWN
    return f"known: {', '.join(ordered[:_KNOWN_SHOWN])}" + (f" and {more} more" if more > 0 else "")
