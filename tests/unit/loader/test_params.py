"""Parameters: declared in the file, given on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.loader import WorkflowFileError, check_file, load_spec

if TYPE_CHECKING:
    from pathlib import Path

FILE = """wfl: 1
params:
  rows: {type: int, default: 10, min: 1, max: 100}
  rate: {type: float, default: 1}
  region: {type: str, default: NO, choices: [NO, SE, 1.10]}
  fast: {type: bool, default: false}
  who: {type: str}
tasks: {a: "echo ${{ params.rows }}"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "flow.yaml"
    path.write_text(FILE)
    return path


def codes_of(file: Path, given: dict[str, object]) -> list[str]:
    with pytest.raises(WorkflowFileError) as caught:
        load_spec(file, given)
    return [one.code for one in caught.value.diagnostics]


def test_defaults(file: Path) -> None:
    assert load_spec(file, {"who": "me"}).params == {
        "rows": 10,
        "rate": 1.0,
        "region": "NO",
        "fast": False,
        "who": "me",
    }


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("rows", "25", 25),
        ("rows", "0x10", 16),
        ("rate", "0.5", 0.5),
        ("rate", "2", 2.0),
        ("region", "SE", "SE"),
        ("region", "1.10", "1.10"),
        ("fast", "true", True),
        ("who", "", ""),
        ("who", "null", "null"),
        ("who", "010", "010"),
        ("who", "a'; echo foo", "a'; echo foo"),
        ("who", "${{ run.id }}", "${{ run.id }}"),
    ],
)
def test_text_is_converted(file: Path, name: str, text: str, value: object) -> None:
    found = load_spec(file, {"who": "me", name: text}).params[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("name", "value"), [("rows", 5), ("rate", 2), ("fast", True), ("who", "x")])
def test_values_are_taken(file: Path, name: str, value: object) -> None:
    assert load_spec(file, {"who": "me", name: value}).params[name] == value


@pytest.mark.parametrize(
    ("given", "codes", "words"),
    [
        ({"who": "me", "rwos": "5"}, ["WFL201"], "did you mean 'rows'?"),
        ({"who": "me", "zzz": "5"}, ["WFL201"], "known: rows, rate, region, fast, who"),
        ({}, ["WFL202"], "--param who=..."),
        ({"who": "me", "rows": "many"}, ["WFL203"], "'many', but has to be a whole number"),
        ({"who": "me", "rows": "1.5"}, ["WFL203"], "whole number"),
        ({"who": "me", "rows": ""}, ["WFL203"], "whole number"),
        ({"who": "me", "rows": True}, ["WFL203"], "whole number"),
        ({"who": "me", "rate": ".nan"}, ["WFL203"], "a number"),
        ({"who": "me", "fast": "yes"}, ["WFL203"], "true or false"),
        ({"who": 5}, ["WFL203"], "has to be text"),
        ({"who": "me", "rows": "0"}, ["WFL204"], "less than its min 1"),
        ({"who": "me", "rows": "101"}, ["WFL204"], "more than its max 100"),
        ({"who": "me", "region": "DK"}, ["WFL204"], "none of NO, SE, 1.10"),
        ({"rows": "0", "fast": "x", "zzz": "1"}, ["WFL204", "WFL203", "WFL201", "WFL202"], "zzz"),
    ],
)
def test_wrong_values(file: Path, given: dict[str, object], codes: list[str], words: str) -> None:
    with pytest.raises(WorkflowFileError, match="error") as caught:
        load_spec(file, given)
    assert sorted(one.code for one in caught.value.diagnostics) == sorted(codes)
    assert words in str(caught.value)


def test_what_is_given_has_no_place_in_the_file(file: Path) -> None:
    with pytest.raises(WorkflowFileError) as caught:
        load_spec(file, {"who": "me", "rows": "0"})
    (found,) = caught.value.diagnostics
    assert (found.file, found.line) == ("--param", None)


def test_a_missing_value_is_nothing_wrong_with_the_file(file: Path) -> None:
    assert check_file(file) == []
    assert [one.code for one in check_file(file, {"rows": "x"})] == ["WFL203"]


def test_members_may_depend_on_values(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text(
        """wfl: 1
params: {n: {type: int}, first: {type: str, default: a}}
tasks:
  many: {array: "1-${{ params.n }}", run: x}
  grid:
    matrix:
      k: ${{ range(params.n) }}
      who: ["${{ params.first }}", b]
    run: x
  each:
    foreach: [1, "${{ params.n * 2 }}", {deep: "${{ params.first }}"}]
    run: x
"""
    )
    tasks = load_spec(path, {"n": "3"}).tasks
    assert tasks["many"].array == range(1, 4)
    assert tasks["grid"].matrix is not None
    assert tasks["grid"].matrix.axes == {"k": (0, 1, 2), "who": ("a", "b")}
    assert tasks["each"].items == (1, 6, {"deep": "a"})
    assert check_file(path) == []
    assert codes_of(path, {}) == ["WFL202"]
