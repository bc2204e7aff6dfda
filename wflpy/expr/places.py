"""Where the values of a shell text land: bare, between quotes, or where nothing can be quoted.

This follows the shell's quoting (POSIX, and what bash adds), not its grammar. Where quoting cannot be followed without
the grammar, every later place is called bad: a false alarm costs a line in ``env:``, a miss costs a wrong word.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.expr.readers import READERS
from wflpy.expr.scanner import Mode, Scanner

if TYPE_CHECKING:
    from collections.abc import Sequence


class Quoting(Enum):
    """How a value has to be quoted."""

    BARE = auto()
    DOUBLE = auto()
    """Between double quotes."""
    SINGLE = auto()
    """Between single quotes."""
    NONE = auto()
    """Nothing helps here."""


class Place(NamedTuple):
    """Where one value lands."""

    quoting: Quoting
    fault: str | None = None
    """Why no value can stand here, as the end of "it stands ..."."""
    is_word: bool = False
    """Whether it is a word of its own, with nothing glued to it."""
    is_plain: bool = False
    """Whether a value of letters and digits may stay unquoted: it is a word, or the end of one after ``=``."""
    follows_name: bool = False
    """Whether ``$NAME`` stands right before it, which a letter would lengthen."""


_QUOTINGS: Final = {Mode.BARE: Quoting.BARE, Mode.DOUBLE: Quoting.DOUBLE, Mode.SINGLE: Quoting.SINGLE}
_FAULTS: Final = {
    Mode.ANSI: "inside $'...'",
    Mode.COMMENT: "in a comment",
    Mode.HEREDOC: "in a here-document",
    Mode.BACKTICK: "inside `...`",
    Mode.COMMAND: "inside $(...)",
    Mode.ARITHMETIC: "inside an arithmetic expression",
    Mode.BRACES: "inside ${...}",
    Mode.SUBSCRIPT: "inside the [...] of a subscript or pattern",
}
_OPEN_HEREDOC = re.compile(r"(?<!<)<<-?[ \t]*[^\s;&|<>()]*\Z")
_NAME_BEFORE = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+)\Z")
_ACTIVE_DOLLAR = re.compile(r"(?<!\\)(?:\\\\)*\$\Z")
_ACTIVE_BACKSLASH = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")
_CONTINUED = re.compile(r"(?:\\\n)+\Z")
_ESCAPED_BLANK = re.compile(r"(?<!\\)(?:\\\\)*\\[ \t]\Z")
_BLANK: Final = frozenset(" \t\n")
_AFTER_WORD: Final = frozenset(" \t\n;&|)")


def places(parts: Sequence[object]) -> tuple[Place, ...]:
    """The place of each value in a text: strings are what is written, everything else is a value."""
    scanner = Scanner()
    found: list[Place] = []
    for index, part in enumerate(parts):
        if isinstance(part, str):
            _read(scanner, part)
        else:
            after = parts[index + 1] if index + 1 < len(parts) else "\n"
            found.append(_place(scanner, after[:1] if isinstance(after, str) else ""))
            scanner.begin("", before="")
    return tuple(found)


def _read(scanner: Scanner, text: str) -> None:
    scanner.begin(text)
    while scanner.position < len(text):
        READERS[scanner.frames[-1].mode](scanner)


def _place(scanner: Scanner, after: str) -> Place:
    """The place of a value that comes after what was read, before ``after``."""
    mode = scanner.frames[-1].mode
    fault = _fault(scanner, mode)
    if fault is not None:
        return Place(Quoting.NONE, fault)
    before = _character_before(scanner)
    is_word = before in _BLANK and after in _AFTER_WORD
    is_plain = is_word or (before == "=" and after in _AFTER_WORD)
    return Place(_QUOTINGS[mode], None, is_word, is_plain, bool(_NAME_BEFORE.search(scanner.text)))


def _character_before(scanner: Scanner) -> str:
    text = _CONTINUED.sub("", scanner.text)
    return scanner.before if not text else "" if _ESCAPED_BLANK.search(text) else text[-1]


def _fault(scanner: Scanner, mode: Mode) -> str | None:
    outside = next((frame.mode for frame in reversed(scanner.frames) if frame.mode in _FAULTS), None)
    if outside is not None:
        return _FAULTS[outside]
    if scanner.doubt:
        return scanner.doubt
    if mode is Mode.SINGLE:
        return None
    if _ACTIVE_BACKSLASH.search(scanner.text):
        return "right after a backslash"
    if _ACTIVE_DOLLAR.search(scanner.text):
        return r"right after a '$' (a dollar sign is written \$)"
    if mode is Mode.BARE and _OPEN_HEREDOC.search(scanner.text):
        return "where the end of a here-document is named"
    return None
