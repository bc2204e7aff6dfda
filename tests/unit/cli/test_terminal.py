"""What a stream can show, and what is kept away from it."""

from __future__ import annotations

import io

import pytest

from wflpy.cli.terminal import Terminal, harmless, one_line, terminal_of


class Tty(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def tty(encoding: str = "utf-8") -> Tty:
    return Tty(io.BytesIO(), encoding=encoding)


def test_a_terminal_is_live_and_has_colours() -> None:
    found = terminal_of(tty(), {"TERM": "xterm"})
    assert (found.live, found.colours, found.unicode) == (True, True, True)


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_dumb_terminal_gets_plain_lines(term: str) -> None:
    found = terminal_of(tty(), {"TERM": term})
    assert (found.live, found.colours) == (False, False)


def test_no_color_is_obeyed_and_an_empty_one_is_none() -> None:
    assert not terminal_of(tty(), {"TERM": "xterm", "NO_COLOR": "1"}).colours
    assert terminal_of(tty(), {"TERM": "xterm", "NO_COLOR": "1"}).live
    assert terminal_of(tty(), {"TERM": "xterm", "NO_COLOR": ""}).colours


def test_a_file_is_no_terminal() -> None:
    found = terminal_of(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), {"TERM": "xterm"})
    assert (found.live, found.colours) == (False, False)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_without_the_marks_gets_ascii(encoding: str) -> None:
    assert not terminal_of(tty(encoding), {"TERM": "xterm"}).unicode


def test_paint_colours_only_where_there_are_colours() -> None:
    plain = Terminal(stream=io.StringIO())
    coloured = Terminal(stream=io.StringIO(), colours=True)
    assert plain.paint("x", "red") == "x"
    assert coloured.paint("x", None) == "x"
    assert coloured.paint("x", "red") == "\x1b[31mx\x1b[0m"
    assert coloured.paint("x", "bold") == "\x1b[1mx\x1b[0m"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("10%\r20%\r30%", "10%\n20%\n30%"),
        ("dos\r\nlines", "dos\nlines"),
        ("bell\x07 back\x08 c1\x9b2J", "bell back c12J"),
        ("tab\tand\nnewline ünïcode 日本", "tab\tand\nnewline ünïcode 日本"),
    ],
)
def test_output_of_others_cannot_move_the_cursor(text: str, kept: str) -> None:
    assert harmless(text) == kept


def test_one_line_shows_what_would_move_the_cursor() -> None:
    assert one_line("a\x1b[2J\nb\t\u202ec") == "a\\x1b[2J\\nb\\t\\u202ec"
    assert one_line("plain ✓ text") == "plain ✓ text"
