"""The benchmarks measure what they say; how fast this machine is is none of the tests' business."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.system.command import wflpy
from wflpy.cli.bench import compile as compiling
from wflpy.cli.bench import engine, local, start, wait

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.cli.bench.figures import Figure

pytestmark = pytest.mark.tracker("process")


def budgets(figures: list[Figure]) -> dict[str, tuple[float, bool]]:
    """The bounds by what they are for; every figure is a number above 0."""
    assert all(figure.value > 0 for figure in figures)
    return {figure.name: (figure.budget, figure.at_least) for figure in figures if figure.budget is not None}


def test_local_compares_three_ways_in_one_run(home: Path) -> None:
    assert budgets(local.measure(home, count=10, rounds=1)) == {
        "speed of DRMAA2 jobs to bare": (0.4, True),
        "speed of a flow, output not kept, to bare": (0.5, True),
        "speed of a flow, output kept, to bare": (0.35, True),
    }


def test_engine_measures_speed_memory_and_growth(home: Path) -> None:
    assert set(budgets(engine.measure(home, 2_000)).values()) == {(20_000, True), (300, False), (1.3, False)}


def test_compile_measures_a_flow_and_a_file(home: Path) -> None:
    figures = compiling.measure(home, 2_000, 100)
    assert budgets(figures) == {
        "compile 2,000 tasks and 3,000 edges": (1.5, False),
        "validate a file with 100 tasks": (2.5, False),
    }


def test_wait_measures_the_way_from_the_end_to_the_return(home: Path) -> None:
    figures = wait.measure(home, rounds=3)
    assert budgets(figures) == {"a process ends -> wait returns, median": (2.0, False)}


def test_start_measures_over_the_bare_interpreter() -> None:
    assert set(budgets(start.measure(rounds=2)).values()) == {(40, False), (80, False)}


def test_the_command_cleans_up_after_itself(home: Path) -> None:
    shown = wflpy("bench", "wait", "--json")
    assert shown.returncode == 0, shown.stderr
    assert [figure["unit"] for figure in json.loads(shown.stdout)] == ["ms", "ms"]
    assert shown.stderr == "measuring: wait\n"
    assert not list(home.glob("bench-*"))
