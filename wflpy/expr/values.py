"""How values become text: the one rule for arguments, environment, paths and shell text."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final, TypeGuard

from wflpy.expr.errors import EvaluationError

RESULT_LIMIT: Final = 1_000_000
"""The most characters, or elements of a list, that an expression or a text may yield."""


class Raw(str):
    """Text that is put into shell text as it is; what the filter ``raw`` gives."""

    __slots__ = ()


def text_of(value: object) -> str:
    """A value as text: ``true`` and ``false``, nothing for None, lists and mappings as JSON, floats by ``repr``."""
    if isinstance(value, str):
        return str.__str__(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, PurePath):
        return os.fspath(value)
    return json_of(value)


def json_of(value: object) -> str:
    """A value as one line of JSON."""
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    if len(text) > RESULT_LIMIT:
        raise EvaluationError(f"a value of {len(text)} characters is more than the {RESULT_LIMIT} a text may hold")
    return text


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Whether a value stands for several."""
    return isinstance(value, (list, tuple, range))


def is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    """Whether a value has keys."""
    return isinstance(value, Mapping)


def words_of(value: object) -> list[str]:
    """The arguments a value stands for: the elements of a list, else the value as one."""
    return [text_of(element) for element in value] if is_list(value) else [text_of(value)]


def _plain(value: object) -> object:
    if is_mapping(value):
        return dict(value)
    return list(value) if isinstance(value, range) else str(value)
