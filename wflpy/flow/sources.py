"""What a task gives out: files, and values read from files, from standard output, from what a function returned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from wflpy.dag.spec import FileOutput, JsonOutput, Output, ReturnOutput, StdoutOutput
from wflpy.flow.mistakes import mistake

if TYPE_CHECKING:
    from wflpy.flow.wiring import Value, Wiring

Form = Literal["text", "line", "json", "regex"]

_FORMS: Final = ("text", "line", "json", "regex")


@dataclass(frozen=True, slots=True)
class JsonSource:
    """A value in a JSON file that the task writes; made by `from_json`."""

    file: Value
    path: str


def from_json(file: Value, path: str = "") -> JsonSource:
    """An output that is a value in a JSON file the task writes.

    Args:
        file: the file, relative to the base folder of the flow.
        path: dotted path into the document (``scores.0.rmse``); empty is the whole document.
    """
    return JsonSource(file, _dotted(path))


def from_stdout(form: Form = "text", pattern: str | None = None) -> StdoutOutput:
    """An output that is read from what the task prints.

    Args:
        form: ``text`` (all of it, stripped), ``line`` (the last that is not empty), ``json``, or ``regex``.
        pattern: for ``regex``: the value is the first group of its last match, or the whole match. Giving a pattern
            is enough to say ``regex``.
    """
    if form not in _FORMS:
        raise mistake(f"from_stdout cannot read {form!r}", f"one of {', '.join(_FORMS)}")
    if pattern is None:
        if form == "regex":
            raise mistake("from_stdout('regex') has no pattern", "from_stdout('regex', r'score: (.*)')")
        return StdoutOutput(form)
    if form not in ("regex", "text"):
        raise mistake(f"a pattern does not go with {form!r}", "use 'regex'")
    try:
        re.compile(pattern)
    except re.error as problem:
        raise mistake(f"the pattern {pattern!r} is not a regular expression: {problem}") from None
    return StdoutOutput("regex", pattern)


def from_return(path: str = "") -> ReturnOutput:
    """An output that is what the called function returned, or the part of it at a dotted path (``best.name``)."""
    return ReturnOutput(_dotted(path))


def _dotted(path: object) -> str:
    if isinstance(path, str):
        return str(path)
    raise mistake(f"the path to a value is text, not {path!r}", "join keys with dots: 'scores.0.rmse'")


def output_of(value: object, name: str, wiring: Wiring) -> Output:
    """The declaration for what was given as an output: a path, or one of the sources above."""
    if isinstance(value, JsonSource):
        return JsonOutput(wiring.text(value.file, f"the file of output '{name}'"), value.path)
    if isinstance(value, FileOutput | JsonOutput | StdoutOutput | ReturnOutput):
        return value
    return FileOutput(wiring.text(value, f"output '{name}'"))
