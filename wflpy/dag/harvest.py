"""The declared outputs of a task that ended: files that must be there, values from files and from what it printed."""

from __future__ import annotations

import json
import os
import re
from collections import deque
from typing import TYPE_CHECKING, Final

from wflpy.dag.shapes import is_list, is_mapping, is_pickled, joined
from wflpy.dag.spec import FileOutput, JsonOutput, StdoutOutput
from wflpy.drmaa2 import WflpyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wflpy.dag.calls import CallResult
    from wflpy.dag.spec import ReturnOutput, TaskSpec

_PATTERN_LIMIT: Final = 10_000_000
"""Characters of standard output that are searched; more is cut off at the front."""


class OutputMissing(WflpyError):
    """A declared output is not there, or cannot be read; the message is the reason."""


def harvest(
    spec: TaskSpec, paths: Mapping[str, str], base: str, stdout: Path | None, result: CallResult | None
) -> dict[str, object]:
    """The values of all outputs of a task.

    Args:
        spec: the task.
        paths: the files it declares, by output, as they are written in the flow.
        base: the folder relative paths start from.
        stdout: the file that holds what it printed.
        result: what a called function left.

    Raises:
        OutputMissing: one of them is not there or cannot be read.
    """
    values: dict[str, object] = {}
    for name, output in spec.outputs.items():
        if isinstance(output, FileOutput):
            values[name] = _file(name, paths[name], base)
        elif isinstance(output, JsonOutput):
            values[name] = _json(name, paths[name], base, output.path)
        elif isinstance(output, StdoutOutput):
            values[name] = _printed(name, output, stdout)
        else:
            values[name] = _returned(name, output, result)
    return values


def _file(name: str, path: str, base: str) -> str:
    if not os.path.lexists(joined(base, path)):
        raise OutputMissing(f"output '{name}' is missing: there is no file {joined(base, path)}")
    return path


def _json(name: str, path: str, base: str, inside: str) -> object:
    try:
        with open(joined(base, path), encoding="utf-8") as file:  # noqa: PTH123  (a path beside others that are text)
            document: object = json.load(file)
    except FileNotFoundError:
        raise OutputMissing(f"output '{name}' is missing: there is no file {joined(base, path)}") from None
    except OSError as error:
        raise OutputMissing(f"output '{name}' cannot be read from {path}: {error.strerror}") from error
    except ValueError as error:
        raise OutputMissing(f"output '{name}' cannot be read: {path} is not JSON ({error})") from error
    return _inside(name, document, inside, path)


def _inside(name: str, document: object, inside: str, where: str) -> object:
    """The part of a document at a dotted path."""
    value = document
    walked = ""
    for key in inside.split(".") if inside else ():
        if is_mapping(value) and key in value:
            value = value[key]
        elif is_list(value) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            place = f"'{walked}' in {where}" if walked else where
            raise OutputMissing(f"output '{name}' is missing: {place} has no '{key}'{_there(value)}")
        walked = f"{walked}.{key}" if walked else key
    return value


def _there(value: object) -> str:
    if is_mapping(value):
        keys = list(value)
        return f", only {', '.join(keys[:8])}{' and more' if len(keys) > 8 else ''}" if keys else ": it is empty"
    if is_list(value):
        return f": it is a list of {len(value)}"
    return f": it is {json.dumps(value)[:80]}"


def _printed(name: str, output: StdoutOutput, stdout: Path | None) -> object:
    text = _read(stdout)
    if output.form == "text":
        return text.strip()
    if output.form == "line":
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines:
            raise OutputMissing(f"output '{name}' is missing: the task printed nothing")
        return lines[-1]
    if output.form == "json":
        try:
            return json.loads(text)
        except ValueError as error:
            raise OutputMissing(
                f"output '{name}' cannot be read: what the task printed is not JSON ({error})"
            ) from error
    try:
        matches = deque(re.finditer(output.pattern or "", text, re.MULTILINE), maxlen=1)
    except re.error as error:
        raise OutputMissing(
            f"output '{name}' cannot be read: the pattern {output.pattern!r} is wrong: {error}"
        ) from error
    if not matches:
        raise OutputMissing(f"output '{name}' is missing: nothing the task printed matches {output.pattern!r}")
    last = matches[0]
    return last[1] if last.re.groups else last[0]


def _read(stdout: Path | None) -> str:
    if stdout is None:
        return ""
    try:
        return stdout.read_text(encoding="utf-8", errors="replace")[-_PATTERN_LIMIT:]
    except OSError:
        return ""  # a log nobody wrote to need not exist


def _returned(name: str, output: ReturnOutput, result: CallResult | None) -> object:
    if result is None:
        raise OutputMissing(f"output '{name}' is missing: no function returned anything")
    if output.path and is_pickled(result.value):
        raise OutputMissing(
            f"output '{name}' cannot be read: the returned value is not JSON and has no '{output.path}'"
        )
    return _inside(name, result.value, output.path, "the returned value")
