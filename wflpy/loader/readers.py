"""How the values of a workflow file are read, and what is said of those that do not fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from wflpy.dag.checks import NAME, NAME_RULE
from wflpy.dag.spec import Edge, Tolerance
from wflpy.expr import Expression, ExpressionError, Text
from wflpy.expr.text import OPENING
from wflpy.flow.units import UnitError
from wflpy.loader.codes import Code
from wflpy.loader.faults import fault, shown, wrong_type
from wflpy.loader.mistakes import quoted_suggestion
from wflpy.loader.scalars import is_list, is_mapping, meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic_core import PydanticCustomError

    from wflpy.drmaa2 import CpuArchitecture, OperatingSystem

T = TypeVar("T")


def read_string(value: object, *, below: tuple[str | int, ...] = ()) -> str:
    """The source text of a scalar."""
    if isinstance(value, str):
        return str(value) if type(value) is not str else value
    raise fault(Code.TYPE, f"text is expected here, not {shown(value)}", below=below)


def _no_expression(text: str, what: str, below: tuple[str | int, ...] = ()) -> str:
    if OPENING in text:
        raise fault(
            Code.NO_EXPRESSION,
            f"{what} cannot hold an expression",
            below=below,
            offset=text.find(OPENING),
            length=len(OPENING),
        )
    return text


def read_literal(value: object, *, below: tuple[str | int, ...] = ()) -> str:
    """Text without expressions."""
    return _no_expression(read_string(value, below=below), "this", below)


def read_name(value: object) -> str:
    """A name as tasks and flows have them."""
    name = read_literal(value)
    if not NAME.fullmatch(name):
        raise fault(Code.NAME, f"{shown(name)} cannot be a name here", NAME_RULE)
    return name


def read_text(value: object, *, below: tuple[str | int, ...] = ()) -> Text:
    """Text with expressions in it."""
    source = read_string(value, below=below)
    try:
        return Text.parse(source)
    except ExpressionError as error:
        raise fault(Code.EXPRESSION, error.message, below=below, offset=error.offset, length=error.length) from None


def read_texts(value: object) -> tuple[Text, ...]:
    """One text, or a list of them."""
    if is_list(value):
        return tuple(read_text(element, below=(number,)) for number, element in enumerate(value))
    return (read_text(value),)


def read_strings(value: object) -> tuple[str, ...]:
    """One string, or a list of them."""
    if is_list(value):
        return tuple(read_literal(element, below=(number,)) for number, element in enumerate(value))
    return (read_literal(value),)


def read_condition(value: object) -> Expression:
    """An expression without ``${{ }}``."""
    source = read_string(value)
    if OPENING in source:
        raise fault(
            Code.NO_EXPRESSION,
            "this is an expression already and takes no ${{ }}",
            f"write {source.replace(OPENING, '').replace('}}', '').strip()}",
            offset=source.find(OPENING),
            length=len(OPENING),
        )
    try:
        return Expression.parse(source)
    except ExpressionError as error:
        raise fault(Code.EXPRESSION, error.message, offset=error.offset, length=error.length) from None


def read_whole(value: object) -> int:
    """A whole number."""
    found = meaning(value)
    if type(found) is int:
        return found
    raise _wrong_number("a whole number", value)


def read_number(value: object) -> float:
    """A number."""
    found = meaning(value)
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return float(found)
    raise _wrong_number("a number", value)


def _wrong_number(expected: str, value: object) -> PydanticCustomError:
    if isinstance(value, str) and OPENING in value:
        return fault(Code.NO_EXPRESSION, f"{expected} is expected here; it cannot be an expression")
    is_quoted = type(value) is str and re.fullmatch(r"[-+]?[0-9.]+", value)
    return wrong_type(expected, value, "remove the quotes" if is_quoted else None)


def unit(read: Callable[[object], T]) -> Callable[[object], T]:
    """A reader of an amount with its unit."""

    def read_unit(value: object) -> T:
        text = _no_expression(read_string(value), "an amount")
        try:
            return read(text)
        except UnitError as error:
            raise fault(Code.UNIT, error.message, error.hint) from None

    return read_unit


def choice(value: object, known: Iterable[str], what: str) -> str:
    """One of a closed set of words."""
    words = tuple(known)
    text = read_string(value)
    if text in words:
        return text
    hint = quoted_suggestion(text, words) or f"known: {', '.join(words)}"
    raise fault(Code.VALUE, f"{shown(text)} is no {what}", hint)


def member(enumeration: type[OperatingSystem | CpuArchitecture], what: str) -> Callable[[object], str]:
    """A reader of the name of a member, in upper or lower case."""

    def read(value: object) -> str:
        text = read_string(value).upper()
        return text if text in enumeration.__members__ else choice(value, enumeration.__members__, what)

    return read


def read_tolerance(value: object) -> Tolerance | None:
    """``true``, ``false``, a number of members, or a share of them such as ``5%``."""
    found = meaning(value)
    if isinstance(found, bool):
        return Tolerance() if found else None
    if type(found) is int:
        return Tolerance(count=found)
    share = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if share is None:
        raise wrong_type("true, false, a number such as 3, or a share such as 5%", value)
    return Tolerance(share=float(share[1]) / 100)


def read_share(value: object) -> float:
    """A number, or a percentage."""
    share = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return float(share[1]) / 100 if share else read_number(value)


def read_needs(value: object) -> dict[str, Edge]:
    """One task, a list of them, or a mapping from tasks to edges."""
    if is_mapping(value):
        return {name: _edge(edge, name) for name, edge in value.items()}
    needs: dict[str, Edge] = {}
    elements = value if is_list(value) else [value]
    for number, element in enumerate(elements):
        below = (number,) if isinstance(value, list) else ()
        name = read_string(element, below=below)
        if name in needs:
            raise fault(Code.VALUE, f"'{name}' is listed twice", below=below)
        needs[name] = Edge.SUCCESS
    return needs


def _edge(value: object, name: str) -> Edge:
    edges = tuple(str(edge) for edge in Edge)
    if isinstance(value, str) and value in edges:
        return Edge(str(value))
    hint = quoted_suggestion(value, edges) if isinstance(value, str) else None
    message = f"{shown(value)} is no edge to '{name}'"
    raise fault(Code.VALUE, message, hint or f"known: {', '.join(edges)}", below=(name,))


def read_data(value: object, *, below: tuple[str | int, ...] = ()) -> object:
    """Any data; strings with ``${{ }}`` become a `Text`, or the `Expression` if they are nothing else."""
    if is_mapping(value):
        return {key: read_data(entry, below=(*below, key)) for key, entry in value.items()}
    if is_list(value):
        return [read_data(element, below=(*below, number)) for number, element in enumerate(value)]
    if isinstance(value, str) and OPENING in value:
        text = read_text(value, below=below)
        return text.single or text
    return meaning(value)


def read_mapping(value: object) -> dict[str, object]:
    """A mapping of any data."""
    data = read_data(value)
    if is_mapping(data):
        return data
    raise wrong_type("a mapping", value)


def read_raw_mapping(value: object) -> dict[str, object]:
    """A mapping as it stands, to be read by whoever knows its keys."""
    if is_mapping(value):
        return value
    raise wrong_type("a mapping", value)


def read_variable(value: object) -> str:
    """The name of an environment variable."""
    name = read_string(value)
    if not name or "=" in name or "\0" in name:
        raise fault(Code.NAME, f"{shown(name)} cannot be the name of a variable")
    return name


def read_run(value: object) -> Text | tuple[Text, ...]:
    """Text for a shell, or a program and its arguments."""
    if is_mapping(value) or value is None:
        hint = "write text for the shell, or a list: [python, clean.py]"
        raise fault(Code.TYPE, f"text or a list is expected here, not {shown(value)}", hint)
    return read_texts(value) if is_list(value) else read_text(value)


def read_causes(value: object) -> tuple[str | int, ...]:
    """Kinds of failure and exit statuses: one, or a list."""
    elements = value if is_list(value) else [value]
    causes: list[str | int] = []
    for number, element in enumerate(elements):
        cause = meaning(element)
        if not isinstance(cause, (str, int)) or isinstance(cause, bool):
            raise fault(Code.TYPE, f"{shown(element)} is no kind of failure and no exit status", below=(number,))
        causes.append(cause)
    return tuple(causes)


def read_scalar(value: object) -> object:
    """A scalar as it stands, to be read when its type is known."""
    if is_mapping(value) or is_list(value):
        raise wrong_type("a single value", value)
    if isinstance(value, str) and OPENING in value:
        raise fault(Code.NO_EXPRESSION, "the declaration of a parameter cannot hold an expression")
    return value


def read_scalars(value: object) -> list[object]:
    """A list of scalars."""
    if not is_list(value):
        raise wrong_type("a list of values", value)
    return [read_scalar(element) for element in value]


def read_param_type(value: object) -> str:
    """The type of a parameter."""
    return choice(value, PARAM_TYPES, "type of parameter")


PARAM_TYPES: Final = ("int", "float", "str", "bool")
"""The types a parameter may have."""


_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%", re.ASCII)
