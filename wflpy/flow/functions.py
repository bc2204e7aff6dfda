"""Python functions as jobs: what travels to the job and how it comes back (`wflpy.flow.runner` is the other side).

A function that the job can import travels by its name; one that it cannot (from ``__main__``, a lambda, a function
inside a function) travels by value, and so do arguments that JSON cannot hold.
"""

from __future__ import annotations

import inspect
import os
import site
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cloudpickle  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  # it ships no types

from wflpy.dag.spec import Call
from wflpy.flow.bodies import Draft
from wflpy.flow.mistakes import mistake
from wflpy.flow.names import stem
from wflpy.flow.runner import MARK, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wflpy.flow.wiring import Wiring

LARGEST_PAYLOAD: Final = 64 * 2**20
"""Bytes a function and its arguments may have; what is larger belongs into a file."""


def call_of(
    wiring: Wiring, function: Callable[..., object], args: Sequence[object], keywords: Mapping[str, object]
) -> Draft:
    """The body that calls this function with these arguments.

    Raises:
        WorkflowError: it cannot be called, or it or an argument cannot be pickled.
    """
    if not callable(function):
        raise mistake(f"{function!r} is not a function", "call(function, arguments...), without parentheses after it")
    label = str(getattr(function, "__qualname__", type(function).__name__))
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise mistake(
            f"{label} gives a coroutine or a generator, and a job gives a value",
            "call a plain function that runs it to its end: asyncio.run(...), list(...)",
        )
    _check_arguments(function, label, args, keywords)
    objects: list[object] = []

    def keep(value: object) -> object:
        objects.append(value)
        return {MARK: "object", "index": len(objects) - 1}

    values = tuple(wiring.document(value, keep) for value in args)
    named = {name: wiring.document(value, keep) for name, value in keywords.items()}
    address = importable_name(function)
    extra = [] if address is None else _search_path(address, wiring.base)
    payload = None
    if address is None or objects or extra:
        payload = _payload(function, objects, extra if address else _user_path(), by_value=address is None)
    call = Call(address or label, values, named, payload)
    return Draft(call, stem(str(getattr(function, "__name__", "")), "call"))


def _check_arguments(
    function: Callable[..., object], label: str, args: Sequence[object], keywords: Mapping[str, object]
) -> None:
    """Refuse what would be a TypeError in the job."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C do not tell
        return
    try:
        signature.bind(*args, **keywords)
    except TypeError as problem:
        raise mistake(f"{label}{signature} cannot be called with these arguments: {problem}") from None


def importable_name(function: Callable[..., object]) -> str | None:
    """``module:name`` under which an import gives this very function; None if there is no such name."""
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__" or "<" in name:
        return None
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is function else None


def packed_objects(objects: list[object]) -> bytes:
    """The payload of a function that is imported by name and given these objects."""
    return _payload(None, objects, _user_path(), by_value=False)


def _payload(
    function: Callable[..., object] | None, objects: list[object], path: list[str], *, by_value: bool
) -> bytes:
    try:
        data: bytes = cloudpickle.dumps(  # pyright: ignore[reportUnknownMemberType]  # as above
            (function if by_value else None, objects), protocol=5
        )
    except Exception as problem:
        what = "the function or one of its arguments" if objects else "the function"
        raise mistake(
            f"{what} cannot be taken to another process: {problem}",
            "leave open files, locks and connections to the job itself, and pass what they are made from",
        ) from problem
    if len(data) > LARGEST_PAYLOAD:
        raise mistake(
            f"the function and its arguments come to {len(data)} bytes, more than {LARGEST_PAYLOAD}",
            "write large data to a file and pass its path",
        )
    return pack(data, path, by_value=by_value)


def _search_path(address: str, base: Path) -> list[str]:
    """Folders the job must look into to import a module; none where it finds the module anyway."""
    top = address.partition(":")[0].partition(".")[0]
    file = getattr(sys.modules.get(top), "__file__", None)
    if top in sys.stdlib_module_names or not isinstance(file, str) or _comes_with_python(file):
        return []
    beside = Path(file).parent.parent if Path(file).name == "__init__.py" else Path(file).parent
    return [] if beside == base else _user_path()


def _user_path() -> list[str]:
    """The folders this process imports from, besides those that come with its Python."""
    return [entry for entry in map(os.path.abspath, sys.path) if Path(entry).is_dir() and not _comes_with_python(entry)]


def _comes_with_python(path: str) -> bool:
    roots = {*site.getsitepackages(), site.getusersitepackages(), str(Path(os.__file__).parent)}
    return any(Path(path).is_relative_to(root) for root in roots)
