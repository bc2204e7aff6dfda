"""The programs that read the text of `run`."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from wflpy.loader.codes import Code
from wflpy.loader.faults import fault, shown
from wflpy.loader.readers import read_literal, read_strings
from wflpy.loader.scalars import is_list

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHELLS: Final[Mapping[str, tuple[str, ...]]] = {
    "bash": ("-eo", "pipefail", "-c"),
    "dash": ("-e", "-c"),
    "ksh": ("-e", "-c"),
    "sh": ("-e", "-c"),
    "zsh": ("-eo", "pipefail", "-c"),
}
"""What a shell is told before the text, so that it stops at the first failure."""
_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "node": ("-e",),
    "perl": ("-e",),
    "python": ("-c",),
    "python3": ("-c",),
    "Rscript": ("-e",),
    "ruby": ("-e",),
}
"""Programs that take their text from the command line, and quote otherwise than a shell."""


def read_shell(value: object) -> tuple[str, ...]:
    """A known name, a command line, or a list: the program and its arguments before the text."""
    try:
        words = read_strings(value) if is_list(value) else tuple(shlex.split(read_literal(value)))
    except ValueError as error:
        raise fault(Code.VALUE, f"{shown(value)} cannot be split into words: {error}") from None
    program = words[0] if words else ""
    if not program:
        raise fault(Code.VALUE, "the name of the shell is missing", "write bash, or [bash, -c]")
    if len(words) > 1:
        return words
    name = PurePath(program).name
    arguments = _SHELLS.get(name) or _OTHERS.get(name)
    if arguments is None:
        hint = f"known: {', '.join((*_SHELLS, *_OTHERS))}; for others write a list: [{name}, -c]"
        raise fault(Code.VALUE, f"how {name} is given text to run is not known", hint)
    return (program, *arguments)


def quotes_like_a_shell(program: tuple[str, ...]) -> bool:
    """Whether values can be quoted in the text that a program reads."""
    return PurePath(program[0]).name in _SHELLS
