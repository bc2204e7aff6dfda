"""Amounts on the command line, as callbacks of options: durations, ranges of indices, states of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from wflpy.drmaa2 import JobState, did_you_mean
from wflpy.flow.units import UnitError, duration, index_range

if TYPE_CHECKING:
    from collections.abc import Callable

    Callback = Callable[[click.Context, click.Parameter, str | None], Any]


def _reading(read: Callable[[str], object]) -> Callback:
    """Reads the text of an option; what it cannot read is told as a mistake of the option."""

    def callback(ctx: click.Context, parameter: click.Parameter, value: str | None) -> object:
        if value is None:
            return None
        try:
            return read(value)
        except UnitError as problem:
            raise click.BadParameter(str(problem), ctx=ctx, param=parameter) from problem

    return callback


def _states(text: str) -> frozenset[JobState]:
    return frozenset(_state(word.strip()) for word in text.split(","))


def _state(word: str) -> JobState:
    known = JobState.__members__
    name = word.upper()
    if name not in known:
        raise UnitError(f"{word!r} is not a state{did_you_mean(name, known)}", f"known are {', '.join(known)}")
    return known[name]


read_duration: Final = _reading(duration)
"""``30s``, ``1h30m`` and so on, as seconds."""

read_indices: Final = _reading(index_range)
"""``1-100:2``, as a range."""

read_states: Final = _reading(_states)
"""``RUNNING,FAILED``, as a set of states."""
