"""Names of tasks: which are allowed, and the ones given to tasks that have none."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from wflpy.dag.codes import Code
from wflpy.drmaa2.suggestion import did_you_mean
from wflpy.flow.mistakes import mistake

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST_NAME: Final = 100

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_UNUSABLE: Final = re.compile(r"[^A-Za-z0-9_-]+")


def check_name(name: object, what: str) -> str:
    """The name, if it is one.

    Raises:
        WorkflowError: it is no text, empty, too long, or has other characters.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return str(name)
    hint = "a letter or _ first, then letters, digits, _ and -, at most 100 characters"
    if isinstance(name, str) and (proposal := stem(name, "")):
        hint += f"; for example '{proposal}'"
    raise mistake(f"{name!r} cannot be the name of a {what}", hint, code=Code.BAD_NAME)


def stem(command: str, otherwise: str) -> str:
    """The start of a name for what runs this command: its last path component without an ending."""
    base = os.path.splitext(os.path.basename(command))[0]  # noqa: PTH119, PTH122  (called for every task; Path costs 10x)
    word = _UNUSABLE.sub("_", base).strip("_-")[: LONGEST_NAME - 10]
    if not word:
        return otherwise
    return word if _NAME.fullmatch(word) else f"_{word}"


def unknown(what: str, name: object, known: Collection[str]) -> str:
    """The sentence about a name that is not there, with the likeliest one that is."""
    like = did_you_mean(name, known) if isinstance(name, str) else ""
    listed = ", ".join(sorted(known)[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")
    return f"{what} {name!r}{like}; " + (f"known: {listed}" if known else "there is none")
