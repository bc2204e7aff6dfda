from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.flow.units import LARGEST_INDEX, LARGEST_SIZE, LONGEST_DURATION, UnitError, duration, index_range, size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("500ms", 0.5),
        ("1.5h", 5400),
        ("1h30m", 5400),
        ("1h 30min", 5400),
        ("2 h", 7200),
        ("2d", 172_800),
        ("1w", 604_800),
        ("01:30:00", 5400),
        ("100:00:01", 360_001),
        ("PT1H", 3600),
        ("P1DT2H3M4.5S", 93_784.5),
        ("P2W", 1_209_600),
        ("0s", 0),
        (" 30s ", 30),
        (timedelta(hours=1, milliseconds=1), 3600.001),
    ],
)
def test_durations(text: object, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (30, "'30s' is 30 seconds, '30m' is 30 minutes"),
        ("30", "'30s' is 30 seconds, '30m' is 30 minutes"),
        (2.5, "'2.5s' is 2.5 seconds"),
        ("90:00", "'90h00m' or '90m00s'"),
        ("5x", "the units are ms, s, m (or min), h, d, w"),
        ("5M", "the units are"),
        ("30m1h", "each unit once"),
        ("1h1h", "each unit once"),
        ("01:75:00", "write '30s'"),
        ("P", "write '30s'"),
        ("PT", "write '30s'"),
        ("P1M", "write '30s'"),
        ("-5s", "write '30s'"),
        ("1e3s", "the units are"),
        ("٣s", "write '30s'"),
        ("", "write '30s'"),
        ("soon", "write '30s'"),
        (None, "pass a timedelta"),
        (True, "pass a timedelta"),
        ([1], "pass a timedelta"),
        ("9" * 200, "write '30s'"),
        ("200000w", "leave it out for no limit"),
        (timedelta(seconds=-1), "zero or longer"),
    ],
)
def test_what_is_no_duration_is_refused_with_a_hint(value: object, hint: str) -> None:
    with pytest.raises(UnitError) as caught:
        duration(value)
    assert hint in caught.value.hint
    assert isinstance(caught.value, ValueError)
    assert str(caught.value) == f"{caught.value.message}; {caught.value.hint}"


_AMOUNTS = st.integers(0, 10_000)


@given(_AMOUNTS, _AMOUNTS, _AMOUNTS, st.integers(0, 999))
def test_every_notation_of_a_duration_means_the_same(hours: int, minutes: int, seconds: int, ms: int) -> None:
    exact = float(Fraction(hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + ms, 1000))
    assert duration(f"{hours}h{minutes}m{seconds}s{ms}ms") == exact
    assert duration(f"PT{hours}H{minutes}M{seconds}.{ms:03}S") == exact
    assert duration(timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=ms)) == exact


@given(st.integers(0, 9999), st.integers(0, 59), st.integers(0, 59))
def test_clock_times(hours: int, minutes: int, seconds: int) -> None:
    assert duration(f"{hours:02}:{minutes:02}:{seconds:02}") == hours * 3600 + minutes * 60 + seconds


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    with suppress(UnitError):
        assert 0 <= duration(text) <= LONGEST_DURATION


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("8GB", 8 * 10**9),
        ("8GiB", 8 * 2**30),
        ("512MiB", 512 * 2**20),
        ("1.5TB", 1_500_000_000_000),
        ("1KB", 1000),
        ("1KiB", 1024),
        ("100B", 100),
        ("0.3B", 1),
        ("2 GB", 2 * 10**9),
    ],
)
def test_sizes(text: str, amount: int) -> None:
    assert size(text) == amount


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (8, "'8MB' is megabytes, '8GB' is gigabytes, '8B' is bytes"),
        ("8", "'8GB' is gigabytes"),
        ("8G", "'8GB' is 8 x 1000000000 bytes, '8GiB' is 8 x 1073741824"),
        ("8Gi", "'8GB' is"),
        ("8gb", "did you mean '8GB'?"),
        ("8gib", "did you mean '8GiB'?"),
        ("8Q", "the units are B, KB"),
        ("-1GB", "such as '8GB'"),
        ("GB", "such as '8GB'"),
        ("1e3GB", "such as '8GB'"),
        ("100000EB", "check the unit"),
        (None, "write '8GB'"),
        (True, "write '8GB'"),
    ],
)
def test_what_is_no_size_is_refused_with_a_hint(value: object, hint: str) -> None:
    with pytest.raises(UnitError) as caught:
        size(value)
    assert hint in caught.value.hint


@given(st.integers(0, 8), st.sampled_from("KMGTPE"))
def test_a_binary_unit_is_larger_than_the_decimal_one(number: int, prefix: str) -> None:
    try:
        decimal, binary = size(f"{number}{prefix}B"), size(f"{number}{prefix}iB")
    except UnitError:
        assert number * 2**60 > LARGEST_SIZE
        return
    assert decimal <= binary < decimal * 1.16 + 1


@pytest.mark.parametrize(
    ("value", "indices"),
    [
        ("1-100", range(1, 101)),
        ("1-100:2", range(1, 101, 2)),
        ("7", range(7, 8)),
        (7, range(7, 8)),
        (range(3, 9, 2), range(3, 9, 2)),
        ("5-5", range(5, 6)),
    ],
)
def test_ranges(value: object, indices: range) -> None:
    assert index_range(value) == indices


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("0-9", "'1-10'"),
        (range(5), "'1-5'"),
        (range(0, 9, 3), "adding to both ends"),
        ("5-1", "the first index comes first"),
        (range(9, 1, -1), "the first index comes first"),
        (range(5, 5), "the first index comes first"),
        ("1-5:0", "a step is 1 or more"),
        ("1..5", "'1-100:2'"),
        ("-5", "'1-100:2'"),
        (f"1-{LARGEST_INDEX + 1}", "smaller indices"),
        ([1, 2], "'1-100'"),
        (None, "'1-100'"),
    ],
)
def test_what_is_no_range_is_refused_with_a_hint(value: object, hint: str) -> None:
    with pytest.raises(UnitError) as caught:
        index_range(value)
    assert hint in caught.value.hint


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 50))
def test_a_range_is_read_as_it_is_written(first: int, more: int, step: int) -> None:
    indices = index_range(f"{first}-{first + more}:{step}")
    assert list(indices) == list(range(first, first + more + 1, step))
    assert index_range(indices) == indices
