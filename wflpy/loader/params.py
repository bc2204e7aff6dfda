"""Parameters of a file: what is declared, what is given, and the values that come of both."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.dag.checks import NAME
from wflpy.loader.codes import Code
from wflpy.loader.faults import shown
from wflpy.loader.mistakes import Mistake, quoted_suggestion
from wflpy.loader.scalars import Plain, meaning, read_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wflpy.loader.model import ParamKeys

_RULE: Final = "letters, digits and _, not starting with a digit"


class Params(NamedTuple):
    """The parameters of a flow."""

    values: dict[str, object]
    """The value of each; of one that has none, a text that stands in for it."""
    unknown: frozenset[str]
    """Those that have no value."""


def param_values(
    declared: Mapping[str, ParamKeys],
    unreadable: Iterable[str],
    given: Mapping[str, object],
    mistakes: list[Mistake],
    *,
    complete: bool,
) -> Params:
    """The values of the parameters; what is wrong with them is added to ``mistakes``.

    Args:
        declared: the declarations.
        unreadable: names whose declaration is wrong.
        given: values for a run, as values or as the text of a command line.
        mistakes: where to gather.
        complete: whether a parameter without a value is a mistake.
    """
    names = (*declared, *unreadable)
    values = _default_values(declared, mistakes)
    values |= _given_values(declared, names, given, mistakes)
    if complete:
        mistakes.extend(_missing_values(declared, values, given))
    unknown = frozenset(name for name in names if values.get(name) is None)
    return Params(values | {name: f"<params.{name}>" for name in unknown}, unknown)


def _default_values(declared: Mapping[str, ParamKeys], mistakes: list[Mistake]) -> dict[str, object]:
    """The defaults by name, None where there is none; what is wrong with a declaration is added to ``mistakes``."""
    values: dict[str, object] = {}
    for name, keys in declared.items():
        path = ("params", name)
        if not (name.isidentifier() and NAME.fullmatch(name)):
            mistakes.append(Mistake(Code.NAME, f"{shown(name)} cannot be a param", path, _RULE, on_key=True))
        for key in ("min", "max", "default"):
            bound = getattr(keys, key)
            if bound is not None and key != "default" and keys.type not in ("int", "float"):
                message = f"param '{name}' of type {keys.type} cannot have a {key}"
                mistakes.append(Mistake(Code.TOGETHER, message, (*path, key), "use choices", on_key=True))
            elif bound is not None and (problem := _type_problem(keys, bound)):
                mistakes.append(Mistake(Code.PARAM_TYPE, f"{key} of param '{name}' {problem}", (*path, key)))
        for number, one in enumerate(keys.choices or ()):
            if problem := _type_problem(keys, one):
                message = f"a choice of param '{name}' {problem}"
                mistakes.append(Mistake(Code.PARAM_TYPE, message, (*path, "choices", number)))
        value = _converted(keys, keys.default)
        if value is not None and (problem := _range_problem(keys, value)):
            mistakes.append(Mistake(Code.PARAM_RANGE, f"default of param '{name}' {problem}", (*path, "default")))
        values[name] = value
    return values


def _given_values(
    declared: Mapping[str, ParamKeys], names: Sequence[str], given: Mapping[str, object], mistakes: list[Mistake]
) -> dict[str, object]:
    """The values given for a run, converted; what is wrong with them is added to ``mistakes``, without a path."""
    values: dict[str, object] = {}
    for name, value in given.items():
        keys = declared.get(name)
        if keys is None and name in names:
            continue
        if keys is None:
            known = ", ".join(names) or "the file has none"
            hint = quoted_suggestion(name, names) or f"known: {known}"
            mistakes.append(Mistake(Code.UNKNOWN_PARAM, f"there is no param '{name}'", (), hint))
            continue
        # What comes from a command line is text, and is read like an unquoted scalar.
        scalar = read_plain(value) or value if type(value) is str and keys.type != "str" else value
        if problem := _type_problem(keys, scalar):
            mistakes.append(Mistake(Code.PARAM_TYPE, f"param '{name}' {problem}", ()))
        elif problem := _range_problem(keys, converted := _converted(keys, scalar)):
            mistakes.append(Mistake(Code.PARAM_RANGE, f"param '{name}' {problem}", ()))
        else:
            values[name] = converted
    return values


def _missing_values(
    declared: Mapping[str, ParamKeys], values: Mapping[str, object], given: Mapping[str, object]
) -> list[Mistake]:
    """A mistake for every parameter that has no value, not even a wrong one."""
    return [
        Mistake(
            Code.NO_VALUE,
            f"param '{name}' has no default and no value is given for it",
            ("params", name),
            f"--param {name}=...",
            on_key=True,
        )
        for name, keys in declared.items()
        if values.get(name) is None and keys.default is None and name not in given
    ]


def _type_problem(keys: ParamKeys, value: object) -> str | None:
    """What is wrong with the type of a value, as the end of a sentence."""
    expected, fits = _TYPES[keys.type]
    if value is None or not fits(value):
        return f"is {shown(value)}, but has to be {expected}"
    return None


def _range_problem(keys: ParamKeys, value: object) -> str | None:
    least, most = _converted(keys, keys.min), _converted(keys, keys.max)
    if isinstance(least, (int, float)) and isinstance(value, (int, float)) and value < least:
        return f"is {value}, less than its min {least}"
    if isinstance(most, (int, float)) and isinstance(value, (int, float)) and value > most:
        return f"is {value}, more than its max {most}"
    if keys.choices is None:
        return None
    choices = [_converted(keys, one) for one in keys.choices]
    if value in choices:
        return None
    listed = ", ".join(str(choice) for choice in choices)
    suggestion = quoted_suggestion(value, map(str, choices)) if isinstance(value, str) else None
    return f"is {shown(value)}, which is none of {listed}" + (f" ({suggestion})" if suggestion else "")


def _converted(keys: ParamKeys, value: object) -> object:
    if value is None or not _TYPES[keys.type][1](value):
        return None
    if keys.type == "str":
        return str(value)
    found = meaning(value)
    return float(found) if keys.type == "float" and isinstance(found, int) else found


def _is_whole(value: object) -> bool:
    return type(meaning(value)) is int


def _is_number(value: object) -> bool:
    found = meaning(value)
    return isinstance(found, (int, float)) and not isinstance(found, bool) and math.isfinite(found)


def _is_truth(value: object) -> bool:
    return isinstance(meaning(value), bool)


def _is_text(value: object) -> bool:
    return isinstance(value, (str, Plain))


_TYPES: Final[dict[str, tuple[str, Callable[[object], bool]]]] = {
    "int": ("a whole number", _is_whole),
    "float": ("a number", _is_number),
    "str": ("text", _is_text),
    "bool": ("true or false", _is_truth),
}
