"""One picture of a run, as lines of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.cli.progress.frame import Shape, frame
from wflpy.cli.progress.tally import Tally
from wflpy.dag.events import EventKind, RunEvent
from wflpy.dag.states import TaskState

WIDE = Shape(100, 30, unicode=True)


def drawn(tally: Tally, shape: Shape = WIDE, now: float = 10.0) -> list[str]:
    return ["".join(piece.text for piece in line) for line in frame(tally, "churn", now, shape)]


def moved(tally: Tally, node: str, state: TaskState, time: float = 0.0, reason: str | None = None) -> None:
    tally.on_event(RunEvent(time, EventKind.TASK, node, node.partition("[")[0], 1, state, reason))


def tally_of_churn() -> Tally:
    return Tally([("clean", 1, False), ("train", 4, False), ("train.on_error", 1, True), ("best", 1, False)])


def test_it_shows_every_group_and_the_whole() -> None:
    tally = tally_of_churn()
    tally.on_event(RunEvent(0.0, EventKind.RUN_STARTED))
    moved(tally, "clean", TaskState.RUNNING, 1.0)
    moved(tally, "clean", TaskState.DONE, 1.5)
    moved(tally, "train[depth=4]", TaskState.RUNNING, 2.0)
    moved(tally, "train[depth=8]", TaskState.QUEUED, 2.0)
    assert drawn(tally) == [
        "✓ clean  0.50 s",
        "▸ train  0/4  8.00 s  1 running: [depth=4]",
        "· best ",
        "churn  ━━━━────────────────────  1/6  1 running  1 queued  10.0 s",
    ]


def test_a_failure_says_why_and_of_which_member() -> None:
    tally = tally_of_churn()
    moved(tally, "train[depth=4]", TaskState.RUNNING, 2.0)
    moved(tally, "train[depth=4]", TaskState.FAILED, 3.0, "exit status 3")
    moved(tally, "train.on_error", TaskState.RUNNING, 3.0)
    lines = drawn(tally)
    assert lines[1] == "✗ train           1/4  8.00 s  1 failed  [depth=4] exit status 3"
    assert lines[2] == "▸ train.on_error  7.00 s", "a handler is shown once it runs"


def test_ascii_is_ascii() -> None:
    tally = tally_of_churn()
    moved(tally, "clean", TaskState.DONE)
    lines = drawn(tally, Shape(100, 30, unicode=False))
    assert all(line.isascii() for line in lines)
    assert lines[0].startswith("+ clean")


def test_a_long_reason_ends_with_the_line() -> None:
    tally = tally_of_churn()
    moved(tally, "clean", TaskState.FAILED, 1.0, "no\nsuch program " + "x" * 200)
    line = drawn(tally, Shape(40, 30, unicode=True))[0]
    assert len(line) == 39
    assert line.endswith("…")
    assert "\n" not in line


def test_of_many_groups_those_that_matter_are_shown() -> None:
    tally = Tally([(f"t{number}", 1, False) for number in range(10_000)])
    for number in range(100):
        moved(tally, f"t{number}", TaskState.DONE, number)
    moved(tally, "t200", TaskState.FAILED, 200, "exit status 3")
    moved(tally, "t300", TaskState.RUNNING, 300)
    lines = drawn(tally, Shape(80, 10, unicode=True), 310.0)
    assert [line.split()[1] for line in lines[:2]] == ["t200", "t300"], "what failed, then what goes on"
    assert [line.split()[1] for line in lines[2:-2]] == ["t99", "t98", "t97", "t96"], "then what ended last"
    assert lines[-2] == "and 9,994 more"
    assert "101/10,000" in lines[-1]


def test_of_many_groups_only_failures_are_left_in_the_end() -> None:
    tally = Tally([(f"t{number}", 1, False) for number in range(100)])
    for number in range(100):
        moved(tally, f"t{number}", TaskState.FAILED if number == 7 else TaskState.DONE, number, "exit status 3")
    lines = drawn(tally, Shape(80, 10, unicode=True))
    assert lines[0].startswith("✗ t7")
    assert lines[1:-1] == ["and 99 more"]


@given(
    st.integers(1, 40),
    st.integers(1, 120),
    st.lists(st.tuples(st.integers(0, 39), st.sampled_from(TaskState)), max_size=80),
)
def test_it_never_outgrows_the_terminal(height: int, width: int, moves: list[tuple[int, TaskState]]) -> None:
    tally = Tally([(f"task-{number}", 1 + number % 3, number % 7 == 6) for number in range(40)])
    for number, state in moves:
        moved(tally, f"task-{number}[x]", state, number, "because of it")
    lines = drawn(tally, Shape(width, height, unicode=True))
    assert len(lines) <= max(2, height)
    assert all(len(line) < max(2, width) for line in lines)


@pytest.mark.parametrize("height", [1, 2, 3])
def test_a_tiny_terminal_gets_the_whole_at_least(height: int) -> None:
    assert drawn(tally_of_churn(), Shape(80, height, unicode=True))[-1].startswith("churn")
