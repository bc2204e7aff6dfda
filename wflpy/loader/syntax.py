"""What the YAML parser says about a file, in words that say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import yaml
from yaml.reader import ReaderError

from wflpy.loader.codes import Code
from wflpy.loader.diagnostics import source_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_BRACED = re.compile(r"(?:\$\{\{.*?\}\}|[^,\]}\s])+")
"""A value with an expression in it, up to the next comma or bracket."""


class Fault(NamedTuple):
    """Something wrong at a place of the text."""

    code: Code
    message: str
    line: int
    """From 0."""
    column: int
    """From 0."""
    length: int = 1
    hint: str | None = None


class _Report(NamedTuple):
    """What the parser says, and the lines it is about."""

    problem: str
    line: int
    column: int
    began: tuple[int, int] | None
    """Where that begins which could not be read to its end."""
    lines: Sequence[str]

    @property
    def text(self) -> str:
        """The line of the fault."""
        return self.lines[self.line] if self.line < len(self.lines) else ""

    @property
    def character(self) -> str:
        """The character at the fault; empty at the end of a line."""
        return self.text[self.column : self.column + 1]


def fault_of(error: yaml.YAMLError, text: str) -> Fault:
    """The fault behind a parser's error."""
    if isinstance(error, ReaderError):
        return _unreadable(error, text)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Fault(Code.SYNTAX, f"the file cannot be read as YAML: {error}", 0, 0)
    mark, context = error.problem_mark, error.context_mark
    began = (context.line, context.column) if context is not None else None
    report = _Report(error.problem or "", mark.line, mark.column, began, source_lines(text))
    if report.line >= len(report.lines):  # at the very end: show the last line
        report = report._replace(line=len(report.lines) - 1, column=len(report.lines[-1]))
    return next((fault for look in _LOOKS if (fault := look(report))), None) or _other(report)


def _unreadable(error: ReaderError, text: str) -> Fault:
    position = text.find(chr(error.character)) if isinstance(error.character, int) else -1
    lines = source_lines(text[: max(position, 0)])
    shown = f"U+{error.character:04X}" if isinstance(error.character, int) else "?"
    hint = "remove it, or write it as an escape between double quotes"
    return Fault(
        Code.NOT_TEXT, f"the control character {shown} cannot stand in YAML", len(lines) - 1, len(lines[-1]), 1, hint
    )


# -- what is looked for, in this order -----------------------------------------------------------------


def _tab(report: _Report) -> Fault | None:
    indentation = report.text[: len(report.text) - len(report.text.lstrip())]
    if "\t" not in indentation or report.column > len(indentation):
        return None
    column = indentation.index("\t")
    length = len(indentation) - column
    return Fault(Code.TAB, "a tab is used for indentation", report.line, column, length, "use blanks")


def _documents(report: _Report) -> Fault | None:
    if "another document" not in report.problem:
        return None
    return Fault(
        Code.DOCUMENTS, "a second document begins here", report.line, 0, 3, "a file holds one flow: remove the '---'"
    )


def _escape(report: _Report) -> Fault | None:
    if not re.search(r"unknown escape|hexdec|escape sequence", report.problem):
        return None
    before = report.text.rfind("\\", 0, report.column + 1)
    shown = report.text[before : before + 2]
    hint = "use single quotes, or write the backslash twice"
    return Fault(Code.ESCAPE, f"{shown} is no escape sequence of YAML", report.line, max(before, 0), 2, hint)


def _braces(report: _Report) -> Fault | None:
    if not re.search(r"flow|expected '?,|found '?[{}\[\]]|node content", report.problem + _flow_context(report)):
        return None
    opening = report.text.rfind("${{", 0, report.column + 3)
    if opening < 0 or not _is_bare(report.text, opening):
        return None
    column = max(report.text.rfind(before, 0, opening) for before in " \t,[{") + 1
    value = _BRACED.match(report.text, column)
    length = value.end() - column if value else 3
    hint = f'write "{report.text[column : column + length]}"'
    return Fault(Code.BRACES, "'${{' inside { } or [ ] has to be quoted", report.line, column, length, hint)


def _flow_context(report: _Report) -> str:
    if report.began is None:
        return ""
    line, column = report.began
    opener = report.lines[line][column : column + 1] if line < len(report.lines) else ""
    return "flow" if opener in ("{", "[") else ""


def _is_bare(line: str, column: int) -> bool:
    """Whether a place of a line is outside of quotes."""
    before = line[:column]
    return before.count('"') % 2 == 0 and before.count("'") % 2 == 0


def _unclosed(report: _Report) -> Fault | None:
    if report.began is None or report.began[0] >= len(report.lines):
        return None
    line, column = report.began
    opener = report.lines[line][column : column + 1]
    if opener in ("'", '"') and "end of stream" in report.problem:
        return Fault(Code.UNCLOSED, f"the quote {opener} is never closed", line, column)
    is_open = report.line > line or not report.character
    if opener in ("[", "{") and is_open and re.search(r"expected ',' or|end of stream", report.problem):
        closer = "]" if opener == "[" else "}"
        return Fault(Code.UNCLOSED, f"'{opener}' is not closed", line, column, 1, f"add '{closer}'")
    return None


