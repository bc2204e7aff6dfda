"""Texts and what runs, as JSON values, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wflpy.dag.shapes import is_list, is_mapping
from wflpy.dag.spec import Body, Call, Command, Shell, Submit
from wflpy.drmaa2 import JobTemplate
from wflpy.drmaa2.codec import from_dict, to_dict
from wflpy.expr import Expression, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TEXT: Final = "$text"
_EXPRESSION: Final = "$expression"
_ESCAPED: Final = "$mapping"
_MARKS: Final = frozenset((_TEXT, _EXPRESSION, _ESCAPED))


def text_to(text: Text) -> Any:
    """Literal text as a string, other text as the list of its parts, where an expression is ``{"$": source}``."""
    if text.is_literal:
        return text.parts[0] if text.parts else ""
    return [part if isinstance(part, str) else {"$": part.source} for part in text.parts]


def text_from(data: Any) -> Text:
    """The text that `text_to` wrote."""
    if isinstance(data, str):
        return Text.literal(data)
    return Text.of(*(part if isinstance(part, str) else Expression.parse(part["$"]) for part in data))


def body_to(body: Body, keep: Callable[[bytes], str]) -> dict[str, Any]:
    """What runs; pickled functions are handed to ``keep``, which gives the word that stands for them."""
    if isinstance(body, Command):
        return {"run": [text_to(text) for text in body.argv]}
    if isinstance(body, Shell):
        return {"shell": text_to(body.text), "with": None if body.shell is None else list(body.shell)}
    if isinstance(body, Submit):
        return {"submit": to_dict(body.template)}
    return {
        "call": body.function,
        "args": [_value_to(value) for value in body.args],
        "kwargs": {name: _value_to(value) for name, value in body.kwargs.items()},
        "payload": None if body.payload is None else keep(body.payload),
        "python": body.python,
    }


def body_from(data: Mapping[str, Any], fetch: Callable[[str], bytes]) -> Body:
    """The body that `body_to` wrote."""
    if "run" in data:
        return Command(tuple(text_from(text) for text in data["run"]))
    if "shell" in data:
        return Shell(text_from(data["shell"]), None if data["with"] is None else tuple(data["with"]))
    if "submit" in data:
        return Submit(from_dict(JobTemplate, data["submit"]))
    return Call(
        data["call"],
        tuple(_value_from(value) for value in data["args"]),
        {name: _value_from(value) for name, value in data["kwargs"].items()},
        None if data["payload"] is None else fetch(data["payload"]),
        data["python"],
    )


def _value_to(value: object) -> Any:
    if isinstance(value, Text):
        return {_TEXT: text_to(value)}
    if isinstance(value, Expression):
        return {_EXPRESSION: value.source}
    if is_mapping(value):
        written = {key: _value_to(entry) for key, entry in value.items()}
        # A dictionary of the user's may look like one of the marks.
        return written if _MARKS.isdisjoint(written) else {_ESCAPED: written}
    if is_list(value):
        return [_value_to(element) for element in value]
    return value


def _value_from(data: object) -> object:
    if is_list(data):
        return [_value_from(element) for element in data]
    if not is_mapping(data):
        return data
    if len(data) == 1:
        if _TEXT in data:
            return text_from(data[_TEXT])
        if _EXPRESSION in data:
            return Expression.parse(str(data[_EXPRESSION]))
        escaped = data.get(_ESCAPED)
        if is_mapping(escaped):
            data = escaped
    return {key: _value_from(entry) for key, entry in data.items()}
