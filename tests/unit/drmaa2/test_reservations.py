"""The time frame of an advance reservation, row by row, and the rest of its template."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import NOW, InvalidArgumentException, ReservationTemplate, TimeFrame, check_reservation

# For templates that are wrong on purpose.
any_template: Any = ReservationTemplate

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def frame(start: Any = None, end: Any = None, duration: Any = None) -> TimeFrame:
    """The time frame of a template with these attributes, asked at noon; hours after noon for times."""
    template = ReservationTemplate(
        start_time=start if start is None or start is NOW else NOON + start * HOUR,
        end_time=None if end is None else NOON + end * HOUR,
        duration=None if duration is None else duration * HOUR,
    )
    return check_reservation(template, NOON)


@pytest.mark.parametrize(
    ("start", "end", "duration", "expected"),
    [
        (1, 3, None, (1, 3, 2)),
        (None, None, 2, (None, None, 2)),
        (1, None, 2, (1, 3, 2)),
        (None, 3, 2, (1, 3, 2)),
        (1, 9, 2, (1, 9, 2)),
        (1, 3, 2, (1, 3, 2)),
        (NOW, 3, None, (0, 3, 3)),
        (NOW, None, 2, (0, 2, 2)),
    ],
)
def test_what_a_template_means(start: Any, end: Any, duration: Any, expected: Any) -> None:
    earliest, latest, length = expected
    assert frame(start, end, duration) == TimeFrame(
        None if earliest is None else NOON + earliest * HOUR,
        None if latest is None else NOON + latest * HOUR,
        length * HOUR,
    )


@pytest.mark.parametrize(
    ("start", "end", "duration", "attributes"),
    [
        (None, None, None, ("startTime", "endTime", "duration")),
        (1, None, None, ("startTime", "endTime", "duration")),
        (None, 1, None, ("startTime", "endTime", "duration")),
        (1, 3, 5, ("startTime", "endTime", "duration")),
        (3, 3, None, ("startTime", "endTime")),
        (3, 1, None, ("startTime", "endTime")),
        (3, 1, 1, ("startTime", "endTime")),
        (-3, -1, None, ("endTime",)),
        (-3, 0, 1, ("endTime",)),
        (None, None, 0, ("duration",)),
        (1, 3, -1, ("duration",)),
    ],
)
def test_what_means_nothing(start: Any, end: Any, duration: Any, attributes: Any) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        frame(start, end, duration)
    assert caught.value.attributes == attributes


def test_times_beyond_the_calendar() -> None:
    with pytest.raises(InvalidArgumentException, match="too long") as caught:
        check_reservation(ReservationTemplate(start_time=NOON, duration=timedelta.max), NOON)
    assert caught.value.attributes == ("duration",)
    with pytest.raises(InvalidArgumentException, match="too long"):
        check_reservation(ReservationTemplate(end_time=NOON + HOUR, duration=timedelta.max), NOON)


hours = st.integers(-3, 9)


@given(st.none() | hours | st.just(NOW), st.none() | hours, st.none() | hours)
def test_a_frame_always_holds_its_duration(start: Any, end: Any, duration: Any) -> None:
    try:
        earliest, latest, length = frame(start, end, duration)
    except InvalidArgumentException:
        return
    assert length > timedelta(0)
    if earliest is not None and latest is not None:
        assert latest - earliest >= length


def test_the_clock_is_asked_when_no_time_is_given() -> None:
    end = check_reservation(ReservationTemplate(start_time=NOW, duration=HOUR)).end
    assert end is not None
    assert end - datetime.now(UTC) <= HOUR


@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"min_slots": 0}, "minSlots"),
        ({"min_slots": 3, "max_slots": 2}, "maxSlots"),
        ({"min_phys_memory": -1}, "minPhysMemory"),
        ({"users_acl": "ada"}, "usersACL"),
        ({"users_acl": ["a\0"]}, "usersACL"),
        ({"end_time": NOON.replace(tzinfo=None)}, "endTime"),
        ({"duration": 60}, "duration"),
    ],
)
def test_the_other_attributes(attributes: Any, wrong: Any) -> None:
    with pytest.raises(InvalidArgumentException, match="reservation template") as caught:
        check_reservation(any_template(**{"duration": HOUR, **attributes}), NOON)
    assert caught.value.attributes == (wrong,)


def test_only_a_template_is_one() -> None:
    nothing: Any = None
    with pytest.raises(InvalidArgumentException, match="not by NoneType"):
        check_reservation(nothing)
