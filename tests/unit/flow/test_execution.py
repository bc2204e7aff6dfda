"""Flows that run, on the fake tracker; where a test needs real commands, the fake starts them."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from wflpy.dag import EventKind, FailureKind, RunError, RunEvent, RunState, TaskFailed, TaskState, WorkflowError
from wflpy.drmaa2 import InvalidArgumentException, JobTemplate, TrackerNotFound
from wflpy.flow import Flow, FlowRun, TaskResult, array, error, item, matrix, params, start_run
from wflpy.flow import runner as runner_module
from wflpy.sessions import SessionManager
from wflpy.testing import FakeInstallation, FakeOptions, Script


class Point(NamedTuple):
    x: int
    y: int


# -- results -----------------------------------------------------------------------------------------


def test_a_flow_that_succeeds(flow: Flow, options: FakeOptions) -> None:
    first = flow.run("first")
    group = first.then("work", matrix.d, name="group").matrix(d=[1, 2])
    group.then("last", name="last").on_error("never")
    result = flow.execute(options)
    assert (result.ok, result.state, result.reason, result.first_failure) == (True, RunState.DONE, "", None)
    assert dict(result.counts) == {TaskState.DONE: 4}
    assert (list(result), len(result)) == (["first", "group", "last", "last.on_error"], 4)
    assert result["group"].counts == {TaskState.DONE: 2}
    assert [member.name for member in result["group"].members] == ["group[d=1]", "group[d=2]"]
    assert result["group[d=2]"].exit_status == 0
    assert (result["first"].attempts, result["group"].attempts, result["last.on_error"].attempts) == (1, 2, 0)
    assert result["first"].members == ()
    result.check()
    assert result.directory.name == result.run_id
    assert repr(result) == (
        f"<run {result.run_id} DONE: 4 DONE\n  <first DONE>\n  <group DONE (2 DONE)>\n  <last DONE>\n"
        f"  {result['last.on_error']!r}>"
    )
    with pytest.raises(KeyError, match=r"did you mean .*last"):
        result["lost"]


def test_a_flow_that_fails_says_what_failed_first_and_why(
    flow: Flow, fake: FakeInstallation, options: FakeOptions
) -> None:
    fake.script("bad", Script(exit_status=3, output="so far\n", error="oh no\n"))
    flow.run("bad", "x", name="bad").on_error("mail", error.kind).then("never", name="after")
    flow.run("good", name="good")
    result = flow.execute(options)
    assert (result.ok, result.state) == (False, RunState.FAILED)
    assert {name: result[name].state for name in ("bad", "after", "good", "bad.on_error")} == {
        "bad": TaskState.FAILED,
        "after": TaskState.SKIPPED,
        "good": TaskState.DONE,
        "bad.on_error": TaskState.DONE,
    }
    bad = result["bad"]
    assert (bad.kind, bad.exit_status, bad.signal, bad.failed) == (FailureKind.EXIT, 3, None, True)
    assert (bad.stdout, bad.stderr, "exit status 3" in bad.reason) == ("so far\n", "oh no\n", True)
    assert result.first_failure is not None
    assert result.first_failure.name == "bad"
    assert [path.exists() for path in bad.logs] == [True, True]
    with pytest.raises(TaskFailed, match=r"(?s)task 'bad' is FAILED: .*exit status 3.*stdout: .*stderr: ") as caught:
        result.check()
    assert caught.value.stderr == bad.logs[1]
    assert "exit status 3" in repr(bad)
    assert "bad" in result["after"].reason


def test_a_long_result_is_shown_shortened(flow: Flow, options: FakeOptions) -> None:
    for _ in range(25):
        flow.run("true")
    assert repr(flow.execute(options)).endswith("  ... and 5 more>")


def test_retries_and_limits_reach_the_engine(flow: Flow, fake: FakeInstallation, options: FakeOptions) -> None:
    fake.script("shaky", Script(exit_status=1), Script(exit_status=1), Script())
    flow.run("shaky", name="shaky").retry(2)
    result = flow.execute(options)
    assert (result.ok, result["shaky"].attempts) == (True, 3)


def test_fail_fast_ends_the_run_with_the_first_failure(
    flow: Flow, fake: FakeInstallation, options: FakeOptions
) -> None:
    fake.script("bad", Script(exit_status=1))
    fake.script("long", Script(forever=True))
    flow.run("bad")
    flow.run("long", name="long")
    assert flow.execute(options, fail_fast=True)["long"].state is TaskState.CANCELLED


def test_parameters_of_a_run_replace_the_declared_ones(tmp_path: Path, options: FakeOptions) -> None:
    flow = Flow("f", base=tmp_path, params={"n": 1})
    task = flow.call(str, params.n, name="s")
    assert flow.execute(options)["s"].value == "1"
    assert flow.execute(options, params={"n": 2})["s"].value == "2"
    assert task == flow["s"]


# -- functions ---------------------------------------------------------------------------------------


def test_values_of_functions_flow_on_and_come_back(flow: Flow, options: FakeOptions) -> None:
    def make(x: int) -> Point:
        sys.stdout.write(f"making {x}\n")
        return Point(x, 2 * x)

    points = flow.call(make, item, name="points").for_each([1, 2])

    def add(point: Point, note: list[str]) -> dict[str, object]:
        return {"sum": sum(point), "note": note}

    best = points.then_call(max, points.value, name="best")
    total = best.then_call(add, best.value, points.stdout, name="total")
    result = flow.execute(options)
    result.check()
    assert result["points"].value == [Point(1, 2), Point(2, 4)]
    assert type(result["points"].value[0]) is Point
    assert result["best"].value == Point(2, 4)
    assert result["total"].value == {"sum": 6, "note": ["making 1", "making 2"]}
    assert result["points"].stdout == "making 1\nmaking 2\n"
    assert total.spec.needs.keys() == {"best", "points"}


def test_the_value_of_a_recovered_function_is_that_of_its_stand_in(flow: Flow, options: FakeOptions) -> None:
    def broken(n: int) -> int:
        if n % 2:
            raise ValueError(n)
        return n

    one = flow.call(broken, 1, name="one").recover(lambda: 42)
    each = flow.call(broken, item, name="each").for_each([2, 3]).recover(lambda: Point(4, 2))
    flow.call(lambda *values: values, one.value, each.value, name="seen").after(one, each)
    result = flow.execute(options)
    result.check()
    assert (result["one"].value, result["each"].value) == (42, [2, Point(4, 2)])
    assert result["seen"].value == (42, [2, Point(4, 2)])


def test_outputs_of_a_function(flow: Flow, options: FakeOptions) -> None:
    from wflpy.flow import from_return, from_stdout

    def train() -> dict[str, object]:
        sys.stdout.write("rmse: 0.5\n")
        return {"model": "m1", "scores": [1, 2]}

    task = flow.call(train, outputs={"best": from_return("scores.1"), "rmse": from_stdout(pattern="rmse: (.*)")})
    flow.run("cat", task.outputs["rmse"], task.outputs["best"])
    result = flow.execute(options)
    assert result["train"].outputs == {"best": 2, "rmse": "0.5"}
    assert '<train DONE {"best": 2, "rmse": "0.5"}>' in repr(result)


def test_the_value_of_a_task_that_failed_raises_with_the_exception(flow: Flow, options: FakeOptions) -> None:
    def fail() -> None:
        raise ValueError("no such column: 'a'; echo foo'")

    flow.call(fail, name="fail")
    result = flow.execute(options)
    assert result["fail"].kind is FailureKind.EXCEPTION
    with pytest.raises(TaskFailed, match="ValueError: no such column: 'a'; echo foo'"):
        _ = result["fail"].value
    assert "in fail\n    raise ValueError" in result["fail"].stderr


def test_a_value_that_was_tampered_with_is_not_unpickled(flow: Flow, options: FakeOptions) -> None:
    flow.call(lambda: (1, 2), name="pair")
    result = flow.execute(options)
    assert result["pair"].value == (1, 2)
    [path] = (result.directory / "calls").glob("*.pickle")
    path.write_bytes(path.read_bytes() + b".")
    with pytest.raises(RunError, match="its signature is not this run's"):
        _ = result["pair"].value


def test_an_output_that_is_gone_reads_as_nothing(flow: Flow, options: FakeOptions) -> None:
    flow.run("cat", "/dev/null", name="quiet")
    result = flow.execute(options)
    for path in result["quiet"].logs:
        path.unlink(missing_ok=True)
    assert (result["quiet"].stdout, result["quiet"].stderr) == ("", "")


# -- observers and callbacks -------------------------------------------------------------------------


def test_callbacks_are_called_once_with_the_result(flow: Flow, fake: FakeInstallation, options: FakeOptions) -> None:
    seen: list[tuple[str, TaskState, int]] = []

    def note(result: TaskResult) -> None:
        seen.append((result.name, result.state, len(result.members)))

    fake.script("shaky", Script(exit_status=1), Script())
    flow.run("shaky", name="shaky").retry(1).add_done_callback(note)
    flow.array("1-3", "x", array.index, name="sweep").add_done_callback(note).add_done_callback(note)
    flow.execute(options)
    assert sorted(seen) == [("shaky", TaskState.DONE, 0), ("sweep", TaskState.DONE, 3), ("sweep", TaskState.DONE, 3)]


def test_a_callback_that_fails_is_logged_and_stops_nothing(
    flow: Flow, options: FakeOptions, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    task = flow.run("x", name="x").add_done_callback(lambda _: 1 / 0)
    task.add_done_callback(lambda _: sys.exit(3))
    task.add_done_callback(lambda result: seen.append(result.name))
    with caplog.at_level(logging.ERROR, "wflpy"):
        assert flow.execute(options).ok
    assert seen == ["x"]
    assert "a done callback of task 'x' failed" in caplog.text


def test_observers_are_functions_or_objects(flow: Flow, options: FakeOptions) -> None:
    class Watcher:
        def __init__(self) -> None:
            self.kinds: list[EventKind] = []

        def on_event(self, event: RunEvent) -> None:
            self.kinds.append(event.kind)

    events: list[RunEvent] = []
    watcher = Watcher()
    flow.observe(events.append).observe(watcher).run("x")
    flow.execute(options)
    assert [event.kind for event in events] == watcher.kinds
    assert (watcher.kinds[0], watcher.kinds[-1]) == (EventKind.RUN_STARTED, EventKind.RUN_ENDED)
    assert [event.node for event in events if event.state is TaskState.DONE] == ["x"]


# -- in the background -------------------------------------------------------------------------------


def test_a_run_in_the_background_is_watched_waited_for_and_cancelled(
    flow: Flow, fake: FakeInstallation, options: FakeOptions
) -> None:
    fake.script("long", Script(forever=True))
    running = threading.Event()
    flow.observe(lambda event: running.set() if event.state is TaskState.RUNNING else None).run("long", name="long")
    ended: list[FlowRun] = []
    run = flow.start(options, name="mine")
    run.add_done_callback(ended.append)
    assert running.wait(10)
    assert (run.name, run.done, run.wait(0), repr(run)) == ("mine", False, False, f"<run {run.run_id} going on>")
    assert run.snapshot()["long"].state is TaskState.RUNNING
    with pytest.raises(TimeoutError, match="has not ended within 0 s"):
        run.result(0)
    with pytest.raises(RunError, match="a run named 'mine' still goes on"):
        flow.execute(options, name="mine")
    run.cancel()
    result = run.result(30)
    assert (result.state, result["long"].state) == (RunState.CANCELLED, TaskState.CANCELLED)
    assert (run.done, repr(run), ended) == (True, f"<run {run.run_id} CANCELLED>", [run])
    run.add_done_callback(ended.append)
    assert ended == [run, run]


def test_a_detached_run_keeps_its_session_and_a_finished_one_does_not(
    flow: Flow, fake: FakeInstallation, options: FakeOptions
) -> None:
    fake.script("long", Script(forever=True))
    running = threading.Event()
    flow.observe(lambda event: running.set() if event.state is TaskState.RUNNING else None).run("long", name="long")
    run = flow.start(options)
    assert running.wait(10)
    run.detach()
    assert run.result(30).state is RunState.DETACHED
    with pytest.raises(RunError, match="DETACHED"):
        run.result().check()
    with SessionManager(options) as manager:
        assert manager.get_job_session_names() == [run.run_id]
        session = manager.open_job_session(run.run_id)
        [job] = session.get_jobs()
        job.terminate()
        job.wait_terminated()
        manager.destroy_job_session(run.run_id)
        fake.script("long", Script())
        flow.execute(options)
        assert manager.get_job_session_names() == []


def test_a_flow_may_be_changed_while_it_runs(flow: Flow, fake: FakeInstallation, options: FakeOptions) -> None:
    fake.script("long", Script(forever=True))
    running = threading.Event()
    flow.observe(lambda event: running.set() if event.state is TaskState.RUNNING else None)
    task = flow.run("long", name="long")
    run = flow.start(options)
    assert running.wait(10)
    task.then("more", name="more").after(task.timeout("1s"))
    run.cancel()
    assert list(run.result(30)) == ["long"]


def test_awaiting_a_flow(flow: Flow, options: FakeOptions) -> None:
    flow.run("x", name="x")

    async def both() -> list[bool]:
        results = await asyncio.gather(flow.execute_async(options), flow.execute_async(options))
        return [result.ok for result in results]

    assert asyncio.run(both()) == [True, True]


def test_cancelling_what_awaits_a_flow_cancels_the_run(
    flow: Flow, fake: FakeInstallation, options: FakeOptions
) -> None:
    fake.script("long", Script(forever=True))
    states: list[TaskState] = []

    async def give_up() -> None:
        running = asyncio.Event()
        loop = asyncio.get_running_loop()

        def note(event: RunEvent) -> None:
            if event.state is not None:
                states.append(event.state)
            if event.state is TaskState.RUNNING:
                loop.call_soon_threadsafe(running.set)

        flow.observe(note).run("long", name="long")
        waiting = asyncio.create_task(flow.execute_async(options))
        await running.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(give_up())
    assert states[-1] is TaskState.CANCELLED


def test_an_error_of_the_engine_is_given_to_who_waits(flow: Flow, options: FakeOptions) -> None:
    flow.run("x", image="some/image")
    run = start_run(flow.spec(), backend=options, strict=True)
    with pytest.raises(WorkflowError, match="image"):
        run.result(30)
    assert repr(run) == f"<run {run.run_id} ended>"
    with SessionManager(options) as manager:
        assert manager.get_job_session_names() == []


# -- what is refused ---------------------------------------------------------------------------------


def test_a_backend_that_does_not_exist_is_refused_before_anything_is_kept(flow: Flow, home: Path) -> None:
    flow.run("x")
    with pytest.raises(TrackerNotFound, match=r"there is no tracker 'proces' .did you mean \"process\""):
        flow.execute("proces")
    with pytest.raises(InvalidArgumentException, match="slot is not an option"):
        flow.execute("fake", options={"slot": 1})
    with pytest.raises(InvalidArgumentException, match="FakeOptions holds options already"):
        flow.execute(FakeOptions(), options={"slots": 1})
    with pytest.raises(InvalidArgumentException, match="jobs=0"):
        flow.execute("fake", jobs=0)
    with pytest.raises(WorkflowError, match="has no task"):
        Flow("empty").execute("fake")
    assert not (home / "runs").exists() or not [path for path in (home / "runs").iterdir() if path.is_dir()]


def test_the_flow_says_where_it_runs_by_default(flow: Flow, fake: FakeInstallation) -> None:
    flow.run("x", name="x")
    flow.spec().backend = "fake"
    assert flow.execute().ok
    assert fake.job_ids() == []


def test_options_by_name(flow: Flow, options: FakeOptions) -> None:
    flow.submit(JobTemplate(remote_command="x"), name="x")
    assert flow.execute("fake", options={"contact": options.contact}).ok


def test_backends_that_the_flow_has_names_for(flow: Flow, options: FakeOptions) -> None:
    class Named(NamedTuple):
        tracker: str
        options: dict[str, object]

    spec = flow.run("x", name="x").declarations.spec
    spec.backend = "mine"
    named = Flow.from_spec(
        spec, {"mine": Named("fake", {"contact": options.contact}), "broken": Named("fake", {"no": 1})}
    )
    assert named.execute().ok
    assert named.execute("mine", options={"slots": "3"}).ok
    assert named["x"].wait("mine").ok
    with pytest.raises(InvalidArgumentException, match="no is not an option"):
        named.execute("broken")


def test_the_runner_is_where_the_engine_looks_for_it() -> None:
    from wflpy.dag.calls import RUNNER

    assert Path(runner_module.__file__) == RUNNER


def test_the_exit_status_of_a_function_is_retried_like_any_other(flow: Flow, options: FakeOptions) -> None:
    def leave(status: object) -> None:
        sys.exit(status)  # type: ignore[arg-type]  # any object may be given

    flow.call(leave, 4, name="number").retry(1, when=[4])
    flow.call(leave, 4, name="kind").retry(1, when="exit")
    flow.call(leave, 4, name="other").retry(1, when=[5])
    flow.call(leave, "no licence", name="text")
    flow.call(threading.Lock, name="lost")
    result = flow.execute(options)
    assert [result[name].attempts for name in ("number", "kind", "other")] == [2, 2, 1]
    assert (result["number"].kind, result["number"].reason) == (FailureKind.EXIT, "exit status 4")
    assert (result["text"].kind, result["text"].reason) == (FailureKind.EXIT, "exit status 1: no licence")
    assert result["lost"].reason.startswith("the function returned a _thread.lock, which cannot be pickled")


def test_a_failure_names_only_logs_that_exist(flow: Flow, fake: FakeInstallation, options: FakeOptions) -> None:
    fake.script("bad", Script(exit_status=3))
    flow.run("bad", name="bad")
    result = flow.execute(options)
    for log in result["bad"].logs:
        log.unlink(missing_ok=True)
    with pytest.raises(TaskFailed) as caught:
        result.check()
    assert str(caught.value) == "task 'bad' is FAILED: exit status 3"


# -- signals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_is_raised_on_to_whom_it_was_for(
    flow: Flow, fake: FakeInstallation, options: FakeOptions, number: signal.Signals
) -> None:
    fake.script("long", Script(forever=True))
    flow.run("long")
    flow.observe(lambda event: os.kill(os.getpid(), number) if event.state is TaskState.RUNNING else None)
    seen: list[int] = []
    before = signal.signal(number, lambda came, _: seen.append(came))
    try:
        result = flow.execute(options)
    finally:
        signal.signal(number, before)
    assert (result.state, seen) == (RunState.DETACHED, [number])


def test_ctrl_c_cancels_the_run_and_is_raised_on(flow: Flow, fake: FakeInstallation, options: FakeOptions) -> None:
    fake.script("long", Script(forever=True))
    flow.run("long", name="long")
    ends: list[RunEvent] = []

    def press(event: RunEvent) -> None:
        if event.state is TaskState.RUNNING:
            os.kill(os.getpid(), signal.SIGINT)
        if event.state is TaskState.CANCELLED:
            ends.append(event)

    flow.observe(press)
    with pytest.raises(KeyboardInterrupt):
        flow.execute(options)
    assert [event.node for event in ends] == ["long"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
