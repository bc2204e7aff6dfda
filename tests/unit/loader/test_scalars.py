"""Unquoted scalars mean what YAML 1.2 says, and keep their text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.loader.scalars import Plain, meaning, read_plain

TEXTS = [
    *("NO", "no", "yes", "on", "off", "y", "n", "1:30:00", "22:22", "2024-01-31", "2001-12-14t21:59:43Z", "1_000"),
    *(
        "0b1",
        "Null2",
        "nullx",
        "trueish",
        "1.2.3",
        "1e",
        "e5",
        ".",
        "-",
        "+",
        "0o8",
        "0xg",
        "--1",
        "١٢",
        "~x",
        "-.info",
    ),
]


@pytest.mark.parametrize("text", [*TEXTS, "1 2", " 1"])
def test_is_text(text: str) -> None:
    found = read_plain(text)
    assert found == text
    assert type(found) is str


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("010", 10),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.10", 1.1),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1e3", -1000.0),
        ("6.02E+23", 6.02e23),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("true", True),
        ("False", False),
        ("TRUE", True),
    ],
)
def test_means_a_value_and_keeps_its_text(text: str, value: object) -> None:
    found = read_plain(text)
    assert isinstance(found, Plain)
    assert found == text
    assert found.value == value
    assert type(found.value) is type(value)


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_is_null(text: str) -> None:
    assert read_plain(text) is None


def test_not_a_number() -> None:
    found = meaning(read_plain(".nan"))
    assert isinstance(found, float)
    assert math.isnan(found)


def test_very_long_digits_are_text() -> None:
    assert type(read_plain("1" * 10_000)) is str


@given(st.integers())
def test_every_integer(number: int) -> None:
    assert meaning(read_plain(str(number))) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float(number: float) -> None:
    assert meaning(read_plain(repr(number))) == number


@given(st.text())
def test_text_is_never_lost(text: str) -> None:
    found = read_plain(text)
    assert found is None or str(found) == text
