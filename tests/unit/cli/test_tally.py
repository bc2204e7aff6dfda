"""Counting the events of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.stories import bad_run, good_run
from wflpy.cli.progress.tally import Tally
from wflpy.dag.events import EventKind, RunEvent
from wflpy.dag.states import ENDED, TaskState

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.dag.plan import Plan


class Deferred:
    """A tally that is made once the plan is known."""

    def __init__(self) -> None:
        self.events: list[RunEvent] = []

    def on_event(self, event: RunEvent) -> None:
        self.events.append(event)

    def tally(self, plan: Plan) -> Tally:
        tally = Tally.of_plan(plan)
        for event in self.events:
            tally.on_event(event)
        return tally


def task_event(node: str, state: TaskState, time: float = 0.0, reason: str | None = None) -> RunEvent:
    return RunEvent(time, EventKind.TASK, node, node.partition("[")[0], 1, state, reason)


def test_a_good_run_ends_with_everything_done(home: Path) -> None:
    heard = Deferred()
    tally = heard.tally(good_run(home, heard).plan)
    assert (tally.total, tally.finished) == (4, 4), "handlers are not counted"
    assert +tally.counts == {TaskState.DONE: 4}
    assert not tally.active
    assert not tally.running
    assert not tally.failed
    train = tally.groups["train"]
    assert (train.state, train.finished, train.started, train.ended) == (
        TaskState.DONE,
        2,
        train.started,
        (train.started or 0) + 1.5,
    )
    assert tally.groups["train.on_error"].state is TaskState.SKIPPED


def test_a_failure_is_explained_by_its_first_member(home: Path) -> None:
    heard = Deferred()
    tally = heard.tally(bad_run(home, heard).plan)
    train = tally.groups["train"]
    assert (train.state, train.broken, train.reason, train.culprit) == (
        TaskState.FAILED,
        1,
        "exit status 3",
        "train[depth=8]",
    )
    assert list(tally.failed) == ["train"]
    assert tally.groups["best"].reason == "'train' failed"


def test_a_success_at_a_later_attempt_is_no_longer_explained() -> None:
    tally = Tally([("a", 1, False)])
    tally.on_event(task_event("a", TaskState.RUNNING))
    tally.on_event(RunEvent(1.0, EventKind.RETRY, "a", "a", 1, TaskState.WAITING, "exit status 3", delay=1.0))
    assert tally.groups["a"].reason == "exit status 3"
    tally.on_event(task_event("a", TaskState.DONE, 2.0))
    assert tally.groups["a"].reason == ""


def test_what_is_not_in_the_plan_is_ignored() -> None:
    tally = Tally([("a", 1, False)])
    tally.on_event(task_event("b", TaskState.DONE))
    tally.on_event(RunEvent(0.0, EventKind.RUN_STARTED))
    assert tally.counts == {TaskState.WAITING: 1}


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(TaskState)), max_size=60))
def test_counts_always_add_up(moves: list[tuple[int, TaskState]]) -> None:
    tally = Tally([("a", 4, False), ("b", 1, False), ("c", 1, True)])
    names = [*(f"a[{number}]" for number in range(4)), "b", "c"]
    states = dict.fromkeys(names, TaskState.WAITING)
    for number, state in moves:
        if states[names[number]] in ENDED:
            continue  # final states are never left
        states[names[number]] = state
        tally.on_event(task_event(names[number], state))
    counted = [states[name] for name in names if name != "c"]
    assert +tally.counts == {state: counted.count(state) for state in set(counted)}
    assert tally.finished == sum(state in ENDED for state in counted)
    assert set(tally.running) == {name for name in names if states[name] is TaskState.RUNNING}
    assert sum(group.finished for group in tally.groups.values()) == sum(state in ENDED for state in states.values())
