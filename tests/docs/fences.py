"""The fenced blocks of a Markdown page, with the marks that say how each is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

_OPEN = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
_MARK = re.compile(r"^\s*<!--\s*(?P<text>.*?)\s*-->\s*$")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: where it stands, its language (the first word of the info string), its text, its marks.

    A mark is an HTML comment on a line of its own between the block and what stands before it: `<!-- name: value -->`.
    """

    page: Path
    line: int
    language: str
    text: str
    marks: tuple[tuple[str, str], ...] = ()

    def mark(self, name: str) -> str | None:
        """The value of the mark `name` ("" where it has none), or None."""
        return dict(self.marks).get(name)

    def __str__(self) -> str:
        page = self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page.name
        return f"{page}:{self.line}"


def pages() -> list[Path]:
    """Every page whose blocks are checked: the README and all of docs/."""
    built = ROOT / "docs" / "_build"
    return [ROOT / "README.md", *(page for page in sorted(ROOT.glob("docs/**/*.md")) if built not in page.parents)]


def blocks(page: Path, text: str | None = None) -> list[Block]:
    """The blocks of `page` in their order; `text` stands in for the file's content.

    Raises:
        ValueError: A fence is never closed.
    """
    found: list[Block] = []
    marks: list[tuple[str, str]] = []
    lines = iter(enumerate((page.read_text(encoding="utf-8") if text is None else text).splitlines(), start=1))
    for number, line in lines:
        if opened := _OPEN.match(line):
            content = _content(lines, opened, f"{page.name}:{number}")
            language = (opened["info"].split() or [""])[0]
            found.append(Block(page, number, language, "".join(f"{one}\n" for one in content), tuple(marks)))
            marks = []
        elif comment := _MARK.match(line):
            name, _, value = comment["text"].partition(":")
            marks.append((name.strip(), value.strip()))
        elif line.strip():
            marks = []
    return found


def _content(lines: Iterator[tuple[int, str]], opened: re.Match[str], where: str) -> list[str]:
    content: list[str] = []
    indent, fence = len(opened["indent"]), opened["fence"]
    for _, line in lines:
        stripped = line.strip()
        if stripped.startswith(fence) and not stripped.strip(fence[0]):
            return content
        content.append(line[min(indent, len(line) - len(line.lstrip(" "))) :])
    raise ValueError(f"{where}: this fence is never closed")


def prose(text: str) -> str:
    """The page without its fenced blocks and inline code: what may hold links."""
    kept: list[str] = []
    fence = ""
    for line in text.splitlines():
        opened = _OPEN.match(line)
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif opened:
            fence = opened["fence"]
        else:
            kept.append(re.sub(r"`[^`]*`", "", line))
    return "\n".join(kept)
