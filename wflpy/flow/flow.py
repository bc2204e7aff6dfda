"""A workflow as it is written in Python."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Unpack

from wflpy.dag.spec import FlowSpec, HandlerKind
from wflpy.flow import bodies
from wflpy.flow.declarations import Declarations
from wflpy.flow.mistakes import caller
from wflpy.flow.names import check_name, unknown
from wflpy.flow.options import environment_of
from wflpy.flow.parameters import checked_parameters
from wflpy.flow.task import HANDLER_NAMES, Task
from wflpy.flow.wiring import Wiring

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Self

    from wflpy.dag.events import Observer, RunEvent
    from wflpy.dag.plan import Plan
    from wflpy.drmaa2 import JobTemplate
    from wflpy.expr import Text
    from wflpy.flow.bodies import HandlerBody, Program
    from wflpy.flow.declarations import NamedBackend
    from wflpy.flow.execution import Backend, FlowRun
    from wflpy.flow.options import TaskOptions
    from wflpy.flow.references import Later
    from wflpy.flow.results import FlowResult
    from wflpy.flow.wiring import Argument, Value


class Flow:
    """A workflow: tasks, and what they need of each other.

    Args:
        name: what runs of it are called after.
        base: the folder that relative paths, working directories and imports start from; the current one by default.
        description: for people.
        params: parameters by name with their values, ``params.rows`` in arguments; `execute` may give others.
        env: environment variables of every task.
    """

    __slots__ = ("_declarations",)

    def __init__(
        self,
        name: str,
        *,
        base: str | os.PathLike[str] | None = None,
        description: str | None = None,
        params: Mapping[str, object] | None = None,
        env: Mapping[str, Value] | None = None,
    ) -> None:
        spec = FlowSpec(
            name=check_name(name, "flow"),
            base=Path(base).absolute() if base is not None else Path.cwd(),
            params=checked_parameters(params or {}),
            description=description,
            origin=caller(),
        )
        self._declarations = Declarations(spec)
        spec.env.update(environment_of(env or {}, self._wiring()))

    @classmethod
    def from_spec(cls, spec: FlowSpec, backends: Mapping[str, NamedBackend] | None = None) -> Self:
        """The flow of a specification, which stays the flow's own.

        Args:
            spec: what the flow says.
            backends: trackers with options, by the names that `execute` may be given for them.
        """
        flow = cls.__new__(cls)
        flow._declarations = Declarations(spec, backends)
        return flow

    @classmethod
    def from_yaml(cls, path: str | os.PathLike[str], params: Mapping[str, object] | None = None) -> Flow:
        """The flow in a workflow file.

        Args:
            path: the file; its folder is the base folder of the flow.
            params: values of the file's parameters.

        Raises:
            WorkflowError: everything that is wrong with the file, with line and column.
        """
        from importlib import import_module

        loader: Any = import_module("wflpy.loader")  # the one way up: a file is read above this layer
        flow: Flow = loader.load_flow(Path(path), params)
        return flow

    # -- tasks ---------------------------------------------------------------------------------------

    def run(self, program: Program, /, *args: Argument, **options: Unpack[TaskOptions]) -> Task:
        """Add a command: a program and its arguments, one by one, no shell; returns its handle.

        Raises:
            WorkflowError: the program is a whole command line, or an argument or option cannot be meant.
        """
        wiring = self._wiring()
        return self._added(bodies.command(wiring, program, args, self._declarations.spec.base), wiring, options)

    def shell(
        self,
        text: str | Later | Text,
        *,
        interpreter: str | Sequence[str] | None = None,
        **options: Unpack[TaskOptions],
    ) -> Task:
        """Add text for a shell; returns its handle.

        Args:
            text: ``${{ params.rows }}`` in it, and references joined to it, are quoted for the place where they land.
            interpreter: the program that reads the text, such as ``("zsh", "-c")``; by default ``bash -eo pipefail -c``
                where there is bash, else ``sh -e -c``.
            options: as for `run`.
        """
        wiring = self._wiring()
        return self._added(bodies.shell(wiring, text, interpreter), wiring, options)

    def call(self, function: Callable[..., object], /, *args: object, **keywords: object) -> Task:
        """Add a Python function that runs as a job; returns its handle, whose ``value`` is what it returns.

        Keywords that are options of a task (``name``, ``timeout``, ...) are its options, the others the function's;
        ``kwargs={...}`` passes keywords to the function whatever they are called.

        Raises:
            WorkflowError: the function or an argument cannot be taken to another process.
        """
        wiring = self._wiring()
        inner, options = bodies.split_keywords(function, keywords)
        return self._added(bodies.call(wiring, function, args, inner), wiring, options)

    def submit(self, template: JobTemplate, /, **options: Unpack[TaskOptions]) -> Task:
        """Add a DRMAA2 job template as it is; returns its handle."""
        return self._added(bodies.job(template), self._wiring(), options)

    def array(
        self,
        indices: str | range | Iterable[object],
        program: Program,
        /,
        *args: Argument,
        **options: Unpack[TaskOptions],
    ) -> Task:
        """Add one command for many indices or values, as one bulk job where the backend has them; returns its handle.

        Args:
            indices: ``"1-100:2"`` or a range, for ``array.index``; or a list of values, for ``item``.
            program: as for `run`.
            args: as for `run`.
            options: as for `run`; ``max_parallel`` is how many elements run at a time.
        """
        kind = "array" if isinstance(indices, str | range) else "for_each"
        wiring = self._wiring()
        draft = bodies.command(wiring, program, args, self._declarations.spec.base)
        return self._added(draft, wiring, {**options, kind: indices})

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Handles on its tasks, by name, in the order they were added."""
        found = {name: Task(self._declarations, name) for name in self._declarations.spec.tasks}
        return MappingProxyType(found)

    def __getitem__(self, name: str) -> Task:
        tasks = self._declarations.spec.tasks
        if name not in tasks:
            raise KeyError(unknown("there is no task", name, tasks))
        return Task(self._declarations, name)

    def __contains__(self, name: object) -> bool:
        return name in self._declarations.spec.tasks

    def __len__(self) -> int:
        return len(self._declarations.spec.tasks)

    # -- handlers and observers of the whole ---------------------------------------------------------

    def on_error(
        self, body: HandlerBody, /, *args: Argument, shell: bool = False, **options: Unpack[TaskOptions]
    ) -> Self:
        """Run something when the flow has failed; arguments as for `Task.on_error`."""
        return self._handle(HandlerKind.ERROR, body, args, shell, options)

    def on_success(
        self, body: HandlerBody, /, *args: Argument, shell: bool = False, **options: Unpack[TaskOptions]
    ) -> Self:
        """Run something when the flow has succeeded; arguments as for `Task.on_error`."""
        return self._handle(HandlerKind.SUCCESS, body, args, shell, options)

    def finally_(
        self, body: HandlerBody, /, *args: Argument, shell: bool = False, **options: Unpack[TaskOptions]
    ) -> Self:
        """Run something at the very end, whatever the flow came to; arguments as for `Task.on_error`."""
        return self._handle(HandlerKind.FINALLY, body, args, shell, options)

    @property
    def handlers(self) -> Mapping[str, Task]:
        """Handles on its handlers: ``error``, ``success``, ``finally``."""
        found = {HANDLER_NAMES[kind]: Task(self._declarations, "", kind) for kind in self._declarations.spec.handlers}
        return MappingProxyType(found)

    def observe(self, observer: Observer | Callable[[RunEvent], object]) -> Self:
        """Have an object with ``on_event``, or a function, told of every event in runs of this flow.

        It is called in the thread that drives the run, so it should be quick.
        """
        from wflpy.flow.observing import observer_of

        self._declarations.observers.append(observer_of(observer))
        return self

    # -- what it comes to ----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name."""
        return self._declarations.spec.name

    @property
    def base(self) -> Path:
        """The folder that relative paths, working directories and imports start from."""
        return self._declarations.spec.base

    def spec(self) -> FlowSpec:
        """What has been declared so far, as data: the flow's own, not a copy."""
        return self._declarations.spec

    def compile(self, params: Mapping[str, object] | None = None) -> Plan:
        """The frozen plan that an engine runs.

        Raises:
            WorkflowError: everything that is wrong with names, references and edges, each with the line it comes from.
        """
        from wflpy.dag.compiler import compile_plan

        return compile_plan(self._declarations.snapshot(params))

    def graph(self) -> Any:
        """The tasks and their edges as a ``networkx.DiGraph``, nodes by name.

        Raises:
            WorkflowError: tasks depend on each other in a circle, or on one that does not exist.
        """
        from wflpy.dag.graph import graph_of

        return graph_of(self._declarations.spec)

    # -- running it ----------------------------------------------------------------------------------

    def execute(
        self,
        backend: Backend | None = None,
        *,
        options: Mapping[str, object] | None = None,
        params: Mapping[str, object] | None = None,
        jobs: int | None = None,
        name: str | None = None,
        fail_fast: bool = False,
    ) -> FlowResult:
        """Run it and return what became of every task; a task that fails raises nothing.

        In the main thread Ctrl-C cancels the run cleanly, twice at once; SIGTERM and SIGHUP leave the jobs running.
        Then the signal is raised on: Ctrl-C as KeyboardInterrupt, the others as what they meant before.

        Args:
            backend: the name of a tracker, or its options: ``ProcessOptions(slots=4)``; by default what the flow says,
                else ``process``: processes on this machine, as many at once as there are CPUs.
            options: options by name, for a backend given by name.
            params: values of parameters in place of the declared ones.
            jobs: the most jobs in the backend at a time.
            name: what the run is called; must be free among live runs.
            fail_fast: end the run with the first failure that is neither recovered nor allowed.

        Raises:
            WorkflowError: the flow is wrong; nothing was run.
            DrmaaException: the backend cannot be used.
            KeyboardInterrupt: Ctrl-C was pressed; the run has been cancelled.
        """
        return self._prepared(backend, options, params, jobs, name, fail_fast).drive(raise_on=True)

    def start(
        self,
        backend: Backend | None = None,
        *,
        options: Mapping[str, object] | None = None,
        params: Mapping[str, object] | None = None,
        jobs: int | None = None,
        name: str | None = None,
        fail_fast: bool = False,
    ) -> FlowRun:
        """Run it in the background; arguments and errors as for `execute`. Returns at once with the run."""
        return self._prepared(backend, options, params, jobs, name, fail_fast).begin()

    async def execute_async(
        self,
        backend: Backend | None = None,
        *,
        options: Mapping[str, object] | None = None,
        params: Mapping[str, object] | None = None,
        jobs: int | None = None,
        name: str | None = None,
        fail_fast: bool = False,
    ) -> FlowResult:
        """Run it without blocking the event loop; arguments and result as for `execute`. Cancelling cancels the run."""
        from wflpy.flow.execution import wait_async

        return await wait_async(lambda: self._prepared(backend, options, params, jobs, name, fail_fast))

    def _prepared(
        self,
        backend: Backend | None,
        options: Mapping[str, object] | None,
        params: Mapping[str, object] | None,
        jobs: int | None,
        name: str | None,
        fail_fast: bool,
    ) -> FlowRun:
        from wflpy.flow.execution import prepare_run

        declarations = self._declarations
        spec = declarations.snapshot(params)
        chosen, given = declarations.backend(backend, options)
        run = prepare_run(
            spec,
            backend=chosen,
            options=given,
            jobs=jobs,
            name=name,
            fail_fast=fail_fast,
            observers=declarations.observers,
            callbacks=declarations.callbacks,
        )
        run.add_done_callback(lambda run: declarations.remember(spec, run))
        return run

    def __repr__(self) -> str:
        return f"<flow {self.name}: {len(self)} tasks>"

    def _wiring(self) -> Wiring:
        return Wiring(self._declarations, {})

    def _added(self, draft: bodies.Draft, wiring: Wiring, options: Mapping[str, object]) -> Task:
        return Task(self._declarations, self._declarations.add(draft.body, draft.stem, wiring, options).name)

    def _handle(
        self, kind: HandlerKind, body: object, args: Sequence[object], shell: bool, options: Mapping[str, object]
    ) -> Self:
        wiring = self._wiring()
        draft = bodies.handler(wiring, body, args, self.base, in_shell=shell)
        self._declarations.add_handler("", kind, draft.body, wiring, options)
        return self
