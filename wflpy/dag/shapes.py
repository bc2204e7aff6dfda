"""What kind of value something is, for values of which nothing is known but that JSON can hold most of them."""

from __future__ import annotations

import os
from typing import TypeGuard


def is_mapping(value: object) -> TypeGuard[dict[str, object]]:
    """Whether it is a dictionary."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    """Whether it is a list or a tuple."""
    return isinstance(value, (list, tuple))


def is_pickled(value: object) -> bool:
    """Whether it stands for a value that JSON cannot hold, and that lies in a file."""
    return is_mapping(value) and value.get("$wflpy") == "pickle"


def joined(base: str | os.PathLike[str], path: str) -> str:
    """A path that starts from a folder, unless it is absolute."""
    return os.path.join(base, path)  # noqa: PTH118  (called for every task; Path costs ten times as much)
