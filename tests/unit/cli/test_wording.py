"""Times, counts and tables as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.cli.wording import MARKS, columns, counted, counts_text, duration_text, indented, mark, span_text
from wflpy.dag.states import TaskState


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (0.344, "0.34 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (60, "1 min"),
        (185, "3 min 05 s"),
        (3599.6, "1 h"),
        (7800, "2 h 10 min"),
        (360_000, "100 h"),
    ],
)
def test_durations_have_the_digits_that_matter(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_what_never_started_took_no_time() -> None:
    assert span_text(None, 5.0) == ""
    assert span_text(2.0, 5.0) == "3.00 s"
    assert span_text(5.0, 2.0) == "0.00 s", "clocks are set back now and then"


def test_counts_name_only_what_there_is() -> None:
    assert counts_text({TaskState.DONE: 4000, TaskState.FAILED: 1, TaskState.LOST: 0}) == "4,000 done, 1 failed"
    assert counts_text({}) == "no tasks"
    assert counted(1, "task") == "1 task"
    assert counted(0, "task") == "0 tasks"


def test_every_state_has_a_mark_in_ascii_and_beyond() -> None:
    assert set(MARKS) == set(TaskState)
    assert all(mark(state, unicode=False).isascii() for state in TaskState)
    assert mark(TaskState.FAILED, unicode=True) == "✗"


def test_indented_moves_every_line() -> None:
    assert indented("a\nb", "  ") == "  a\n  b"


@given(st.lists(st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=5), max_size=4), max_size=5))
def test_columns_begin_below_each_other(rows: list[list[str]]) -> None:
    lines = columns(rows)
    assert len(lines) == len(rows)
    widths = [max((len(row[place]) for row in rows if place < len(row)), default=0) for place in range(4)]
    for row, line in zip(rows, lines, strict=True):
        for place, cell in enumerate(row):
            start = sum(widths[:place]) + 2 * place
            assert line[start : start + len(cell)] == cell
        assert line == line.rstrip()


def test_counts_say_which_failures_are_allowed() -> None:
    assert counts_text({TaskState.DONE: 1, TaskState.FAILED: 5}, 5) == "1 done, 5 failed (allowed)"
    assert counts_text({TaskState.FAILED: 5}, 2) == "5 failed (2 allowed)"
