"""What a stream can show: colours, a display that redraws itself, characters beyond ASCII."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEYOND_ASCII: Final = "✓✗▸·…━"
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_HIDDEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Controls, breaks of lines, and what turns the direction of writing."""
_SEQUENCES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A stream and what may be written to it."""

    stream: TextIO
    live: bool = False
    """Whether lines already written can be drawn anew."""
    colours: bool = False
    unicode: bool = False
    """Whether its encoding has more than ASCII."""

    def say(self, text: str = "") -> None:
        """Write one line, or several."""
        self.stream.write(text + "\n")
        self.stream.flush()

    def paint(self, text: str, style: str | None) -> str:
        """The text in a colour (or ``bold``, ``dim``), where there are colours."""
        if not self.colours or not style:
            return text
        return click.style(text, **{style: True}) if style in {"bold", "dim"} else click.style(text, fg=style)


def terminal_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Terminal:
    """What this stream can do, by what it is and by ``TERM`` and ``NO_COLOR``."""
    able = stream.isatty() and environment.get("TERM", "") not in {"", "dumb", "unknown"}
    return Terminal(
        stream=stream,
        live=able,
        colours=able and not environment.get("NO_COLOR"),
        unicode=_encodes(stream, _BEYOND_ASCII),
    )


def stdout_terminal() -> Terminal:
    """Where results go."""
    return terminal_of(sys.stdout)


def stderr_terminal() -> Terminal:
    """Where messages go."""
    return terminal_of(sys.stderr)


def open_closed_streams() -> None:
    """Put the null device in place of standard streams that are closed, so that no file takes their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, which is this one: those before it are open by now.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))


def write_anything() -> None:
    """Let both streams show characters that their encoding lacks as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def harmless(text: str) -> str:
    """Text from somebody else's program, without what would move the cursor or change colours."""
    return _CONTROLS.sub("", _SEQUENCES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def one_line(text: str) -> str:
    """Text from anywhere as one line, what would move the cursor or break the line written as an escape."""
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
