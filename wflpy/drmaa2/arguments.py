"""What the methods of sessions check about their own arguments (GFD.231 7.1.6, 8.2.7, 8.2.8)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2.constants import INFINITE_TIME, ZERO_TIME
from wflpy.drmaa2.errors import InvalidArgumentException

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SESSION_NAME: Final = 200
"""Longest name of a session, in characters."""


def bulk_indices(begin_index: int, end_index: int, step: int = 1) -> range:
    """The indices of a bulk job: from the first, every step, up to and if met including the last.

    Raises:
        InvalidArgumentException: the first is below 1 or beyond the last, or the step is below 1.
    """
    _check_numbers(beginIndex=begin_index, endIndex=end_index, step=step)
    if begin_index < 1:
        raise _wrong("beginIndex", f"must be at least 1, not {begin_index}")
    if end_index < begin_index:
        raise _wrong("endIndex", f"must not be below beginIndex, {begin_index}, but is {end_index}")
    if step < 1:
        raise _wrong("step", f"must be at least 1, not {step}")
    return range(begin_index, end_index + 1, step)


def check_max_parallel(max_parallel: int | None) -> None:
    """Do nothing if this can be the number of jobs of an array that run at once; None is no limit.

    Raises:
        InvalidArgumentException: it is below 1.
    """
    if max_parallel is not None:
        _check_numbers(maxParallel=max_parallel)
        if max_parallel < 1:
            raise _wrong("maxParallel", f"must be at least 1, not {max_parallel}; leave it unset for no limit")


def check_session_name(session_name: str) -> None:
    """Do nothing if a session may have this name.

    Raises:
        InvalidArgumentException: it is empty or too long, or holds a path separator or a NUL character.
    """
    name: Any = session_name
    if not isinstance(name, str):
        raise _wrong("sessionName", f"must be a string, not {type(name).__name__}")
    if not name:
        raise _wrong("sessionName", "must not be empty")
    if len(name) > MAX_SESSION_NAME:
        raise _wrong("sessionName", f"must have at most {MAX_SESSION_NAME} characters, not {len(name)}")
    if not {"/", "\\", "\0"}.isdisjoint(name):
        raise _wrong("sessionName", f"must not contain a slash, a backslash or a NUL character: {name!r}")


def wait_limit(timeout: timedelta | float | None) -> timedelta | None:
    """How long a wait may take: None for ever, zero to ask once. A number is seconds.

    Raises:
        InvalidArgumentException: it is negative or no number at all.
    """
    if timeout is None or timeout == INFINITE_TIME:
        return None
    limit = timeout if isinstance(timeout, timedelta) else _seconds(timeout)
    if limit is not None and limit < ZERO_TIME:
        raise _wrong("timeout", f"must not be negative, {timeout}")
    return limit


def _seconds(timeout: Any) -> timedelta | None:
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise _wrong("timeout", f"must be a timedelta or a number of seconds, not {type(timeout).__name__}")
    try:
        return timedelta(seconds=timeout)
    except OverflowError:
        # Longer than a timedelta can be, infinity included.
        return None if timeout > 0 else -timedelta.resolution
    except ValueError:
        raise _wrong("timeout", "must be a number of seconds, not NaN") from None


def check_jobs(jobs: Sequence[object]) -> None:
    """Do nothing if there is something to wait for.

    Raises:
        InvalidArgumentException: the list is empty, so the wait would never end.
    """
    if not jobs:
        raise _wrong("jobs", "must not be empty: there is nothing to wait for")


def _check_numbers(**numbers: Any) -> None:
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int):
            raise _wrong(name, f"must be a whole number, not {type(number).__name__}")


def _wrong(argument: str, text: str) -> InvalidArgumentException:
    return InvalidArgumentException(f"{argument} {text}", attributes=(argument,))
