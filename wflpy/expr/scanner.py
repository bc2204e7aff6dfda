"""How far a shell text has been read and what it is inside of at that place."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

ODD_HEREDOC: Final = "after a here-document whose end is no plain word"
"""Why quoting cannot be followed where it is not clear where a here-document ends."""


class Mode(Enum):
    """What a place of a shell text is inside of."""

    BARE = auto()
    DOUBLE = auto()
    SINGLE = auto()
    ANSI = auto()
    COMMENT = auto()
    HEREDOC = auto()
    BACKTICK = auto()
    COMMAND = auto()
    ARITHMETIC = auto()
    BRACES = auto()
    SUBSCRIPT = auto()


class Frame:
    """Something the text is inside of."""

    __slots__ = ("closer", "depth", "mode")

    def __init__(self, mode: Mode, closer: str = "", depth: int = 0) -> None:
        self.mode = mode
        self.closer = closer
        self.depth = depth


class Scanner:
    """Reads shell text part by part and knows what it is inside of."""

    def __init__(self) -> None:
        self.frames = [Frame(Mode.BARE)]
        self.text = ""
        self.position = 0
        self.at_word = True
        """Whether a word may begin here."""
        self.before = "\n"
        """The character before this part; empty after a value."""
        self.heredocs: list[tuple[str, bool]] = []
        """Ends of the here-documents that are open or announced, and whether their lines may begin with tabs."""
        self.doubt: str | None = None
        """Why quoting can no longer be followed."""

    def begin(self, text: str, *, before: str | None = None) -> None:
        """This text comes next; an empty ``before`` says that a value stands before it."""
        self.before = before if before is not None else self.before
        self.text, self.position = text, 0
        self.at_word = self.at_word and self.before != ""

    def skip(self, count: int) -> None:
        """Move on within a word."""
        self.position += count
        self.at_word = False

    def step(self, count: int) -> None:
        """Move on to where a word may begin."""
        self.position += count
        self.at_word = True

    def push(self, mode: Mode, opening: int, closer: str = "", depth: int = 0) -> None:
        """Enter something whose opening has so many characters."""
        self.frames.append(Frame(mode, closer, depth))
        self.skip(opening)
        self.at_word = mode is Mode.COMMAND

    def pop(self, closing: int) -> None:
        """Leave it again."""
        self.frames.pop()
        self.skip(closing)

    def ahead(self, text: str) -> bool:
        """Whether this stands here."""
        return self.text.startswith(text, self.position)

    def announce(self, found: re.Match[str]) -> None:
        """A here-document will begin after this line."""
        end = re.sub(r"['\"\\]", "", found[2])
        self.heredocs.append((end, found[1] == "-"))
        self.position, self.at_word = found.end(), False
        following = self.text[self.position : self.position + 1]
        if following and following not in " \t\n;&|<>)":
            self.doubt = ODD_HEREDOC
