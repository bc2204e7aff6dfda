"""The placeholders in a job template: where they may stand, and what takes their place (GFD.231 5.7.6, 5.7.11, 5.7.24).

First the library replaces PARAMETRIC_INDEX by text. HOME_DIRECTORY and WORKING_DIRECTORY are left to the tracker, which
knows the execution host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wflpy.drmaa2.attributes import set_attributes, spec_name
from wflpy.drmaa2.constants import HOME_DIRECTORY, PARAMETRIC_INDEX, WORKING_DIRECTORY
from wflpy.drmaa2.errors import InvalidArgumentException
from wflpy.drmaa2.guards import is_dictionary, is_list
from wflpy.drmaa2.problems import Problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wflpy.drmaa2.templates import JobTemplate

_HOME: Final = frozenset({HOME_DIRECTORY})
_INDEX: Final = frozenset({PARAMETRIC_INDEX})
_NONE: Final = frozenset[str]()
_ALL: Final = frozenset({HOME_DIRECTORY, WORKING_DIRECTORY, PARAMETRIC_INDEX})


class Place(NamedTuple):
    """Which placeholders an attribute takes."""

    values: frozenset[str]
    """In its value, or in the values of a dictionary, or in the entries of a list."""
    keys: frozenset[str] = _NONE
    """In the keys of a dictionary."""


PLACES: Final = {
    "args": Place(_ALL),
    "job_environment": Place(_ALL),
    "working_directory": Place(_HOME | _INDEX),
    "job_name": Place(_INDEX),
    "input_path": Place(_ALL),
    "output_path": Place(_ALL),
    "error_path": Place(_ALL),
    "stage_in_files": Place(_ALL, keys=_INDEX),
    "stage_out_files": Place(_INDEX, keys=_ALL),
}
"""The attributes that take placeholders; all others take none. Extensions are left to their tracker."""

_ANY = "$DRMAA2_"
_NOWHERE = Place(_NONE)
_NAMES = {
    HOME_DIRECTORY: "HOME_DIRECTORY",
    WORKING_DIRECTORY: "WORKING_DIRECTORY",
    PARAMETRIC_INDEX: "PARAMETRIC_INDEX",
}


def check_placeholders(template: JobTemplate) -> None:
    """Do nothing if every placeholder stands where it may.

    Raises:
        InvalidArgumentException: one stands in an attribute that does not take it, or HOME_DIRECTORY or
            WORKING_DIRECTORY is not at the start of a value.
    """
    raise_problems("job template", placeholder_problems(set_attributes(template)))


def placeholder_problems(values: Iterable[tuple[str, Any]]) -> list[Problem]:
    """What is wrong with the placeholders in these values of a job template."""
    return [
        Problem(spec_name(name), problem)
        for name, value in _holding(_ANY, values)
        for text, accepted in _texts(value, PLACES.get(name, _NOWHERE))
        for problem in _text_problems(text, accepted)
    ]


def expand_index(template: JobTemplate, index: int) -> JobTemplate:
    """The template with PARAMETRIC_INDEX replaced, a copy; the template itself when it holds none.

    Keys of ``job_environment`` are left alone. A job that is not part of an array has index 0.

    Raises:
        InvalidArgumentException: two staging entries become one.
    """
    number = str(index)
    expanded: JobTemplate | None = None
    for name, value in _holding(PARAMETRIC_INDEX, set_attributes(template)):
        place = PLACES.get(name, _NOWHERE)
        if PARAMETRIC_INDEX in place.values or PARAMETRIC_INDEX in place.keys:
            expanded = expanded or template.copy()
            setattr(expanded, name, _expand(name, value, PARAMETRIC_INDEX in place.keys, number))
    return expanded or template


def resolve_directories(text: str, home: str, working: str) -> str:
    """The text with HOME_DIRECTORY or WORKING_DIRECTORY at its start replaced by the directory of that job."""
    if text.startswith(HOME_DIRECTORY):
        return home + text.removeprefix(HOME_DIRECTORY)
    if text.startswith(WORKING_DIRECTORY):
        return working + text.removeprefix(WORKING_DIRECTORY)
    return text


def _holding(mark: str, values: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [
        (name, value)
        for name, value in values
        if (mark in value if isinstance(value, str) else _holds(mark, value)) and name != "extensions"
    ]


def _holds(mark: str, value: Any) -> bool:
    # One search over the joined texts; a match across two of them only costs a closer look.
    if is_list(value):
        return mark in "".join(value)
    if is_dictionary(value):
        return mark in "".join(value) or mark in "".join(map(str, value.values()))
    return False


def _texts(value: Any, place: Place) -> Iterator[tuple[str, frozenset[str]]]:
    if isinstance(value, str):
        yield value, place.values
    elif is_list(value):
        yield from ((text, place.values) for text in value)
    else:
        yield from ((key, place.keys) for key in value)
        yield from ((str(text), place.values) for text in value.values())


def _text_problems(text: str, accepted: frozenset[str]) -> Iterator[str]:
    for placeholder, name in _NAMES.items():
        if placeholder not in text:
            continue
        if placeholder not in accepted:
            yield f"does not take {name}"
        elif placeholder != PARAMETRIC_INDEX and text.rfind(placeholder) > 0:
            yield f"takes {name} only at the start of a value"


def _expand(name: str, value: Any, in_keys: bool, number: str) -> Any:
    if isinstance(value, str):
        return value.replace(PARAMETRIC_INDEX, number)
    if is_list(value):
        return [text.replace(PARAMETRIC_INDEX, number) for text in value]
    pairs = {
        key.replace(PARAMETRIC_INDEX, number) if in_keys else key: text.replace(PARAMETRIC_INDEX, number)
        for key, text in value.items()
    }
    if len(pairs) < len(value):
        text = f"job template: two entries of {spec_name(name)} are the same file for index {number}"
        raise InvalidArgumentException(text, attributes=(spec_name(name),))
    return pairs
