"""What makes one task many, with the values that are known when a file is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.dag.spec import Matrix
from wflpy.expr import EvaluationError, Expression, ExpressionError, Text, text_of
from wflpy.flow.units import UnitError, index_range
from wflpy.loader.codes import Code
from wflpy.loader.faults import shown
from wflpy.loader.mistakes import Mistake, owner_of
from wflpy.loader.scalars import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.loader.params import Params
    from wflpy.loader.tree import Path

_BESIDE_AXES: Final = ("include", "exclude")
_KNOWN_AT_LOAD: Final = frozenset({"params"})


class Members:
    """Reads `matrix`, `foreach` and `array`. What is wrong is gathered.

    Args:
        params: the parameters of the flow.
        mistakes: where to gather.
    """

    def __init__(self, params: Params, mistakes: list[Mistake]) -> None:
        self._scope: dict[str, object] = {"params": params.values}
        self._unknown = params.unknown
        self._mistakes = mistakes

    def matrix(self, value: Mapping[str, object], path: Path) -> Matrix:
        """The matrix of a task."""
        axes = {name: self._values(values, (*path, name)) for name, values in value.items() if name not in _BESIDE_AXES}
        include, exclude = (self._rows(value.get(key), (*path, key)) for key in _BESIDE_AXES)
        return Matrix(axes=axes, exclude=exclude, include=include)

    def items(self, value: object, path: Path) -> tuple[object, ...]:
        """The values of `foreach`."""
        return self._values(value, path)

    def array(self, value: str, path: Path) -> range | None:
        """The indices of `array`; None if they cannot be read."""
        try:
            found = self._known(Text.parse(value), path)
        except ExpressionError as error:
            self._mistakes.append(
                Mistake(Code.EXPRESSION, f"{owner_of(path)}: {error.message}", path, None, error.offset, error.length)
            )
            return None
        if found is None:
            return range(1, 2)
        try:
            return index_range(text_of(found))
        except UnitError as error:
            self._mistakes.append(Mistake(Code.UNIT, f"{owner_of(path)}: {error.message}", path, error.hint))
            return None

    def _values(self, value: object, path: Path) -> tuple[object, ...]:
        found = self._known(value, path)
        if is_list(found):
            return tuple(self._known(element, (*path, number)) for number, element in enumerate(found))
        if found is not None or value is None:
            message = f"{owner_of(path)}: a list is expected here, not {shown(found)}"
            self._mistakes.append(Mistake(Code.TYPE, message, path, None if found is None else f"write [{found}]"))
        return (None,)  # stands in for what is not known, so that nothing else is said of it

    def _rows(self, value: object, path: Path) -> tuple[Mapping[str, object], ...]:
        if value is None:
            return ()
        elements = value if is_list(value) else [value]
        rows: list[Mapping[str, object]] = []
        for number, element in enumerate(elements):
            if not is_list(value) or not is_mapping(element):
                message = f"{owner_of(path)}: a list of mappings is expected here, not {shown(element)}"
                self._mistakes.append(Mistake(Code.TYPE, message, path, "write [{depth: 8, lr: 0.1}]"))
                break
            rows.append({key: self._known(entry, (*path, number, key)) for key, entry in element.items()})
        return tuple(rows)

    def _known(self, value: object, path: Path) -> object:
        """The value of an expression that stands where it is needed before anything runs; None if it has none."""
        if is_mapping(value):
            return {key: self._known(entry, (*path, key)) for key, entry in value.items()}
        if not isinstance(value, (Expression, Text)):
            return value
        if later := next((name for name in value.names if name[0] not in _KNOWN_AT_LOAD), None):
            message = f"{owner_of(path)}: {'.'.join(later)} is known only when the flow runs"
            hint = "how many members there are has to be known before: use params"
            self._mistakes.append(Mistake(Code.LOAD_TIME, message, path, hint))
            return None
        if any(not self._unknown.isdisjoint(name[1:2]) for name in value.names):
            return None
        try:
            return value.evaluate(self._scope)
        except EvaluationError as error:
            self._mistakes.append(Mistake(Code.LOAD_TIME, f"{owner_of(path)}: {error.message}", path))
            return None
