"""What a job runs when a task is a Python function: a script that needs the standard library and nothing else.

It is started as ``python runner.py CALL_FILE``. The call file is a JSON object:

``function``  ``module:name``, or a name for people when the payload holds the function
``payload``   path of a packed function with arguments that JSON cannot hold, or null
``args``, ``kwargs``
              JSON values. ``{"$wflpy": "object", "index": n}`` stands for an object of the payload,
              ``{"$wflpy": "pickle", "path": ..., "hmac": ...}`` for the pickled result of an earlier task
``base``      folder that imports start from
``result``    path of the result file to write
``key``       path of the file with this run's key in hexadecimal, or null: then nothing is pickled

The result file is a JSON object: ``{"ok": true, "value": ...}`` where JSON holds the value exactly, else
``{"ok": true, "pickle": path, "hmac": ...}``; after an exception it is
``{"ok": false, "error": {"type": ..., "message": ..., "traceback": ...}}``.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MAGIC = b"wflpy function 1\n"
LARGEST_JSON_INTEGER = 4096
"""Bits; Python refuses to read longer numbers from text."""
MARK = "$wflpy"


class CallError(Exception):
    """The function could not be called, or what it returned could not be kept."""


# -- values ------------------------------------------------------------------------------------------


def kind_of(value: object) -> type[object]:
    """Its very class, for values whose subclasses are something else."""
    return type(value)


def is_json(value: Any) -> bool:
    """Whether JSON gives back exactly this value: no tuple, no subclass, no NaN, no key that is not text."""
    kind = kind_of(value)
    if value is None or kind in (str, bool):
        return True
    if kind is int:
        return bool(value.bit_length() <= LARGEST_JSON_INTEGER)
    if kind is float:
        return bool(value - value == 0)  # neither infinite nor NaN
    if kind is list:
        return all(map(is_json, value))
    if kind is dict:
        return MARK not in value and all(type(key) is str and is_json(one) for key, one in value.items())
    return False


def sign(data: bytes, key: bytes) -> str:
    """What proves that the data was written by someone who has the key."""
    import hmac  # here and below: what most calls do not need would be a fifth of their time

    return hmac.new(key, data, "sha256").hexdigest()


def read_pickle(path: str, signature: object, key: bytes | None) -> Any:
    """The value in a pickle file of this run.

    Raises:
        CallError: there is no key, the file is somebody else's, or its signature is wrong; nothing was unpickled.
    """
    if key is None:
        raise CallError(f"{path} is not unpickled: this run has no key")
    with Path(path).open("rb") as file:
        facts = os.fstat(file.fileno())
        if facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
            raise CallError(f"{path} is not unpickled: it belongs to another user, or others may write it")
        data = file.read()
    import hmac

    if not hmac.compare_digest(sign(data, key), str(signature)):
        raise CallError(f"{path} is not unpickled: its signature is not this run's")
    return pickle.loads(data)  # noqa: S301  (own file, own user, this run's signature: checked above)


def write_private(path: str, data: bytes) -> None:
    """Write a file that is complete or not there, readable by its owner only."""
    temporary = Path(f"{path}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    temporary.write_bytes(data)
    temporary.replace(path)


# -- the packed function -----------------------------------------------------------------------------


def pack(function: bytes, path: list[str], *, by_value: bool) -> bytes:
    """A pickled pair of a function and its objects, with what is needed to read it elsewhere."""
    facts = {
        "python": list(sys.version_info[:2]),
        "by_value": by_value,
        "path": path,
        "size": len(function),
        "sha256": _digest(function),
    }
    return MAGIC + json.dumps(facts).encode() + b"\n" + function


def _digest(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def unpack(data: bytes) -> tuple[Callable[..., object] | None, list[object]]:
    """The function, or None where it is imported by name, and the objects; ``sys.path`` is completed for them.

    Raises:
        CallError: the data is incomplete, of another version, or made by a Python this one cannot read.
    """
    if not data.startswith(MAGIC):
        raise CallError("the packed function was written by another version of wflpy")
    header, _, body = data[len(MAGIC) :].partition(b"\n")
    facts = json.loads(header)
    if len(body) != facts["size"] or _digest(body) != facts["sha256"]:
        raise CallError(f"the packed function is damaged: {len(body)} bytes of {facts['size']}")
    made_by, here = tuple(facts["python"]), sys.version_info[:2]
    if facts["by_value"] and made_by != here:
        raise CallError(
            f"the function was packed by Python {made_by[0]}.{made_by[1]} and this is {here[0]}.{here[1]}, which "
            "cannot read its code; put the function into a module that can be imported, or run it with the same Python"
        )
    sys.path.extend(entry for entry in facts["path"] if entry not in sys.path)
    try:
        function, objects = pickle.loads(body)  # noqa: S301  (from the submitter, who chose this job's command too)
    except ImportError as problem:
        raise CallError(f"the packed function needs a module that {sys.executable} does not have: {problem}") from None
    return function, objects


# -- the call ----------------------------------------------------------------------------------------


def main(call_file: str) -> int:
    """Run one call; the exit status of the job."""
    call = json.loads(Path(call_file).read_text(encoding="utf-8"))
    sys.path[0] = call["base"]  # in place of the folder of this script
    sys.argv = [call["function"]]
    key = _key(call["key"])
    try:
        result = _outcome(_call(call, key), call["result"], key)
    except SystemExit as end:
        if not end.code:
            result = _outcome(None, call["result"], key)
        else:
            result = _failure(end)
            write_private(call["result"], json.dumps(result).encode())
            raise
    except BaseException as problem:  # noqa: BLE001  (whatever it is, it is the result)
        result = _failure(problem)
        sys.stdout.flush()
        sys.stderr.write(result["error"]["traceback"])
    write_private(call["result"], json.dumps(result).encode())
    return 0 if result["ok"] else 1


def _key(path: str | None) -> bytes | None:
    if path is None:
        return None
    return bytes.fromhex(Path(path).read_text(encoding="ascii").strip())


def _call(call: dict[str, Any], key: bytes | None) -> object:
    function: Callable[..., object] | None = None
    objects: list[object] = []
    if call["payload"]:
        function, objects = unpack(Path(call["payload"]).read_bytes())
    call_it = function or _imported(call["function"])

    def value(given: Any) -> Any:
        kind = kind_of(given)
        if kind is list:
            return [value(one) for one in given]
        if kind is not dict:
            return given
        mark = given.get(MARK)
        if mark == "object":
            return objects[given["index"]]
        if mark == "pickle":
            return read_pickle(given["path"], given.get("hmac"), key)
        return {name: value(one) for name, one in given.items()}

    return call_it(*value(call["args"]), **value(call["kwargs"]))


def _imported(name: str) -> Any:
    module, _, attributes = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for attribute in attributes.split("."):
            found = getattr(found, attribute)
    except (ImportError, AttributeError) as problem:
        raise CallError(f"{name} cannot be imported by {sys.executable} from {sys.path[0]}: {problem}") from problem
    return found


def _outcome(value: object, result: str, key: bytes | None) -> dict[str, Any]:
    sys.stdout.flush()
    try:
        if is_json(value):
            return {"ok": True, "value": value}
    except RecursionError:  # so deep that JSON cannot hold it either; pickle says the same of a loop it can hold
        pass
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if key is None:
        raise CallError(f"the function returned a {kind}, which JSON cannot hold exactly, and this run keeps JSON only")
    try:
        data = _pickled(value)
    except Exception as problem:
        raise CallError(f"the function returned a {kind}, which cannot be pickled: {problem}") from problem
    path = f"{result}.pickle"
    write_private(path, data)
    python = "{}.{}".format(*sys.version_info)
    return {"ok": True, "pickle": path, "hmac": sign(data, key), "size": len(data), "type": kind, "python": python}


def _pickled(value: object) -> bytes:
    by_value = sys.modules.get("cloudpickle")  # there when the function itself travelled by value
    dump = pickle.dumps if by_value is None else by_value.dumps
    data: bytes = dump(value, protocol=min(5, pickle.HIGHEST_PROTOCOL))
    return data


def _failure(problem: BaseException) -> dict[str, Any]:
    import traceback

    trace = problem.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next  # people look for their own lines
    text = "".join(traceback.format_exception(type(problem), problem, trace))
    kind = type(problem)
    name = kind.__qualname__ if kind.__module__ in ("builtins", __name__) else f"{kind.__module__}.{kind.__qualname__}"
    return {"ok": False, "error": {"type": name, "message": _message(problem), "traceback": text}}


def _message(problem: BaseException) -> str:
    try:
        return str(problem)
    except Exception as broken:  # noqa: BLE001  (a user's __str__ may do anything)
        return f"<its text cannot be made: {type(broken).__name__}>"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
