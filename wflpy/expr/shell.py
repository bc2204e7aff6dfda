"""Values in shell text: each is quoted for the place where it lands, so that it arrives byte for byte.

What the text around a value means is found out once per text, by :mod:`wflpy.expr.places`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.expr.errors import EvaluationError, ExpressionError
from wflpy.expr.places import Place, Quoting, places
from wflpy.expr.values import RESULT_LIMIT, Raw, is_list, text_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wflpy.expr.expression import Expression
    from wflpy.expr.text import Text

_PLAIN = re.compile(r"(?![a-z]+\Z)[A-Za-z0-9_./:,@%+-]+")
"""Words that no shell reads as anything else, wherever a word may stand: keywords are all lower case."""
_SPECIAL_IN_DOUBLE = re.compile(r'([$`"\\])')
_PUT_IN_ENV: Final = "put it in env: and write \"$NAME\" here, or pass it through the filter 'raw'"


class PlaceProblem(NamedTuple):
    """An expression that stands where no value can be put safely."""

    expression: Expression
    number: int
    """Which expression of the text it is, from 0."""
    message: str


def check_shell(text: Text) -> tuple[PlaceProblem, ...]:
    """The expressions of a shell text that stand in a bad place, from left to right."""
    if text.is_literal:
        return ()
    return tuple(
        PlaceProblem(expression, number, _message(expression, place))
        for number, (expression, place) in enumerate(zip(text.expressions, _places(text), strict=True))
        if place.fault is not None and not expression.is_raw
    )


def render_shell(text: Text, scope: Mapping[str, object]) -> str:
    """The text with its values, for a POSIX shell.

    Raises:
        ExpressionError: a place is bad, a value is missing, contains a NUL, or is a list glued to other text.
    """
    if problems := check_shell(text):
        raise ExpressionError(problems[0].message)
    ahead = iter(_places(text))
    rendered = "".join(part if isinstance(part, str) else _value(part, next(ahead), scope) for part in text.parts)
    if len(rendered) > RESULT_LIMIT:
        raise EvaluationError(f"a text of {len(rendered)} characters is more than the {RESULT_LIMIT} allowed")
    return rendered


@lru_cache(maxsize=1_024)
def _places(text: Text) -> tuple[Place, ...]:
    return places(text.parts)


def _message(expression: Expression, place: Place) -> str:
    return f"${{{{ {expression.source} }}}} stands {place.fault}, where a value cannot be quoted: {_PUT_IN_ENV}"


def _value(expression: Expression, place: Place, scope: Mapping[str, object]) -> str:
    value = expression.evaluate(scope)
    quoted = str(value) if isinstance(value, Raw) else _QUOTE[place.quoting](value, place, expression)
    if "\0" in quoted:
        raise EvaluationError(f"the value of ${{{{ {expression.source} }}}} contains a NUL, which no argument can hold")
    return quoted


def _bare(value: object, place: Place, expression: Expression) -> str:
    if not is_list(value):
        return _word(text_of(value), place)
    if not place.is_word:
        raise EvaluationError(
            f"${{{{ {expression.source} }}}} is a list and stands for several words, but other text is glued to it: "
            "put blanks around it, or use join()"
        )
    return " ".join(_word(word, place) for word in words_of(value))


def _word(text: str, place: Place) -> str:
    if place.is_plain and _PLAIN.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def _double(value: object, place: Place, _expression: Expression) -> str:
    escaped = _SPECIAL_IN_DOUBLE.sub(r"\\\1", text_of(value))
    return f'""{escaped}' if place.follows_name else escaped


def _single(value: object, _place: Place, _expression: Expression) -> str:
    return text_of(value).replace("'", "'\\''")


_QUOTE: Final[dict[Quoting, Callable[[object, Place, Expression], str]]] = {
    Quoting.BARE: _bare,
    Quoting.DOUBLE: _double,
    Quoting.SINGLE: _single,
    Quoting.NONE: _bare,  # raw alone gets here, and is not quoted
}
