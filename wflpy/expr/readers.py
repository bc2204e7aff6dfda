"""How shell text is read on from inside each of the things it can be inside of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wflpy.expr.scanner import ODD_HEREDOC, Frame, Mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.expr.scanner import Scanner

_HEREDOC = re.compile(r"<<(-?)[ \t]*((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s;&|<>()'\"\\`$])+)")
_CASE = re.compile(r"case[ \t\n]")
_WORD_ENDS: Final = frozenset(" \t\n;&|()<>")


def _read_code(scanner: Scanner) -> None:
    character = scanner.text[scanner.position]
    if character in _PUNCTUATION:
        _PUNCTUATION[character](scanner)
    elif character in _WORD_ENDS:
        scanner.step(1)
    else:
        if scanner.at_word and len(scanner.frames) > 1 and _CASE.match(scanner.text, scanner.position):
            scanner.doubt = "after a 'case' inside $(...)"  # its ")" cannot be told from the end
        scanner.skip(1)


def _read_double(scanner: Scanner) -> None:
    character = scanner.text[scanner.position]
    if character == '"':
        scanner.pop(1)
    elif character in "\\`$":
        _PUNCTUATION[character](scanner)
    else:
        scanner.skip(1)


def _read_single(scanner: Scanner) -> None:
    end = scanner.text.find("'", scanner.position)
    if end < 0:
        scanner.position = len(scanner.text)
    else:
        scanner.position = end
        scanner.pop(1)


def _read_ansi(scanner: Scanner) -> None:
    character = scanner.text[scanner.position]
    if character == "\\":
        scanner.doubt = "after a $'...' with a backslash, which shells read differently"
        scanner.skip(2)
    elif character == "'":
        scanner.pop(1)
    else:
        scanner.skip(1)


def _read_comment(scanner: Scanner) -> None:
    end = scanner.text.find("\n", scanner.position)
    if end < 0:
        scanner.position = len(scanner.text)
    else:
        scanner.position = end
        scanner.frames.pop()


def _read_heredoc(scanner: Scanner) -> None:
    end, tabs = scanner.heredocs[0]
    line, newline, _ = scanner.text[scanner.position :].partition("\n")
    is_whole = scanner.position > 0 or scanner.before != ""
    if is_whole and (line.lstrip("\t") if tabs else line) == end:
        del scanner.heredocs[0]
        if not scanner.heredocs:
            scanner.frames.pop()
    scanner.step(len(line) + len(newline))


def _read_backtick(scanner: Scanner) -> None:
    character = scanner.text[scanner.position]
    if character == "`":
        scanner.pop(1)
    else:
        scanner.skip(2 if character == "\\" else 1)


def _read_nested(scanner: Scanner) -> None:
    """Arithmetic, ``${...}`` and subscripts: to the bracket that closes them, past everything quoted."""
    character = scanner.text[scanner.position]
    frame = scanner.frames[-1]
    if character == frame.closer:
        if frame.depth == 0:
            scanner.pop(1)
        else:
            frame.depth -= 1
            scanner.skip(1)
    elif frame.mode is Mode.SUBSCRIPT and character in "\n;":
        scanner.frames.pop()  # it was only a bracket
    elif character == _OPENERS[frame.closer] and frame.mode is not Mode.BRACES:
        frame.depth += 1
        scanner.skip(1)
    elif character == "'" and any(outer.mode in (Mode.DOUBLE, Mode.ARITHMETIC) for outer in scanner.frames):
        scanner.doubt = "after a single quote that shells read differently"
        scanner.skip(1)
    elif character in "\\`$'\"":
        _PUNCTUATION[character](scanner)
    else:
        scanner.skip(1)


def _on_backslash(scanner: Scanner) -> None:
    if scanner.ahead("\\\n"):
        scanner.position += 2  # the two are nothing at all: a comment may still begin here
    else:
        scanner.skip(2)


def _on_dollar(scanner: Scanner) -> None:
    is_bare = scanner.frames[-1].mode in (Mode.BARE, Mode.COMMAND)
    for opening, (mode, closer, depth) in _AFTER_DOLLAR.items():
        if scanner.ahead(opening) and (is_bare or mode not in (Mode.ANSI, Mode.DOUBLE)):
            scanner.push(mode, len(opening), closer, depth)
            return
    following = scanner.text[scanner.position + 1 : scanner.position + 2]
    scanner.skip(2 if following and following in "$?#!*@-" else 1)


def _on_parenthesis(scanner: Scanner) -> None:
    frame = scanner.frames[-1]
    is_opening = scanner.ahead("(")
    if scanner.ahead("(("):
        scanner.push(Mode.ARITHMETIC, 2, ")", 1)
    elif not is_opening and frame.mode is Mode.COMMAND and frame.depth == 0:
        scanner.pop(1)
    else:
        frame.depth += 1 if is_opening else -1
        scanner.step(1)


def _on_hash(scanner: Scanner) -> None:
    if scanner.at_word:
        scanner.push(Mode.COMMENT, 1)
    else:
        scanner.skip(1)


def _on_less(scanner: Scanner) -> None:
    if scanner.ahead("<<<") or not scanner.ahead("<<"):
        scanner.step(3 if scanner.ahead("<<<") else 1)
    elif found := _HEREDOC.match(scanner.text, scanner.position):
        scanner.announce(found)
    else:
        scanner.doubt = ODD_HEREDOC
        scanner.step(2)


def _on_newline(scanner: Scanner) -> None:
    scanner.step(1)
    if scanner.heredocs:
        scanner.frames.append(Frame(Mode.HEREDOC))


def _on_bracket(scanner: Scanner) -> None:
    before = scanner.text[scanner.position - 1] if scanner.position else scanner.before
    if before.isalnum() or before == "_":
        scanner.push(Mode.SUBSCRIPT, 1, "]")
    else:
        scanner.skip(1)


_OPENERS: Final = {")": "(", "]": "[", "}": "{"}
_AFTER_DOLLAR: Final = {
    "$((": (Mode.ARITHMETIC, ")", 1),
    "$(": (Mode.COMMAND, ")", 0),
    "${": (Mode.BRACES, "}", 0),
    "$[": (Mode.ARITHMETIC, "]", 0),
    "$'": (Mode.ANSI, "", 0),
    '$"': (Mode.DOUBLE, "", 0),
}
_PUNCTUATION: Final[dict[str, Callable[[Scanner], None]]] = {
    "\\": _on_backslash,
    "'": lambda scanner: scanner.push(Mode.SINGLE, 1),
    '"': lambda scanner: scanner.push(Mode.DOUBLE, 1),
    "`": lambda scanner: scanner.push(Mode.BACKTICK, 1),
    "$": _on_dollar,
    "#": _on_hash,
    "(": _on_parenthesis,
    ")": _on_parenthesis,
    "<": _on_less,
    "\n": _on_newline,
    "[": _on_bracket,
}
READERS: Final[dict[Mode, Callable[[Scanner], None]]] = {
    Mode.BARE: _read_code,
    Mode.COMMAND: _read_code,
    Mode.DOUBLE: _read_double,
    Mode.SINGLE: _read_single,
    Mode.ANSI: _read_ansi,
    Mode.COMMENT: _read_comment,
    Mode.HEREDOC: _read_heredoc,
    Mode.BACKTICK: _read_backtick,
    Mode.ARITHMETIC: _read_nested,
    Mode.BRACES: _read_nested,
    Mode.SUBSCRIPT: _read_nested,
}
"""For each mode, what takes the next character or more."""
