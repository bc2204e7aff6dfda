"""How diagnostics are shown."""

from __future__ import annotations

import json

import pytest

from wflpy.loader import Diagnostic, WorkflowFileError, render, render_all


def diagnostic(**facts: object) -> Diagnostic:
    known: dict[str, object] = {
        "file": "churn.yaml",
        "code": "WFL103",
        "message": "unknown key 'retires' in task 'train'",
        "line": 14,
        "column": 5,
        "length": 7,
        "hint": "did you mean 'retry'?",
        "excerpt": "    retires: 2",
    }
    return Diagnostic(**(known | facts))  # type: ignore[arg-type]


def test_for_people() -> None:
    assert render(diagnostic()) == (
        "churn.yaml:14:5: error[WFL103]: unknown key 'retires' in task 'train' (did you mean 'retry'?)\n"
        "   14 |     retires: 2\n"
        "      |     ^^^^^^^"
    )


def test_line_may_come_from_the_source() -> None:
    assert render(diagnostic(line=2, excerpt=None), "a\r\n    retires: 2\n").endswith("|     ^^^^^^^")
    assert "|" not in render(diagnostic(line=9, excerpt=None), "a\n")


def test_without_a_place() -> None:
    shown = render(diagnostic(file="--param", line=None, column=None, excerpt=None, hint=None))
    assert shown == "--param: error[WFL103]: unknown key 'retires' in task 'train'"


@pytest.mark.parametrize(
    ("line", "column", "length", "carets"),
    [
        ("日本: x", 1, 2, "^^^^"),
        ("日本: x", 5, 1, "      ^"),
        ("\tx: y", 2, 1, "\t^"),
        ("x", 2, 1, " ^"),
        ("x", 1, 99, "^"),
    ],
)
def test_carets_stand_below_the_fault(line: str, column: int, length: int, carets: str) -> None:
    shown = render(diagnostic(excerpt=line, column=column, length=length))
    assert shown.split("\n")[2] == "      | " + carets


def test_long_line_is_cut_around_the_fault() -> None:
    line = "a" * 500 + "FAULT" + "b" * 500
    _, shown, carets = render(diagnostic(excerpt=line, column=501, length=5)).split("\n")
    assert len(shown) < 200
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "FAULT"


def test_at_most_twenty_are_told() -> None:
    shown = render_all([diagnostic(line=number) for number in range(1, 31)])
    assert shown.count("error[") == 20
    assert shown.endswith("... and 10 more")


def test_for_programs() -> None:
    (found,) = json.loads(render_all([diagnostic()], "json"))
    assert (found["file"], found["line"], found["column"], found["length"]) == ("churn.yaml", 14, 5, 7)
    assert (found["code"], found["severity"], found["hint"]) == ("WFL103", "error", "did you mean 'retry'?")
    assert json.loads(render_all([], "json")) == []


def test_for_github() -> None:
    shown = render_all([diagnostic(file="a,b.yaml", message="50%\nof it", hint=None)], "github")
    assert shown == "::error file=a%2Cb.yaml,line=14,col=5,endColumn=11,title=WFL103::50%25%0Aof it"


def test_unknown_form() -> None:
    with pytest.raises(ValueError, match="text, json, github"):
        render_all([], "xml")


def test_error_carries_everything() -> None:
    error = WorkflowFileError([diagnostic(), diagnostic(line=None, column=None)], "churn.yaml")
    assert (error.file, error.line, error.column) == ("churn.yaml", 14, 5)
    assert [problem.code for problem in error.problems] == ["WFL103", "WFL103"]
    assert str(error).startswith("churn.yaml:14:5: error[WFL103]")


def test_what_a_terminal_would_obey_is_shown_instead() -> None:
    found = Diagnostic(
        file="f.yaml", code="WFL104", message="no\x1b[2J\nway", line=1, column=3, length=2, excerpt="a\x1bbc"
    )
    assert render(found) == "f.yaml:1:3: error[WFL104]: no\\x1b[2J\\nway\n    1 | a\ufffdbc\n      |   ^^"
