"""From a matrix, an array or a list to its members, and everything that may be wrong with them."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final, cast

from wflpy.dag.codes import Code
from wflpy.dag.errors import Problem
from wflpy.dag.members import ArrayMembers, identity, item_members, matrix_members
from wflpy.dag.shapes import is_list, is_mapping
from wflpy.dag.spec import HandlerKind
from wflpy.dag.uses import uses_of
from wflpy.drmaa2.suggestion import did_you_mean
from wflpy.expr import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wflpy.dag.members import Members
    from wflpy.dag.spec import Matrix, TaskSpec

MEMBER_LIMIT: Final = 1_000_000
"""The most members a group may have."""

_Path = tuple[str | int, ...]


def members_of(spec: TaskSpec, path: _Path, problems: list[Problem]) -> Members | None:
    """The members of a task, or None when it is a single one; what is wrong is added to ``problems``."""
    if spec.matrix is None and spec.array is None and spec.items is None:
        return None
    kinds = [kind for kind in ("matrix", "array", "items") if getattr(spec, kind) is not None]
    if len(kinds) > 1:
        problems.append(_problem(spec, (*path, kinds[1]), f"task '{spec.name}' has both {kinds[0]} and {kinds[1]}"))
    if spec.matrix is not None:
        return _matrix(spec, spec.matrix, (*path, "matrix"), problems)
    if spec.array is not None:
        return _array(spec, spec.array, (*path, "array"), problems)
    return _items(spec, spec.items or (), (*path, "foreach"), problems)


def _problem(
    spec: TaskSpec, path: _Path, message: str, hint: str | None = None, code: Code = Code.BAD_MATRIX
) -> Problem:
    return Problem(code, message, path, spec.origin, hint)


def _array(spec: TaskSpec, indices: range, path: _Path, problems: list[Problem]) -> Members | None:
    if not indices:
        problems.append(_problem(spec, path, f"the array of task '{spec.name}' has no index"))
        return None
    return ArrayMembers(indices) if _fits(spec, len(indices), path, problems) else None


def _items(spec: TaskSpec, items: tuple[object, ...], path: _Path, problems: list[Problem]) -> Members | None:
    if not items:
        problems.append(_problem(spec, path, f"the list of task '{spec.name}' is empty"))
        return None
    strange = next((number for number, item in enumerate(items) if not is_json(item)), None)
    if strange is not None:
        message = f"item {strange} of task '{spec.name}' is a {type(items[strange]).__name__}"
        problems.append(_problem(spec, path, message, _JSON_HINT, Code.BAD_VALUE))
        return None
    return item_members(items) if _fits(spec, len(items), path, problems) else None


_JSON_HINT: Final = "use text, numbers, true, false, null, or lists and dictionaries of them"


def _fits(spec: TaskSpec, size: int, path: _Path, problems: list[Problem]) -> bool:
    if size <= MEMBER_LIMIT:
        return True
    message = f"task '{spec.name}' would have {size:,} members; the limit is {MEMBER_LIMIT:,}"
    problems.append(_problem(spec, path, message, code=Code.TOO_MANY))
    return False


def _matrix(spec: TaskSpec, matrix: Matrix, path: _Path, problems: list[Problem]) -> Members | None:
    before = len(problems)
    _check_axes(spec, matrix, path, problems)
    size = math.prod(len(values) for values in matrix.axes.values())
    if len(problems) > before or not _fits(spec, size, path, problems):
        return None
    rows = [dict(zip(matrix.axes, row, strict=True)) for row in itertools.product(*matrix.axes.values())]
    rows = _without_excluded(spec, matrix, rows, path, problems)
    rows = _with_included(spec, matrix, rows, path, problems)
    if len(problems) > before:
        return None
    if not rows:
        problems.append(_problem(spec, path, f"no combination of the matrix of task '{spec.name}' is left"))
        return None
    names = tuple(dict.fromkeys(itertools.chain(matrix.axes, *matrix.include)))
    members = matrix_members(names, [tuple(row.get(name) for name in names) for row in rows])
    if len(names) > len(matrix.axes):
        _refuse_absent(spec, rows, members, path[:-1], problems)
    return members


def _refuse_absent(spec: TaskSpec, rows: list[_Row], members: Members, path: _Path, problems: list[Problem]) -> None:
    """A value that only some combinations were given, used by all, would be an empty text for the others.

    Where the condition of the task looks at it, its absence was thought of.
    """
    recovery = spec.handlers.get(HandlerKind.RECOVER)
    uses = [(path, use) for use in uses_of(spec)]
    uses += [((*path, str(HandlerKind.RECOVER)), use) for use in (uses_of(recovery) if recovery else ())]
    seen = {name[1] for name in spec.when.names if name[0] == "matrix" and len(name) > 1} if spec.when else set[str]()
    for root, (place, text) in uses:
        for _, name in dict.fromkeys(name[:2] for name in text.names if name[0] == "matrix" and len(name) > 1):
            without = next((number for number, row in enumerate(rows) if name not in row), None)
            if without is None or name in seen:
                continue
            seen.add(name)
            member = f"{spec.name}[{members.label(without)}]"
            message = f"'{member}' has no value for ${{{{ matrix.{name} }}}}, which task '{spec.name}' uses"
            hint = f"give {name} to every combination with 'include', or leave out those without it with 'when'"
            problems.append(_problem(spec, (*root, *place), message, hint))


def _check_axes(spec: TaskSpec, matrix: Matrix, path: _Path, problems: list[Problem]) -> None:
    if not matrix.axes:
        problems.append(_problem(spec, path, f"the matrix of task '{spec.name}' has no axis"))
    for axis, values in matrix.axes.items():
        place = (*path, axis)
        if not axis.isidentifier():
            hint = "letters, digits and _, not starting with a digit"
            problems.append(_problem(spec, place, f"{axis!r} cannot be the name of a matrix axis", hint))
        if not values:
            problems.append(_problem(spec, place, f"axis '{axis}' of the matrix of task '{spec.name}' is empty"))
        problems.extend(_value_problems(spec, axis, values, place))


def _value_problems(spec: TaskSpec, axis: str, values: Sequence[object], path: _Path) -> list[Problem]:
    seen: set[str] = set()
    for number, value in enumerate(values):
        place = (*path, number)
        if not is_json(value):
            message = f"value {number} of axis '{axis}' of task '{spec.name}' is a {type(value).__name__}"
            return [_problem(spec, place, message, _JSON_HINT)]
        # What reads the same would give two members one name.
        label = text_of(value) if isinstance(value, (str, int, float)) else identity(value)
        if label in seen:
            return [_problem(spec, place, f"axis '{axis}' of task '{spec.name}' has the value {label} twice")]
        seen.add(label)
    return []


_Row = dict[str, object]


def _without_excluded(
    spec: TaskSpec, matrix: Matrix, rows: list[_Row], path: _Path, problems: list[Problem]
) -> list[_Row]:
    for number, entry in enumerate(matrix.exclude):
        place = (*path, "exclude", number)
        unknown = next((name for name in entry if name not in matrix.axes), None)
        if unknown is not None or not entry:
            problems.append(_problem(spec, place, _unknown_axis(spec, "exclude", unknown, matrix)))
            continue
        kept = [row for row in rows if not _matches(row, entry)]
        if len(kept) == len(rows):
            message = f"entry {number} of 'exclude' of task '{spec.name}' matches no combination"
            problems.append(_problem(spec, place, message, "1 and '1' are different values"))
        rows = kept
    return rows


def _with_included(
    spec: TaskSpec, matrix: Matrix, rows: list[_Row], path: _Path, problems: list[Problem]
) -> list[_Row]:
    """Each entry adds its further values to the combinations it matches; where it matches none it is one of its own."""
    combinations = list(rows)
    for number, entry in enumerate(matrix.include):
        place = (*path, "include", number)
        axes = {name: value for name, value in entry.items() if name in matrix.axes}
        extra = {name: value for name, value in entry.items() if name not in matrix.axes}
        strange = next((name for name, value in entry.items() if not is_json(value) or not name.isidentifier()), None)
        if strange is not None:
            message = f"'{strange}' in 'include' of task '{spec.name}' cannot be used: {entry[strange]!r}"
            problems.append(_problem(spec, (*place, strange), message, _JSON_HINT))
            continue
        matching = [row for row in combinations if _matches(row, axes)]
        if matching and not extra:
            message = f"entry {number} of 'include' of task '{spec.name}' is in the matrix already"
            problems.append(_problem(spec, place, message))
        elif matching:
            for row in matching:
                row.update(extra)
        elif len(axes) < len(matrix.axes):
            message = f"entry {number} of 'include' of task '{spec.name}' matches no combination and is none itself"
            missing = ", ".join(name for name in matrix.axes if name not in axes)
            problems.append(_problem(spec, place, message, f"a new combination needs a value for {missing} too"))
        else:
            rows.append(dict(entry))
    return rows


def _matches(row: Mapping[str, object], entry: Mapping[str, object]) -> bool:
    # 1 == True in Python, but they are two values in a workflow.
    return all(
        row[name] == value and isinstance(row[name], bool) is isinstance(value, bool) for name, value in entry.items()
    )


def _unknown_axis(spec: TaskSpec, key: str, name: str | None, matrix: Matrix) -> str:
    if name is None:
        return f"an entry of '{key}' of task '{spec.name}' is empty"
    return f"'{key}' of task '{spec.name}' names '{name}', which is no axis{did_you_mean(name, matrix.axes)}"


def is_json(value: object) -> bool:
    """Whether JSON can hold a value, to any depth."""
    if value is None or isinstance(value, (str, bool, int)):
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    if is_list(value):
        return all(map(is_json, value))
    if is_mapping(value):
        keys = cast("Iterable[object]", value)  # JSON has text for keys; a dictionary need not
        return all(isinstance(key, str) for key in keys) and all(map(is_json, value.values()))
    return False
