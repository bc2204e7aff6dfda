"""The attributes of a job template as options of a command, made from the table of the standard (GFD.231 5.7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wflpy.cli.inputs import pairs
from wflpy.drmaa2 import InvalidArgumentException, JobTemplate, from_dict
from wflpy.drmaa2.schema import SCHEMAS, Attribute, Kind
from wflpy.flow.units import UnitError, duration, size

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_POSITIONAL: Final = frozenset(("remote_command", "args"))
"""What the command line has arguments for."""

ATTRIBUTES: Final[dict[str, Attribute]] = {attribute.name: attribute for attribute in SCHEMAS[JobTemplate]}
"""Every attribute by its name in Python."""

PATHS: Final = ("working_directory", "input_path", "output_path", "error_path")
"""Attributes that name a file or folder."""

HELP: Final[dict[str, str]] = {
    "submit_as_hold": "Begin on hold, and wait for 'wflpy job release'.",
    "rerunnable": "The backend may start it again, after the loss of a machine for example.",
    "job_environment": "Environment variable of the job; may be repeated.",
    "working_directory": "Folder it runs in.",
    "job_category": "Named settings of the site; a container image on container backends.",
    "email": "Address to report to; may be repeated.",
    "email_on_started": "Report the start by mail.",
    "email_on_terminated": "Report the end by mail.",
    "job_name": "Name for people; need not be unique.",
    "input_path": "File for standard input.",
    "output_path": "File for standard output; appended to if it exists.",
    "error_path": "File for standard error; appended to if it exists.",
    "join_files": "Standard error goes where standard output goes.",
    "reservation_id": "Advance reservation to run in.",
    "queue_name": "Queue to wait in.",
    "min_slots": "Slots it needs.",
    "max_slots": "Slots it can use.",
    "priority": "Priority in the words of the backend.",
    "candidate_machines": "Machine it may run on; may be repeated.",
    "min_phys_memory": "Memory it needs: '2GiB', '500MB', or a number of KB.",
    "machine_os": "System its machines must have, such as LINUX.",
    "machine_arch": "Architecture its machines must have, such as X64.",
    "start_time": "Earliest time it may start: '+30m', '2030-01-31T12:00' (local), or NOW.",
    "deadline_time": "Time at which it is ended: '+2h' or '2030-01-31T12:00' (local).",
    "stage_in_files": "File to copy before the start, from here to there; may be repeated.",
    "stage_out_files": "File to copy after the end, from there to here; may be repeated.",
    "resource_limits": "Limit such as CPU_TIME=3600 (seconds) or VIRTUAL_MEMORY=1048576 (KB); may be repeated.",
    "accounting_id": "Label for accounting.",
    "extensions": "Attribute of one backend, such as docker_user=me; may be repeated.",
}
"""What each option says in help."""


class AttributeOption(click.Option):
    """An option that stands for an attribute of the job template; help lists these apart from the others."""


def attribute_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command one option for each attribute that has no argument; see `given_attributes`."""
    for name in reversed(HELP):
        option = click.option(*_names(name), cls=AttributeOption, help=HELP[name], **_settings(name))
        function = option(function)
    return function


def given_attributes(values: Mapping[str, object]) -> dict[str, Any]:
    """The attributes that were given as options, as values of a job template.

    Args:
        values: of all options, None or an empty tuple where one was not given.

    Raises:
        click.UsageError: a value does not fit its attribute.
    """
    found: dict[str, Any] = {}
    for name in HELP:
        value = values[name]
        if value is None or value == ():
            continue
        found[name] = _value(ATTRIBUTES[name], value)
    return found


def place_below_here(template: JobTemplate, names: Collection[str]) -> None:
    """Let relative paths in those of these attributes that hold a path mean files below the current folder."""
    for name in PATHS:
        path: str | None = getattr(template, name)
        # One that begins with a placeholder is the backend's to resolve.
        if name in names and path and not path.startswith(("/", "$DRMAA2_")):
            setattr(template, name, str(Path.cwd() / path))


def option_name(name: str) -> str:
    """The option that stands for an attribute."""
    return f"--{name.replace('_', '-')}"


def _names(name: str) -> tuple[str, str]:
    option = option_name(name)
    return name, f"{option}/--no-{option[2:]}" if ATTRIBUTES[name].kind is Kind.FLAG else option


_PAIRS: Final = frozenset((Kind.DICTIONARY, Kind.LIMITS))

_METAVARS: Final = {
    Kind.TEXT: "TEXT",
    Kind.NUMBER: "N",
    Kind.STRINGS: "TEXT",
    Kind.DICTIONARY: "NAME=VALUE",
    Kind.LIMITS: "NAME=N",
    Kind.TIME: "TIME",
    Kind.TIME_OR_NOW: "TIME",
    Kind.SYSTEM: "NAME",
    Kind.ARCHITECTURE: "NAME",
}


def _settings(name: str) -> dict[str, Any]:
    kind = ATTRIBUTES[name].kind
    if kind is Kind.FLAG:
        return {"default": None}
    metavar = "PATH" if name in PATHS else "SIZE" if name == "min_phys_memory" else _METAVARS[kind]
    is_number = kind is Kind.NUMBER and name != "min_phys_memory"
    several = kind is Kind.STRINGS or kind in _PAIRS
    return {"metavar": metavar, "multiple": several, "type": int if is_number else str}


def _value(attribute: Attribute, value: Any) -> object:
    """The value of an option as that of its attribute, read as the codec reads it."""
    option = option_name(attribute.name)
    try:
        if attribute.kind in _PAIRS:
            value = pairs(value, option)
        elif attribute.kind is Kind.STRINGS:
            value = list(value)
        elif attribute.kind in (Kind.SYSTEM, Kind.ARCHITECTURE):
            value = value.upper()
        elif attribute.kind in (Kind.TIME, Kind.TIME_OR_NOW):
            value = _instant(value)
        elif attribute.name == "min_phys_memory":
            value = _kilobytes(value)
        template = from_dict(JobTemplate, {attribute.spec_name: value})
    except UnitError as error:
        raise click.BadParameter(str(error), param_hint=option) from error
    except InvalidArgumentException as error:
        text = error.message.removeprefix(f"JobTemplate: {attribute.spec_name} ")
        raise click.BadParameter(text, param_hint=option) from error
    return getattr(template, attribute.name)


def _instant(text: str) -> str:
    """A time as the codec reads it: one from now is reckoned, one without a zone is local."""
    if text.startswith("+"):
        return (datetime.now().astimezone() + timedelta(seconds=duration(text[1:]))).isoformat()
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        if text.upper() == "NOW":
            return "NOW"
        raise UnitError(f"{text!r} is not a time", "write '2030-01-31T12:00', or '+30m' from now") from None
    return (time if time.utcoffset() is not None else time.astimezone()).isoformat()


def _kilobytes(text: str) -> int:
    """Memory in KB of 1024 bytes, rounded up."""
    return int(text) if text.isascii() and text.isdecimal() else -(-size(text) // 1024)
