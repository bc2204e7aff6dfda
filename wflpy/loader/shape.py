"""Whether the keys and values of a file are those of the model; everything that is not is told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError

from wflpy.loader.codes import Code
from wflpy.loader.faults import shown
from wflpy.loader.mistakes import Mistake, owner_of, quoted_suggestion
from wflpy.loader.model import (
    LATER,
    BodyKeys,
    DefaultsKeys,
    FlowKeys,
    OutputKeys,
    ParamKeys,
    ResourcesKeys,
    RetryKeys,
    TaskKeys,
)
from wflpy.loader.scalars import Plain, is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic_core import ErrorDetails

    from wflpy.loader.tree import Path

FORMAT_VERSION: Final = 1
_IGNORED: Final = "x-"
_OF_KEY: Final = "[key]"
"""How the parser ends the path of an error in a key."""
_HANDLERS: Final = frozenset({"on_error", "on_success", "always", "recover", "finally"})
_INNER: Final[Mapping[str, type[BaseModel]]] = {
    "defaults": DefaultsKeys,
    "resources": ResourcesKeys,
    "retry": RetryKeys,
}
_NAMED: Final[Mapping[str, type[BaseModel]]] = {"tasks": TaskKeys, "params": ParamKeys, "outputs": OutputKeys}
_BY_NAME_ONLY: Final = frozenset({"outputs", "env", "resources", "params", "backends"})
"""Keys whose entries stand for themselves: a wrong one can be left out alone."""
_HOLDERS: Final = {"tasks": 2, "defaults": 1}
"""How many steps lead to a mapping whose keys can be left out alone."""
_TEXT_OR_MAPPING: Final = "text or a mapping"
_EXPECTED: Final = {"string_type": "text", "dict_type": "a mapping", "model_type": "a mapping", "list_type": "a list"}


class Shape(NamedTuple):
    """A file that has been looked at: what could be read of it, and what could not."""

    keys: FlowKeys | None
    """None if not even a part of it could be read."""
    mistakes: tuple[Mistake, ...]
    left_out: frozenset[Path] = frozenset()
    """Where something wrong was taken out."""


def read_shape(data: object) -> Shape:
    """The keys of a file. What is wrong is left out of them, so that the rest can be checked on."""
    if not is_mapping(data):
        if data is None:
            hint = "it begins with 'wfl: 1' and has 'tasks'"
            return Shape(None, (Mistake(Code.MISSING, "the file is empty", (), hint),))
        return Shape(None, (Mistake(Code.TYPE, f"a workflow file is a mapping, not {shown(data)}", ()),))
    known = {key: value for key, value in data.items() if not key.startswith(_IGNORED)}
    mistakes = _version_mistakes(known)
    try:
        return Shape(FlowKeys.model_validate(known), tuple(mistakes))
    except ValidationError as error:
        details = error.errors(include_url=False)
    mistakes.extend(_mistake(one) for one in details if not (mistakes and one["loc"] == ("wfl",)))
    rest, left_out = _without_faults(known, details)
    return Shape(rest, tuple(mistakes), frozenset(left_out))


def _version_mistakes(data: Mapping[str, object]) -> list[Mistake]:
    if "wfl" not in data:
        return []
    if (version := str(data["wfl"])) != str(FORMAT_VERSION):
        hint = f"this version of wflpy reads 'wfl: {FORMAT_VERSION}'"
        return [Mistake(Code.VERSION, f"the format version {version} is not known", ("wfl",), hint)]
    if next(iter(data)) != "wfl":
        hint = f"move 'wfl: {FORMAT_VERSION}' to the top"
        return [Mistake(Code.VERSION, "'wfl' is not the first key", ("wfl",), hint, on_key=True)]
    return []


# -- what is left when everything wrong is taken out -------------------------------------------------


def _without_faults(data: Mapping[str, object], details: list[ErrorDetails]) -> tuple[FlowKeys | None, set[Path]]:
    rest = _Rest(data)
    for detail in details:
        rest.leave_out(detail["loc"])
    rest.data["wfl"] = Plain.of(str(FORMAT_VERSION), FORMAT_VERSION)
    if not isinstance(rest.data.get("tasks"), dict):
        rest.data["tasks"] = {}
    try:
        return FlowKeys.model_validate(rest.data), rest.left_out
    except ValidationError:  # something that only shows when something else is gone
        return None, rest.left_out


class _Rest:
    """A copy of the data, as far down as something is taken out of it."""

    def __init__(self, data: Mapping[str, object]) -> None:
        self.data: dict[str, Any] = dict(data)
        self.left_out: set[Path] = set()
        self._copies: dict[Path, dict[str, Any]] = {(): self.data}

    def leave_out(self, path: Path) -> None:
        """Take out the smallest part that can be missed and holds the end of the path."""
        path = path[:-1] if path[-1] == _OF_KEY else path
        depth = _HOLDERS.get(str(path[0]), 0)
        if len(path) > depth + 1 and path[depth] in _BY_NAME_ONLY:
            depth += 1
        self.left_out.add(path[: depth + 1])
        holder = self._copy(path[:depth])
        if len(path) > depth:
            holder.pop(str(path[depth]), None)

    def _copy(self, path: Path) -> dict[str, Any]:
        copy = self._copies.get(path)
        if copy is None:
            above = self._copy(path[:-1])
            value = above.get(str(path[-1]))
            # What is no mapping becomes an empty one: a task without keys, whose name is still known.
            copy = above[str(path[-1])] = self._copies[path] = dict(value) if is_mapping(value) else {}
        return copy


# -- the parser's errors in our words ----------------------------------------------------------------


def _mistake(detail: ErrorDetails) -> Mistake:
    return _TELL.get(detail["type"], _tell_type)(detail)


def _tell_own(detail: ErrorDetails) -> Mistake:
    facts: dict[str, Any] = detail.get("ctx", {})
    path: Path = (*detail["loc"], *facts["below"])
    on_key = path[-1] == _OF_KEY
    path = path[:-1] if on_key else path
    message = f"{owner_of(path)}: {facts['message']}"
    return Mistake(facts["code"], message, path, facts["hint"], facts["offset"], facts["length"], on_key)


def _tell_missing(detail: ErrorDetails) -> Mistake:
    path = detail["loc"]
    key, owner = path[-1], owner_of(path[:-1])
    if key == "wfl":
        return Mistake(Code.MISSING, "'wfl' is missing", (), f"the file begins with 'wfl: {FORMAT_VERSION}'")
    return Mistake(Code.MISSING, f"'{key}' is missing in {owner}", path[:-1], on_key=True)


def _tell_unknown(detail: ErrorDetails) -> Mistake:
    path = detail["loc"]
    key, owner = str(path[-1]), owner_of(path[:-1])
    model = model_at(path[:-1])
    if any(key in keys for kind, keys in LATER.items() if issubclass(kind, model) or issubclass(model, kind)):
        message = f"'{key}' in {owner} is not supported yet by this version"
        return Mistake(Code.NOT_YET, message, path, None, on_key=True)
    hint = _hint_for_key(key, model)
    return Mistake(Code.UNKNOWN_KEY, f"unknown key '{key}' in {owner}", path, hint, on_key=True)


_SLOTS = frozenset({"cpu", "cpus", "cores", "threads", "ncpus"})
"""What other systems call slots."""


def _hint_for_key(key: str, model: type[BaseModel]) -> str | None:
    if key in ("on", "true"):
        return "'on' is no key of workflow files: a handler is 'on_error' or 'on_success', an order is 'needs'"
    known = keys_of(model)
    if suggestion := quoted_suggestion(key, known):
        return suggestion
    if model is ResourcesKeys and key in _SLOTS:
        return "did you mean 'slots'?"
    for other, place in ((FlowKeys, "the flow"), (TaskKeys, "a task"), (ResourcesKeys, "resources")):
        if model is not other and key in keys_of(other):
            return f"it is a key of {place}"
    return f"known: {', '.join(known)}" if len(known) <= 12 else None


def _tell_type(detail: ErrorDetails) -> Mistake:
    path: Path = detail["loc"]
    value: object = detail["input"]
    expected = _EXPECTED.get(detail["type"], "something else")
    hint = None
    if path[-1:] and path[-1] in _HANDLERS:
        expected, hint = _TEXT_OR_MAPPING, "arguments without a shell are {run: [program, argument]}"
    elif len(path) == 2 and path[0] == "tasks":
        expected, hint = _TEXT_OR_MAPPING, "give it 'run' or 'call'"
    elif path[-1:] == ("env",):
        hint = "write NAME: value on lines of their own"
    elif len(path) == 2 and path[0] == "params":
        hint = "write {type: int, default: 10}"
    elif path == ("tasks",):
        hint = "tasks are named: write 'name:' above each" if is_list(value) else None
    code = Code.MISSING if value is None else Code.TYPE
    message = "it is empty" if value is None else f"{expected} is expected here, not {shown(value)}"
    return Mistake(code, f"{owner_of(path)}: {message}", path, hint)


_TELL: Final[dict[str, Callable[[ErrorDetails], Mistake]]] = {
    "workflow": _tell_own,
    "missing": _tell_missing,
    "extra_forbidden": _tell_unknown,
}


def model_at(path: Path) -> type[BaseModel]:
    """The model of the mapping that a path leads to."""
    model: type[BaseModel] = FlowKeys
    steps = iter(path)
    for step in steps:
        if step in _NAMED:
            model = _NAMED[str(step)]
            next(steps, None)
        elif step in _HANDLERS:
            model = BodyKeys
        elif step in _INNER:
            model = _INNER[str(step)]
    return model


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys of a mapping as they stand in a file."""
    return [field.alias or name for name, field in model.model_fields.items()]
