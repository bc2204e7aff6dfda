"""Lines on sockets and in logs."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import HOME_DIRECTORY, PARAMETRIC_INDEX, WORKING_DIRECTORY, JobState
from wflpy.tracker import Cause
from wflpy.tracker.arrays import INDEX_VARIABLE, JOB_ID_VARIABLE
from wflpy_trackers._local import words
from wflpy_trackers._local.wire import Lines, decode, encode

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_a_value_is_one_line_without_a_tab_and_comes_back(value: object) -> None:
    line = encode(value)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert b"\t" not in line
    assert decode(line[:-1]) == value


@given(st.binary())
def test_any_file_name_survives(name: bytes) -> None:
    assert os.fsencode(decode(encode(os.fsdecode(name)))) == name


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line)), st.lists(st.integers(0, 60)))
def test_lines_come_out_whole_however_the_bytes_come_in(lines: list[bytes], cuts: list[int]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    reader = Lines()
    found: list[bytes] = []
    at = 0
    for cut in [*sorted(cuts), len(data)]:
        found += reader.feed(data[at:cut])
        at = max(at, cut)
    assert found == lines


@pytest.mark.parametrize("text", [b"", b"{", b"nothing", b'["a"'])
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(text)


def test_the_words_are_those_of_the_standard_and_of_the_contract() -> None:
    states = {state.name: state for state in JobState if hasattr(words, state.name)}
    assert {name: getattr(words, name) for name in states} == states
    assert set(states) == {state.name for state in JobState}
    causes = {cause.name: cause.value for cause in Cause if hasattr(words, cause.name)}
    assert {name: getattr(words, name) for name in causes} == causes
    assert {"TERMINATED", "LOST", "REBOOT", "WALLCLOCK_TIME", "OUTPUT_FILE"} <= set(causes)
    assert (words.HOME_MARK, words.WORKING_MARK) == (HOME_DIRECTORY, WORKING_DIRECTORY)
    assert words.INDEX_MARK.decode() == PARAMETRIC_INDEX
    assert all(
        mark.startswith(words.ANY_MARK.decode()) for mark in (HOME_DIRECTORY, WORKING_DIRECTORY, PARAMETRIC_INDEX)
    )
    assert (words.JOB_ID_VARIABLE, words.INDEX_VARIABLE) == (JOB_ID_VARIABLE, INDEX_VARIABLE)
