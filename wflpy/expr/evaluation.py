"""The value of an expression that is more than a path."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from jinja2 import TemplateError, Undefined, nodes
from jinja2.environment import TemplateExpression

from wflpy.expr.errors import EvaluationError
from wflpy.expr.functions import STATUS_FUNCTIONS
from wflpy.expr.paths import look_up, missing
from wflpy.expr.sandbox import CONCAT, SANDBOX
from wflpy.expr.syntax import parse_tree
from wflpy.expr.values import RESULT_LIMIT, is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.expr.expression import Expression


@lru_cache(maxsize=4_096)
def _compiled(source: str) -> TemplateExpression:
    tree = _with_own_concat(parse_tree(source))
    tree.set_environment(SANDBOX)
    body: list[nodes.Node] = [nodes.Assign(nodes.Name("result", "store"), tree, lineno=1)]
    return TemplateExpression(SANDBOX.from_string(nodes.Template(body, lineno=1)), undefined_to_none=False)


def _with_own_concat(tree: nodes.Expr) -> nodes.Expr:
    """``a ~ b`` with the rules of :func:`text_of`, where jinja2 would write Python's ``True``."""
    holder = nodes.Output([tree])
    inside_out = [holder, *holder.find_all(nodes.Node)][::-1]
    for node in inside_out:
        for name, value in node.iter_fields():
            setattr(node, name, _own_concat(value))
    return holder.nodes[0]


def _own_concat(value: object) -> object:
    if is_list(value):
        return [_own_concat(item) for item in value]
    if not isinstance(value, nodes.Concat):
        return value
    return nodes.Filter(nodes.List(value.nodes, lineno=1), CONCAT, [], [], None, None, lineno=1)


def evaluate(expression: Expression, scope: Mapping[str, object]) -> object:
    """The value of an expression in a scope.

    Raises:
        EvaluationError: a name is missing, or an operation does not fit its operands.
    """
    for path in expression.names:
        if path[0] not in scope:
            raise EvaluationError(missing(path, 0, scope))
    status = {name: partial(function, scope) for name, function in STATUS_FUNCTIONS.items()}
    try:
        value = _compiled(expression.source)({**scope, **status})
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise _explained(expression, scope, error) from None
    if isinstance(value, Undefined):
        raise _explained(expression, scope, None)
    return _checked(value)


def _explained(expression: Expression, scope: Mapping[str, object], error: Exception | None) -> EvaluationError:
    """What went wrong, told by the first name that leads nowhere, else in the words of the failed operation."""
    if isinstance(error, EvaluationError):
        return error
    if error is None or isinstance(error, TemplateError):
        for path in expression.names:
            try:
                look_up(path, scope)
            except EvaluationError as fault:
                return fault
    return EvaluationError(str(error) if error is not None else "it has no value")


def _checked(value: object) -> object:
    if isinstance(value, str) or is_list(value) or is_mapping(value):
        size = len(value)
        if size > RESULT_LIMIT:
            raise EvaluationError(f"the result has {size} elements, more than {RESULT_LIMIT}")
        return value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise EvaluationError(f"the result is no data but {type(value).__name__}")
