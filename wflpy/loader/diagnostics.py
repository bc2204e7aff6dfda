"""What is wrong with a workflow file, with the place, and how it is shown to people and to programs."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from wflpy.dag.errors import Problem, WorkflowError
from wflpy.dag.spec import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST_SHOWN: Final = 20
"""The most diagnostics that are told of one file."""

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_HIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it; a tab is shown."""
_WIDEST: Final = 160
_CUT: Final = "..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One thing that is wrong."""

    file: str
    code: str
    """``WFLnnn``, from `wflpy.loader.codes`."""
    message: str
    """What is wrong, as one sentence without a full stop."""
    line: int | None = None
    """Line in the file, from 1; None where the fault is not in the file."""
    column: int | None = None
    """Column in the line, from 1."""
    length: int = 1
    """How many characters of the line are concerned."""
    severity: str = "error"
    hint: str | None = None
    """What to do about it."""
    excerpt: str | None = None
    """The line of the file."""

    def __str__(self) -> str:
        """The first line of what `render` gives."""
        place = "" if self.line is None else f"{self.line}:{self.column}:"
        hint = f" ({self.hint})" if self.hint else ""
        return _visible(f"{self.file}:{place} {self.severity}[{self.code}]: {self.message}{hint}")


class WorkflowFileError(WorkflowError):
    """A workflow file is wrong; nothing was run.

    Attributes:
        diagnostics: everything that was found, in the order of the file.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], file: str) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(
            render_all(diagnostics),
            problems=[Problem(one.code, one.message, (), _origin(one), one.hint) for one in diagnostics],
            file=file,
        )


def _origin(diagnostic: Diagnostic) -> Origin | None:
    if diagnostic.line is None or diagnostic.column is None:
        return None
    return Origin(diagnostic.file, diagnostic.line, diagnostic.column)


def source_lines(source: str) -> list[str]:
    """The lines of a source, as YAML counts them."""
    return _BREAK.split(source)


def render(diagnostic: Diagnostic, source: str | None = None) -> str:
    """A diagnostic for people: file, place, code and message, then the line with carets under the fault.

    Args:
        diagnostic: what is shown.
        source: the text of the file; by default the line that the diagnostic carries.
    """
    line = diagnostic.excerpt
    if source is not None and diagnostic.line is not None:
        lines = source_lines(source)
        line = lines[diagnostic.line - 1] if diagnostic.line <= len(lines) else None
    if line is None or not line.strip() or diagnostic.line is None or diagnostic.column is None:
        return str(diagnostic)
    start = min(diagnostic.column - 1, len(line))
    # One character for one, so that the carets stay below the fault.
    shown, start = _cut(_HIDDEN.sub("\ufffd", line), start)
    length = max(1, min(diagnostic.length, len(shown) - start))
    number = f"{diagnostic.line:>5}"
    blank = "".join("\t" if character == "\t" else " " * _width(character) for character in shown[:start])
    carets = "^" * (sum(map(_width, shown[start : start + length])) or 1)
    return f"{diagnostic}\n{number} | {shown}\n{' ' * len(number)} | {blank}{carets}"


def _visible(text: str) -> str:
    """The text on one line, what a terminal would obey written as an escape."""
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _cut(line: str, start: int) -> tuple[str, int]:
    """The part of a long line that shows the fault, and where the fault begins in it."""
    if len(line) <= _WIDEST:
        return line, start
    first = max(0, start - _WIDEST // 2)
    shown = line[first : first + _WIDEST]
    if first + _WIDEST < len(line):
        shown += _CUT
    return (shown, start) if not first else (_CUT + shown, start - first + len(_CUT))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def render_all(diagnostics: Iterable[Diagnostic], form: str = "text") -> str:
    """Several diagnostics as ``text``, as one ``json`` document, or as annotations of ``github`` actions.

    Raises:
        ValueError: the form is none of these.
    """
    if form not in _FORMS:
        raise ValueError(f"unknown form {form!r}; known: {', '.join(_FORMS)}")
    return _FORMS[form](list(diagnostics))


def _as_text(diagnostics: list[Diagnostic]) -> str:
    shown = [render(diagnostic) for diagnostic in diagnostics[:MOST_SHOWN]]
    more = len(diagnostics) - len(shown)
    return "\n".join([*shown, f"... and {more} more"] if more > 0 else shown)


def _as_json(diagnostics: list[Diagnostic]) -> str:
    return json.dumps([asdict(diagnostic) for diagnostic in diagnostics], indent=2, ensure_ascii=False)


def _as_annotations(diagnostics: list[Diagnostic]) -> str:
    return "\n".join(map(_annotation, diagnostics))


def _annotation(diagnostic: Diagnostic) -> str:
    facts = {"file": diagnostic.file}
    if diagnostic.line is not None and diagnostic.column is not None:
        last = diagnostic.column + diagnostic.length - 1
        facts |= {"line": str(diagnostic.line), "col": str(diagnostic.column), "endColumn": str(last)}
    facts["title"] = diagnostic.code
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in facts.items())
    hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
    return f"::{diagnostic.severity} {properties}::{_escaped(diagnostic.message + hint)}"


def _escaped(text: str, also: str = "") -> str:
    return "".join(f"%{ord(character):02X}" if character in "%\r\n" + also else character for character in text)


_FORMS: Final[dict[str, Callable[[list[Diagnostic]], str]]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_annotations,
}
