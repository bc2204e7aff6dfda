"""Times and amounts of time as RFC 822 text (GFD.231 chapter 3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from wflpy.drmaa2.errors import InvalidArgumentException


def rfc822(value: datetime | timedelta) -> str:
    """The RFC 822 text: ``Thu, 31 Jan 2030 12:00:00 +0000`` for a time, ``+0130`` for one and a half hours.

    An amount is written as hours and minutes with a sign; seconds follow after a colon unless they are zero
    (``+0000:05``), fractions of a second are cut off.

    Raises:
        InvalidArgumentException: the time has no zone.
    """
    if isinstance(value, timedelta):
        return _amount(value)
    if value.utcoffset() is None:
        raise InvalidArgumentException(f"{value.isoformat()} has no time zone, so it does not say which instant it is")
    from email.utils import format_datetime

    return format_datetime(value)


def _amount(value: timedelta) -> str:
    minutes, seconds = divmod(abs(value) // timedelta(seconds=1), 60)
    text = f"{'-' if value < timedelta(0) else '+'}{minutes // 60:02}{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text
