"""Keys, and options as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import InvalidArgumentException
from wflpy.sessions import new_key
from wflpy.sessions.keys import new_keys
from wflpy.sessions.options import options_from_record, options_to_record
from wflpy.store.text import read_record, write_record

KEY = re.compile(r"w[a-z2-7]{24}")


def test_a_key_is_a_w_and_24_base32_characters() -> None:
    keys = [new_key() for _ in range(100)] + new_keys(100)
    assert len(set(keys)) == 200
    assert all(KEY.fullmatch(key) for key in keys)
    assert {character for key in keys for character in key[1:]} == set("abcdefghijklmnopqrstuvwxyz234567")
    assert new_keys(0) == []


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    tracker: ClassVar[str] = "none"

    text: str = ""
    number: int | None = None
    real: float = 0.5
    flag: bool = False
    pause: timedelta = timedelta(seconds=5)
    where: Path = Path("/")
    names: tuple[str, ...] = ()
    counts: dict[str, int] | None = None
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] = "a"


texts = st.text(st.characters(exclude_characters="\0"))
options = st.builds(
    Options,
    text=texts,
    number=st.none() | st.integers(),
    real=st.floats(allow_nan=False),
    flag=st.booleans(),
    pause=st.timedeltas(timedelta(0), timedelta(days=1000)),
    where=texts.map(Path),
    names=st.lists(texts).map(tuple),
    counts=st.none() | st.dictionaries(texts, st.integers()),
    colour=st.sampled_from(Colour),
    kind=st.sampled_from(["a", "b"]),
)


@given(options)
def test_options_come_back_as_they_were(given_options: Options) -> None:
    record = read_record(write_record(options_to_record(given_options)))
    assert options_from_record(Options, record) == given_options


def test_only_what_is_not_the_default_is_written() -> None:
    assert options_to_record(Options(number=0, kind="b")) == {"number": 0, "kind": "b"}


def test_options_are_a_dataclass() -> None:
    for wrong in (5, Options):
        with pytest.raises(InvalidArgumentException, match="are a dataclass"):
            options_to_record(wrong)


def test_an_option_of_another_version_is_refused() -> None:
    with pytest.raises(InvalidArgumentException, match="older is not an option"):
        options_from_record(Options, {"older": 1})
