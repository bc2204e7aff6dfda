"""Text with expressions in it."""

from __future__ import annotations

import json
import pickle
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.expr import EvaluationError, Expression, ExpressionError, Known, Text, check_names, text_of

SCOPE: dict[str, object] = {"params": {"n": 3, "flag": True, "list": [1, "a b"], "map": {"k": None}, "text": "x"}}


def test_parts() -> None:
    text = Text.parse("a ${{ params.n }}${{params.flag}} b")
    assert text.parts == ("a ", Expression.parse("params.n"), Expression.parse("params.flag"), " b")
    assert text.names == (("params", "n"), ("params", "flag"))
    assert not text.is_literal
    assert text.single is None


@pytest.mark.parametrize("source", ["", "plain", "$HOME ${HOME} $(x) {{ y }} }}", "$ {{ x }}"])
def test_what_is_no_expression_is_literal(source: str) -> None:
    text = Text.parse(source)
    assert text.is_literal
    assert text.render({}) == source
    assert text.evaluate({}) == source


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("${{ params.n }}", 3),
        ("${{ params.list }}", [1, "a b"]),
        (" ${{ params.n }}", " 3"),
        ("${{ params.flag }}!", "true!"),
        ("<${{ params.list }}|${{ params.map }}>", '<[1, "a b"]|{"k": null}>'),
        ("${{ '}}' }} ${{ \"it's }}\" }}", "}} it's }}"),
        ("${{ {'a': {'b': 1}} }}", {"a": {"b": 1}}),
        ("$${{ params.n }}", "$3"),
    ],
)
def test_value(source: str, value: object) -> None:
    assert Text.parse(source).evaluate(SCOPE) == value


def test_arguments() -> None:
    assert Text.parse("${{ params.list }}").arguments(SCOPE) == ["1", "a b"]
    assert Text.parse("--x=${{ params.list }}").arguments(SCOPE) == ['--x=[1, "a b"]']
    assert Text.parse("${{ params.n }}").arguments(SCOPE) == ["3"]
    assert Text.literal("a b").arguments(SCOPE) == ["a b"]


@pytest.mark.parametrize(
    ("source", "message", "offset"),
    [
        ("ab ${{ params.n", "never closed", 3),
        ("ab ${{ params.n }", "never closed", 3),
        ("ab ${{ 'x }}", "never closed", 3),
        ("ab ${{ }}", "missing", 6),
        ("ab ${{ params.n params }} c", "unexpected 'params'", 16),
        ("${{ a }} ${{ b c }}", "unexpected 'c'", 15),
    ],
)
def test_cannot_be_read(source: str, message: str, offset: int) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        Text.parse(source)
    assert caught.value.offset == offset


@given(
    st.lists(st.text("ab ${}'\"\\\n") | st.sampled_from([Expression.parse("params.n"), Expression.parse("'${{' ~ 1")]))
)
def test_source_reads_back(parts: list[str | Expression]) -> None:
    text = Text.of(*parts)
    again = Text.parse(str(text))
    assert again.render(SCOPE) == text.render(SCOPE)
    assert str(Text.parse(str(again))) == str(again)


@given(st.text())
def test_literal_means_itself(source: str) -> None:
    text = Text.literal(source)
    assert text.render({}) == source
    assert Text.parse(str(text)).render({}) == source


def test_neighbouring_strings_are_one() -> None:
    assert Text.of("a", "", "b", Expression.parse("x"), "c").parts == ("ab", Expression.parse("x"), "c")
    assert Text.of("", "") == Text.parse("")


def test_is_hashable_and_can_be_pickled() -> None:
    text = Text.parse("a ${{ params.n }}")
    assert hash(pickle.loads(pickle.dumps(text))) == hash(text)


def test_length_is_bounded() -> None:
    with pytest.raises(EvaluationError, match="1000000"):
        Text.parse("${{ params.x }}${{ params.x }}").render({"params": {"x": "a" * 600_000}})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (None, ""),
        (3, "3"),
        (0.1, "0.1"),
        (1e-05, "1e-05"),
        ("a", "a"),
        (PurePosixPath("a/b"), "a/b"),
        (range(2), "[0, 1]"),
        ({"ü": (1, None)}, '{"ü": [1, null]}'),
    ],
)
def test_text_of_a_value(value: object, text: str) -> None:
    assert text_of(value) == text


data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@given(st.lists(data))
def test_lists_are_json(value: list[object]) -> None:
    assert json.loads(text_of(value)) == value


KNOWN: Known = {
    "params": {"rows": None},
    "needs": {"train": {"outputs": {"rmse": None}, "state": None}, "my-long-task-2": {"outputs": {"x": None}}},
    "matrix": None,
}


def test_known_names_pass() -> None:
    names = [("params", "rows"), ("needs", "train", "outputs", "rmse", "deeper"), ("matrix", "anything"), ("needs",)]
    assert check_names(names, KNOWN) == []


@pytest.mark.parametrize(
    ("path", "depth", "message", "hint"),
    [
        (("params", "rwos"), 1, "'params' has no 'rwos'", 'did you mean "rows"?'),
        (("needs", "train", "outputs", "x"), 3, "'needs.train.outputs' has no 'x'", "known: rmse"),
        (
            ("needs", "my-long-task-2", "output"),
            2,
            "'needs['my-long-task-2']' has no 'output'",
            'did you mean "outputs"?',
        ),
        (("array", "index"), 0, "'array' is not known here", "known: matrix, needs, params"),
        (("parms", "rows"), 0, "unknown name 'parms'", 'did you mean "params"?'),
    ],
)
def test_unknown_name(path: tuple[str, ...], depth: int, message: str, hint: str) -> None:
    (problem,) = check_names([path], KNOWN)
    assert (problem.depth, problem.message, problem.hint) == (depth, message, hint)


def test_hyphen_is_explained_once() -> None:
    expression = Expression.parse("needs.my-long-task-2.outputs.x")
    (problem,) = check_names(expression.names, KNOWN)
    assert problem.hint == "a hyphen is a minus here: write needs['my-long-task-2']"
