"""Job templates from files: JSON or YAML, with the names of the standard or those of Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

import click

from wflpy.cli.failures import ExitStatus
from wflpy.cli.jobs.attributes import ATTRIBUTES
from wflpy.drmaa2 import InvalidArgumentException, JobTemplate, did_you_mean, from_dict
from wflpy.drmaa2.schema import Kind
from wflpy.loader.compose import compose
from wflpy.loader.scalars import Plain, is_list, is_mapping, plain_data
from wflpy.loader.syntax import Fault
from wflpy.loader.tree import build, locate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STANDARD_INPUT: Final = "-"

_NAMES: Final = {name: attribute for attribute in ATTRIBUTES.values() for name in (attribute.name, attribute.spec_name)}
"""Every attribute under both of its names."""

_OF_TEXT: Final = frozenset((Kind.TEXT, Kind.STRINGS, Kind.DICTIONARY, Kind.LIMITS))
"""Kinds that take a scalar as it is written: ``1.10`` is that text."""


class TemplateFileError(click.ClickException):
    """A template file is wrong; its text begins with the file, line and column, where editors look for them."""

    exit_code = ExitStatus.BAD_INPUT

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


class _Document(NamedTuple):
    """A file as data, and how to say where a key of it stands."""

    data: object
    place_of: Callable[[str], str]


def read_template(file: str) -> dict[str, Any]:
    """The attributes that a file sets, by their names in Python.

    Args:
        file: a path; what does not end in ``.json`` is YAML. ``-`` is standard input, in either form.

    Raises:
        TemplateFileError: names everything that is wrong with it, each with its place.
    """
    text = _text(file)
    is_json = file.endswith(".json") or (file == STANDARD_INPUT and text.lstrip().startswith("{"))
    document = _json(file, text) if is_json else _yaml(file, text)
    if not is_mapping(document.data):
        raise TemplateFileError(
            f"{_shown(file)}: a job template is a mapping of attributes, such as remoteCommand: sleep"
        )
    found: dict[str, Any] = {}
    problems = list(_read(document.data, document.place_of, found))
    if problems:
        raise TemplateFileError("\n".join(problems))
    return found


def _read(data: dict[str, object], place_of: Callable[[str], str], found: dict[str, Any]) -> Iterator[str]:
    """Put the attributes in `found`; what is wrong, with its place."""
    for key, value in data.items():
        attribute = _NAMES.get(key)
        if attribute is None:
            yield f"{place_of(key)}: a job template has no attribute '{key}'{did_you_mean(key, _known_like(key))}"
            continue
        if attribute.name in found:
            yield f"{place_of(key)}: '{key}' is given twice, as {attribute.name} and as {attribute.spec_name}"
            continue
        plain = _as_written(value) if attribute.kind in _OF_TEXT else plain_data(value)
        try:
            template = from_dict(JobTemplate, {attribute.spec_name: plain})
        except InvalidArgumentException as error:
            yield f"{place_of(key)}: {error.message.replace(f'JobTemplate: {attribute.spec_name}', key)}"
            continue
        found[attribute.name] = getattr(template, attribute.name)
    for name in [name for name, value in found.items() if value is None]:
        del found[name]


def _known_like(key: str) -> list[str]:
    """The names of the attributes in the spelling that a key is in."""
    return [attribute.name if "_" in key else attribute.spec_name for attribute in ATTRIBUTES.values()]


def _text(file: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
    except OSError as error:
        raise TemplateFileError(f"{file}: the file cannot be read: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = content[error.start]
        raise TemplateFileError(f"{_shown(file)}: byte {error.start}, 0x{byte:02X}, is not UTF-8") from error


def _json(file: str, text: str) -> _Document:
    try:
        data: object = json.loads(text, parse_int=_number(int), parse_float=_number(float), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise TemplateFileError(f"{_shown(file)}:{error.lineno}:{error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise TemplateFileError(f"{_shown(file)}: {error}") from error

    def place_of(key: str) -> str:
        del key  # the JSON parser tells no places
        return _shown(file)

    return _Document(data, place_of)


def _yaml(file: str, text: str) -> _Document:
    shown = _shown(file)
    root = compose(text)
    if isinstance(root, Fault):
        raise TemplateFileError(_fault_text(shown, root))
    tree = build(root)
    if tree.faults:
        raise TemplateFileError("\n".join(_fault_text(shown, fault) for fault in tree.faults))

    def place_of(key: str) -> str:
        spot = locate(root, (key,))
        mark = (spot.key or spot.node).start_mark
        return f"{shown}:{mark.line + 1}:{mark.column + 1}"

    return _Document(tree.data, place_of)


def _fault_text(shown: str, fault: Fault) -> str:
    hint = f" ({fault.hint})" if fault.hint else ""
    return f"{shown}:{fault.line + 1}:{fault.column + 1}: {fault.message}{hint}"


def _shown(file: str) -> str:
    return "standard input" if file == STANDARD_INPUT else file


def _number(kind: type[int] | type[float]) -> Callable[[str], Plain]:
    return lambda text: Plain.of(text, kind(text))


def _object(entries: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(entries)
    if len(found) < len(entries):
        keys = [key for key, _ in entries]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise ValueError(f"the key '{twice}' comes twice")
    return found


def _as_written(value: object) -> object:
    """The data with scalars as the text that stands in the file."""
    if is_mapping(value):
        return {key: _as_written(entry) for key, entry in value.items()}
    if is_list(value):
        return [_as_written(element) for element in value]
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
