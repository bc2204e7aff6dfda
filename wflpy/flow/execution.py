"""Running a flow: the backend is opened, the run gets a folder and a job session, an engine drives it to its end."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar, Protocol

from wflpy.dag.compiler import compile_plan
from wflpy.dag.errors import RunError, WorkflowError
from wflpy.dag.settings import RunSettings
from wflpy.dag.states import RunState
from wflpy.drmaa2 import InvalidArgumentException
from wflpy.flow.observing import Callbacks
from wflpy.flow.results import FlowResult
from wflpy.tracker import make_options, tracker_class

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from wflpy.dag.directory import RunDirectory
    from wflpy.dag.engine import Engine
    from wflpy.dag.events import Observer
    from wflpy.dag.outcomes import RunResult
    from wflpy.dag.spec import FlowSpec
    from wflpy.flow.observing import CallbackTable
    from wflpy.sessions import SessionManager


class Options(Protocol):
    """The options of a tracker, such as ``ProcessOptions(slots=4)``."""

    tracker: ClassVar[str]


Backend = str | Options
"""A tracker by name, or the options of one."""

DEFAULT_BACKEND = "process"


class FlowRun:
    """A run: to watch, to wait for, to cancel.

    Made by `Flow.start` and by `start_run`, which drive it in a thread of its own.
    """

    def __init__(self, engine: Engine, directory: RunDirectory, opened: ExitStack, manager: SessionManager) -> None:
        self.engine = engine
        """What drives it."""
        self.directory = directory
        """Its folder on disk."""
        self._opened = opened
        self._manager = manager
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._result: FlowResult | None = None
        self._problem: BaseException | None = None
        self._when_ended: list[Callable[[FlowRun], object]] = []

    @property
    def run_id(self) -> str:
        """What it is called on the command line: ``wflpy show RUN_ID``."""
        return self.directory.run_id

    @property
    def name(self) -> str:
        """The name it was given, else its id."""
        return self.directory.name

    def drive(self, *, raise_on: bool = False) -> FlowResult:
        """Drive it to its end in this thread; in the main thread Ctrl-C cancels it, SIGTERM leaves its jobs.

        Args:
            raise_on: afterwards such a signal does what it would have done without the run, so that a program that
                was told to end does.

        Raises:
            KeyboardInterrupt: with ``raise_on``, after Ctrl-C.
        """
        from wflpy.dag.signals import run_signals

        with run_signals(self.engine) as watch:
            self._drive()
        if raise_on:
            watch.raise_on()
        return self.result()

    def begin(self) -> Self:
        """Drive it in a thread of its own; returns at once."""
        threading.Thread(target=self._drive, name=f"wflpy-{self.run_id}").start()
        return self

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it has ended, or so many seconds have passed; whether it has."""
        return self._ended.wait(timeout)

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._ended.is_set()

    def result(self, timeout: float | None = None) -> FlowResult:
        """What became of it, once it has ended.

        Raises:
            TimeoutError: it has not ended within so many seconds.
        """
        if not self.wait(timeout):
            raise TimeoutError(f"run {self.run_id} has not ended within {timeout} s")
        if self._problem is not None:
            raise self._problem
        if self._result is None:
            raise RunError(f"run {self.run_id} has no result")
        return self._result

    def cancel(self, *, force: bool = False) -> None:
        """End its jobs, start no more, and let it come to its end as CANCELLED; with ``force`` the jobs are killed."""
        self.engine.cancel(force=force)

    def detach(self) -> None:
        """Leave its jobs running and drive it no further in this process."""
        self.engine.detach()

    def snapshot(self) -> FlowResult:
        """What has become of it so far."""
        return FlowResult(self.engine.result())

    def add_done_callback(self, function: Callable[[FlowRun], object]) -> None:
        """Call a function with this run when it has ended, in the thread that drives it; at once if it has."""
        with self._lock:
            if not self._ended.is_set():
                self._when_ended.append(function)
                return
        function(self)

    def __repr__(self) -> str:
        state = self._result.state if self._result is not None else "ended" if self.done else "going on"
        return f"<run {self.run_id} {state}>"

    def _drive(self) -> None:
        try:
            with self._opened:
                self._result = FlowResult(self._run())
        except BaseException as problem:  # noqa: BLE001  (given to whoever asks for the result)
            self._problem = problem
        finally:
            with self._lock:
                self._ended.set()
            for function in self._when_ended:
                function(self)

    def _run(self) -> RunResult:
        """Drive it; the session is kept only where jobs may go on in it."""
        try:
            outcome = self.engine.run()
        except WorkflowError:  # the backend cannot give what was asked for, and nothing was submitted
            self._manager.destroy_job_session(self.run_id)
            raise
        if outcome.state is not RunState.DETACHED:
            self._manager.destroy_job_session(self.run_id)
        return outcome


