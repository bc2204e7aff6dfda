"""The flow of a file as the engine's data, from its keys and the values of its parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.dag.spec import FlowSpec, HandlerKind, Origin, StdoutOutput, TaskSpec
from wflpy.dag.uses import uses_of
from wflpy.expr import Text
from wflpy.expr.text import OPENING
from wflpy.loader.codes import Code
from wflpy.loader.members import Members
from wflpy.loader.mistakes import Mistake
from wflpy.loader.params import param_values
from wflpy.loader.scalars import is_mapping, plain_data
from wflpy.loader.tasks import STAND_IN, Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path as File

    from wflpy.loader.model import BackendKeys, BodyKeys, FlowKeys
    from wflpy.loader.tree import Path

_FLOW_HANDLERS: Final = {
    "on_error": HandlerKind.ERROR,
    "on_success": HandlerKind.SUCCESS,
    "last": HandlerKind.FINALLY,
}
_UNUSABLE: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class NamedBackend:
    """An entry of `backends`."""

    tracker: str
    """The name of the tracker."""
    options: Mapping[str, object]
    """Its options by name, unchecked: only the tracker knows them. Single values are the text that stands there."""


class Made(NamedTuple):
    """What a file comes to."""

    spec: FlowSpec
    backends: dict[str, NamedBackend]
    mistakes: list[Mistake]


def make_flow(
    keys: FlowKeys,
    names: Sequence[str],
    file: File,
    origins: Callable[[Path], Origin],
    params: Mapping[str, object],
    *,
    complete: bool,
) -> Made:
    """The flow, and what is wrong with it that its references do not show.

    Args:
        keys: what the file says.
        names: parameters of the file, those included that could not be read.
        file: where it stands; its folder is the base of the flow.
        origins: the place of a path.
        params: values given for parameters.
        complete: whether a parameter without a value is a mistake.
    """
    mistakes: list[Mistake] = []
    declared = keys.params or {}
    unreadable = [name for name in names if name not in declared]
    values = param_values(declared, unreadable, params, mistakes, complete=complete)
    spec = FlowSpec(
        name=keys.name or name_of(file),
        base=file.parent,
        params=values.values,
        env={name: text for name, text in (keys.env or {}).items() if text is not None},
        description=keys.description,
        backend=keys.backend,
        origin=Origin(str(file), 1, 1),
        strict_needs=True,
    )
    tasks = Tasks(keys.defaults, Members(values, mistakes), origins, mistakes)
    spec.tasks = {name: tasks.task(name, task) for name, task in keys.tasks.items()}
    for field, kind in _FLOW_HANDLERS.items():
        handler: BodyKeys | None = getattr(keys, field)
        if handler is not None:
            spec.handlers[kind] = tasks.handler(str(kind), handler, (str(kind),))
    backends = {name: _backend(name, backend, mistakes) for name, backend in (keys.backends or {}).items()}
    return Made(spec, backends, mistakes)


def name_of(file: File) -> str:
    """The name of a flow that has none: that of its file."""
    name = _UNUSABLE.sub("_", file.stem).strip("_-")[:90]
    return name if name[:1].isalpha() else f"flow_{name}".rstrip("_")


def _backend(name: str, keys: BackendKeys, mistakes: list[Mistake]) -> NamedBackend:
    options = keys.model_extra or {}
    for option, value in options.items():
        if isinstance(value, str) and OPENING in value:
            message = f"{option} of backend '{name}': this cannot hold an expression"
            mistakes.append(Mistake(Code.NO_EXPRESSION, message, ("backends", name, option)))
    return NamedBackend(keys.type, {option: _option(value) for option, value in options.items()})


def _option(value: object) -> object:
    return str(value) if isinstance(value, str) else plain_data(value)


def with_stand_ins(spec: FlowSpec, left_out: frozenset[Path], data: Mapping[str, object]) -> None:
    """Declare what was left out because it is wrong, so that nobody who refers to it is told off for that."""
    for path in left_out:
        if path[:1] == ("tasks",) and len(path) > 1 and str(path[1]) not in spec.tasks:
            spec.tasks[str(path[1])] = TaskSpec(name=str(path[1]), body=STAND_IN)
    for name in names_in(data, "env"):
        spec.env.setdefault(name, Text.literal(""))
    unsure = {
        str(path[1]) for path in left_out if len(path) > 1 and path[0] == "tasks" and path[2:3] in ((), ("outputs",))
    }
    if unsure:
        _add_outputs(spec, unsure)


def names_in(data: object, key: str) -> list[str]:
    """The names below a key of a file."""
    value = data.get(key) if is_mapping(data) else None
    return list(value) if is_mapping(value) else []


def _add_outputs(spec: FlowSpec, tasks: set[str]) -> None:
    """Give tasks every output that is asked of them."""
    asking = [*spec.tasks.values(), *spec.handlers.values()]
    asking += [handler for task in spec.tasks.values() for handler in task.handlers.values()]
    for one in asking:
        for _, text in uses_of(one):
            for name in text.names:
                if len(name) > 3 and name[0] == "needs" and name[2] == "outputs" and name[1] in tasks:
                    spec.tasks[name[1]].outputs.setdefault(name[3], StdoutOutput())
                elif len(name) > 1 and name[0] == "outputs" and one.name in tasks:
                    one.outputs.setdefault(name[1], StdoutOutput())
