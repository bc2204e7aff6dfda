"""The functions and filters an expression may use: each bounded, each working on data alone."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sized
from typing import TYPE_CHECKING, Final

from wflpy.expr.errors import EvaluationError
from wflpy.expr.values import RESULT_LIMIT, Raw, is_list, is_mapping, json_of, text_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable

RANGE_LIMIT: Final = 100_000
"""The most elements ``range()`` may give."""

_SUCCEEDED: Final = frozenset({"DONE", "CACHED"})
_FAILED: Final = frozenset({"FAILED", "LOST", "CANCELLED"})


def length(value: object) -> int:
    """``len(x)``: how many elements or characters."""
    if isinstance(value, Sized):
        return len(value)
    raise EvaluationError(f"len() takes a list, a mapping or a text, not {type(value).__name__}")


def bounded_range(*bounds: object) -> list[int]:
    """``range(stop)``, ``range(start, stop)``, ``range(start, stop, step)``, as a list."""
    numbers = [bound for bound in bounds if isinstance(bound, int) and not isinstance(bound, bool)]
    if len(numbers) != len(bounds) or not 1 <= len(numbers) <= 3:
        raise EvaluationError("range() takes one to three whole numbers")
    if len(numbers) == 3 and numbers[2] == 0:
        raise EvaluationError("range() cannot take steps of 0")
    span = range(*numbers)
    # Not len(): a span may be longer than len() can say.
    if span and abs((span[-1] - span[0]) // (span.step or 1)) >= RANGE_LIMIT:
        raise EvaluationError(f"range() may give {RANGE_LIMIT} elements at most")
    return list(span)


def join(values: object, separator: object = "") -> str:
    """``join(list, ", ")``: the elements as one text."""
    words, between = words_of(values), text_of(separator)
    if sum(map(len, words)) + len(between) * len(words) > RESULT_LIMIT:
        raise EvaluationError(f"join() may give {RESULT_LIMIT} characters at most")
    return between.join(words)


def quote(value: object) -> str:
    """``quote(x)``: a word of a shell line, for text that a second shell will read; a list becomes several words."""
    return shlex.join(words_of(value))


def raw(value: object) -> Raw:
    """``x | raw``: the value enters shell text as it is, unquoted; a list becomes words with blanks between."""
    return Raw(" ".join(words_of(value)))


def replace(value: object, old: object, new: object) -> str:
    """``x | replace(old, new)``: every occurrence."""
    text, before, after = text_of(value), text_of(old), text_of(new)
    if len(text) + text.count(before) * len(after) > RESULT_LIMIT:
        raise EvaluationError(f"replace() may give {RESULT_LIMIT} characters at most")
    return text.replace(before, after)


FUNCTIONS: Final[Mapping[str, Callable[..., object]]] = {
    "join": join,
    "json": json_of,
    "len": length,
    "quote": quote,
    "range": bounded_range,
}
"""The functions that need nothing but their arguments."""


def succeeded(scope: Mapping[str, object]) -> bool:
    """``success()``: everything this task needs has succeeded.

    The scope may say it itself with a flag ``success``, where a failure was tolerated for example; else the states
    of what is in ``needs`` decide.
    """
    return _flag(scope, "success", default=_SUCCEEDED.issuperset(_states(scope)))


def failed(scope: Mapping[str, object]) -> bool:
    """``failure()``: something this task needs has failed, was cancelled or lost."""
    return _flag(scope, "failure", default=not _FAILED.isdisjoint(_states(scope)))


def always(_scope: Mapping[str, object]) -> bool:
    """``always()``: true."""
    return True


STATUS_FUNCTIONS: Final[Mapping[str, Callable[[Mapping[str, object]], bool]]] = {
    "always": always,
    "failure": failed,
    "success": succeeded,
}
"""The functions that look at how what came before has ended."""

FUNCTION_NAMES: Final = frozenset({*FUNCTIONS, *STATUS_FUNCTIONS})
"""Every function of the language."""


def _flag(scope: Mapping[str, object], name: str, *, default: bool) -> bool:
    value = scope.get(name)
    return value if isinstance(value, bool) else default


def _states(scope: Mapping[str, object]) -> set[str]:
    needs = scope.get("needs")
    return {state for task in needs.values() for state in _states_of(task)} if is_mapping(needs) else set()


def _states_of(task: object) -> list[str]:
    if is_list(task):
        return [state for member in task for state in _states_of(member)]
    return [text_of(task.get("state")).upper()] if is_mapping(task) else []
