"""Python functions as jobs: what is written for the job, and what is read when it ended.

The job is ``<python> wflpy/flow/runner.py CALL_FILE``; the runner says what the two files hold.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.dag.shapes import is_list, is_mapping
from wflpy.expr import Expression, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.dag.directory import RunDirectory
    from wflpy.dag.spec import Call

RUNNER: Final = Path(__file__).parent.parent / "flow" / "runner.py"
"""A script that needs nothing but the standard library; it is started, never imported, from here."""


class CallResult(NamedTuple):
    """What a call left behind."""

    ok: bool
    value: object
    error: str
    """``ValueError: no such column``; empty when it is ok."""


def call_argv(
    body: Call, scope: Mapping[str, object], directory: RunDirectory, base: str, node: str, attempt: int
) -> list[str]:
    """Write the call file of one attempt; the words that run it.

    Raises:
        ExpressionError: an argument cannot be worked out.
    """
    payload = None if body.payload is None else _payload(body.payload, directory)
    result = directory.result_file(node, attempt)
    call = {
        "function": body.function,
        "payload": payload,
        "args": [evaluated(value, scope) for value in body.args],
        "kwargs": {name: evaluated(value, scope) for name, value in body.kwargs.items()},
        "base": base,
        "result": os.fspath(result),
        "key": os.fspath(directory.ensure_key()),
    }
    file = directory.call_file(node, attempt)
    file.write_text(json.dumps(call), encoding="utf-8")
    # The result of a run that was taken up again must not be taken for this attempt's.
    result.unlink(missing_ok=True)
    return [body.python or sys.executable, os.fspath(RUNNER), os.fspath(file)]


def _payload(payload: bytes, directory: RunDirectory) -> str:
    path = directory.payload(hashlib.sha256(payload).hexdigest())
    if not path.exists():
        path.write_bytes(payload)
    return os.fspath(path)


def evaluated(value: object, scope: Mapping[str, object]) -> object:
    """A value with every Text and Expression in it replaced by what it stands for."""
    if isinstance(value, (Text, Expression)):
        return value.evaluate(scope)
    if is_mapping(value):
        return {name: evaluated(entry, scope) for name, entry in value.items()}
    if is_list(value):
        return [evaluated(element, scope) for element in value]
    return value


def read_result(directory: RunDirectory, node: str, attempt: int) -> CallResult | None:
    """What one attempt left; None if it left nothing that can be read."""
    from wflpy.dag.results import value_of_result

    try:
        result = json.loads(directory.result_file(node, attempt).read_text(encoding="utf-8"))
        if result["ok"]:
            return CallResult(True, value_of_result(result), "")
        error = result["error"]
        message = str(error["message"])
        return CallResult(False, None, f"{error['type']}: {message}" if message else str(error["type"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
