"""Edges and what their start came to: who runs, who is skipped, and the sentence that says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.dag.world import World, handlers, task
from wflpy.dag.spec import Tolerance
from wflpy.dag.states import RunState, TaskState
from wflpy.testing import Script

if TYPE_CHECKING:
    from wflpy.dag.spec import TaskSpec

DONE, FAILED, SKIPPED, LOST = TaskState.DONE, TaskState.FAILED, TaskState.SKIPPED, TaskState.LOST

ENDS = {
    "succeeds": task("first", "true"),
    "fails": task("first", "fail"),
    "is tolerated": task("first", "fail", allow_failure=Tolerance()),
    "is recovered": task("first", "fail", handlers=handlers(recover="true")),
    "is skipped": task("first", "true", when="false"),
    "upstream failed": task("first", "true", needs="zero"),
}

FIRES = {
    #                  success failure finished any
    "succeeds":        (DONE, SKIPPED, DONE, DONE),
    "fails":           (SKIPPED, DONE, DONE, DONE),
    "is tolerated":    (DONE, DONE, DONE, DONE),
    "is recovered":    (DONE, SKIPPED, DONE, DONE),
    "is skipped":      (SKIPPED, SKIPPED, SKIPPED, DONE),
    "upstream failed": (SKIPPED, SKIPPED, SKIPPED, DONE),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_what_fires_from_what(world: World, end: str) -> None:
    world.script("fail", 3)
    edges = ("success", "failure", "finished", "any")
    followers = [task(edge, needs={"first": edge}) for edge in edges]
    result = world.run(task("zero", "fail"), ENDS[end], *followers)
    assert tuple(result[edge].state for edge in edges) == FIRES[end]


REASONS: dict[str, tuple[TaskSpec, str, str]] = {
    "failed": (task("first", "fail"), "success", "needs 'first' to succeed, but it failed: exit status 3"),
    "succeeded": (task("first", "true"), "failure", "needs 'first' to fail, but it succeeded"),
    "condition": (
        task("first", "true", when="1 > 2"),
        "finished",
        "needs 'first' to finish, but it was skipped: its condition is false: 1 > 2",
    ),
    "chain": (
        task("first", "true", needs="zero"),
        "success",
        "needs 'first' to succeed, but it was skipped because 'zero' failed",
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_skipped_says_why(world: World, case: str) -> None:
    world.script("fail", 3)
    first, edge, reason = REASONS[case]
    result = world.run(task("zero", "fail"), first, task("last", needs={"first": edge}))
    assert result["last"].state is SKIPPED
    assert result["last"].reason == reason


def test_chain_of_skips_names_its_beginning(world: World) -> None:
    world.script("a", 1)
    result = world.run(task("a"), task("b", needs="a"), task("c", needs="b"), task("d", needs="c"))
    assert result["d"].reason == "needs 'c' to succeed, but it was skipped because 'a' failed"


def test_lost_is_a_failure(world: World) -> None:
    world.script("first", Script(forever=True))
    world.at_rest(lambda: world.installation.vanish(world.installation.job_ids()[0]))
    result = world.run(task("first"), task("after", needs="first"), task("instead", needs={"first": "failure"}))
    assert result["first"].state is LOST
    assert result["first"].reason == "how it ended is not known: the fake installation knows this job no more"
    assert (result["after"].state, result["instead"].state) == (SKIPPED, DONE)
    assert result["after"].reason.startswith("needs 'first' to succeed, but it was lost: how it ended")
    assert result.state is RunState.FAILED


def test_condition_with_failure_takes_the_place_of_the_edge(world: World) -> None:
    world.script("a", 1)
    result = world.run(
        task("a"),
        task("b"),
        task("on_failure", needs=["a", "b"], when="failure()"),
        task("anyway", needs=["a", "b"], when="always()"),
        task("only_good", needs=["a", "b"], when="success()"),
        task("unneeded", needs=["b"], when="failure()"),
    )
    states = {name: result[name].state for name in ("on_failure", "anyway", "only_good", "unneeded")}
    assert states == {"on_failure": DONE, "anyway": DONE, "only_good": SKIPPED, "unneeded": SKIPPED}
    assert result["unneeded"].reason == "its condition is false: failure()"


def test_one_edge_that_cannot_fire_is_enough(world: World) -> None:
    world.script("bad", 1)
    result = world.run(task("good"), task("bad"), task("join", needs={"good": "success", "bad": "success"}))
    assert result["join"].state is SKIPPED


def test_condition_that_cannot_be_worked_out_fails_the_task(world: World) -> None:
    result = world.run(task("a", when="params.x > 'text'"), params={"x": 1})
    assert result["a"].state is FAILED
    assert result["a"].kind == "expression"
    assert "params.x" in result["a"].reason
