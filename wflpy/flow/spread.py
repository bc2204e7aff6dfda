"""What makes one declared task many: a matrix, an array of indices, a list of values."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from wflpy.dag.codes import Code
from wflpy.dag.spec import Matrix
from wflpy.flow.demands import word
from wflpy.flow.guards import is_mapping, is_row, is_several, whole_number
from wflpy.flow.mistakes import mistake
from wflpy.flow.references import Later
from wflpy.flow.units import UnitError, index_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.dag.spec import TaskSpec

_NOT_AXES = ("include", "exclude")


def matrix_of(value: object) -> Matrix:
    """The matrix for a mapping of axes, with ``include`` and ``exclude`` among them as in a workflow file."""
    if isinstance(value, Matrix):
        return value
    if not is_mapping(value):
        raise mistake(f"a matrix is {value!r}", "a mapping of axes: {'depth': [4, 8]}", code=Code.BAD_MATRIX)
    return Matrix(
        axes={
            word(name, "an axis of a matrix"): values_of(values, f"the axis '{name}'")
            for name, values in value.items()
            if name not in _NOT_AXES
        },
        include=_combinations(value.get("include", ()), "include"),
        exclude=_combinations(value.get("exclude", ()), "exclude"),
    )


def values_of(values: object, what: str) -> tuple[object, ...]:
    """The values of an axis or of a list, each one that JSON can hold; paths become text."""
    if isinstance(values, Later):
        raise mistake(
            f"{what} is known only when the workflow runs, and how many tasks there are must be known before",
            "pass a list of values",
            code=Code.BAD_MATRIX,
        )
    if not is_several(values):
        raise mistake(f"{what} is {values!r}", "a list of values, even of one: [...]", code=Code.BAD_MATRIX)
    return tuple(plain(value, what) for value in values)


def indices_of(value: object) -> range:
    """The indices of an array: ``"1-100:2"`` or a range."""
    try:
        return index_range(value)
    except UnitError as error:
        raise mistake(f"array: {error.message}", error.hint) from None


def check_alone(spec: TaskSpec, kind: str) -> None:
    """Refuse a second way of spreading a task.

    Raises:
        WorkflowError: it is a matrix, an array or a list already, and not by ``kind``.
    """
    taken = {"matrix": spec.matrix, "array": spec.array, "for_each": spec.items}
    other = next((name for name, value in taken.items() if value is not None and name != kind), None)
    if other:
        raise mistake(
            f"task '{spec.name}' has {other} already and cannot have {kind} as well",
            "one of matrix, array and for_each; a matrix takes any number of axes",
            code=Code.BAD_MATRIX,
        )


def _combinations(value: object, what: str) -> tuple[Mapping[str, object], ...]:
    if not is_several(value):
        raise mistake(f"{what} is {value!r}", "a list of mappings: [{'depth': 8, 'lr': 0.1}]", code=Code.BAD_MATRIX)
    found: list[Mapping[str, object]] = []
    for combination in value:
        if not is_mapping(combination):
            raise mistake(f"{what} holds {combination!r}", "mappings of axis to value", code=Code.BAD_MATRIX)
        found.append({str(axis): plain(one, f"{what}.{axis}") for axis, one in combination.items()})
    return tuple(found)


def plain(value: object, what: str) -> object:
    """The value as JSON has it: paths become text, tuples lists.

    Raises:
        WorkflowError: JSON has nothing like it.
    """
    if isinstance(value, PurePath):
        return str(value)
    if value is None or type(value) in (str, int, bool) or (isinstance(value, float) and value - value == 0):
        return value
    if is_row(value):
        return [plain(one, what) for one in value]
    if is_mapping(value):
        return {str(key): plain(one, what) for key, one in value.items()}
    number = whole_number(value)
    if number is not None:
        return number
    raise mistake(
        f"{what} holds {value!r}, a {type(value).__name__}",
        "text, numbers, True, False, None, lists and dictionaries of these",
        code=Code.BAD_MATRIX,
    )
