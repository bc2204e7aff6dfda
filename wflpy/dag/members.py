"""The members of a group: what is different from one to the next, and how each is called."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from wflpy.expr import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN: Final = re.compile(r"[\w.+-]{1,40}")


class Members(Protocol):
    """The members of one matrix, array or list, in their order."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def label(self, member: int) -> str:
        """What stands in the brackets of its name: ``depth=4,lr=0.1``."""
        ...

    def scope(self, member: int) -> dict[str, object]:
        """The names that only this member sees: ``matrix``, ``array`` or ``item``."""
        ...


@dataclass(frozen=True, slots=True)
class MatrixMembers:
    """One member for each combination."""

    names: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def label(self, member: int) -> str:
        """``depth=4,lr=0.1``."""
        return self.labels[member]

    def scope(self, member: int) -> dict[str, object]:
        """``matrix`` with a value for each axis."""
        return {"matrix": dict(zip(self.names, self.rows[member], strict=True))}


@dataclass(frozen=True, slots=True)
class ArrayMembers:
    """One member for each index."""

    indices: range

    def __len__(self) -> int:
        return len(self.indices)

    def label(self, member: int) -> str:
        """The index."""
        return str(self.indices[member])

    def scope(self, member: int) -> dict[str, object]:
        """``array.index``."""
        return {"array": {"index": self.indices[member]}}


@dataclass(frozen=True, slots=True)
class ItemMembers:
    """One member for each value of a list."""

    items: tuple[object, ...]
    labels: tuple[str, ...] | None
    """None: the values have no short, different names, so the members are counted from 0."""

    def __len__(self) -> int:
        return len(self.items)

    def label(self, member: int) -> str:
        """The value if it is short and plain, else its number."""
        return str(member) if self.labels is None else self.labels[member]

    def scope(self, member: int) -> dict[str, object]:
        """``item``."""
        return {"item": self.items[member]}


def item_members(items: tuple[object, ...]) -> ItemMembers:
    """The members of a list, named after their values where all of those are short, plain and different."""
    labels = tuple(text_of(item) if isinstance(item, (str, int, float)) else "" for item in items)
    plain = len(set(labels)) == len(labels) and all(map(_PLAIN.fullmatch, labels))
    return ItemMembers(items, labels if plain else None)


def matrix_members(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> MatrixMembers:
    """The members of a matrix; a value that is long or has odd characters is numbered within its axis (``#2``)."""
    columns = [_column_labels([row[column] for row in rows]) for column in range(len(names))]
    heads = [f"{name}=" for name in names]
    labels = tuple(",".join(map(str.__add__, heads, cells)) for cells in zip(*columns, strict=True))
    return MatrixMembers(tuple(names), tuple(rows), labels)


def _column_labels(values: list[object]) -> list[str]:
    labels: dict[str, str] = {}
    cells: list[str] = []
    for value in values:
        text = text_of(value) if isinstance(value, (str, int, float)) else ""
        if not _PLAIN.fullmatch(text):
            text = labels.setdefault(identity(value), f"#{len(labels) + 1}")
        cells.append(text)
    return cells


def identity(value: object) -> str:
    """Text that is equal for equal JSON values alone; 1, 1.0, True and "1" are all different."""
    return json.dumps(value, sort_keys=True)
