"""What an unquoted scalar means: the core schema of YAML 1.2, where ``no``, ``on``, ``1:30:00`` and dates are text."""

from __future__ import annotations

import re
from typing import Final, TypeGuard

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS: Final[dict[str, bool]] = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED = re.compile(r"0o([0-7]+)|0x([0-9a-fA-F]+)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_INFINITY = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAY_BE_NO_TEXT: Final = frozenset("0123456789+-.~nNtTfF")
_LONGEST_NUMBER: Final = 400


class Plain(str):
    """An unquoted number or truth value. As a string it is the text that stands in the file: ``1.10``, ``010``."""

    __slots__ = ("value",)

    value: bool | int | float
    """What it means."""

    @staticmethod
    def of(text: str, value: float) -> Plain:
        """The scalar with this text and this meaning."""
        plain = Plain(text)
        plain.value = value
        return plain


def read_plain(text: str) -> str | None:
    """An unquoted scalar: None for null, a `Plain` for a number or a truth value, else the text itself."""
    if text and text[0] not in _MAY_BE_NO_TEXT:
        return text
    if text in _NULLS:
        return None
    value: float | None = _TRUTHS.get(text)
    if value is None:
        value = _number(text)
    return text if value is None else Plain.of(text, value)


def _number(text: str) -> float | None:
    if len(text) > _LONGEST_NUMBER:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if based := _BASED.fullmatch(text):
        return int(based[1], 8) if based[1] else int(based[2], 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    if infinity := _INFINITY.fullmatch(text):
        return float("nan") if infinity[1] is None else float(f"{infinity[1]}inf")
    return None


def meaning(value: object) -> object:
    """The value behind a scalar: numbers and truth values in place of their text."""
    return value.value if isinstance(value, Plain) else value


def is_mapping(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a value of a file is a mapping; its keys are text."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    """Whether a value of a file is a list."""
    return isinstance(value, list)


def plain_data(value: object) -> object:
    """Data with what its scalars mean in place of their text."""
    if is_mapping(value):
        return {key: plain_data(entry) for key, entry in value.items()}
    return [plain_data(element) for element in value] if is_list(value) else meaning(value)
