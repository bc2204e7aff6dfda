"""What sessions check about their own arguments."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import (
    INFINITE_TIME,
    MAX_SESSION_NAME,
    ZERO_TIME,
    InvalidArgumentException,
    bulk_indices,
    check_jobs,
    check_max_parallel,
    check_session_name,
    wait_limit,
)


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 600))
def test_indices_ascend_from_the_first_by_steps(begin: Any, length: Any, step: Any) -> None:
    indices = list(bulk_indices(begin, begin + length, step))
    assert indices[0] == begin
    assert len(indices) == length // step + 1
    assert all(second - first == step for first, second in pairwise(indices))
    assert begin + length - step < indices[-1] <= begin + length


def test_an_array_of_any_size_costs_nothing() -> None:
    assert len(bulk_indices(1, 10**12)) == 10**12


@pytest.mark.parametrize(
    ("begin", "end", "step", "attribute"),
    [
        (0, 3, 1, "beginIndex"),
        (-1, 3, 1, "beginIndex"),
        (3, 2, 1, "endIndex"),
        (1, 0, 1, "endIndex"),
        (1, 3, 0, "step"),
        (1, 3, -1, "step"),
        ("1", 3, 1, "beginIndex"),
        (1, 3.0, 1, "endIndex"),
        (1, 3, True, "step"),
    ],
)
def test_indices_that_are_none(begin: Any, end: Any, step: Any, attribute: Any) -> None:
    with pytest.raises(InvalidArgumentException, match=f"^{attribute} must") as caught:
        bulk_indices(begin, end, step)
    assert caught.value.attributes == (attribute,)


def test_max_parallel() -> None:
    check_max_parallel(None)
    check_max_parallel(1)


@pytest.mark.parametrize("max_parallel", [0, -1, 1.5, "2", False])
def test_what_is_no_max_parallel(max_parallel: Any) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        check_max_parallel(max_parallel)
    assert caught.value.attributes == ("maxParallel",)


@pytest.mark.parametrize("name", ["nightly", "a'; echo foo", "ünïcode", "new\nline", "..", "x" * MAX_SESSION_NAME])
def test_names_of_sessions(name: str) -> None:
    check_session_name(name)


@pytest.mark.parametrize("name", ["", "a/b", "/", "a\\b", "a\0b", "x" * (MAX_SESSION_NAME + 1), None, 3, b"x"])
def test_what_is_no_name_of_a_session(name: str) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        check_session_name(name)
    assert caught.value.attributes == ("sessionName",)


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (None, None),
        (INFINITE_TIME, None),
        (math.inf, None),
        (1e300, None),
        (ZERO_TIME, timedelta(0)),
        (0, timedelta(0)),
        (0.0, timedelta(0)),
        (1.5, timedelta(seconds=1.5)),
        (timedelta(hours=2), timedelta(hours=2)),
    ],
)
def test_timeouts(timeout: Any, expected: Any) -> None:
    assert wait_limit(timeout) == expected


@pytest.mark.parametrize("timeout", [-1, -0.001, timedelta(seconds=-1), math.nan, -math.inf, -1e300, "1", True])
def test_what_is_no_timeout(timeout: Any) -> None:
    with pytest.raises(InvalidArgumentException, match=r"^timeout must") as caught:
        wait_limit(timeout)
    assert caught.value.attributes == ("timeout",)


def test_there_must_be_something_to_wait_for() -> None:
    check_jobs(["1"])
    with pytest.raises(InvalidArgumentException, match="nothing to wait for"):
        check_jobs([])
