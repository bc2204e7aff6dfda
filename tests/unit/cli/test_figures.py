"""What a benchmark says."""

from __future__ import annotations

import pytest

from wflpy.cli.bench.figures import Figure, table


@pytest.mark.parametrize(
    ("value", "budget", "at_least", "kept"),
    [
        (1.0, None, False, None),
        (1.0, 2.0, False, True),
        (3.0, 2.0, False, False),
        (0.5, 0.35, True, True),
        (0.3, 0.35, True, False),
    ],
)
def test_a_budget_is_kept_or_missed(value: float, budget: float | None, at_least: bool, kept: bool | None) -> None:
    figure = Figure(name="x", value=value, unit="x", budget=budget, at_least=at_least)
    assert figure.kept is kept
    assert figure.to_dict()["kept"] is kept


def test_the_table_has_the_budget_beside_each_figure() -> None:
    figures = [
        Figure(name="engine", value=25_123.4, unit="tasks/s", budget=20_000, at_least=True),
        Figure(name="a wait", value=2.345, unit="ms", budget=2.0),
        Figure(name="bare", value=0.4123, unit="ms"),
    ]
    assert table(figures).splitlines() == [
        "what          measured             budget",
        "engine  25,123 tasks/s  >= 20,000 tasks/s  kept",
        "a wait         2.35 ms         <= 2.00 ms  MISSED",
        "bare          0.412 ms",
    ]
