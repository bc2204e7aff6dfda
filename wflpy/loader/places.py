"""From faults and mistakes to diagnostics: the line, the column, and the characters that the carets go under."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import yaml

from wflpy.dag.spec import Origin
from wflpy.loader.diagnostics import Diagnostic, source_lines
from wflpy.loader.references import EXPRESSION
from wflpy.loader.tree import locate, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path as File

    from wflpy.loader.mistakes import Mistake
    from wflpy.loader.syntax import Fault
    from wflpy.loader.tree import Path, Spot

_PLACELESS = "--param"
"""What stands in place of the file's name where a value from outside is wrong."""


class Places:
    """The places of one file."""

    def __init__(self, file: File, text: str, root: yaml.Node | None) -> None:
        self._file = str(file)
        self._text = text
        self._root = root
        self._lines: list[str] | None = None
        self._told: Counter[tuple[Path, str, str]] = Counter()
        """How often an expression of a scalar has been told of with a code: each is the next one in the text."""

    def of_fault(self, fault: Fault) -> Diagnostic:
        """The diagnostic of a fault of syntax."""
        return self._diagnostic(fault.code, fault.message, (fault.line, fault.column, fault.length), fault.hint)

    def of_mistake(self, mistake: Mistake) -> Diagnostic:
        """The diagnostic of a mistake."""
        if self._root is None or (not mistake.path and mistake.code.startswith("WFL2")):
            return Diagnostic(file=_PLACELESS, code=mistake.code, message=mistake.message, hint=mistake.hint)
        place = self._place(mistake, self._root)
        return self._diagnostic(mistake.code, mistake.message, place, mistake.hint)

    def origins(self) -> Callable[[Path], Origin]:
        """Looks up the places of tasks and handlers: that of the key before them."""
        root, file = self._root, self._file
        tasks = {key.value: key for key, _ in _pairs(root, "tasks")}

        def origin(path: Path) -> Origin:
            node: yaml.Node | None = tasks.get(path[1]) if len(path) == 2 and path[0] == "tasks" else None
            if node is None and root is not None:
                spot = locate(root, path)
                node = spot.key or spot.node
            if node is None:
                return Origin(file, 1, 1)
            return Origin(file, node.start_mark.line + 1, node.start_mark.column + 1)

        return origin

    @staticmethod
    def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The diagnostics in the order of the file; those without a place come first.

        Of several with one code at one place the first is kept: a value from the defaults is wrong in every task.
        """
        found: dict[object, Diagnostic] = {}
        for one in diagnostics:
            found.setdefault(one if one.line is None else (one.line, one.column, one.length, one.code), one)
        return sorted(found.values(), key=lambda one: (one.line or 0, one.column or 0, one.code))

    def _diagnostic(self, code: str, message: str, place: tuple[int, int, int], hint: str | None) -> Diagnostic:
        line, column, length = place
        if self._lines is None:
            self._lines = source_lines(self._text)
        excerpt = self._lines[line] if line < len(self._lines) else None
        return Diagnostic(
            file=self._file,
            code=str(code),
            message=message,
            line=line + 1,
            column=column + 1,
            length=length,
            hint=hint,
            excerpt=excerpt,
        )

    def _place(self, mistake: Mistake, root: yaml.Node) -> tuple[int, int, int]:
        spot = self._spot(mistake.path, root)
        if not mistake.path:
            return 0, 0, 1
        on_key = mistake.on_key or (mistake.code.startswith("WFL3") and _names_key(mistake.path))
        if on_key and spot.key is not None and spot.found == len(mistake.path):
            return span(spot.key)
        if mistake.offset is not None and (place := self._inside(spot.node, mistake.offset, mistake.length)):
            return place
        if (found := EXPRESSION.search(mistake.message)) and (place := self._word(spot.node, mistake, found)):
            return place
        if isinstance(spot.node, yaml.ScalarNode) and spot.node.value:
            return span(spot.node)
        return span(spot.key if spot.key is not None else spot.node)

    def _spot(self, path: Path, root: yaml.Node) -> Spot:
        """Where a path leads; a key that a task has from the defaults is found there."""
        spot = locate(root, path)
        if len(path) > 2 and path[0] == "tasks" and spot.found == 2:
            among_defaults = locate(root, ("defaults", *path[2:]))
            if among_defaults.found > 1:
                return among_defaults._replace(found=among_defaults.found + 1)
        return spot

    def _inside(self, node: yaml.Node, offset: int, length: int) -> tuple[int, int, int] | None:
        """The place of a character of a scalar, where it is written in the file as it is read."""
        if not isinstance(node, yaml.ScalarNode):
            return None
        source = self._source(node)
        start = source.find(node.value) if "\n" not in node.value else -1
        if start < 0:
            return self._line_inside(node, offset, length)
        return self._at(node, start + offset, length)

    def _line_inside(self, node: yaml.ScalarNode, offset: int, length: int) -> tuple[int, int, int] | None:
        """The same for text of several lines: the line is looked up as a whole."""
        before = node.value[:offset]
        line = before.rpartition("\n")[2] + node.value[offset:].partition("\n")[0]
        start = self._source(node).find(line)
        return self._at(node, start + len(before.rpartition("\n")[2]), length) if start >= 0 and line else None

    def _word(self, node: yaml.Node, mistake: Mistake, found: re.Match[str]) -> tuple[int, int, int] | None:
        """The place of the expression a message quotes."""
        if not isinstance(node, yaml.ScalarNode):
            return None
        word = found[1] or found[2]
        key = (mistake.path, mistake.code, word)
        places = [match.start() for match in re.finditer(re.escape(word), self._source(node))]
        number = min(self._told[key], len(places) - 1)
        self._told[key] += 1
        return self._at(node, places[number], len(word)) if places else None

    def _source(self, node: yaml.Node) -> str:
        return self._text[node.start_mark.index : node.end_mark.index]

    def _at(self, node: yaml.Node, offset: int, length: int) -> tuple[int, int, int]:
        before = source_lines(self._source(node)[:offset])
        column = len(before[-1]) + (node.start_mark.column if len(before) == 1 else 0)
        return node.start_mark.line + len(before) - 1, column, length


def _names_key(path: Path) -> bool:
    """Whether a path is that of a name: of a task, or in `needs`."""
    return (len(path) == 2 and path[0] == "tasks") or (len(path) > 1 and path[-2] == "needs")


def _pairs(root: yaml.Node | None, key: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """The entries of the mapping below a key of the file."""
    if not isinstance(root, yaml.MappingNode):
        return []
    spot = locate(root, (key,))
    pairs: list[tuple[yaml.Node, yaml.Node]] = spot.node.value if isinstance(spot.node, yaml.MappingNode) else []
    return [(name, value) for name, value in pairs if isinstance(name, yaml.ScalarNode)] if spot.found else []
