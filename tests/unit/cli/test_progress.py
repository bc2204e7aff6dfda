"""Runs as lines, as JSON and as a picture."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.stories import bad_run, churn, good_run, plain_terminal, written
from wflpy.cli.progress import display_for
from wflpy.cli.progress.lines import Lines
from wflpy.cli.progress.records import Records
from wflpy.cli.terminal import Terminal
from wflpy.dag.events import EventKind, RunEvent
from wflpy.dag.states import TaskState

if TYPE_CHECKING:
    from pathlib import Path


class Closed(io.StringIO):
    """A pipe that nobody reads."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError


def without_clock(text: str) -> list[str]:
    return [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in text.splitlines()]


def test_a_good_run_is_one_line_a_task(home: Path) -> None:
    terminal = plain_terminal()
    with Lines(terminal) as lines:
        good_run(home, lines)
    assert without_clock(written(terminal)) == [
        "✓ clean  1.00 s",
        "✓ train[depth=4]  1.50 s",
        "✓ train[depth=8]  1.50 s",
        "✓ best  0.50 s",
        "✓ finally  0.10 s",
    ]


def test_a_bad_run_says_why_and_how_often(home: Path) -> None:
    terminal = plain_terminal("ascii")
    with Lines(terminal) as lines:
        bad_run(home, lines)
    assert without_clock(written(terminal)) == [
        "+ clean  1.00 s",
        "+ train[depth=4]  1.00 s",
        "train[depth=8]: attempt 1 failed: exit status 3; again in 5.00 s",
        "! train[depth=8]  1.00 s  failed: exit status 3",
        "- best  skipped: 'train' failed",
        "+ train.on_error  0.10 s",
        "+ finally  0.10 s",
    ]


def test_notes_are_told() -> None:
    terminal = plain_terminal()
    Lines(terminal).on_event(RunEvent(0.0, EventKind.NOTE, reason="queue 'short' is dropped"))
    assert without_clock(written(terminal)) == ["note: queue 'short' is dropped"]


def test_json_is_one_object_a_line_without_empty_fields(home: Path) -> None:
    stream = io.StringIO()
    with Records(stream) as records:
        bad_run(home, records)
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert events[0]["kind"] == "run_started"
    assert events[-1] == {"time": events[-1]["time"], "kind": "run_ended", "reason": "'train[depth=8]' failed"}
    failed = next(event for event in events if event.get("state") == "FAILED")
    assert failed["node"] == "train[depth=8]"
    assert (failed["failure"], failed["exit_status"], failed["attempt"]) == ("exit", 3, 2)
    done = next(event for event in events if event.get("state") == "DONE")
    assert "reason" not in done
    assert done["exit_status"] == 0, "0 is something to say"


def test_a_run_goes_on_when_nobody_reads_any_more(home: Path) -> None:
    for display in (Records(Closed()), Lines(Terminal(stream=Closed()))):
        display.on_event(RunEvent(0.0, EventKind.TASK, "a", "a", 1, TaskState.DONE))
        display.on_event(RunEvent(0.0, EventKind.TASK, "b", "b", 1, TaskState.DONE))


def test_files_and_dumb_terminals_get_lines_without_loading_rich() -> None:
    assert isinstance(display_for(churn().compile(), plain_terminal()), Lines)


@pytest.mark.skipif("rich" in sys.modules, reason="something else has loaded it")
def test_lines_do_not_load_rich() -> None:
    display_for(churn().compile(), plain_terminal())
    assert "rich" not in sys.modules


def test_a_terminal_gets_a_picture_and_the_last_one_stays(home: Path) -> None:
    terminal = Terminal(stream=io.StringIO(), live=True, unicode=True)
    with display_for(churn().compile(), terminal) as picture:
        bad_run(home, picture)
    text = written(terminal)
    assert "train[depth=8]: attempt 1 failed: exit status 3; again in 5.00 s" in text
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text.replace("\r", "\n")).split("\n")
    assert any(line.startswith("✗ train") and "1 failed  [depth=8] exit status 3" in line for line in last)
    assert any(line.startswith("churn  ━━━") and "4/4" in line for line in last)
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1, "the cursor is back"
    assert "\x1b[31m" not in text, "no colours were asked for"
