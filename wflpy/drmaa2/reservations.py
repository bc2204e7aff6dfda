"""What every request for an advance reservation checks, and the time frame it means (GFD.231 5.8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from wflpy.drmaa2.attributes import set_attributes
from wflpy.drmaa2.constants import NOW, ZERO_TIME
from wflpy.drmaa2.errors import InvalidArgumentException
from wflpy.drmaa2.problems import raise_problems
from wflpy.drmaa2.templates import ReservationTemplate
from wflpy.drmaa2.validation import count_problems
from wflpy.drmaa2.values import value_problems


class TimeFrame(NamedTuple):
    """When a reservation may lie. It is a sliding window when the frame is longer than the duration."""

    start: datetime | None
    """Earliest start; None: whenever possible."""
    end: datetime | None
    """Latest end; None: whenever possible."""
    duration: timedelta
    """Length of the reservation."""


def check_reservation(template: ReservationTemplate, now: datetime | None = None) -> TimeFrame:
    """The time frame of a template that a tracker may be asked to reserve.

    Args:
        template: the template.
        now: the time of the request, which is what NOW stands for; the current time if None.

    Raises:
        InvalidArgumentException: names every attribute that is wrong.
    """
    given: Any = template
    if not isinstance(given, ReservationTemplate):
        text = f"a reservation is described by a ReservationTemplate, not by {type(given).__name__}"
        raise InvalidArgumentException(text)
    problems = value_problems(ReservationTemplate, set_attributes(template))
    if not problems:
        problems = [*count_problems(template.min_slots, template.max_slots, template.min_phys_memory)]
    raise_problems("reservation template", problems)
    return _time_frame(template, now or datetime.now(UTC))


def _time_frame(template: ReservationTemplate, now: datetime) -> TimeFrame:
    start = now if template.start_time is NOW else template.start_time
    end, duration = template.end_time, template.duration
    if duration is not None and duration <= ZERO_TIME:
        raise _wrong("duration must be longer than zero", "duration")
    if end is not None and end <= now:
        raise _wrong(f"endTime is in the past, {end.isoformat()}", "endTime")
    if start is not None and end is not None:
        return _window(start, end, duration)
    if duration is None:
        text = "a time frame needs two of startTime, endTime and duration, or duration alone"
        raise _wrong(text, "startTime", "endTime", "duration")
    try:
        if start is not None:
            end = start + duration
        elif end is not None:
            start = end - duration
    except OverflowError:
        raise _wrong(f"duration is too long, {duration}", "duration") from None
    return TimeFrame(start, end, duration)


def _window(start: datetime, end: datetime, duration: timedelta | None) -> TimeFrame:
    frame = end - start
    if frame <= ZERO_TIME:
        raise _wrong("endTime must be later than startTime", "startTime", "endTime")
    if duration is not None and frame < duration:
        text = f"duration, {duration}, is longer than the time from startTime to endTime, {frame}"
        raise _wrong(text, "startTime", "endTime", "duration")
    return TimeFrame(start, end, frame if duration is None else duration)


def _wrong(text: str, *attributes: str) -> InvalidArgumentException:
    return InvalidArgumentException(f"reservation template: {text}", attributes=attributes)