def _colon(report: _Report) -> Fault | None:
    if "mapping values are not allowed" not in report.problem:
        return None
    key = re.match(r"\s*(?:- )?[^\s'\"#][^:#]*:\s+", report.text)
    if key is None or key.end() > report.column:
        return _missing_colon(report)
    hint = "quote the whole value, or write it on the next lines below '|'"
    return Fault(Code.COLON, "a value with ': ' in it has to be quoted", report.line, report.column, 1, hint)


def _missing_colon(report: _Report) -> Fault | None:
    """``key:value`` on the line before, or a value there that an indented line goes on with."""
    before = report.lines[report.line - 1] if report.line else ""
    glued = re.match(r"\s*([A-Za-z_][\w-]*):(?=[^\s:/])", before)
    if glued:
        hint = f"write '{glued[1]}: ...'"
        return Fault(Code.COLON, "a blank is missing after the colon", report.line - 1, glued.end() - 1, 1, hint)
    if re.match(r"\s*[A-Za-z_][\w-]*\s*$", before):
        word = before.strip()
        column = len(before) - len(before.lstrip())
        return Fault(Code.COLON, f"a colon is missing after '{word}'", report.line - 1, column, len(word))
    return _deeper(report)


def _deeper(report: _Report) -> Fault:
    length = len(report.text) - len(report.text.lstrip())
    message = "this line is indented deeper than the one above, which has its value already"
    return Fault(Code.INDENTATION, message, report.line, length, max(1, report.column - length))


def _anchor(report: _Report) -> Fault | None:
    name = re.match(r"[*&]([^\s,\]}]*)", report.text[report.column :])
    if "undefined alias" in report.problem:
        shown = name[1] if name else ""
        message = f"there is no anchor '&{shown}' above this alias"
        return Fault(Code.ANCHOR, message, report.line, report.column, len(shown) + 1)
    if "duplicate anchor" in report.problem or "second occurrence" in report.problem:
        return Fault(Code.ANCHOR, "this anchor exists already", report.line, report.column, len(name[0]) if name else 1)
    if report.began and re.search(r"alphabetic or numeric|expected alphanumeric", report.problem):
        line, column = report.began
        opener = report.lines[line][column : column + 1]
        if opener in ("*", "&"):
            message = f"a value that begins with '{opener}' has to be quoted"
            return Fault(Code.START, message, line, column, 1, "in YAML it is an alias or an anchor")
    return None


def _start(report: _Report) -> Fault | None:
    if re.search(r"cannot start any token", report.problem) and report.character:
        message = f"a value that begins with '{report.character}' has to be quoted"
        return Fault(Code.START, message, report.line, report.column)
    if report.began and re.search(r"line break|chomping", report.problem):
        line, column = report.began
        opener = report.lines[line][column : column + 1]
        message = f"a value that begins with '{opener}' has to be quoted"
        return Fault(Code.START, message, line, column, 1, f"'{opener}' announces a block of text on the next lines")
    return None


def _sequence(report: _Report) -> Fault | None:
    if "sequence entries" not in report.problem:
        return None
    hint = "write it below the key, or as [a, b]"
    return Fault(Code.START, "a list with '-' begins on a line of its own", report.line, report.column, 1, hint)


def _stray(report: _Report) -> Fault | None:
    if report.character not in ("]", "}"):
        return None
    return Fault(Code.UNCLOSED, f"this '{report.character}' closes nothing", report.line, report.column)


def _after_quotes(report: _Report) -> Fault | None:
    """``'it's'`` and ``"a" b``: more text after a quoted value."""
    if not re.search(r"expected key|<block end>", report.problem):
        return None
    before = report.text[: report.column].rstrip()
    if before.endswith(("'", '"')) and report.column > 0:
        quote = before[-1]
        hint = "quote the whole value" + (", and write ' twice inside single quotes" if quote == "'" else "")
        message = f"text follows the closing {quote}"
        return Fault(Code.UNCLOSED, message, report.line, report.column, 1, hint)
    return None


def _indentation(report: _Report) -> Fault | None:
    if not re.search(r"expected key|<block end>|not allowed in this context|block sequence", report.problem):
        return None
    own = len(report.text) - len(report.text.lstrip())
    if report.column > own:
        return None
    message = f"this line is indented by {own}, which fits no line above it"
    return Fault(Code.INDENTATION, message, report.line, own, max(1, len(report.text.strip())))


def _other(report: _Report) -> Fault:
    return Fault(Code.SYNTAX, f"the file cannot be read as YAML: {report.problem}", report.line, report.column)


_LOOKS: Final[tuple[Callable[[_Report], Fault | None], ...]] = (
    _tab,
    _documents,
    _escape,
    _braces,
    _unclosed,
    _colon,
    _anchor,
    _start,
    _sequence,
    _stray,
    _after_quotes,
    _indentation,
)
