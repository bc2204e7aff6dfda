"""YAML is read with positions, within bounds, by libyaml and without it alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wflpy.loader import compose as module
from wflpy.loader.codes import Code
from wflpy.loader.compose import COMPOSER, PYTHON_COMPOSER, compose
from wflpy.loader.syntax import Fault
from wflpy.loader.tree import ALIAS_LIMIT, build, locate

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
DEEP = [
    "[" * 100_000,
    "- " * 100_000 + "x",
    "{a: " * 20_000,
    "".join(f"{' ' * depth}a:\n" for depth in range(99)),
]
COMPOSERS = pytest.mark.parametrize("composer", [COMPOSER, PYTHON_COMPOSER], ids=["default", "python"])


def data_of(text: str) -> object:
    node = compose(text)
    assert isinstance(node, yaml.Node)
    tree = build(node)
    assert not tree.faults
    return tree.data


def faults_of(text: str) -> list[Code]:
    node = compose(text)
    assert isinstance(node, yaml.Node)
    return [fault.code for fault in build(node).faults]


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_both_composers_say_the_same(file: Path) -> None:
    text = file.read_text(encoding="utf-8", errors="replace")
    fast, slow = compose(text), compose(text, PYTHON_COMPOSER)
    if isinstance(fast, Fault):
        assert fast == slow
    else:
        assert isinstance(slow, yaml.Node)
        assert build(fast).data == build(slow).data
        assert build(fast).faults == build(slow).faults


@COMPOSERS
@pytest.mark.parametrize("text", DEEP, ids=["lists", "items", "mappings", "blocks"])
def test_depth_is_bounded(composer: type, text: str) -> None:
    found = compose(text, composer)
    assert isinstance(found, Fault)
    assert found.code == Code.TOO_MUCH


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SIZE_LIMIT", 10)
    found = compose("a: " + "x" * 20)
    assert isinstance(found, Fault)
    assert found.code == Code.TOO_MUCH


def test_aliases_are_bounded_and_cost_nothing_until_then() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 40))
    assert Code.TOO_MUCH in faults_of(bomb)
    assert ALIAS_LIMIT >= 100_000


def test_anchors_and_merges() -> None:
    found = data_of("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: *a, y: 9}\nd: {y: 8, <<: [*b, *a]}\ne: *a\n")
    assert found == {
        "a": {"x": "1", "y": "2"},
        "b": {"y": "3", "z": "4"},
        "c": {"x": "1", "y": "9"},
        "d": {"x": "1", "y": "8", "z": "4"},
        "e": {"x": "1", "y": "2"},
    }


def test_quoted_merge_key_is_a_key() -> None:
    assert data_of("'<<': 1") == {"<<": "1"}


def test_keys_are_text_whatever_they_look_like() -> None:
    assert data_of("on: 1\n010: 2\nnull: 3\ntrue: 4\n1.10: 5\n") == {
        "on": "1",
        "010": "2",
        "null": "3",
        "true": "4",
        "1.10": "5",
    }


def test_quotes_and_blocks_are_text() -> None:
    assert data_of("a: '1'\nb: \"true\"\nc: |\n  1\nd: ''\ne:\n") == {
        "a": "1",
        "b": "true",
        "c": "1\n",
        "d": "",
        "e": None,
    }


def test_no_document_is_nothing() -> None:
    assert data_of("") is None
    assert data_of("# only a comment\n") is None


@pytest.mark.parametrize(
    "text", ["a: !!int 1", "a: !x {b: 1}", "!!map {a: 1}", "? !!str a\n: 1", "a: !!python/object:os.system x"]
)
def test_tags_are_refused(text: str) -> None:
    assert faults_of(text) == [Code.TAG]


def test_place_of_a_path() -> None:
    root = compose("a: &a {x: 1}\nb:\n  <<: *a\n  c: [u, {v: w}]\n")
    assert isinstance(root, yaml.Node)
    spot = locate(root, ("b", "c", 1, "v"))
    assert (spot.node.start_mark.line, spot.node.start_mark.column, spot.found) == (3, 13, 4)
    assert locate(root, ("b", "c", "u")).node.start_mark.column == 6
    assert locate(root, ("b", "x")).node.start_mark.line == 0
    assert locate(root, ("b", "nothing", "more")).found == 1


any_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff\uffff\ufffe"), max_size=8
)
keys = st.text("abc_", min_size=1, max_size=4)
plain_data = st.recursive(
    any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), plain_data, max_size=4))
def test_what_yaml_writes_is_read_back(data: dict[str, object]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, default_style='"')
    assert data_of(text) == data
