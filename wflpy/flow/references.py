"""Values that will be known when the workflow runs, as objects: ``clean.outputs["table"]``, ``matrix.depth``.

A reference is passed where a value is wanted. It is data, a path into the names of the expression language, and has no
value while the workflow is being built: what would need one (formatting, comparing, looping) is an error with a hint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from wflpy.expr import Expression
from wflpy.flow.mistakes import mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.flow.task import Task

_JOIN: Final = "pass it as an argument of its own, or join with +: 'out-' + {0} + '.csv'"
_TEST: Final = "write the condition as text: .when('{1} > 4')"


class Later:
    """A value that will be known when the workflow runs; text may be joined to it with ``+``."""

    __slots__ = ()

    def __add__(self, other: object) -> Joined:
        return Joined((*parts_of(self), *parts_of(other)))

    def __radd__(self, other: object) -> Joined:
        return Joined((*parts_of(other), *parts_of(self)))

    def __repr__(self) -> str:
        return f"<later: {source_of(self)}>"

    def __str__(self) -> str:
        self._refuse("made into text", _JOIN)

    def __format__(self, spec: str) -> str:
        self._refuse("put into a text", _JOIN)

    def __bool__(self) -> bool:
        self._refuse("tested", _TEST)

    def __lt__(self, other: object) -> bool:
        self._refuse("compared", _TEST)

    def __le__(self, other: object) -> bool:
        self._refuse("compared", _TEST)

    def __gt__(self, other: object) -> bool:
        self._refuse("compared", _TEST)

    def __ge__(self, other: object) -> bool:
        self._refuse("compared", _TEST)

    def __int__(self) -> int:
        self._refuse("made into a number", _JOIN)

    def __float__(self) -> float:
        self._refuse("made into a number", _JOIN)

    def __iter__(self) -> Iterator[object]:
        self._refuse("looped over", "pass it whole: a list becomes several arguments")

    def __len__(self) -> int:
        self._refuse("measured", "write it in an expression: len({1})")

    def __reduce__(self) -> NoReturn:
        self._refuse("pickled", "pass it as an argument of its own, or inside a list or a dictionary")

    def _refuse(self, verb: str, hint: str) -> NoReturn:
        spelled = _spelled(self)
        message = f"{spelled} is known only when the workflow runs and cannot be {verb} now"
        raise mistake(message, hint.format(spelled, source_of(self).removeprefix("${{ ").removesuffix(" }}")))


class Reference(Later):
    """A path to one value; ``[...]`` and attributes lead further into it where it is a mapping or a list.

    What it keeps for itself ends in ``_``, since any other attribute may be one of the value's.
    """

    __slots__ = ("path_", "task_")

    def __init__(self, path: tuple[str | int, ...], task: Task | None = None) -> None:
        self.path_ = path
        self.task_ = task

    def __getitem__(self, key: str | int) -> Reference:
        if isinstance(key, str) or type(key) is int:
            return Reference((*self.path_, key), self.task_)
        raise mistake(f"{key!r} cannot lead into {source_of(self)}", "use a name or the number of an element")

    def __getattr__(self, name: str) -> Reference:
        if name.startswith("_"):  # asked by copy, pickle and notebooks
            raise AttributeError(name)
        return Reference((*self.path_, name), self.task_)


class Joined(Later):
    """Texts and references, one after the other."""

    __slots__ = ("parts_",)

    def __init__(self, parts: tuple[str | Reference, ...]) -> None:
        self.parts_ = parts


class Names:
    """Values of one kind by name: ``matrix.depth``, ``params.rows``; ``[...]`` for names Python cannot write."""

    __slots__ = ("_root",)

    def __init__(self, root: str) -> None:
        self._root = root

    def __getattr__(self, name: str) -> Reference:
        if name.startswith("_"):  # asked by copy, pickle and notebooks
            raise AttributeError(name)
        return Reference((self._root, name))

    def __getitem__(self, name: str) -> Reference:
        return Reference((self._root, name))

    def __repr__(self) -> str:
        return f"<{self._root}: values known when the workflow runs>"

    def __str__(self) -> str:
        raise mistake(f"'{self._root}' is no value itself", f"name one of its values, such as {self._root}.x")

    def __format__(self, spec: str) -> str:
        return str(self)


matrix: Final = Names("matrix")
"""The values of this member of a matrix: ``matrix.depth``."""
array: Final = Names("array")
"""``array.index``: the index of this element of an array."""
item: Final = Reference(("item",))
"""The value this member of a ``for_each`` is for."""
params: Final = Names("params")
"""The parameters of the flow: ``params.rows``."""
error: Final = Names("error")
"""In a handler, what went wrong: ``task``, ``kind``, ``exit_status``, ``log_tail``."""
run: Final = Names("run")
"""The run itself: ``run.id``, ``run.name``, ``run.dir``."""
outputs: Final = Names("outputs")
"""The paths of the task's own output files: ``outputs.model``."""


def expression_of(reference: Reference) -> Expression:
    """The path as an expression of the language."""
    return Expression.of_path(reference.path_)


def task_of(reference: Reference) -> Task | None:
    """The task whose result it is; None for matrix values, parameters and the like."""
    return reference.task_


def parts_of(value: object) -> tuple[str | Reference, ...]:
    """The texts and references a value is made of, in order.

    Raises:
        WorkflowError: it is neither text nor a value known later.
    """
    if isinstance(value, Reference):
        return (value,)
    if isinstance(value, Joined):
        return value.parts_
    if isinstance(value, str):
        return (str(value),)
    raise mistake(f"a {type(value).__name__} cannot be joined to a value known later", f"make it text: str({value!r})")


def source_of(value: Later) -> str:
    """How it is written in a workflow file: ``models/${{ matrix.depth }}.pkl``."""
    return "".join(p if isinstance(p, str) else f"${{{{ {expression_of(p)} }}}}" for p in parts_of(value))


def _spelled(value: Later) -> str:
    """How it is probably written in Python."""
    words: list[str] = []
    for part in parts_of(value):
        if isinstance(part, str):
            words.append(repr(part))
            continue
        path = part.path_[1:] if part.task_ is not None else part.path_
        words.append(str(path[0]) + "".join(f".{key}" if str(key).isidentifier() else f"[{key!r}]" for key in path[1:]))
    return " + ".join(words)
