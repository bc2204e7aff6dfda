"""Cancelling, forcing, leaving alone; and what signals mean."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from tests.unit.dag.world import World, flow, handlers, one, task
from wflpy.dag.errors import RunError
from wflpy.dag.runs import list_runs, open_run
from wflpy.dag.signals import run_signals
from wflpy.dag.spec import Retry
from wflpy.dag.states import FailureKind, RunState, TaskState
from wflpy.drmaa2 import DrmaaException, JobState, TryLaterException
from wflpy.testing import Script

if TYPE_CHECKING:
    from wflpy.dag.engine import Engine

DONE, FAILED, SKIPPED, CANCELLED = TaskState.DONE, TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED


def states(engine: Engine) -> dict[str, str]:
    result = engine.result()
    return {name: str(result[name].state) for name in result}


def test_cancel_ends_jobs_and_then_cleans_up(world: World) -> None:
    world.script("long", Script(forever=True))
    engine = world.engine_for(
        flow(
            task("quick", "true", handlers=handlers(always="true")),
            task("long", needs="quick", handlers=handlers(always="true", on_error="true", on_success="true")),
            task("later", "true", needs="long", handlers=handlers(always="true")),
            base=world.base,
            handlers=handlers(on_error="true", on_success="true", finally_="true"),
        )
    )
    world.at_rest(engine.cancel)
    result = engine.run()
    assert states(engine) == {
        "quick": "DONE", "quick.always": "DONE",
        "long": "CANCELLED", "long.always": "DONE", "long.on_error": "SKIPPED", "long.on_success": "SKIPPED",
        "later": "CANCELLED", "later.always": "SKIPPED",
        "on_error": "SKIPPED", "on_success": "SKIPPED", "finally": "DONE",
    }  # fmt: skip
    assert (result.state, result.reason) == (RunState.CANCELLED, "the run was cancelled")
    assert result["long"].reason == "terminated: the run was cancelled"
    assert result["later"].reason == "not started: the run was cancelled"
    assert result.first_failure is None
    world.check_record(result)


def test_a_job_that_ends_by_itself_just_then_keeps_its_own_end(world: World) -> None:
    world.script("a", Script(forever=True))
    engine = world.engine_for(flow(task("a", retry=Retry(max=5)), base=world.base))

    def both() -> None:
        engine.cancel()
        world.installation.finish(world.installation.job_ids()[0], exit_status=3)

    world.at_rest(both)
    result = engine.run()
    assert (result["a"].state, result["a"].reason) == (FAILED, "exit status 3")
    assert result.state is RunState.CANCELLED


def test_cancel_reaches_what_waits_for_another_attempt(world: World) -> None:
    world.script("a", 3)
    engine = world.engine_for(flow(task("a", retry=Retry(max=5, delay=100)), base=world.base))
    world.at_rest(lambda: None, engine.cancel)
    result = engine.run()
    assert result["a"].state is CANCELLED
    assert result["a"].reason == "not tried again (the run was cancelled) after: exit status 3"


def test_cancel_reaches_what_the_backend_does_not_take(world: World) -> None:
    world.installation.faults.refuse(TryLaterException("busy"), times=1000)
    engine = world.engine_for(flow(task("a"), base=world.base))
    world.at_rest(engine.cancel)
    result = engine.run()
    assert (result["a"].state, result["a"].reason) == (CANCELLED, "not submitted: the run was cancelled")


def test_cancel_ends_a_job_whose_submission_was_never_answered(world: World) -> None:
    world.script("a", Script(forever=True))
    world.installation.faults.lose_answers(1)
    engine = world.engine_for(flow(task("a"), base=world.base))
    world.at_rest(engine.cancel)
    result = engine.run()
    assert result["a"].state is CANCELLED
    (job_id,) = world.installation.job_ids()
    assert world.session.infos([job_id])[job_id].job_state is JobState.FAILED


def test_cancel_reaches_stand_ins(world: World) -> None:
    world.script("a", 1)
    world.script("mend", Script(forever=True))
    engine = world.engine_for(flow(task("a", handlers=handlers(recover="mend")), base=world.base))
    world.at_rest(engine.cancel)
    result = engine.run()
    assert (str(result["a"].state), str(result["a.recover"].state)) == ("FAILED", "CANCELLED")
    assert result["a"].reason == (
        "exit status 1; its stand-in 'a.recover' did not succeed: terminated: the run was cancelled"
    )


def test_handlers_outlast_a_cancel_but_not_a_second_one(world: World) -> None:
    world.script("long", Script(forever=True))
    world.script("stuck", Script(forever=True))
    engine = world.engine_for(
        flow(task("long", handlers=handlers(always="stuck")), base=world.base, handlers=handlers(finally_="true"))
    )
    world.at_rest(engine.cancel, lambda: None, lambda: engine.cancel(force=True))
    engine.run()
    assert states(engine) == {"long": "CANCELLED", "long.always": "CANCELLED", "finally": "CANCELLED"}


def test_forced_at_once(world: World) -> None:
    world.script("long", Script(forever=True))
    engine = world.engine_for(
        flow(
            task("long", handlers=handlers(always="true")),
            task("later", needs="long"),
            base=world.base,
            handlers=handlers(finally_="true"),
        )
    )
    world.at_rest(lambda: engine.cancel(force=True))
    result = engine.run()
    assert result.state is RunState.CANCELLED
    assert states(engine) == {
        "long": "CANCELLED", "long.always": "CANCELLED", "later": "CANCELLED", "finally": "CANCELLED",
    }  # fmt: skip


def test_a_job_that_never_ends_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.script("a", Script(forever=True))
    engine = world.engine_for(flow(task("a"), base=world.base), grace=30.0)

    def ignore(_ids: object, _action: object) -> dict[str, DrmaaException]:
        return {}

    monkeypatch.setattr(world.session, "control", ignore)
    world.at_rest(engine.cancel)
    start = world.clock.time()
    result = engine.run()
    assert result["a"].state is CANCELLED
    assert result["a"].reason == "job 1 was told to end and has not; it may still be there"
    assert world.clock.time() - start == pytest.approx(30)


def test_cancel_before_anything_began(world: World) -> None:
    engine = world.engine_for(flow(task("a"), task("b", needs="a"), base=world.base))
    engine.cancel()
    result = engine.run()
    assert result.state is RunState.CANCELLED
    assert result["b"].kind is FailureKind.CANCELLED


def test_detach_leaves_the_jobs(world: World) -> None:
    world.script("a", Script(forever=True))
    engine = world.engine_for(flow(task("a"), task("b", needs="a"), base=world.base))
    world.at_rest(engine.detach)
    result = engine.run()
    assert result.state is RunState.DETACHED
    assert states(engine) == {"a": "RUNNING", "b": "WAITING"}
    (job_id,) = world.installation.job_ids()
    assert world.session.infos([job_id])[job_id].job_state is JobState.RUNNING
    record = open_run(world.home, result.run_id)
    assert one(record, "a").job_id == job_id
    assert record.summary.status == "detached"


# -- signals -----------------------------------------------------------------------------------------

SIGNALS = [
    (signal.SIGINT, RunState.CANCELLED, "press Ctrl-C again"),
    (signal.SIGTERM, RunState.DETACHED, "SIGTERM: the jobs go on; look at them with: wflpy show nightly"),
    (signal.SIGHUP, RunState.DETACHED, "SIGHUP: the jobs go on"),
]


@pytest.mark.parametrize(("number", "state", "words"), SIGNALS)
def test_signals(world: World, number: signal.Signals, state: RunState, words: str) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    world.script("a", Script(forever=True))
    said: list[str] = []
    engine = world.engine_for(flow(task("a"), base=world.base), name="nightly")
    world.at_rest(lambda: os.kill(os.getpid(), number))
    with run_signals(engine, said.append) as watch:
        result = engine.run()
    assert result.state is state
    assert words in said[0]
    assert watch.left is (None if number is signal.SIGINT else number)
    assert {one: signal.getsignal(one) for one in before} == before


def test_twice_ctrl_c_is_by_force(world: World) -> None:
    world.script("a", Script(forever=True))
    world.script("sweep", Script(forever=True))
    said: list[str] = []
    engine = world.engine_for(flow(task("a"), base=world.base, handlers=handlers(finally_="sweep")))

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    world.at_rest(interrupt, lambda: None, interrupt)
    with run_signals(engine, said.append) as watch:
        result = engine.run()
    assert (watch.interrupts, len(said)) == (2, 2)
    assert result["finally"].state is CANCELLED


def test_ignored_signals_stay_ignored(world: World) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with run_signals(world.engine_for(flow(task("a"), base=world.base))):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_touch_no_signal(world: World) -> None:
    engine = world.engine_for(flow(task("a"), base=world.base))
    seen: list[object] = []

    def look() -> None:
        with run_signals(engine):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


def test_names_of_live_runs_are_taken(world: World) -> None:
    engine = world.engine_for(flow(task("a"), base=world.base), name="nightly")
    with pytest.raises(RunError, match="'nightly' still goes on"):
        world.engine_for(flow(task("a"), base=world.base), name="nightly")
    engine.run()
    second = world.engine_for(flow(task("a"), base=world.base), name="nightly")
    second.run()
    assert [run.name for run in list_runs(world.home)] == ["nightly", "nightly"]
    assert open_run(world.home, "nightly").run_id == second.directory.run_id
