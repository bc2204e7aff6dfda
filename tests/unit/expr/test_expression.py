"""One expression: parsed, its names known beforehand, evaluated on data within bounds."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.expr import EvaluationError, Expression, ExpressionError

SCOPE: dict[str, object] = {
    "params": {"rows": 3, "names": ["a", "b"], "deep": True, "text": "it's", "nothing": None},
    "needs": {
        "clean": {"state": "DONE", "outputs": {"table": "data/clean.csv"}},
        "my-task": {"state": "CACHED", "outputs": {"x": [{"y": 1}]}},
    },
    "matrix": {"depth": 4, "lr": 0.1},
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("params.rows", 3),
        (" params.rows ", 3),
        ("params['rows']", 3),
        ("needs['my-task'].outputs.x[0].y", 1),
        ('needs["my-task"].outputs.x[-1]["y"]', 1),
        ("needs['my-task'].outputs.x.0.y", 1),
        ("7", 7),
        ("0.5", 0.5),
        ("true", True),
        ("None", None),
        ("'a b'", "a b"),
        ("params.rows * 2 + 1", 7),
        ("params.rows > 2 and not params.deep", False),
        ("'big' if params.rows > 2 else 'small'", "big"),
        ("params.deep ~ '/' ~ matrix.lr ~ params.nothing", "true/0.1"),
        ("('a' ~ params.deep) ~ ('b' ~ params.deep)", "atruebtrue"),
        ("params.names[1:]", ["b"]),
        ("'a' in params.names", True),
        ("{'a': {'b': params.rows}}", {"a": {"b": 3}}),
        ("params.missing | default('x')", "x"),
        ("params.missing is defined", False),
        ("len(params.names) + len('abc')", 5),
        ("range(2)", [0, 1]),
        ("range(1, 8, 3)", [1, 4, 7]),
        ("range(3, 0, -1)", [3, 2, 1]),
        ("range(5, 1)", []),
        ("join(params.names, '-')", "a-b"),
        ("json(params.names)", '["a", "b"]'),
        ("quote(params.text)", "'it'\"'\"'s'"),
        ("params.names | join(', ') | upper", "A, B"),
        ("[2, 1, 2] | unique | sort", [1, 2]),
        ("[1, 2] | reverse", [2, 1]),
        ("params.names | first", "a"),
        ("success()", True),
        ("failure()", False),
        ("always() and success()", True),
    ],
)
def test_value(source: str, value: object) -> None:
    found = Expression.parse(source).evaluate(SCOPE)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("needs.clean.outputs.table", [("needs", "clean", "outputs", "table")]),
        ("needs['my-task'].outputs.x[0].y", [("needs", "my-task", "outputs", "x")]),
        ("params.rows + matrix['depth']", [("params", "rows"), ("matrix", "depth")]),
        ("needs[params.which].state", [("needs",), ("params", "which")]),
        ("len(params.names) > 2 and params.names", [("params", "names")]),
        ("item", [("item",)]),
        ("params.a if params.b else {'k': params.c}", [("params", "a"), ("params", "b"), ("params", "c")]),
        ("'params.rows'", []),
        ("success()", []),
        ("params.x | raw", [("params", "x")]),
    ],
)
def test_names_used(source: str, names: list[tuple[str, ...]]) -> None:
    assert sorted(Expression.parse(source).names) == sorted(names)


def test_functions_used() -> None:
    assert Expression.parse("success() and len(params.x) > join([], '')").functions == {"success", "len", "join"}
    assert Expression.parse("success( )").functions == {"success"}


@pytest.mark.parametrize(
    ("source", "message", "offset"),
    [
        ("", "missing", 0),
        ("  ", "missing", 0),
        ("a b", "unexpected 'b'", 2),
        ("  a  b", "unexpected 'b'", 5),
        ("(1 + 2", "ends before the ')'", 6),
        ("params.rows >", "ends too early", 13),
        ("'abc", "string that begins with ' is not closed", 0),
        ("params.rows.bit_length()", "values have no methods", 12),
        ("lenn(params.x)", "unknown function 'lenn' (did you mean \"len\"?)", 0),
        ("params.x | joined", "unknown filter 'joined' (did you mean \"join\"?)", 11),
        ("params.x | map('upper')", "unknown filter 'map'", 11),
        ("params.x is callable", "unknown test 'callable'", 12),
        ("len", "'len' is a function: write len()", 0),
        ("[range]", "'range' is a function", 1),
        ("1 if params.x", "needs an 'else'", 2),
        ("len(*params.x)", "'*' cannot be used", 0),
        ("params..x", "expected", 8),
        ("a = 1", "unexpected '='", 2),
        ("x" * 4001, "4000 characters", 0),
        ("(" * 200 + "1" + ")" * 200, "", 0),
        ("not " * 300 + "true", "nested", 0),
    ],
)
def test_cannot_be_read(source: str, message: str, offset: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(source)
    assert message in str(caught.value)
    if message not in ("", "nested"):
        assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("params.rwos", "'params' has no 'rwos' (did you mean \"rows\"?); known: deep, names, nothing, rows, text"),
        ("params.rwos + 1", "'params' has no 'rwos' (did you mean \"rows\"?)"),
        ("secrets.x", "'secrets' is not known here; known: matrix, needs, params"),
        ("params.rows.x", "'params.rows' is a value of type int and has no 'x'"),
        ("params.nothing.x", "'params.nothing' is none and has no 'x'"),
        ("params.names[7]", "'params.names' has 2 elements, none at [7]"),
        ("params.names.x", "is a list of 2 elements and has no 'x'"),
        ("params.text.__class__", "has no '__class__'"),
        ("(params.text ~ '')['__class__']", "no value"),
        ("params.rows / 0", "division by zero"),
        ("params.rows + 'a'", "unsupported operand"),
        ("len(1)", "not int"),
        ("range(10 ** 12)", "100000 elements at most"),
        ("range(0, 10, 0)", "steps of 0"),
        ("range('a')", "whole numbers"),
        ("'a' * 10 ** 9", "more than 1000000"),
        ("10 ** 9 * [1]", "more than 1000000"),
        ("9 ** (9 ** 9)", "too large"),
        ("'%999999999d' % 1", "takes numbers"),
        ("'a' * 1000000 ~ 'b'", "at most"),
        ("('a' * 900000) | replace('a', 'bb')", "at most"),
        ("[] | first", "no value"),
        ("self", "'self' is not known here"),
    ],
)
def test_has_no_value(source: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        Expression.parse(source).evaluate(SCOPE)
    assert message in str(caught.value)
    assert str(caught.value).startswith("in ${{ ")


@pytest.mark.parametrize(
    ("states", "extra", "success", "failure"),
    [
        ([], {}, True, False),
        (["DONE", "CACHED"], {}, True, False),
        (["DONE", "FAILED"], {}, False, True),
        (["done", "LOST"], {}, False, True),
        (["DONE", "SKIPPED"], {}, False, False),
        (["FAILED"], {"success": True, "failure": False}, True, False),
    ],
)
def test_status_functions(states: list[str], extra: dict[str, bool], success: bool, failure: bool) -> None:
    scope: dict[str, object] = {
        "needs": {f"t{number}": {"state": state} for number, state in enumerate(states)},
        **extra,
    }
    assert Expression.parse("success()").evaluate(scope) is success
    assert Expression.parse("failure()").evaluate(scope) is failure
    assert Expression.parse("success() or failure()").evaluate(scope) is (success or failure)
    assert Expression.parse("always()").evaluate(scope) is True


keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
paths = st.tuples(st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True).map(lambda name: "v" + name)).flatmap(
    lambda first: st.lists(keys | st.integers(0, 99), max_size=4).map(lambda rest: (*first, *rest))
)


@given(paths)
def test_source_of_a_path_reads_back(path: tuple[str | int, ...]) -> None:
    made = Expression.of_path(path)
    read = Expression.parse(made.source)
    assert read == made
    assert read.names == made.names
    value: object = "found"
    for key in reversed(path[1:]):
        value = {key: value} if isinstance(key, str) else [None] * key + [value]
    scope = {str(path[0]): value}
    assert made.evaluate(scope) == "found"
    assert read.evaluate(scope) == "found"


def test_path_of_an_expression() -> None:
    assert Expression.parse("array.index").path == ("array", "index")
    assert Expression.parse("array.index + 1").path is None
    assert Expression.parse("array.index | raw").path is None
    assert Expression.parse("größe.x").names == (("größe", "x"),)
    assert Expression.of_path(("größe", "ä")).evaluate({"größe": {"ä": 1}}) == 1


@pytest.mark.parametrize("path", [(), ("my-task",), ("not", "x"), (1, "x")])
def test_path_begins_with_a_name(path: tuple[str | int, ...]) -> None:
    with pytest.raises(ValueError, match="begins with a name"):
        Expression.of_path(path)


def test_is_frozen_hashable_and_can_be_pickled() -> None:
    one = Expression.parse("params.rows + 1")
    assert {one: 1}[Expression.parse(" params.rows + 1 ")] == 1
    assert pickle.loads(pickle.dumps(one)).evaluate(SCOPE) == 4
    with pytest.raises(AttributeError):
        one.source = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_simple_expressions_need_no_jinja() -> None:
    script = """
import sys
from wflpy.expr import Text, check_shell
text = Text.parse("a ${{ needs['my-task'].outputs.x }} ${{ params.x | raw }} ${{ 'lit' }} ${{ success() }}")
check_shell(text)
text.render_shell({"needs": {"my-task": {"outputs": {"x": 1}}}, "params": {"x": 2}})
assert "jinja2" not in sys.modules
assert Text.parse("${{ 1 + 1 }}").evaluate({}) == 2
assert "jinja2" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
