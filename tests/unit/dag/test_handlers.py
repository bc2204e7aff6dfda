"""Handlers of tasks and of the flow: which run after what, what they see, and that only `recover` changes anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.dag.world import World, group, handlers, one, task
from wflpy.dag.spec import FileOutput, HandlerKind, Matrix, Retry, StdoutOutput, Tolerance
from wflpy.dag.states import RunState, TaskState
from wflpy.expr import Text
from wflpy.testing import FakeProcess, Script

if TYPE_CHECKING:
    from wflpy.testing.scripts import Program, Steps

DONE, FAILED, SKIPPED, CANCELLED = TaskState.DONE, TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED

ALL = {"on_error": "note", "on_success": "note", "always": "note", "recover": "mend"}

CASES = {
    # what happens            task      on_error  on_success  always   recover
    "success":                (DONE,    SKIPPED,  DONE,       DONE,    SKIPPED),
    "success after retries":  (DONE,    SKIPPED,  DONE,       DONE,    SKIPPED),
    "failure":                (DONE,    SKIPPED,  DONE,       DONE,    DONE),
    "failure, not recovered": (FAILED,  DONE,     SKIPPED,    DONE,    FAILED),
    "refused":                (FAILED,  DONE,     SKIPPED,    DONE,    FAILED),
    "skipped":                (SKIPPED, SKIPPED,  SKIPPED,    SKIPPED, SKIPPED),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_which_handlers_run(world: World, case: str) -> None:
    spec = task("a", retry=Retry(max=1), needs="zero", handlers=handlers(**ALL))
    zero = task("zero", "true")
    world.script("a", *((1, 0) if case == "success after retries" else (0,) if case == "success" else (1,)))
    world.script("mend", 0 if case == "failure" else 4)
    if case == "skipped":
        zero = task("zero", "a")
    if case == "refused":
        spec.queue = "nowhere"
    result = world.run(zero, spec, task("after", needs="a"))
    names = ("a", "a.on_error", "a.on_success", "a.always", "a.recover")
    assert tuple(result[name].state for name in names) == CASES[case]
    assert result["after"].state is (DONE if CASES[case][0] is DONE else SKIPPED)
    assert result.ok is (CASES[case][0] is DONE)


def test_a_failing_handler_changes_nothing(world: World) -> None:
    world.script("note", 9)
    result = world.run(task("a", handlers=handlers(on_success="note", always="note")), task("b", needs="a"))
    assert result.ok
    assert result["b"].state is DONE
    assert result["a.always"].state is FAILED
    assert result.counts == {DONE: 2}


def test_handlers_run_after_retries_are_used_up(world: World) -> None:
    order: list[str] = []

    def recording(name: str, status: int) -> Program:
        def play(_: FakeProcess) -> Steps:
            order.append(name)
            yield 0.0
            return status

        return play

    world.script("a", recording("try 1", 1), recording("try 2", 1))
    world.script("note", recording("handler", 0))
    world.run(task("a", retry=Retry(max=1, delay=5), handlers=handlers(on_error="note")))
    assert order == ["try 1", "try 2", "handler"]


def test_what_a_handler_sees(world: World) -> None:
    seen: list[list[str]] = []

    def note(process: FakeProcess) -> Steps:
        seen.append(process.args)
        yield 0.0
        return 0

    words = [
        "${{ error.task }}",
        "${{ error.kind }}",
        "${{ error.exit_status }}",
        "${{ error.log_tail }}",
        "${{ error.reason }}",
    ]
    world.script("a", Script(exit_status=3, error="no such column\n"))
    world.script("note", note)
    world.run(task("a", handlers=handlers(on_error=task("x", "note", *words))))
    assert seen == [["a", "exit", "3", "no such column", "exit status 3"]]


def test_always_without_failure_sees_nothing_wrong(world: World) -> None:
    seen: list[list[str]] = []

    def note(process: FakeProcess) -> Steps:
        seen.append(process.args)
        yield 0.0
        return 0

    world.script("note", note)
    world.run(task("a", handlers=handlers(always=task("x", "note", "${{ error.task }}", "${{ needs.a.state }}"))))
    assert seen == [["", "DONE"]]


# -- recover -----------------------------------------------------------------------------------------


def writing(name: str, status: int = 0) -> Program:
    def play(process: FakeProcess) -> Steps:
        Path(process.working_directory, name).write_text(process.command)
        yield 0.0
        return status

    return play


def test_recover_must_yield_the_outputs(world: World) -> None:
    world.script("a", 1)
    outputs = {"table": FileOutput(Text.literal("out.csv"))}
    result = world.run(task("a", outputs=outputs, handlers=handlers(recover="mend")))
    a = result["a"]
    assert (a.state, a.kind) == (FAILED, "exit")
    assert a.reason == (
        "exit status 1; its stand-in 'a.recover' succeeded, but output 'table' is missing: "
        f"there is no file {world.base / 'out.csv'}"
    )
    assert result["a.recover"].state is DONE


def test_recover_stands_in_with_outputs_and_all(world: World) -> None:
    world.script("a", 1)
    world.script("mend", writing("out.csv"))
    outputs = {"table": FileOutput(Text.literal("out.csv"))}
    after = task("b", "b", "${{ needs.a.outputs.table }}")
    result = world.run(task("a", outputs=outputs, handlers=handlers(recover="mend", on_error="note")), after)
    a = one(result, "a")
    assert (a.state, a.outputs) == (DONE, {"table": "out.csv"})
    assert a.recovered
    assert a.reason == "its stand-in 'a.recover' succeeded after: exit status 1"
    assert result["b"].state is DONE
    assert result["a.on_error"].state is SKIPPED
    assert result["a.on_error"].reason == "'a' was recovered"
    assert result.ok


def test_what_a_recovered_task_printed_is_what_its_stand_in_did(world: World) -> None:
    world.script("a", Script(exit_status=1, output="partial\n", error="oh no\n"))
    world.script("mend", Script(output="full\n"))
    seen: list[list[str]] = []

    def read(process: FakeProcess) -> Steps:
        seen.append(process.args)
        yield 0.0
        return 0

    world.script("b", read)
    result = world.run(
        task("a", outputs={"text": StdoutOutput()}, handlers=handlers(recover="mend")),
        task("b", "b", "${{ needs.a.stdout }}", "${{ needs.a.outputs.text }}", needs="a"),
    )
    assert seen == [["full", "full"]]
    a = one(result, "a")
    assert (a.log_tail(stream="stdout"), a.stdout) == ("full", one(result, "a.recover").stdout)
    assert a.attempts == 1


def test_recover_runs_for_each_member_that_failed(world: World) -> None:
    seen: list[str] = []

    def mend(process: FakeProcess) -> Steps:
        seen.append(process.args[0])
        yield 0.0
        return 1 if process.args[0] == "3" else 0

    def odd(process: FakeProcess) -> Steps:
        yield 0.0
        return int(process.args[0]) % 2

    world.script("a", odd)
    world.script("mend", mend)
    matrix = Matrix(axes={"n": (1, 2, 3, 4)})
    recover = task("x", "mend", "${{ matrix.n }}")
    result = world.run(
        task("a", "a", "${{ matrix.n }}", matrix=matrix, handlers=handlers(recover=recover, on_error="true"))
    )
    assert seen == ["1", "3"]
    assert [member.state for member in group(result, "a").members] == [DONE, DONE, FAILED, DONE]
    assert one(result, "a[n=1]").recovered
    assert result["a[n=1].recover"].state is DONE
    assert result["a[n=2].recover"].state is SKIPPED
    assert result["a[n=2].recover"].reason == "'a' did not need it"
    assert result["a"].state is FAILED
    assert result["a.on_error"].state is DONE


def test_recover_has_retries_of_its_own(world: World) -> None:
    world.script("a", 1)
    world.script("mend", 1, 0)
    recover = task("x", "mend", retry=Retry(max=1, delay=3))
    result = world.run(task("a", handlers=handlers(recover=recover)))
    assert result["a"].state is DONE


# -- handlers of the flow ----------------------------------------------------------------------------

FLOW = {"on_error": "note", "on_success": "cheer", "finally_": "sweep"}


@pytest.mark.parametrize("fails", [False, True])
def test_handlers_of_the_flow(world: World, fails: bool) -> None:
    order: list[str] = []

    def recording(process: FakeProcess) -> Steps:
        order.append(process.command)
        yield 1.0
        return 0

    for command in ("note", "cheer", "sweep", "slow"):
        world.script(command, recording)
    world.script("a", 1 if fails else 0)
    result = world.run(task("a", handlers=handlers(always="slow")), handlers=handlers(**FLOW))
    assert order == ["slow", "note" if fails else "cheer", "sweep"]
    assert result["on_success" if fails else "on_error"].state is SKIPPED
    assert result.state is (RunState.FAILED if fails else RunState.DONE)
    assert result.counts == ({FAILED: 1} if fails else {DONE: 1})


def test_the_flow_handler_sees_the_first_failure(world: World) -> None:
    seen: list[str] = []

    def note(process: FakeProcess) -> Steps:
        seen.extend(process.args)
        yield 0.0
        return 0

    world.script("late", Script(duration=10, exit_status=1))
    world.script("early", Script(duration=5, exit_status=2))
    world.script("allowed", 7)
    world.script("note", note)
    result = world.run(
        task("late"),
        task("early"),
        task("allowed", allow_failure=Tolerance()),
        handlers={HandlerKind.ERROR: task("x", "note", "${{ error.task }}: ${{ error.reason }}")},
    )
    assert seen == ["early: exit status 2"]
    assert result.first_failure is not None
    assert result.first_failure.name == "early"
    assert result.reason == "task 'early' failed: exit status 2"


def test_a_failing_finally_does_not_fail_the_flow(world: World) -> None:
    world.script("sweep", 1)
    result = world.run(task("a"), handlers=handlers(finally_="sweep"))
    assert result.ok
    assert result["finally"].state is FAILED
