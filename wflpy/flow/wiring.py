"""From the values a user passes to the texts and documents a task is declared with, edges included.

A reference among the values makes the task wait for the one whose result it is. Plain text stays as it is, whatever
characters it has: only references, `Text` and `Expression` are ever evaluated.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, SupportsIndex

from wflpy.dag.codes import Code
from wflpy.dag.spec import Edge
from wflpy.expr import Expression, ExpressionError, Text
from wflpy.flow.guards import is_row, whole_number
from wflpy.flow.mistakes import mistake
from wflpy.flow.names import unknown
from wflpy.flow.references import Later, Names, Reference, expression_of, parts_of, task_of
from wflpy.flow.runner import LARGEST_JSON_INTEGER, MARK, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wflpy.flow.declarations import Declarations

Value = str | int | float | SupportsIndex | PurePath | Later | Text | Expression
"""What may stand where text is wanted."""

Argument = Value | Sequence[Value]
"""What may be an argument of a command; a list becomes several arguments."""

_SCALARS: Final[dict[type, Callable[[object], str]]] = {int: str, float: repr}


class Wiring:
    """The values of one task on their way in, and the edges they bring."""

    __slots__ = ("_flow", "_name", "needs")

    def __init__(self, flow: Declarations, needs: dict[str, Edge], name: str = "") -> None:
        self._flow = flow
        self._name = name
        self.needs = needs

    @property
    def base(self) -> Path:
        """The base folder of the flow."""
        return self._flow.spec.base

    def words(self, values: Sequence[object]) -> list[Text]:
        """The arguments: a text for each value, several for a list."""
        words: list[Text] = []
        for value in values:
            if type(value) is str:
                words.append(_literal(value))
            elif is_row(value):
                words.extend(self.text(one, "an argument in a list") for one in value)
            else:
                words.append(self.text(value, "an argument"))
        return words

    def text(self, value: object, what: str) -> Text:
        """The text for one value; ``what`` says in a message what it was to be.

        Raises:
            WorkflowError: the value has no one text, such as None, True or a list.
        """
        if isinstance(value, str):
            return _literal(str.__str__(value), what)
        if isinstance(value, Later):
            return Text.of(*(p if isinstance(p, str) else self.expression(p) for p in parts_of(value)))
        if isinstance(value, Text):
            self._follow(value.names)
            return value
        if isinstance(value, Expression):
            self._follow(value.names)
            return Text.of(value)
        return Text.literal(self._plain(value, what))

    def expression(self, value: object) -> Expression:
        """The expression for a reference, or for text in the expression language (``matrix.depth > 4``)."""
        if isinstance(value, Reference):
            task = task_of(value)
            if task is not None:
                self._use(task.declarations, task.name)
            return expression_of(value)
        expression = value if isinstance(value, Expression) else _parse(value)
        self._follow(expression.names)
        return expression

    def document(self, value: Any, keep: Callable[[object], object]) -> object:
        """The value as a JSON document in which Text and Expression stand for what is known later.

        What JSON cannot hold exactly is handed to ``keep``; its result takes the place.
        """
        kind = kind_of(value)
        if kind is int:
            return keep(value) if value.bit_length() > LARGEST_JSON_INTEGER else value
        if value is None or kind in (str, bool):
            return value
        if isinstance(value, Reference):
            return self.expression(value)
        if isinstance(value, Later | Text | Expression):
            return self.text(value, "a value")
        if kind is list:
            return [self.document(one, keep) for one in value]
        if kind is dict:
            return self._mapping(value, keep)
        if kind is float and value - value == 0:  # finite
            return value
        return keep(value)

    def after(self, task: object, edge: Edge) -> None:
        """Wait for a task, whether one of its results is used or not."""
        from wflpy.flow.task import Task

        if not isinstance(task, Task):
            raise mistake(f"{task!r} is no task to wait for", "pass what run, call or then returned")
        if task.declarations is self._flow and task.name == self._name:
            raise mistake(f"task '{self._name}' waits for itself", "wait for another task", code=Code.SELF_REFERENCE)
        self._use(task.declarations, task.name)
        self.needs[task.name] = edge

    def _mapping(self, value: Mapping[object, object], keep: Callable[[object], object]) -> object:
        if any(type(key) is not str for key in value) or MARK in value:
            return keep(value)
        return {key: self.document(one, keep) for key, one in value.items()}

    def _plain(self, value: object, what: str) -> str:
        known = _SCALARS.get(type(value))
        if known is not None:
            return known(value)
        if isinstance(value, PurePath):
            return os.fspath(value)
        if value is None or value is True or value is False:
            meant = "'' or leave it out" if value is None else "'true' or 'false', or leave the argument out"
            raise mistake(f"{what} is {value!r}, and programs read that differently", f"pass {meant}")
        if isinstance(value, Names):
            str(value)  # raises: it is no value itself
        if isinstance(value, float):
            return repr(float(value))
        number = whole_number(value)
        if number is not None:
            return str(number)
        raise mistake(f"{what} is a {type(value).__name__}, which has no one text", "pass str(...) of what you mean")

    def _follow(self, names: Sequence[tuple[str, ...]]) -> None:
        for path in names:
            if path[0] == "needs" and len(path) > 1:
                self._use(self._flow, path[1])

    def _use(self, flow: Declarations, name: str) -> None:
        if flow is not self._flow:
            raise mistake(
                f"'{name}' is a task of another flow, '{flow.spec.name}'",
                "a flow can use the results of its own tasks only",
            )
        if name == self._name:
            raise mistake(
                f"task '{name}' uses its own result", "use the result of another task", code=Code.SELF_REFERENCE
            )
        if name not in flow.spec.tasks:
            raise mistake(unknown("there is no task", name, flow.spec.tasks), code=Code.UNKNOWN_TASK)
        self.needs.setdefault(name, Edge.SUCCESS)


@lru_cache(maxsize=4096)
def _literal(text: str, what: str = "an argument") -> Text:
    """Text as it is. Remembered, since the words of a large flow are mostly the same ones."""
    if "\0" in text:
        raise mistake(f"{what} holds a NUL character: {text!r}", "no program can be given one")
    if "${{" in text:
        raise mistake(
            f"{what} holds '${{{{': {text!r}",
            "pass a reference such as params.x, Text.parse(...) to have it evaluated, or Text.literal(...) to keep it",
        )
    return Text.literal(text)


def _parse(value: object) -> Expression:
    if not isinstance(value, str):
        raise mistake(
            f"{value!r} is no condition",
            "write it as text, such as 'params.refresh' or 'matrix.depth > 4', or pass a reference",
        )
    if "${{" in value:
        raise mistake(f"{value!r} holds '${{{{'", "this is an expression already: leave ${{ and }} out")
    try:
        return Expression.parse(value)
    except ExpressionError as problem:
        raise mistake(f"{value!r}: {problem.message}") from None
