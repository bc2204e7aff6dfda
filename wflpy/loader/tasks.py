"""Tasks and handlers as the engine's data, from their keys and the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel

from wflpy.dag.spec import NO_RESOURCES, Command, HandlerKind, Origin, Resources, Retry, Submit, TaskSpec
from wflpy.expr import Text
from wflpy.loader.bodies import body_of, output_of, template_of
from wflpy.loader.codes import Code
from wflpy.loader.mistakes import Mistake, owner_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wflpy.dag.spec import Body
    from wflpy.loader.members import Members
    from wflpy.loader.model import BodyKeys, DefaultsKeys, ResourcesKeys, RetryKeys, TaskKeys
    from wflpy.loader.tree import Path

    Origins = Callable[[Path], Origin]

K = TypeVar("K", bound=BaseModel)

_NOT_FOR_HANDLERS: Final = frozenset({"max_parallel", "allow_failure", "on_error", "on_success", "always"})
"""Defaults that tasks have and handlers have not."""
_TASK_HANDLERS: Final = {
    "on_error": HandlerKind.ERROR,
    "on_success": HandlerKind.SUCCESS,
    "always": HandlerKind.ALWAYS,
    "recover": HandlerKind.RECOVER,
}
STAND_IN: Final[Body] = Command((Text.literal("true"),))
"""What a task runs whose own command is wrong; the flow is never run, only checked on."""


class Tasks:
    """Makes tasks of keys. What is wrong is gathered.

    Args:
        defaults: what tasks have that do not say otherwise.
        members: reads what makes one task many.
        origins: the place of a task, by its path.
        mistakes: where to gather.
    """

    def __init__(
        self, defaults: DefaultsKeys | None, members: Members, origins: Origins, mistakes: list[Mistake]
    ) -> None:
        self._defaults = _given(defaults) if defaults is not None else {}
        self._defaults_of_handlers = {
            name: value for name, value in self._defaults.items() if name not in _NOT_FOR_HANDLERS
        }
        self._members = members
        self._origins = origins
        self._mistakes = mistakes

    def task(self, name: str, keys: TaskKeys) -> TaskSpec:
        """One task, with its handlers."""
        path: Path = ("tasks", name)
        own_shell = keys.shell is not None
        keys = _merged(keys, self._defaults)
        spec = self._spec(name, keys, path, own_shell=own_shell)
        if keys.needs:
            spec.needs = keys.needs
        if keys.outputs:
            place = (*path, "outputs")
            spec.outputs = {
                key: output_of(output, (*place, key), self._mistakes) for key, output in keys.outputs.items()
            }
        spec.max_parallel = keys.max_parallel
        spec.allow_failure = keys.allow_failure
        self._add_members(spec, keys, path)
        for key, kind in _TASK_HANDLERS.items():
            handler: BodyKeys | None = getattr(keys, key)
            if handler is not None:
                spec.handlers = {**spec.handlers, kind: self.handler(f"{name}.{kind}", handler, (*path, key))}
        return spec

    def handler(self, name: str, keys: BodyKeys, path: Path) -> TaskSpec:
        """One handler of a task or of the flow."""
        merged = _merged(keys, self._defaults_of_handlers)
        return self._spec(name, merged, path, own_shell=keys.shell is not None)

    def _add_members(self, spec: TaskSpec, keys: TaskKeys, path: Path) -> None:
        if keys.matrix is not None:
            spec.matrix = self._members.matrix(keys.matrix, (*path, "matrix"))
        if keys.foreach is not None:
            spec.items = self._members.items(keys.foreach, (*path, "foreach"))
        if keys.array is not None:
            spec.array = self._members.array(keys.array, (*path, "array"))

    def _spec(self, name: str, keys: BodyKeys, path: Path, *, own_shell: bool) -> TaskSpec:
        body = body_of(keys, path, self._mistakes, own_shell=own_shell)
        spec = TaskSpec(
            name=name,
            body=body or STAND_IN,
            when=keys.when,
            inputs=keys.inputs or (),
            workdir=keys.workdir,
            stdin=keys.stdin,
            stdout=keys.stdout,
            stderr=keys.stderr,
            image=keys.image,
            queue=keys.queue,
            account=keys.account,
            backend=keys.backend,
            timeout=keys.timeout,
            tags=keys.tags or (),
            description=keys.description,
            origin=self._origins(path),
        )
        if keys.env:
            spec.env = {key: text for key, text in keys.env.items() if text is not None}
        if keys.resources is not None:
            spec.resources = _resources(keys.resources)
        if keys.retry is not None:
            spec.retry = self._retry(keys.retry, (*path, "retry"))
        if keys.drmaa2 is not None and not isinstance(body, Submit):
            spec.template = template_of(keys.drmaa2, (*path, "drmaa2"), self._mistakes)
        return spec

    def _retry(self, keys: RetryKeys, path: Path) -> Retry:
        if keys.max is None:
            message = f"'max' is missing in {owner_of(path)}"
            self._mistakes.append(Mistake(Code.MISSING, message, path, "how many further attempts?", on_key=True))
        given = {name: value for name, value in _given(keys).items() if value is not None}
        return Retry(**given)


def _resources(keys: ResourcesKeys) -> Resources:
    given = {name: value for name, value in _given(keys).items() if value is not None}
    return Resources(**given) if given else NO_RESOURCES


def _given(keys: BaseModel) -> dict[str, Any]:
    """The keys that stand in the file, null included."""
    return {name: getattr(keys, name) for name in keys.model_fields_set}


def _merged(keys: K, defaults: Mapping[str, Any]) -> K:
    """The keys with the defaults for what they do not say; entries of mappings are merged one by one."""
    if not defaults:
        return keys
    update: dict[str, Any] = {}
    said = keys.model_fields_set
    for name, value in defaults.items():
        own = getattr(keys, name) if name in said else value
        if name not in said:
            update[name] = value
        elif isinstance(own, BaseModel) and isinstance(value, type(own)) and name in _MERGED:
            update[name] = _merged(own, _given(value))
        elif isinstance(own, dict) and isinstance(value, dict) and name in _MERGED:
            update[name] = {**value, **own}
    return keys.model_copy(update=update) if update else keys


_MERGED: Final = frozenset({"env", "resources", "retry", "drmaa2"})
