"""From YAML nodes to plain data, and back from a path in the data to its place in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import yaml

from wflpy.loader.codes import Code
from wflpy.loader.compose import PLAIN, QUOTED
from wflpy.loader.scalars import is_mapping, read_plain
from wflpy.loader.syntax import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    Pairs = list[tuple[yaml.Node, yaml.Node]]

ALIAS_LIMIT: Final = 1_000_000
"""The most nodes that aliases may add."""
MERGE: Final = "<<"

Path = tuple[str | int, ...]
"""Keys and indices from the top of a file."""


class Tree(NamedTuple):
    """A file as data."""

    data: object
    """Dicts, lists, strings, None, and `Plain` for unquoted numbers and truth values."""
    root: yaml.Node
    faults: tuple[Fault, ...]


def build(root: yaml.Node) -> Tree:
    """The data of a document, with everything that is wrong with its keys, tags and aliases."""
    builder = _Builder()
    data = builder.value(root)
    return Tree(data, root, tuple(builder.faults))


class _Builder:
    """One conversion. A node that aliases repeat is converted once, and shared."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._done: dict[int, tuple[object, int]] = {}
        self._open: set[int] = set()
        self._size = 0
        """Nodes seen so far, those behind aliases each time."""
        self._aliased = 0

    def value(self, node: yaml.Node) -> object:
        if isinstance(node, yaml.ScalarNode):
            self._size += 1
            tag = node.tag
            if tag == PLAIN:
                return read_plain(node.value)
            if tag != QUOTED:
                self._refuse_tag(node)
            return node.value
        done = self._done.get(id(node))
        return self._again(node, done) if done is not None else self._collection(node)

    def _collection(self, node: yaml.Node) -> object:
        if id(node) in self._open:
            self.faults.append(fault_at(node, Code.ANCHOR, "an alias stands inside of what it stands for"))
            return None
        before = self._size
        self._size += 1
        self._open.add(id(node))
        if node.tag not in _OWN_TAGS:
            self._refuse_tag(node)
        if isinstance(node, yaml.MappingNode):
            data: object = self._mapping(node)
        else:
            data = [self.value(element) for element in node.value]
        self._open.discard(id(node))
        self._done[id(node)] = (data, self._size - before)
        return data

    def _again(self, node: yaml.Node, done: tuple[object, int]) -> object:
        data, size = done
        self._size += size
        if self._aliased <= ALIAS_LIMIT < self._aliased + size:
            self.faults.append(fault_at(node, Code.TOO_MUCH, f"aliases expand to more than {ALIAS_LIMIT} values"))
        self._aliased += size
        return data if self._aliased <= ALIAS_LIMIT else None

    def _mapping(self, node: yaml.MappingNode) -> dict[str, object]:
        data: dict[str, object] = {}
        merged: list[yaml.Node] = []
        pairs: Pairs = node.value
        for key, value in pairs:
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append(fault_at(key, Code.BAD_KEY, "a key has to be text"))
                continue
            name: str = key.value
            if name == MERGE and key.tag == PLAIN:
                merged.append(value)
            elif name in data:
                self._refuse_duplicate(node, key)
            else:
                if key.tag not in _SCALAR_TAGS:
                    self._refuse_tag(key)
                data[name] = self.value(value)
        for value in merged:
            self._merge(data, value)
        return data

    def _merge(self, data: dict[str, object], value: yaml.Node) -> None:
        for source in merge_sources(value):
            if not isinstance(source, yaml.MappingNode):
                self.faults.append(fault_at(source, Code.BAD_KEY, "'<<' takes a mapping, or a list of mappings"))
                continue
            other = self.value(source)
            if is_mapping(other):
                for name, entry in other.items():
                    data.setdefault(name, entry)

    def _refuse_duplicate(self, node: yaml.MappingNode, key: yaml.ScalarNode) -> None:
        pairs: Pairs = node.value
        first = next(other for other, _ in pairs if isinstance(other, yaml.ScalarNode) and other.value == key.value)
        message = f"the key '{key.value}' comes twice; it is on line {first.start_mark.line + 1} already"
        self.faults.append(fault_at(key, Code.DUPLICATE, message, "remove one of them"))

    def _refuse_tag(self, node: yaml.Node) -> None:
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        hint = 'to make text of a number write quotes: "1.10"' if tag == "!!str" else None
        self.faults.append(fault_at(node, Code.TAG, f"the tag {tag} is not used in workflow files", hint))


_SCALAR_TAGS: Final = frozenset({PLAIN, QUOTED})
_OWN_TAGS: Final = frozenset({"collection"})


def merge_sources(value: yaml.Node) -> list[yaml.Node]:
    """What a ``<<`` merges, the first of which wins."""
    return list(value.value) if isinstance(value, yaml.SequenceNode) else [value]


def fault_at(node: yaml.Node, code: Code, message: str, hint: str | None = None) -> Fault:
    """A fault with the place of a node."""
    line, column, length = span(node)
    return Fault(code, message, line, column, length, hint)


def span(node: yaml.Node) -> tuple[int, int, int]:
    """Line and column of a node from 0, and its length on that line; 1 if it goes on below."""
    start, end = node.start_mark, node.end_mark
    return start.line, start.column, max(1, end.column - start.column) if end.line == start.line else 1


# -- from a path to its place ------------------------------------------------------------------------


class Spot(NamedTuple):
    """A place in the file that a path leads to."""

    node: yaml.Node
    key: yaml.Node | None
    """The key before it, if it is the value of one."""
    found: int
    """How many steps of the path were there."""


def locate(root: yaml.Node, path: Path) -> Spot:
    """The place a path leads to, or the last one on the way.

    A step that is no key may be a value too: ``("needs", "clean")`` finds ``clean`` in ``needs: [clean]``.
    """
    node, key = root, None
    for number, step in enumerate(path):
        pair = _step(node, step)
        if pair is None:
            return Spot(node, key, number)
        key, node = pair
    return Spot(node, key, len(path))


def _step(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(_pairs_of(node, str(step)), None)
    if isinstance(node, yaml.SequenceNode):
        elements: list[yaml.Node] = node.value
        if isinstance(step, int):
            return (None, elements[step]) if step < len(elements) else None
        named = (element for element in elements if isinstance(element, yaml.ScalarNode) and element.value == step)
        return next(((None, element) for element in named), None)
    return None


def _pairs_of(node: yaml.MappingNode, name: str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    pairs: Pairs = node.value
    merged: list[yaml.Node] = []
    for key, value in pairs:
        if isinstance(key, yaml.ScalarNode):
            if key.value == name:
                yield key, value
            elif key.value == MERGE and key.tag == PLAIN:
                merged.append(value)
    for value in merged:
        for source in merge_sources(value):
            if isinstance(source, yaml.MappingNode) and source is not node:
                yield from _pairs_of(source, name)
