"""How text such as ``-o slots=4`` becomes the options of a tracker, by the types of their fields."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from wflpy.drmaa2 import InvalidArgumentException, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def make_options(options_type: type[T], values: Mapping[str, object]) -> T:
    """Options with these values; text is converted to the type of its field, anything else must have that type.

    Text for a list or tuple is split at commas, for a dictionary at commas and the first ``=`` of each part; an amount
    of time is a number of seconds; a field that may be None takes ``none``. Names may be written with hyphens.

    Raises:
        InvalidArgumentException: names every unknown option and every value that does not fit.
    """
    known = option_types(options_type)
    name_of = getattr(options_type, "tracker", options_type.__name__)
    found: dict[str, object] = {}
    problems: list[str] = []
    at_fault: list[str] = []
    for key, value in values.items():
        name = key.replace("-", "_")
        try:
            if name not in known:
                raise ValueError(f"is not an option{did_you_mean(key, known)}; known are {', '.join(known) or 'none'}")
            found[name] = _convert(value, known[name])
        except ValueError as error:
            problems.append(f"{key} {error}")
            at_fault.append(key)
    if problems:
        raise InvalidArgumentException(f"options of {name_of}: " + "; ".join(problems), attributes=at_fault)
    return options_type(**found)


def option_types(options_type: type) -> dict[str, Any]:
    """The options and their types, in the order of the dataclass."""
    described: Any = options_type  # is_dataclass narrows to a type that no checker knows in full
    if not is_dataclass(described):
        text = f"{options_type.__name__} is not a dataclass of options"
        raise InvalidArgumentException(text, attributes=("options",))
    hints = get_type_hints(options_type)
    return {field.name: hints[field.name] for field in fields(options_type) if field.init}


def _convert(value: object, wanted: Any) -> object:
    """The value as one of this type; ValueError says what it must be."""
    if _is_union(wanted):
        return _convert_to_one_of(value, get_args(wanted))
    origin = get_origin(wanted) or wanted
    if origin is Literal:
        return _choice(value, {str(choice): choice for choice in get_args(wanted)})
    if isinstance(value, str) and origin is not str:
        return _parse(value, origin, get_args(wanted))
    if not _fits(value, origin):
        raise ValueError(f"must be {_described(wanted)}, not {value!r}")
    return _collected(value, origin, get_args(wanted))


def _convert_to_one_of(value: object, choices: tuple[Any, ...]) -> object:
    others = [choice for choice in choices if choice is not NoneType]
    if NoneType in choices and (value is None or (isinstance(value, str) and value.lower() == "none")):
        return None
    # Text fits a str field as it is, so every more exact type is tried before.
    others.sort(key=lambda choice: choice is str)
    for choice in others:
        try:
            return _convert(value, choice)
        except ValueError:
            continue
    wanted = [_described(choice) for choice in others] + (["none"] if NoneType in choices else [])
    raise ValueError(f"must be {' or '.join(wanted)}, not {value!r}")


def _parse(text: str, wanted: Any, arguments: tuple[Any, ...]) -> object:
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return _choice(text, {str(member.value): member for member in wanted})
    parse = _PARSERS.get(wanted)
    if parse is None:
        raise ValueError(f"cannot be given as text, it is {_described(wanted)}; set it in Python")
    try:
        return _collected(parse(text), wanted, arguments)
    except (ValueError, OverflowError):
        raise ValueError(f"must be {_described(wanted)}, not {text!r}") from None


def _choice(value: object, choices: dict[str, object]) -> object:
    if isinstance(value, str) and value in choices:
        return choices[value]
    if value in choices.values():
        return value
    hint = did_you_mean(value, choices) if isinstance(value, str) else ""
    raise ValueError(f"must be one of {', '.join(choices)}, not {value!r}{hint}")


def _collected(value: Any, origin: Any, arguments: tuple[Any, ...]) -> object:
    """The value with its parts converted, if it has parts."""
    if origin is list and arguments:
        return [_convert(part, arguments[0]) for part in value]
    if origin is tuple and arguments:
        return tuple(_convert(part, arguments[0]) for part in value)
    if origin is dict and arguments:
        return {_convert(key, arguments[0]): _convert(part, arguments[1]) for key, part in value.items()}
    return float(value) if origin is float else value


def _fits(value: object, origin: Any) -> bool:
    if origin is Any or origin is object:
        return True
    if isinstance(value, bool):
        return origin is bool
    return isinstance(value, _WIDER.get(origin, origin))


def _is_union(wanted: Any) -> bool:
    return isinstance(wanted, UnionType) or get_origin(wanted) is Union


def _flag(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError
    return word in _TRUE


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def _pairs(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in _parts(text)]
    if not all(key and equals for key, equals, _ in pairs):
        raise ValueError
    return {key: value for key, _, value in pairs}


_WIDER: Final[dict[Any, Any]] = {float: (int, float), tuple: (list, tuple), list: (list, tuple)}
"""What a field of this type takes besides its own."""

_TRUE: Final = frozenset(("true", "yes", "on", "1"))
_FALSE: Final = frozenset(("false", "no", "off", "0"))

_PARSERS: Final[dict[Any, Callable[[str], object]]] = {
    bool: _flag,
    int: int,
    float: float,
    timedelta: lambda text: timedelta(seconds=float(text)),
    Path: Path,
    list: _parts,
    tuple: _parts,
    dict: _pairs,
}

_DESCRIPTIONS: Final[dict[Any, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    timedelta: "a number of seconds",
    Path: "a path",
    list: "a list such as a,b",
    tuple: "a list such as a,b",
    dict: "pairs such as a=1,b=2",
}


def _described(wanted: Any) -> str:
    origin = get_origin(wanted) or wanted
    if origin is Literal:
        return "one of " + ", ".join(map(str, get_args(wanted)))
    return _DESCRIPTIONS.get(origin, f"a {getattr(origin, '__name__', origin)}")
