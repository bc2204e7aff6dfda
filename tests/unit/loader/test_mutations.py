"""Whatever is done to a file, what is wrong is told with a place, and nothing is raised."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wflpy.loader import check_file
from wflpy.loader.compose import compose
from wflpy.loader.scalars import is_list, is_mapping, plain_data
from wflpy.loader.tree import build

SOURCE = Path(__file__).with_name("example.yaml").read_text(encoding="utf-8")
PIECES = [
    *("\t", "\n", ": ", "- ", "{", "}", "[", "]", "'", '"', "${{", "}}", "|", "#"),
    *("&a ", "*a", "!!x ", "<<: ", "日", "\\", "%", "  "),
]
VALUES: list[object] = [
    *(None, True, 7, -1, 1.5, "", "x"),
    *("${{ 1 + }}", "${{ needs.clean.outputs.table }}", "${{ params.rows }}", "${{ {} }}"),
    *([], ["x"], [[1]], {}, {"x": 1}, {"run": "y"}, {"a": {"b": None}}, [None], {"": ""}),
]


def example() -> object:
    node = compose(SOURCE)
    assert isinstance(node, yaml.Node)
    return plain_data(build(node).data)


def paths_in(data: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if is_mapping(data):
        return [path, *(one for key, value in data.items() for one in paths_in(value, (*path, key)))]
    if is_list(data):
        return [path, *(one for number, value in enumerate(data) for one in paths_in(value, (*path, number)))]
    return [path]


def replaced(data: object, path: tuple[str | int, ...], value: object) -> object:
    if not path:
        return value
    if is_mapping(data):
        return {key: replaced(one, path[1:], value) if key == path[0] else one for key, one in data.items()}
    assert is_list(data)
    return [replaced(one, path[1:], value) if number == path[0] else one for number, one in enumerate(data)]


PATHS = paths_in(example())
mutations = st.lists(
    st.tuples(st.integers(0, len(SOURCE)), st.integers(0, 12), st.sampled_from(PIECES)), min_size=1, max_size=3
)
replacements = st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(VALUES)), min_size=1, max_size=4)
quiet = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    lines = text.count("\n") + 2
    for one in check_file(path):
        assert one.line is not None
        assert one.column is not None
        assert 1 <= one.line <= lines
        assert one.message
        assert "Traceback" not in one.message


@quiet
@given(mutations)
def test_text_is_cut_and_pasted(tmp_path: Path, changes: list[tuple[int, int, str]]) -> None:
    text = SOURCE
    for start, length, piece in changes:
        text = text[:start] + piece + text[start + length :]
    check(tmp_path / "flow.yaml", text)


@quiet
@given(replacements)
def test_values_are_something_else(tmp_path: Path, changes: list[tuple[tuple[str | int, ...], object]]) -> None:
    data = example()
    for path, value in changes:
        data = replaced(data, path, value) if path in paths_in(data) else data
    check(tmp_path / "flow.yaml", json.dumps(data))
