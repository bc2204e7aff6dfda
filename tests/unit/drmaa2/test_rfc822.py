"""Times and amounts as RFC 822 text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import InvalidArgumentException, rfc822


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2030, 1, 31, 12, 5, 9, tzinfo=UTC), "Thu, 31 Jan 2030 12:05:09 +0000"),
        (datetime(2030, 1, 31, tzinfo=timezone(timedelta(hours=-3.5))), "Thu, 31 Jan 2030 00:00:00 -0330"),
        (timedelta(0), "+0000"),
        (timedelta(hours=1, minutes=30), "+0130"),
        (timedelta(hours=-1, minutes=-30), "-0130"),
        (timedelta(hours=123), "+12300"),
        (timedelta(seconds=5), "+0000:05"),
        (timedelta(seconds=-3725), "-0102:05"),
        (timedelta(minutes=1, microseconds=999_999), "+0001"),
    ],
)
def test_text(value: Any, text: str) -> None:
    assert rfc822(value) == text


@given(
    st.datetimes(datetime.fromisoformat("1000-01-02"), datetime.fromisoformat("9999-12-30")), st.integers(-1439, 1439)
)
def test_a_time_can_be_read_back_to_the_second(naive: datetime, minutes: int) -> None:
    time = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parsedate_to_datetime(rfc822(time)) == time


def test_a_time_without_a_zone_is_no_instant() -> None:
    with pytest.raises(InvalidArgumentException, match="no time zone"):
        rfc822(datetime(2030, 1, 31))  # noqa: DTZ001  the missing zone is the point
