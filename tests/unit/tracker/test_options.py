"""How text becomes options."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import InvalidArgumentException
from wflpy.tracker import make_options
from wflpy.tracker.options import option_types


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Options:
    tracker: ClassVar[str] = "mine"

    text: str = "default"
    number: int = 1
    real: float = 1.0
    flag: bool = False
    slots: int | None = None
    amount: timedelta = timedelta(0)
    grace_seconds: float | None = None
    path: Path = Path()
    colour: Colour = Colour.RED
    mode: Literal["fast", "slow"] = "fast"
    names: tuple[str, ...] = ()
    numbers: list[int] = field(default_factory=list[int])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    either: int | str = 0
    hidden: object = field(default=None, init=False)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text", "a, b", "a, b"),
        ("text", "", ""),
        ("number", "-3", -3),
        ("real", "2", 2.0),
        ("real", "1e3", 1000.0),
        ("flag", "true", True),
        ("flag", "No", False),
        ("slots", "4", 4),
        ("slots", "none", None),
        ("amount", "1.5", timedelta(seconds=1.5)),
        ("grace-seconds", "3", 3.0),
        ("path", "/a b", Path("/a b")),
        ("colour", "blue", Colour.BLUE),
        ("mode", "slow", "slow"),
        ("names", "a, b,c", ("a", "b", "c")),
        ("names", "", ()),
        ("numbers", "1,2", [1, 2]),
        ("labels", "a=1,b=x=y", {"a": "1", "b": "x=y"}),
        ("either", "7", 7),
        ("either", "seven", "seven"),
    ],
)
def test_text_is_converted_to_the_type_of_the_option(name: str, text: str, value: object) -> None:
    found = getattr(make_options(Options, {name: text}), name.replace("-", "_"))
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", 3),
        ("real", 2),
        ("flag", True),
        ("slots", None),
        ("names", ["a"]),
        ("numbers", [1]),
        ("colour", "blue"),
    ],
)
def test_values_of_the_right_type_are_taken(name: str, value: object) -> None:
    found = getattr(make_options(Options, {name: value}), name)
    assert found == (("a",) if name == "names" else value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("number", "x", "number must be a whole number, not 'x'"),
        ("number", True, "number must be a whole number, not True"),
        ("number", 1.5, "number must be a whole number, not 1.5"),
        ("number", None, "number must be a whole number, not None"),
        ("real", "x", "real must be a number, not 'x'"),
        ("flag", "maybe", "flag must be true or false, not 'maybe'"),
        ("flag", 1, "flag must be true or false, not 1"),
        ("slots", "x", "slots must be a whole number or none, not 'x'"),
        ("amount", "soon", "amount must be a number of seconds, not 'soon'"),
        ("colour", "bleu", r'colour must be one of red, blue, not \'bleu\' \(did you mean "blue"\?\)'),
        ("mode", "quick", "mode must be one of fast, slow, not 'quick'"),
        ("numbers", "1,x", "numbers must be a list"),
        ("labels", "a", "labels must be pairs such as a=1,b=2, not 'a'"),
        ("text", 3, "text must be text, not 3"),
        ("hidden", "x", "hidden is not an option"),
        ("tracker", "x", "tracker is not an option"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(InvalidArgumentException, match=f"^options of mine: {message}") as refusal:
        make_options(Options, {name: value})
    assert refusal.value.attributes == (name,)


def test_all_mistakes_are_told_at_once_with_suggestions() -> None:
    with pytest.raises(InvalidArgumentException) as refusal:
        make_options(Options, {"slot": "4", "number": "x"})
    assert refusal.value.attributes == ("slot", "number")
    assert 'slot is not an option (did you mean "slots"?); known are text, number,' in str(refusal.value)


def test_nothing_given_means_the_defaults() -> None:
    assert make_options(Options, {}) == Options()


def test_options_are_listed_with_their_types() -> None:
    types = option_types(Options)
    assert "hidden" not in types
    assert types["slots"] == int | None


def test_only_dataclasses_are_options() -> None:
    with pytest.raises(InvalidArgumentException, match="int is not a dataclass of options"):
        make_options(int, {})


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(),
    "number": st.integers(),
    "real": st.floats(allow_nan=False),
    "flag": st.booleans(),
    "slots": st.none() | st.integers(),
    "names": st.lists(st.text("abc", min_size=1)),
}


@given(st.fixed_dictionaries({}, optional=_VALUES))
def test_what_is_written_as_text_is_read_back(values: dict[str, Any]) -> None:
    if "names" in values:
        values["names"] = tuple(values["names"])
    texts = {name: ",".join(value) if name == "names" else str(value) for name, value in values.items()}
    assert make_options(Options, texts) == Options(**values)
