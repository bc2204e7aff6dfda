"""The tasks of one flow as they are declared: names given out, options applied, the specification kept in step."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final, Protocol

from wflpy.dag.codes import Code
from wflpy.dag.spec import FlowSpec, HandlerKind, TaskSpec
from wflpy.flow.mistakes import caller, mistake
from wflpy.flow.names import check_name
from wflpy.flow.options import apply
from wflpy.flow.parameters import values_for
from wflpy.flow.wiring import Wiring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wflpy.dag.events import Observer
    from wflpy.dag.spec import Body
    from wflpy.flow.execution import Backend, FlowRun
    from wflpy.flow.results import FlowResult, TaskResult


_NOT_FOR_HANDLERS: Final = {
    "name": "a handler is named after what it watches",
    "after": "a handler waits for what it watches alone",
}


class NamedBackend(Protocol):
    """A tracker with options, to which a flow gives a name of its own."""

    @property
    def tracker(self) -> str:
        """The name of the tracker."""
        ...

    @property
    def options(self) -> Mapping[str, object]:
        """Its options by name."""
        ...


_FIELDS: Final = tuple(field.name for field in fields(TaskSpec))


class Declarations:
    """What has been declared in one flow, shared by the flow and the handles on its tasks.

    A snapshot shares the specifications of tasks with the flow. Whoever changes one afterwards asks `own` for it,
    which puts a copy into the flow first; so a plan stays as it was, and a large flow is not copied for every run.

    Attributes:
        spec: the specification so far.
        callbacks: what is called when a task has ended, by its name.
        observers: who is told what happens in runs of this flow.
        backends: backends by the names that the flow has for them.
        ended: runs of this flow in this process, each with the specification it was made from.
    """

    __slots__ = ("_counts", "_own", "backends", "callbacks", "ended", "observers", "spec")

    def __init__(self, spec: FlowSpec, backends: Mapping[str, NamedBackend] | None = None) -> None:
        self.spec = spec
        self.backends: Mapping[str, NamedBackend] = backends or {}
        self.callbacks: dict[str, list[Callable[[TaskResult], object]]] = {}
        self.observers: list[Observer] = []
        self.ended: list[tuple[FlowSpec, FlowResult]] = []
        self._counts: dict[str, int] = {}
        self._own: set[str] | None = None
        """What was copied or added since the last snapshot; None while there is none."""

    def add(self, body: Body, stem: str, wiring: Wiring, options: Mapping[str, object]) -> TaskSpec:
        """Declare a task; without a name it is called ``stem``, or ``stem_2`` and so on.

        Raises:
            WorkflowError: the name is taken or no name, or an option does not fit.
        """
        name = self._new_name(options["name"]) if "name" in options else self._free_name(stem)
        spec = TaskSpec(name=name, body=body, needs=wiring.needs, origin=caller())
        for option, value in options.items():
            if option != "name":
                apply(spec, wiring, option, value)
        self.spec.tasks[name] = spec
        if self._own is not None:
            self._own.add(name)
        return spec

    def add_handler(
        self,
        owner: str,
        kind: HandlerKind,
        body: Body,
        wiring: Wiring,
        options: Mapping[str, object],
    ) -> TaskSpec:
        """Declare a handler of a task, or of the flow where the owner is ``""``.

        Raises:
            WorkflowError: there is one already, it is given a name, or an option does not fit.
        """
        holder = self.own(owner) if owner else self.spec
        handlers = holder.handlers
        whose = f"task '{owner}'" if owner else "the flow"
        if kind in handlers:
            raise mistake(f"{whose} has a handler {kind} already", "do both in one", code=Code.BAD_HANDLER)
        for option, reason in _NOT_FOR_HANDLERS.items():
            if option in options:
                raise mistake(f"the handler {kind} of {whose} is given '{option}', but {reason}", code=Code.BAD_HANDLER)
        name = f"{owner}.{kind}" if owner else str(kind)
        spec = TaskSpec(name=name, body=body, origin=caller())
        for option, value in options.items():
            apply(spec, wiring, option, value)
        holder.handlers = {**handlers, kind: spec}
        return spec

    def look_up(self, task: str, kind: HandlerKind | None = None) -> TaskSpec:
        """The specification of a task, of a handler of a task, or of a handler of the flow (``task`` is ``""``)."""
        if kind is None:
            return self.spec.tasks[task]
        return self.spec.tasks[task].handlers[kind] if task else self.spec.handlers[kind]

    def own(self, task: str, kind: HandlerKind | None = None) -> TaskSpec:
        """The same, to be changed: no plan refers to it."""
        key = task or f"<{kind}>"  # no task is called so
        if self._own is not None and key not in self._own:
            self._own.add(key)
            if task:
                self.spec.tasks[task] = _twin(self.spec.tasks[task])
            elif kind is not None:
                self.spec.handlers[kind] = _twin(self.spec.handlers[kind])
        return self.look_up(task, kind)

    def snapshot(self, params: Mapping[str, object] | None = None) -> FlowSpec:
        """The flow as it is now, whatever is declared or changed later.

        Args:
            params: values in place of those of the declared parameters.

        Raises:
            WorkflowError: a parameter is unknown, or a value of another kind.
        """
        self._own = set()
        spec = self.spec
        return replace(
            spec,
            tasks=dict(spec.tasks),
            handlers=dict(spec.handlers),
            env=dict(spec.env),
            params=values_for(spec, params),
        )

    def backend(
        self, backend: Backend | None, options: Mapping[str, object] | None
    ) -> tuple[Backend | None, Mapping[str, object]]:
        """The tracker, or its options, and further options, for what may be a name that the flow has for them."""
        name = backend or self.spec.backend
        named = self.backends.get(name) if isinstance(name, str) else None
        if named is None:
            return backend, options or {}
        return named.tracker, {**named.options, **(options or {})}

    def remember(self, spec: FlowSpec, run: FlowRun) -> None:
        """Keep what a run of this flow came to; a run of the whole flow replaces all that was kept."""
        try:
            result = run.result()
        except BaseException:  # noqa: BLE001  (whoever waits for the run is told)
            return
        if len(spec.tasks) == len(self.spec.tasks):
            self.ended.clear()
        self.ended.append((spec, result))

    def wiring(self, spec: TaskSpec) -> Wiring:
        """Where values go that are given to a declared task."""
        return Wiring(self, dict(spec.needs), spec.name)

    def _new_name(self, name: object) -> str:
        checked = check_name(name, "task")
        if checked in self.spec.tasks:
            earlier = self.spec.tasks[checked].origin
            where = f", declared at {earlier.file}:{earlier.line}" if earlier else ""
            message = f"there is a task '{checked}' already{where}"
            raise mistake(message, "give one of them another name", code=Code.BAD_NAME)
        return checked

    def _free_name(self, stem: str) -> str:
        count = self._counts.get(stem, 0) + 1
        while (name := stem if count == 1 else f"{stem}_{count}") in self.spec.tasks:
            count += 1
        self._counts[stem] = count
        return name


def _twin(task: TaskSpec) -> TaskSpec:
    twin = object.__new__(TaskSpec)
    for name in _FIELDS:  # a setter puts a new value in the place of an old one, so the values may be shared
        setattr(twin, name, getattr(task, name))
    twin.handlers = {kind: _twin(handler) for kind, handler in task.handlers.items()}
    return twin
