"""Whether a failed attempt is followed by another, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.dag.states import FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.dag.spec import Retry
    from wflpy.dag.table import Ending

_ONLY_WHEN_NAMED: Final = frozenset((FailureKind.CANCELLED, FailureKind.SUBMIT_REJECTED))
"""What somebody wanted, or another attempt would most likely repeat."""


_WITH_STATUS: Final = (FailureKind.EXIT, FailureKind.EXCEPTION)
"""Endings that a job came to by itself; the exit status of others is that of whoever ended it."""


def is_retried(retry: Retry | None, attempt: int, ending: Ending) -> bool:
    """Whether attempt number ``attempt``, which failed in this way, is followed by another."""
    if retry is None or attempt > retry.max or ending.kind is FailureKind.EXPRESSION:
        return False
    if not retry.when:
        return ending.kind not in _ONLY_WHEN_NAMED
    return ending.kind in retry.when or (ending.kind in _WITH_STATUS and ending.exit_status in retry.when)


def delay_after(retry: Retry, attempt: int, random: Callable[[], float]) -> float:
    """Seconds between the failure of attempt number ``attempt`` and the next; ``random`` gives numbers from 0 to 1."""
    try:
        delay = retry.delay * retry.backoff ** (attempt - 1)
    except OverflowError:
        delay = float("inf")
    if retry.max_delay is not None:
        delay = min(delay, retry.max_delay)
    return min(delay * (1.0 + retry.jitter * random()), _LONGEST)


_LONGEST: Final = 7 * 86_400.0
"""A week; what is longer is meant as never, and an infinite delay cannot be waited for."""
