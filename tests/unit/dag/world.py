"""A fake installation, a clock that turns by itself whenever the engine would wait, and short words for flows."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from wflpy.dag.compiler import compile_plan
from wflpy.dag.engine import Engine
from wflpy.dag.outcomes import GroupOutcome, TaskOutcome
from wflpy.dag.runs import RunDirectory, RunRecord, open_run
from wflpy.dag.settings import RunSettings
from wflpy.dag.spec import Body, Command, Edge, FlowSpec, HandlerKind, Shell, TaskSpec
from wflpy.expr import Expression, Text
from wflpy.sessions import SessionManager
from wflpy.store import MemoryStore
from wflpy.testing import FakeInstallation, FakeOptions, Script

if TYPE_CHECKING:
    from collections.abc import Generator

    from wflpy.dag.events import Observer, RunEvent
    from wflpy.dag.outcomes import RunResult
    from wflpy.dag.plan import Plan
    from wflpy.sessions import JobSession
    from wflpy.testing.scripts import Program

T = TypeVar("T")

Needs = str | Sequence[str] | Mapping[str, str]


def text(source: str) -> Text:
    """A text, perhaps with expressions in it."""
    return Text.parse(source)


def task(name: str, *argv: str, needs: Needs = (), when: str | None = None, shell: str = "", **fields: Any) -> TaskSpec:
    """A task; without words it runs a program of its own name."""
    if isinstance(needs, str):
        needs = (needs,)
    edges = needs.items() if isinstance(needs, Mapping) else [(need, "success") for need in needs]
    body: Body = Shell(text(shell)) if shell else Command(tuple(map(text, argv or (name,))))
    return TaskSpec(
        name=name,
        body=fields.pop("body", body),
        needs={name: Edge(edge) for name, edge in edges},
        when=None if when is None else Expression.parse(when),
        **fields,
    )


def handlers(**bodies: str | TaskSpec) -> dict[HandlerKind, TaskSpec]:
    """Handlers by kind (`finally_` for ``finally``): a program, or a task."""
    kinds = {HandlerKind(name.rstrip("_")): body for name, body in bodies.items()}
    return {kind: task(str(kind), body) if isinstance(body, str) else body for kind, body in kinds.items()}


def flow(*tasks: TaskSpec, base: Path = Path("/"), **fields: Any) -> FlowSpec:
    """A flow of these tasks."""
    return FlowSpec(name=fields.pop("name", "story"), base=base, tasks={spec.name: spec for spec in tasks}, **fields)


def one(found: RunResult | RunRecord, name: str) -> TaskOutcome:
    """What became of a single task."""
    outcome = found[name]
    assert isinstance(outcome, TaskOutcome)
    return outcome


def group(found: RunResult | RunRecord, name: str) -> GroupOutcome:
    """What became of a group."""
    outcome = found[name]
    assert isinstance(outcome, GroupOutcome)
    return outcome


class TurnedClock:
    """The time of a fake installation; turned to what comes next whenever somebody waits."""

    def __init__(self, installation: FakeInstallation) -> None:
        self._installation = installation
        self.plans: list[Callable[[], object]] = []

    def time(self) -> float:
        return self._installation.clock.time()

    def monotonic(self) -> float:
        return self._installation.clock.time()

    def receive(self, inbox: queue.SimpleQueue[T], timeout: float | None) -> T | None:
        for turn in (self._follow_plan, lambda: self._turn(timeout)):
            self._installation.settle()
            try:
                return inbox.get_nowait()
            except queue.Empty:
                turn()
        self._installation.settle()
        try:
            return inbox.get_nowait()
        except queue.Empty:
            return None

    def pause(self, seconds: float) -> None:
        """Nothing passes unless somebody waits."""

    def _follow_plan(self) -> None:
        if self.plans:
            self.plans.pop(0)()

    def _turn(self, timeout: float | None) -> None:
        clock = self._installation.clock
        # The clock has no word for what comes next.
        coming = clock._calls  # pyright: ignore[reportPrivateUsage]
        calls = [when.timestamp() - clock.time() for when, _, call in coming if call]
        steps = [*calls, *([] if timeout is None else [timeout])]
        assert steps, "the engine waits for something that never happens"
        clock.advance(max(0.0, min(steps)))


class Watcher:
    """Keeps all events."""

    def __init__(self) -> None:
        self.events: list[RunEvent] = []

    def on_event(self, event: RunEvent) -> None:
        self.events.append(event)


class World:
    """One fake installation with one session."""

    def __init__(self, base: Path, home: Path, **options: Any) -> None:
        self.base = base
        self.home = home
        self._manager = SessionManager(FakeOptions(**options), store=MemoryStore())
        self.session: JobSession = self._manager.create_job_session("dag")
        self.installation = FakeInstallation.at("default")
        self.clock = TurnedClock(self.installation)
        self.watcher = Watcher()
        self.started: list[str] = []
        """Names of all nodes whose jobs began, in order; of commands that have a script."""
        self.engine: Engine | None = None

    def close(self) -> None:
        self.session.close()

    def at_rest(self, *actions: Callable[[], object]) -> None:
        """Have these done one by one, each when the engine has nothing to do; before the clock turns."""
        self.clock.plans.extend(actions)

    def script(self, command: str, *programs: Program | int | str) -> None:
        """What a command does: an exit status, the name of a signal, or a program."""
        self.installation.script(command, *map(_program, programs))

    def engine_for(
        self, spec: FlowSpec | Plan, observers: Sequence[Observer] = (), name: str | None = None, **settings: Any
    ) -> Engine:
        plan = compile_plan(spec) if isinstance(spec, FlowSpec) else spec
        directory = RunDirectory.create(self.home, plan, name)
        watchers = (self.watcher, *observers)
        self.engine = Engine(
            plan, self.session, directory, RunSettings(**settings), watchers, clock=self.clock, jitter=lambda: 0.5
        )
        return self.engine

    def run(self, *tasks: TaskSpec, settings: Mapping[str, Any] | None = None, **fields: Any) -> RunResult:
        """Run a flow of these tasks to its end; what the journal says must be the same."""
        engine = self.engine_for(flow(*tasks, base=self.base, **fields), **(settings or {}))
        result = engine.run()
        self.check_record(result)
        return result

    def check_record(self, result: RunResult) -> RunRecord:
        record = open_run(self.home, result.run_id)
        again = record.result()
        assert {name: again[name] for name in again} == {name: result[name] for name in result}
        assert (again.state, again.reason, again.counts, again.notes) == (
            result.state, result.reason, result.counts, result.notes,
        )  # fmt: skip
        assert again.first_failure == result.first_failure
        return record


def _program(program: Program | int | str) -> Program:
    if isinstance(program, int):
        return Script(exit_status=program)
    return Script(signal=program) if isinstance(program, str) else program


@contextmanager
def a_world(base: Path, home: Path, **options: Any) -> Generator[World]:
    """A world that is closed afterwards."""
    world = World(base, home, **options)
    try:
        yield world
    finally:
        world.close()
