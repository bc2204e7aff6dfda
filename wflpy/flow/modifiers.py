"""What may be changed about a task once it is declared; each method returns the same handle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.flow.mistakes import mistake
from wflpy.flow.options import apply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Self

    from wflpy.dag.spec import HandlerKind, TaskSpec
    from wflpy.expr import Expression
    from wflpy.flow.declarations import Declarations
    from wflpy.flow.demands import Duration
    from wflpy.flow.references import Reference
    from wflpy.flow.wiring import Value


class Modifiers:
    """A declared task and the methods that change it.

    Attributes:
        declarations: the flow it belongs to.
    """

    __slots__ = ("_kind", "_task", "declarations")

    def __init__(self, declarations: Declarations, task: str, kind: HandlerKind | None = None) -> None:
        self.declarations = declarations
        self._task = task
        self._kind = kind

    @property
    def name(self) -> str:
        """Its name; that of a handler is ``train.on_error``, or ``on_error`` where it is the flow's."""
        return self._task if self._kind is None else self.spec.name

    @property
    def spec(self) -> TaskSpec:
        """What has been declared of it so far."""
        return self.declarations.look_up(self._task, self._kind)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Modifiers):
            return NotImplemented
        same = other.declarations is self.declarations
        return same and (other._task, other._kind) == (self._task, self._kind)

    def __hash__(self) -> int:
        return hash((self._task, self._kind))

    # -- whether, how often, how long ----------------------------------------------------------------

    def when(self, condition: str | Expression | Reference) -> Self:
        """Run it only where a condition holds, in the expression language: ``"params.refresh and matrix.depth > 4"``.

        A task whose condition is false is skipped, and what depends on it with it.
        """
        return self._set("when", condition)

    def retry(
        self,
        times: int,
        *,
        delay: Duration | None = None,
        backoff: float = 1.0,
        max_delay: Duration | None = None,
        jitter: float = 0.0,
        when: str | int | Sequence[str | int] = (),
    ) -> Self:
        """Try it again when it fails.

        Args:
            times: further attempts after the first.
            delay: time before the first further attempt; none by default.
            backoff: factor on the delay for each one after that.
            max_delay: the longest delay.
            jitter: each delay is stretched by a random share up to this (0.1 = 10 %).
            when: kinds of failure (``timeout``, ``out_of_memory``, ...) and exit statuses that are tried again; all by
                default.
        """
        asked: dict[str, object] = {"max": times, "backoff": backoff, "jitter": jitter, "when": when}
        asked |= {name: value for name, value in (("delay", delay), ("max_delay", max_delay)) if value is not None}
        return self._set("retry", asked)

    def timeout(self, limit: Duration) -> Self:
        """End an attempt that runs longer than this (``"2h"``, ``"90s"``, a timedelta) and count it as failed."""
        return self._set("timeout", limit)

    def allow_failure(self, limit: bool | int | str = True) -> Self:
        """Do not let its failure fail the flow: any failure, so many members (``3``), or a share of them (``"5%"``)."""
        return self._set("allow_failure", limit)

    # -- how many ------------------------------------------------------------------------------------

    def matrix(
        self,
        *,
        include: Iterable[Mapping[str, object]] = (),
        exclude: Iterable[Mapping[str, object]] = (),
        **axes: Iterable[object],
    ) -> Self:
        """Make it one task for every combination of the axes' values; ``matrix.depth`` stands for the member's own.

        Args:
            include: values added to the combinations they match, or combinations of their own.
            exclude: combinations left out; one that names some axes matches any value of the others.
            axes: the values of each axis.
        """
        return self._set("matrix", {**axes, "include": include, "exclude": exclude})

    def for_each(self, values: Iterable[object]) -> Self:
        """Make it one task for every value of a list known now; ``item`` stands for the member's own."""
        return self._set("for_each", values)

    def max_parallel(self, members: int) -> Self:
        """Run so many of its members at a time, no more."""
        return self._set("max_parallel", members)

    # -- where and with what -------------------------------------------------------------------------

    def env(self, variables: Mapping[str, Value] | None = None, **more: Value) -> Self:
        """Set environment variables, beside those set before."""
        return self._set("env", {**(variables or {}), **more})

    def workdir(self, folder: Value) -> Self:
        """Run it in this folder, relative to the base folder of the flow."""
        return self._set("workdir", folder)

    def streams(
        self,
        *,
        stdin: Value | None = None,
        stdout: Value | None = None,
        stderr: Value | None = None,
        join: bool | None = None,
    ) -> Self:
        """Read standard input from a file, write standard output and error to files, or both to one with ``join=True``.

        What is left out stays as it is: no input, and logs kept with the run.
        """
        for option, value in (("stdin", stdin), ("stdout", stdout), ("stderr", stderr), ("join", join)):
            if value is not None:
                self._set(option, value)
        return self

    def image(self, name: str) -> Self:
        """Run it in this container image, where the backend has containers."""
        return self._set("image", name)

    def resources(
        self,
        *,
        slots: int | None = None,
        memory: str | None = None,
        walltime: Duration | None = None,
        gpus: int | None = None,
        priority: int | None = None,
        machine_os: str | None = None,
        machine_arch: str | None = None,
        machines: Sequence[str] | None = None,
    ) -> Self:
        """Ask for resources, beside those asked for before.

        Args:
            slots: processor cores, or what the backend counts as slots.
            memory: ``"8GB"``, ``"512MiB"``.
            walltime: the time asked of a scheduler; `timeout` is what ends the task.
            gpus: GPUs.
            priority: in the words of the backend.
            machine_os: operating system the machine must have, such as ``"LINUX"``.
            machine_arch: processor architecture the machine must have, such as ``"X64"``.
            machines: names of machines it may run on.
        """
        asked = {
            "slots": slots,
            "memory": memory,
            "walltime": walltime,
            "gpus": gpus,
            "priority": priority,
            "machine_os": machine_os,
            "machine_arch": machine_arch,
            "machines": machines,
        }
        return self._set("resources", {name: value for name, value in asked.items() if value is not None})

    def queue(self, name: str) -> Self:
        """Submit it to this queue, where the backend has queues."""
        return self._set("queue", name)

    def account(self, name: str) -> Self:
        """Charge it to this account, where the backend has accounting."""
        return self._set("account", name)

    def backend(self, name: str) -> Self:
        """Run it on this backend, whatever the rest of the flow runs on."""
        return self._set("backend", name)

    def tag(self, *tags: str) -> Self:
        """Label it, beside the labels it has."""
        if not tags:
            raise mistake("tag() is given no label", "tag('nightly')")
        return self._set("tags", tags)

    def _set(self, option: str, value: object) -> Self:
        spec = self.declarations.own(self._task, self._kind)
        wiring = self.declarations.wiring(spec)
        apply(spec, wiring, option, value)
        spec.needs = wiring.needs
        return self
