"""Retries, their delays, timeouts, and refusals of the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.dag.world import World, a_world, one, task
from wflpy.dag.events import EventKind
from wflpy.dag.retry import delay_after, is_retried
from wflpy.dag.spec import Resources, Retry
from wflpy.dag.states import FailureKind, RunState, TaskState
from wflpy.dag.table import Ending
from wflpy.drmaa2 import DeniedByDrmsException, InvalidArgumentException, JobAction, JobTemplate, TryLaterException
from wflpy.testing import Script
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wflpy.dag.outcomes import TaskOutcome


def outcome(world: World, *args: Any, **fields: Any) -> TaskOutcome:
    return one(world.run(task("a", *args, **fields)), "a")


def test_tried_again_until_it_succeeds(world: World) -> None:
    world.script("a", 1, "SIGSEGV", 0)
    a = outcome(world, retry=Retry(max=5))
    assert (a.state, a.attempts, a.exit_status, a.reason) == (TaskState.DONE, 3, 0, "")
    tries = [event for event in world.watcher.events if event.kind is EventKind.RETRY]
    assert [event.reason for event in tries] == ["exit status 1", "killed by SIGSEGV (segmentation fault)"]


def test_the_last_failure_counts(world: World) -> None:
    world.script("a", 1, 2, 3)
    a = outcome(world, retry=Retry(max=2))
    assert (a.state, a.attempts, a.exit_status, a.kind) == (TaskState.FAILED, 3, 3, FailureKind.EXIT)


def test_every_attempt_has_its_own_logs(world: World) -> None:
    world.script("a", Script(exit_status=1, error="first\n"), Script(exit_status=1, error="second\n"))
    result = world.run(task("a", retry=Retry(max=1)))
    record = world.check_record(result)
    ((attempt, stdout, stderr),) = record.attempts("a")
    assert (attempt.number, attempt.ending.exit_status, attempt.ending.reason) == (1, 1, "exit status 1")
    assert stdout is not None
    assert stderr is not None
    assert stderr.read_text() == "first\n"
    assert result["a"].log_tail() == "second"


def test_delays_grow_and_are_kept(world: World) -> None:
    world.script("a", 1)
    retry = Retry(max=3, delay=10, backoff=3, max_delay=60)
    start = world.clock.time()
    outcome(world, retry=retry)
    delays = [event.delay for event in world.watcher.events if event.kind is EventKind.RETRY]
    assert delays == [10, 30, 60]
    assert world.clock.time() - start == pytest.approx(100)


@given(
    st.floats(0, 1e9), st.floats(1, 100), st.none() | st.floats(0, 1e9), st.floats(0, 10), st.integers(1, 10_000),
    st.floats(0, 1),
)  # fmt: skip
def test_delays_are_bounded(
    delay: float, backoff: float, longest: float | None, jitter: float, attempt: int, chance: float
) -> None:
    retry = Retry(max=1, delay=delay, backoff=backoff, max_delay=longest, jitter=jitter)
    found = delay_after(retry, attempt, lambda: chance)
    assert 0 <= found <= 7 * 86_400
    if longest is not None:
        assert found <= longest * (1 + jitter) * (1 + 1e-9)
    if jitter == 0 and attempt == 1 and longest is None:
        assert found == min(delay, 7 * 86_400)


RETRIED = [
    (Retry(max=1), FailureKind.EXIT, 3, True),
    (Retry(max=0), FailureKind.EXIT, 3, False),
    (Retry(max=1), FailureKind.CANCELLED, None, False),
    (Retry(max=1), FailureKind.SUBMIT_REJECTED, None, False),
    (Retry(max=1, when=("submit_rejected",)), FailureKind.SUBMIT_REJECTED, None, True),
    (Retry(max=1, when=("timeout", 75)), FailureKind.EXIT, 3, False),
    (Retry(max=1, when=("timeout", 75)), FailureKind.EXIT, 75, True),
    (Retry(max=1, when=("timeout", 75)), FailureKind.TIMEOUT, None, True),
    (Retry(max=1, when=("exit",)), FailureKind.EXIT, 75, True),
    (Retry(max=1, when=("exit",)), FailureKind.OUTPUT_MISSING, 0, False),
    (Retry(max=1, when=("expression",)), FailureKind.EXPRESSION, None, False),
]


@pytest.mark.parametrize(("retry", "kind", "status", "expected"), RETRIED)
def test_what_is_tried_again(retry: Retry, kind: FailureKind, status: int | None, expected: bool) -> None:
    assert is_retried(retry, 1, Ending(kind, "", status)) is expected
    assert not is_retried(retry, 2, Ending(kind, "", status))


# -- timeouts ----------------------------------------------------------------------------------------


def test_timeout_counts_from_running(world: World) -> None:
    world.script("a", Script(duration=100))
    start = world.clock.time()
    a = outcome(world, timeout=2)
    assert (a.state, a.kind, a.reason) == (
        TaskState.FAILED, FailureKind.TIMEOUT, "did not end within its timeout of 2s",
    )  # fmt: skip
    assert world.clock.time() - start == pytest.approx(2)


def test_each_attempt_has_its_whole_timeout(world: World) -> None:
    world.script("a", Script(duration=100), Script(duration=9))
    a = outcome(world, timeout=10, retry=Retry(max=1, when=("timeout",)))
    assert (a.state, a.attempts) == (TaskState.DONE, 2)


def test_who_waits_for_a_slot_is_not_timed_out(tmp_path: Path, home: Path) -> None:
    with a_world(tmp_path, home, slots=1) as world:
        world.script("a", Script(duration=8))
        world.script("b", Script(duration=8))
        result = world.run(task("a", timeout=10), task("b", timeout=10))
        assert result.ok


def test_timeout_is_the_runs_own_where_the_backend_has_no_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    submit = world.session.submit

    def refuse(templates: Sequence[JobTemplate], keys: Sequence[str]) -> object:
        if any(template.resource_limits for template in templates):
            refusal = InvalidArgumentException("no limits here", attributes=("resourceLimits[WALLCLOCK_TIME]",))
            return [refusal] * len(templates)
        return submit(templates, keys)

    monkeypatch.setattr(world.session, "submit", refuse)
    world.script("a", Script(duration=100))
    world.script("b", Script(duration=100))
    result = world.run(task("a", timeout=2.5), task("b", timeout=3.5, needs={"a": "failure"}))
    assert [result[name].reason for name in "ab"] == [
        "did not end within its timeout of 2.5s",
        "did not end within its timeout of 3.5s",
    ]


def test_a_deaf_job_is_killed_in_the_end(world: World) -> None:
    world.script("a", Script(duration=100, ignores_terminate=True))
    a = outcome(world, timeout=0.5)
    assert (a.kind, a.reason) == (FailureKind.TIMEOUT, "did not end within its timeout of 0.5s")


def test_walltime_is_not_called_a_timeout(world: World) -> None:
    world.script("a", Script(duration=100))
    a = outcome(world, timeout=60, resources=Resources(walltime=5))
    assert a.kind is FailureKind.TIMEOUT
    assert "timeout of" not in a.reason


# -- refusals ----------------------------------------------------------------------------------------


def test_refused_with_the_words_of_the_backend(world: World) -> None:
    world.installation.faults.refuse(DeniedByDrmsException("user nobody may not submit here"))
    a = outcome(world, retry=Retry(max=3))
    assert (a.state, a.kind, a.attempts) == (TaskState.FAILED, FailureKind.SUBMIT_REJECTED, 1)
    assert a.reason == "the backend refused it: user nobody may not submit here"


def test_a_busy_backend_is_asked_again_with_growing_intervals(world: World) -> None:
    world.installation.faults.refuse(TryLaterException("too many jobs"), times=3)
    start = world.clock.time()
    a = outcome(world)
    assert (a.state, a.attempts) == (TaskState.DONE, 1)
    assert world.clock.time() - start == pytest.approx(1 + 2 + 4)
    notes = [event.reason for event in world.watcher.events if event.kind is EventKind.NOTE]
    assert notes[0] == "the backend takes no jobs now (too many jobs); trying again in 1s"
    assert len(notes) == 3


def test_a_backend_that_cannot_be_reached_is_waited_for(world: World) -> None:
    world.installation.faults.unreachable = True
    world.at_rest(lambda: None, lambda: setattr(world.installation.faults, "unreachable", False))
    result = world.run(task("a"), task("b"))
    assert result.ok


def test_a_backend_that_cannot_be_reached_is_not_pestered(world: World) -> None:
    world.installation.faults.unreachable = True
    asked = 0

    def count() -> None:
        nonlocal asked
        asked += 1
        if asked == 5:
            world.installation.faults.unreachable = False
        world.at_rest(count)

    world.at_rest(count)
    result = world.run(task("a", array=range(50)), settings={"batch": 10})
    assert result.ok
    notes = [event for event in world.watcher.events if event.kind is EventKind.NOTE]
    assert len(notes) < 6


def test_a_lost_answer_gives_no_second_job(world: World) -> None:
    world.installation.faults.lose_answers(2)
    result = world.run(task("a"), task("b"), task("c"))
    assert result.ok
    assert len(world.installation.job_ids()) == 3


def test_events_that_come_twice_change_nothing(world: World) -> None:
    world.installation.faults.duplicate_events = True
    world.script("a", 1, 0)
    result = world.run(task("a", retry=Retry(max=1)), task("b", needs="a"))
    assert result.ok
    assert one(result, "a").attempts == 2


CAUSES = [
    (Cause.PROGRAM_NOT_FOUND, "no such program 'x' (looked in PATH=/bin)", FailureKind.START_FAILED),
    (Cause.WORKING_DIRECTORY, "working directory '/x' does not exist", FailureKind.START_FAILED),
    (Cause.OUTPUT_FILE, "output file '/x' cannot be written: Is a directory", FailureKind.START_FAILED),
]


@pytest.mark.parametrize(("cause", "sentence", "kind"), CAUSES)
def test_a_failed_start_is_told_in_the_words_of_the_tracker(
    world: World, cause: Cause, sentence: str, kind: FailureKind
) -> None:
    world.script("a", Script(start_failure=cause, annotation=sentence))
    a = outcome(world)
    assert (a.kind, a.reason, a.exit_status, a.started) == (kind, sentence, None, None)


def test_ended_from_outside(world: World) -> None:
    world.script("a", Script(forever=True))
    world.at_rest(lambda: world.session.control(world.installation.job_ids(), JobAction.TERMINATE))
    result = world.run(task("a", retry=Retry(max=3)))
    a = result["a"]
    assert (a.state, a.kind) == (TaskState.FAILED, FailureKind.CANCELLED)
    assert result.state is RunState.FAILED


def test_a_status_is_that_of_exceptions_too_and_never_that_of_who_ended_it() -> None:
    retry = Retry(max=1, when=(1,))
    assert is_retried(retry, 1, Ending(FailureKind.EXCEPTION, "raised KeyError", 1))
    assert not is_retried(retry, 1, Ending(FailureKind.TIMEOUT, "", 1))
