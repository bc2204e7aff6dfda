"""A handle on one task of a flow: what runs after it, what handles its failure, how it runs, what it gives out."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Unpack

from wflpy.dag.codes import Code
from wflpy.dag.spec import Call, Edge, HandlerKind
from wflpy.flow import bodies
from wflpy.flow.mistakes import mistake
from wflpy.flow.modifiers import Modifiers
from wflpy.flow.names import unknown
from wflpy.flow.references import Reference
from wflpy.flow.wiring import Wiring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

    from wflpy.expr import Text
    from wflpy.flow.bodies import HandlerBody, Program
    from wflpy.flow.execution import Backend
    from wflpy.flow.options import EdgeName, TaskOptions
    from wflpy.flow.references import Later
    from wflpy.flow.results import TaskResult
    from wflpy.flow.wiring import Argument

HANDLER_NAMES: Final = {
    HandlerKind.ERROR: "error",
    HandlerKind.SUCCESS: "success",
    HandlerKind.ALWAYS: "always",
    HandlerKind.RECOVER: "recover",
    HandlerKind.FINALLY: "finally",
}
"""The keys of `Task.handlers` and `Flow.handlers`."""


class Outputs:
    """The declared outputs of a task, as references: ``clean.outputs["table"]``."""

    __slots__ = ("_task",)

    def __init__(self, task: Task) -> None:
        self._task = task

    def __getitem__(self, name: str) -> Reference:
        declared = self._task.spec.outputs
        if name not in declared:
            message = unknown(f"task '{self._task.name}' declares no output", name, declared)
            raise mistake(message, "declare it where the task is made: outputs={...}", code=Code.UNKNOWN_OUTPUT)
        return Reference(("needs", self._task.name, "outputs", name), self._task)

    def __repr__(self) -> str:
        return f"<outputs of {self._task.name}: {', '.join(self._task.spec.outputs) or 'none'}>"


class Task(Modifiers):
    """A handle on one task of a flow.

    ``then``, ``then_shell``, ``then_call`` and ``on_success`` add a task that runs after this one has succeeded and
    return the new one. Everything else changes this task and returns it again.
    """

    __slots__ = ()

    # -- what comes after ----------------------------------------------------------------------------

    def then(self, program: Program, /, *args: Argument, **options: Unpack[TaskOptions]) -> Task:
        """Add a command that runs after this task has succeeded; returns the new task."""
        wiring = self._next()
        return self._added(bodies.command(wiring, program, args, self.declarations.spec.base), wiring, options)

    def then_shell(
        self,
        text: str | Later | Text,
        *,
        interpreter: str | Sequence[str] | None = None,
        **options: Unpack[TaskOptions],
    ) -> Task:
        """Add shell text that runs after this task has succeeded; returns the new task."""
        wiring = self._next()
        return self._added(bodies.shell(wiring, text, interpreter), wiring, options)

    def then_call(self, function: Callable[..., object], /, *args: object, **keywords: object) -> Task:
        """Add a Python function that runs as a job after this task has succeeded; returns the new task.

        Keywords that are options of a task (``name``, ``timeout``, ...) are its options, the others the function's.
        """
        wiring = self._next()
        inner, options = bodies.split_keywords(function, keywords)
        return self._added(bodies.call(wiring, function, args, inner), wiring, options)

    def on_success(self, program: Program, /, *args: Argument, **options: Unpack[TaskOptions]) -> Task:
        """Add a command that runs after this task has succeeded; returns the new task. The same as `then`."""
        return self.then(program, *args, **options)

    def after(self, *tasks: Task, on: EdgeName = "success") -> Self:
        """Wait for other tasks too.

        Args:
            tasks: the tasks to wait for.
            on: what they must have come to: ``success``, ``failure``, ``finished`` (either), or ``any`` (skipped too).
        """
        if on not in tuple(Edge):
            raise mistake(unknown("there is no edge", on, [str(edge) for edge in Edge]))
        spec = self.declarations.own(self._task, self._kind)
        wiring = self.declarations.wiring(spec)
        for task in tasks:
            wiring.after(task, Edge(on))
        spec.needs = wiring.needs
        return self

    # -- what handles its end ------------------------------------------------------------------------

    def on_error(
        self, body: HandlerBody, /, *args: Argument, shell: bool = False, **options: Unpack[TaskOptions]
    ) -> Self:
        """Run something when this task has finally failed, retries used up; its outcome stays as it is.

        Args:
            body: a program, a Python function or a JobTemplate; with ``shell=True`` text for a shell.
            args: arguments of the program or function; ``error.kind`` and its kin say what went wrong.
            shell: whether ``body`` is text for a shell.
            options: as for `then`.
        """
        return self._handle(HandlerKind.ERROR, body, args, shell, options)

    def always(
        self, body: HandlerBody, /, *args: Argument, shell: bool = False, **options: Unpack[TaskOptions]
    ) -> Self:
        """Run something when this task has ended, whatever it came to; arguments as for `on_error`."""
        return self._handle(HandlerKind.ALWAYS, body, args, shell, options)

    def recover(
        self, body: HandlerBody, /, *args: Argument, shell: bool = False, **options: Unpack[TaskOptions]
    ) -> Self:
        """Run a stand-in when this task has finally failed: if it succeeds and yields the outputs, so has the task.

        Arguments as for `on_error`.
        """
        return self._handle(HandlerKind.RECOVER, body, args, shell, options)

    @property
    def handlers(self) -> Mapping[str, Task]:
        """Handles on its handlers: ``error``, ``always``, ``recover``."""
        found = {HANDLER_NAMES[kind]: Task(self.declarations, self._task, kind) for kind in self.spec.handlers}
        return MappingProxyType(found)

    def add_done_callback(self, function: Callable[[TaskResult], object]) -> Self:
        """Call a function in this process when the task has ended, with its result; for a group once, when all have.

        It is called in the thread that drives the run. What it raises is logged and stops nothing.
        """
        self.declarations.callbacks.setdefault(self.name, []).append(function)
        return self

    # -- what it gives out ---------------------------------------------------------------------------

    @property
    def outputs(self) -> Outputs:
        """Its declared outputs; of a matrix, an array or a list, each is the list of the members' values."""
        return Outputs(self)

    @property
    def stdout(self) -> Reference:
        """What it prints, as a value for other tasks."""
        return self._result("stdout")

    @property
    def value(self) -> Reference:
        """What the called function returns, as a value for other tasks."""
        if not isinstance(self.spec.body, Call):
            raise mistake(
                f"task '{self.name}' is no Python function and returns no value",
                "its stdout, or a declared output such as outputs={'x': from_stdout('json')}, is what it gives out",
                code=Code.UNKNOWN_OUTPUT,
            )
        return self._result("value")

    @property
    def exit_status(self) -> Reference:
        """Its exit status, as a value for other tasks."""
        return self._result("exit_status")

    @property
    def state(self) -> Reference:
        """The state it came to (``DONE``, ``FAILED``, ...), as a value for other tasks."""
        return self._result("state")

    # -- interactive use -----------------------------------------------------------------------------

    def wait(self, backend: Backend | None = None, *, options: Mapping[str, object] | None = None) -> TaskResult:
        """Run this task and what it needs, now, and return what became of it.

        What has already run in this process for this flow, and succeeded, is not run again.
        """
        from wflpy.flow.interactive import run_one

        return run_one(self.declarations, self.name, backend, options)

    def output(self, backend: Backend | None = None, *, options: Mapping[str, object] | None = None) -> str:
        """Run this task and what it needs, now, and return what it printed.

        Raises:
            TaskFailed: it did not succeed.
        """
        result = self.wait(backend, options=options)
        result.check()
        return result.stdout

    def __repr__(self) -> str:
        needs = f" after {', '.join(self.spec.needs)}" if self.spec.needs else ""
        return f"<task {self.name}{needs}>"

    def _result(self, what: str) -> Reference:
        return Reference(("needs", self.name, what), self)

    def _next(self) -> Wiring:
        if self._kind is not None:
            raise mistake(f"nothing can run after '{self.name}', a handler", "let the handler do both")
        return Wiring(self.declarations, {self.name: Edge.SUCCESS})

    def _added(self, draft: bodies.Draft, wiring: Wiring, options: Mapping[str, object]) -> Task:
        return Task(self.declarations, self.declarations.add(draft.body, draft.stem, wiring, options).name)

    def _handle(
        self, kind: HandlerKind, body: object, args: Sequence[object], shell: bool, options: Mapping[str, object]
    ) -> Self:
        if self._kind is not None:
            raise mistake(f"'{self.name}' is a handler and has no handlers itself", code=Code.BAD_HANDLER)
        wiring = Wiring(self.declarations, {})
        draft = bodies.handler(wiring, body, args, self.declarations.spec.base, in_shell=shell)
        self.declarations.add_handler(self._task, kind, draft.body, wiring, options)
        return self