def prepare_run(
    spec: FlowSpec,
    *,
    backend: Backend | None = None,
    options: Mapping[str, object] | None = None,
    jobs: int | None = None,
    name: str | None = None,
    fail_fast: bool = False,
    strict: bool = False,
    observers: Sequence[Observer] = (),
    callbacks: CallbackTable | None = None,
    home: Path | None = None,
) -> FlowRun:
    """A run with everything open that it needs, not yet driven: call its ``drive`` or ``begin``.

    Args:
        spec: the flow.
        backend: a tracker by name, or its options; what the flow says by default, else ``process``.
        options: options by name, for a backend given by name.
        jobs: the most jobs in the backend at a time.
        name: what the run is called; must be free among live runs.
        fail_fast: end the run with the first failure that is neither recovered nor allowed.
        strict: wishes the backend has no use for (queue, account, image, gpus) are errors.
        observers: who is told what happens.
        callbacks: what is called when a task has ended, by its name.
        home: where runs and sessions are kept; the user's own folder by default.

    Raises:
        WorkflowError: the flow is wrong.
        RunError: the run cannot be kept, or its name is taken.
        DrmaaException: the backend cannot be used.
    """
    if jobs is not None and jobs < 1:
        raise InvalidArgumentException(f"jobs={jobs}: at least one job must be allowed at a time", attributes=("jobs",))
    from wflpy.dag.directory import RunDirectory
    from wflpy.dag.engine import Engine
    from wflpy.dag.results import Outcomes
    from wflpy.store import home as state_home

    plan = compile_plan(spec)
    home = home or state_home()
    with ExitStack() as stack:
        manager = stack.enter_context(open_backend(backend or spec.backend or DEFAULT_BACKEND, options, home))
        directory = RunDirectory.create(home, plan, name)
        session = manager.create_job_session(directory.run_id)
        called = Callbacks(callbacks or {}, directory.path)
        settings = RunSettings(jobs=jobs, fail_fast=fail_fast, strict=strict)
        engine = Engine(plan, session, directory, settings, [*observers, called] if callbacks else observers)
        called.outcomes = Outcomes(engine.table, directory)
        return FlowRun(engine, directory, stack.pop_all(), manager)


def start_run(
    spec: FlowSpec,
    *,
    backend: Backend | None = None,
    options: Mapping[str, object] | None = None,
    jobs: int | None = None,
    name: str | None = None,
    fail_fast: bool = False,
    strict: bool = False,
    observers: Sequence[Observer] = (),
    home: Path | None = None,
) -> FlowRun:
    """Run a flow in a thread of its own; arguments and errors as for `prepare_run`. Returns at once with the run."""
    return prepare_run(
        spec,
        backend=backend,
        options=options,
        jobs=jobs,
        name=name,
        fail_fast=fail_fast,
        strict=strict,
        observers=observers,
        home=home,
    ).begin()


def open_backend(backend: Backend, options: Mapping[str, object] | None, home: Path) -> SessionManager:
    """The session manager of a backend.

    Raises:
        InvalidArgumentException: options are given twice, or do not fit.
        TrackerNotFound, TrackerUnavailable: there is no such tracker here.
    """
    from wflpy.sessions import SessionManager

    if isinstance(backend, str):
        options_type: type[object] = tracker_class(backend).options_type
        return SessionManager(make_options(options_type, options or {}), home=home)
    if options:
        raise InvalidArgumentException(
            f"{type(backend).__name__} holds options already; give all of them there", attributes=("options",)
        )
    return SessionManager(backend, home=home)


async def wait_async(prepare: Callable[[], FlowRun]) -> FlowResult:
    """Prepare a run and drive it in threads, and wait for it without blocking the event loop.

    A run whose waiting task is cancelled is cancelled too, and waited for.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    run = await asyncio.to_thread(prepare)
    ended = asyncio.Event()
    run.add_done_callback(lambda _: loop.call_soon_threadsafe(ended.set))
    run.begin()
    try:
        await ended.wait()
    except asyncio.CancelledError:
        run.cancel()
        await ended.wait()
        raise
    return run.result()
