"""Every place of a task where an expression may stand, with its path in the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.dag.shapes import is_list, is_mapping
from wflpy.dag.spec import Call, Command, FileOutput, JsonOutput, Shell
from wflpy.expr import Expression, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.dag.spec import Body, Output, TaskSpec

_PLACES: Final = ("workdir", "stdin", "stdout", "stderr")

Use = tuple[tuple[str | int, ...], Text | Expression]
"""Where it stands, below the task, and what stands there."""


def uses_of(spec: TaskSpec) -> list[Use]:
    """The texts of a task that are more than literal, and its condition."""
    found: list[Use] = []
    _body(found, spec.body)
    if spec.when is not None:
        found.append((("when",), spec.when))
    if spec.env:
        env_uses(found, spec.env, ("env",))
    if spec.inputs:
        for number, text in enumerate(spec.inputs):
            _text(found, ("inputs", number), text)
    if spec.outputs:
        for name, output in spec.outputs.items():
            _output(found, name, output)
    for key, place in (
        ("workdir", spec.workdir),
        ("stdin", spec.stdin),
        ("stdout", spec.stdout),
        ("stderr", spec.stderr),
    ):
        if place is not None:
            _text(found, (key,), place)
    return found


def _body(found: list[Use], body: Body) -> None:
    if isinstance(body, Command):
        # The hot one: nearly every task of a large flow is a literal command.
        for number, text in enumerate(body.argv):
            if not text.is_literal:
                found.append((("run", number), text))
    elif isinstance(body, Shell):
        _text(found, ("run",), body.text)
    elif isinstance(body, Call):
        _value(found, ("args",), list(body.args))
        _value(found, ("with",), dict(body.kwargs))


def env_uses(found: list[Use], env: Mapping[str, Text], path: tuple[str | int, ...]) -> None:
    """Add the texts of environment variables that are more than literal."""
    for name, text in env.items():
        _text(found, (*path, name), text)


def _text(found: list[Use], path: tuple[str | int, ...], text: Text) -> None:
    if not text.is_literal:
        found.append((path, text))


def _output(found: list[Use], name: str, output: Output) -> None:
    if isinstance(output, FileOutput):
        _text(found, ("outputs", name), output.path)
    elif isinstance(output, JsonOutput):
        _text(found, ("outputs", name, "json"), output.file)


def _value(found: list[Use], path: tuple[str | int, ...], value: object) -> None:
    if isinstance(value, Text):
        _text(found, path, value)
    elif isinstance(value, Expression):
        found.append((path, value))
    elif is_mapping(value):
        for key, entry in value.items():
            _value(found, (*path, key), entry)
    elif is_list(value):
        for number, element in enumerate(value):
            _value(found, (*path, number), element)
