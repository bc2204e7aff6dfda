"""The error of a single value, as its reader raises it."""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticCustomError

from wflpy.loader.codes import Code
from wflpy.loader.scalars import Plain, is_list, is_mapping


def fault(
    code: Code,
    message: str,
    hint: str | None = None,
    *,
    below: tuple[str | int, ...] = (),
    offset: int | None = None,
    length: int = 1,
) -> PydanticCustomError:
    """The error of a value.

    Args:
        code: what is wrong, for programs.
        message: what is wrong, as the end of "value of x: ...".
        hint: what to do about it.
        below: path from the value to what is wrong inside of it.
        offset: characters between the start of the scalar and the fault.
        length: characters the fault covers.
    """
    facts: dict[str, Any] = {"message": message, "code": code, "hint": hint, "below": below}
    return PydanticCustomError("workflow", "{message}", facts | {"offset": offset, "length": length})


def shown(value: object) -> str:
    """A value in a message: what it is and, if it is short, itself."""
    if value is None:
        return "nothing"
    if is_mapping(value):
        return "a mapping"
    if is_list(value):
        return "a list"
    if isinstance(value, Plain):
        return f"'{value}'" if isinstance(value.value, bool) else f"the number {value}"
    if isinstance(value, (int, float)):
        return f"'{str(value).lower()}'" if isinstance(value, bool) else f"the number {value}"
    text = str(value)
    return f"'{text}'" if len(text) <= 40 else f"'{text[:37]}...'"


def wrong_type(expected: str, value: object, hint: str | None = None) -> PydanticCustomError:
    """The error of a value that is something else than expected."""
    return fault(Code.TYPE, f"{expected} is expected here, not {shown(value)}", hint)
