"""What a run would do: commands with every value that is known beforehand, the rest as the expression it is."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wflpy.dag.spec import Call, Command, FileOutput, Shell, Submit
from wflpy.expr import EvaluationError, Expression, ExpressionError, Text, text_of
from wflpy.expr.values import is_mapping

if TYPE_CHECKING:
    from wflpy.dag.plan import Group, Plan

Scope = Mapping[str, object]


def scope_of(plan: Plan, group: Group, member: int) -> dict[str, object]:
    """The names that one node has values for before anything ran: declared files of other tasks among them."""
    scope: dict[str, object] = {"params": plan.spec.params}
    if group.members is not None:
        scope.update(group.members.scope(member))
    scope["env"] = {
        name: value for name, text in plan.spec.env.items() if (value := known_text(text, scope)) is not None
    }
    needs: dict[str, object] = {}
    for name in group.needs:
        number = plan.group_number(name)
        if number is not None and plan.groups[number].members is None:
            needs[name] = {"outputs": _files(plan.groups[number], scope)}
    return {**scope, "needs": needs, "outputs": _files(group, scope)}


def _files(group: Group, scope: Scope) -> dict[str, object]:
    declared = {name: output for name, output in group.spec.outputs.items() if isinstance(output, FileOutput)}
    return {name: path for name, output in declared.items() if (path := known_text(output.path, scope)) is not None}


def known_text(text: Text, scope: Scope) -> str | None:
    """The text, if all of it is known."""
    if not all(_is_known(expression, scope) for expression in text.expressions):
        return None
    try:
        return text.render(scope)
    except EvaluationError:
        return None


def command_text(group: Group, scope: Scope) -> str:
    """What one node runs, as a line for a shell."""
    body = group.spec.body
    if isinstance(body, Shell):
        return _shell(body.text, scope)
    if isinstance(body, Command):
        return " ".join(word for text in body.argv for word in _words(text, scope))
    if isinstance(body, Submit):
        template = body.template
        return shlex.join([template.remote_command or "", *(template.args or ())])
    return _call(body, scope)


def _words(text: Text, scope: Scope) -> list[str]:
    """One argument as shell words; more than one where it stands for a list."""
    single = text.single
    if single is not None and _is_known(single, scope):
        try:
            return [shlex.quote(word) for word in text.arguments(scope)]
        except EvaluationError:
            return [str(text)]
    filled, later = _filled(text, scope)
    return [_restored(shlex.quote(filled), later)]


def _shell(text: Text, scope: Scope) -> str:
    """Shell text with the known values quoted for the places where they land, as they will be."""
    later: dict[str, str] = {}
    parts = [part if isinstance(part, str) else _kept(part, scope, later) for part in text.parts]
    try:
        return _restored(Text.of(*parts).render_shell(scope), later).strip()
    except ExpressionError:
        return str(text).strip()


def _filled(text: Text, scope: Scope) -> tuple[str, dict[str, str]]:
    later: dict[str, str] = {}
    parts = [part if isinstance(part, str) else _kept(part, scope, later) for part in text.parts]
    return "".join(part if isinstance(part, str) else text_of(part.evaluate(scope)) for part in parts), later


def _kept(expression: Expression, scope: Scope, later: dict[str, str]) -> str | Expression:
    """The expression where it has a value; else a word that survives all quoting, and stands for its source."""
    if _is_known(expression, scope):
        return expression
    word = f"wflpy_later_{len(later)}_"
    later[word] = f"${{{{ {expression.source} }}}}"
    return word


def _restored(text: str, later: Mapping[str, str]) -> str:
    for word, source in later.items():
        text = text.replace(word, source)
    return text


def _is_known(expression: Expression, scope: Scope) -> bool:
    """Whether every name it uses has a value now, so that it cannot come out otherwise later."""
    if expression.functions or not all(_leads_to_value(name, scope) for name in expression.names):
        return False
    try:
        expression.evaluate(scope)
    except EvaluationError:
        return False
    return True


def _leads_to_value(path: tuple[str, ...], scope: Scope) -> bool:
    value: object = scope
    for step in path:
        if not is_mapping(value):
            return True
        if step not in value:
            return False
        value = value[step]
    return True


def _call(call: Call, scope: Scope) -> str:
    said = [_argument(value, scope) for value in call.args]
    said += [f"{name}={_argument(value, scope)}" for name, value in call.kwargs.items()]
    return f"{call.function}({', '.join(said)})"


def _argument(value: object, scope: Scope) -> str:
    if isinstance(value, Expression):
        value = Text.of(value)
    if isinstance(value, Text):
        known = value.evaluate(scope) if known_text(value, scope) is not None else None
        return str(value) if known is None else _argument(known, scope)
    return json.dumps(value, ensure_ascii=False, default=str)
