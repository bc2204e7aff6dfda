"""Jinja2's sandbox, cut down to what expressions may do: data alone, and within bounds.

It is not a wall against a hostile author, whose file names programs to run anyway; it keeps a slip from eating the
machine, and an expression from being anything but a function of its scope.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jinja2 import StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from wflpy.expr.errors import EvaluationError
from wflpy.expr.functions import FUNCTIONS, join, length, quote, raw, replace
from wflpy.expr.paths import step_into
from wflpy.expr.values import RESULT_LIMIT, is_list, json_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2.runtime import Context

CONCAT: Final = "wflpy concat"
"""The filter behind ``a ~ b``; no source can spell it."""

_INTEGER_BITS: Final = 4_096
_BORROWED_FILTERS: Final = (
    *("abs", "capitalize", "d", "default", "first", "float", "int", "last", "list", "lower"),
    *("max", "min", "round", "sort", "sum", "title", "trim", "upper"),
)
_TESTS_LEFT_OUT: Final = frozenset({"callable", "escaped", "filter", "test"})


class _Sandbox(ImmutableSandboxedEnvironment):
    """Mappings and lists can be looked into; nothing has attributes or methods."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return step_into(obj, argument)
        except (LookupError, TypeError):
            return self.undefined(obj=obj, name=argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002  # the base class' signature
        return False

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, Undefined):
                str(argument)  # raises, with the name
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        _BOUNDS[operator](left, right)
        return super().call_binop(context, operator, left, right)


def _bound_product(left: Any, right: Any) -> None:
    for many, count in ((left, right), (right, left)):
        if (isinstance(many, str) or is_list(many)) and isinstance(count, int) and len(many) * count > RESULT_LIMIT:
            raise EvaluationError(f"the product would have more than {RESULT_LIMIT} elements")
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > _INTEGER_BITS:
        raise EvaluationError("the product is too large a number")


def _bound_power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > _INTEGER_BITS:
        raise EvaluationError("the power is too large a number")


def _bound_remainder(left: Any, _right: Any) -> None:
    if isinstance(left, str):  # it would format, and "%99999999d" is a gigabyte
        raise EvaluationError("'%' takes numbers; join texts with '~'")


_BOUNDS: Final[dict[str, Callable[[Any, Any], None]]] = {
    "*": _bound_product,
    "**": _bound_power,
    "%": _bound_remainder,
}


def _reversed(values: Any) -> object:
    return values[::-1] if isinstance(values, str) else list(reversed(values))


def _distinct(values: Any) -> list[object]:
    seen: dict[str, object] = {}
    for value in values:
        seen.setdefault(json_of(value), value)
    return list(seen.values())


_OWN_FILTERS: Final[dict[str, Callable[..., object]]] = {
    CONCAT: join,
    "count": length,
    "join": join,
    "json": json_of,
    "length": length,
    "quote": quote,
    "raw": raw,
    "replace": replace,
    "reverse": _reversed,
    "string": text_of,
    "tojson": json_of,
    "unique": _distinct,
}


def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, autoescape=False)
    filters: dict[str, Any] = {name: environment.filters[name] for name in _BORROWED_FILTERS}
    functions: dict[str, Any] = dict(FUNCTIONS)
    filters.update(_OWN_FILTERS)
    environment.filters = filters
    environment.tests = {name: test for name, test in environment.tests.items() if name not in _TESTS_LEFT_OUT}
    environment.globals = functions
    return environment


SANDBOX: Final = _environment()
"""The one environment that all expressions share."""
