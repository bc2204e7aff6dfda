"""From the text of a file to YAML nodes with their places, within bounds: by libyaml where it is there."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Final, Protocol

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from wflpy.loader.codes import Code
from wflpy.loader.syntax import Fault, fault_of

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE_LIMIT: Final = 32 * 2**20
"""The most characters a file may have."""
DEPTH_LIMIT: Final = 50
"""How deep a file may be nested."""

PLAIN: Final = "plain"
"""Tag of an unquoted scalar."""
QUOTED: Final = "quoted"
"""Tag of a scalar in quotes, or of a block of text."""
COLLECTION: Final = "collection"
"""Tag of a list or a mapping."""


class _TooDeep(Exception):
    """The composer has come deeper than it may, inside of this node."""

    def __init__(self, parent: yaml.Node) -> None:
        super().__init__()
        self.line = parent.start_mark.line
        self.column = parent.start_mark.column


class _Tags:
    """Says how a scalar was written in place of resolving what it means, and watches the depth.

    The composers ask these three methods for every node. A deep file would otherwise overrun the stack of libyaml's.
    """

    _depth = 0

    def descend_resolver(self, parent: yaml.Node, index: object) -> None:  # noqa: ARG002  # as the composers call it
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise _TooDeep(parent)

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: type, value: object, implicit: Any) -> str:  # noqa: ARG002  # as the composers call it
        if kind is not yaml.ScalarNode:
            return COLLECTION
        return PLAIN if implicit[0] else QUOTED


class _Loader(Protocol):
    def get_single_node(self) -> yaml.Node | None: ...


class _PythonComposer(_Tags, Reader, Scanner, Parser, Composer):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)


def _libyaml_composer() -> Callable[[str], _Loader] | None:
    if not yaml.__with_libyaml__:
        return None
    from yaml._yaml import CParser

    class LibyamlComposer(_Tags, CParser):
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)

    return LibyamlComposer


PYTHON_COMPOSER: Final[Callable[[str], _Loader]] = _PythonComposer
"""The composer that works everywhere."""
COMPOSER: Final = _libyaml_composer() or PYTHON_COMPOSER
"""The composer in use: that of libyaml, if PyYAML was built with it."""


def compose(text: str, composer: Callable[[str], _Loader] = COMPOSER) -> yaml.Node | Fault:
    """The one document of a text as nodes, or what is wrong with its syntax. An empty text is an empty scalar."""
    if len(text) > SIZE_LIMIT:
        message = f"the file has {len(text)} characters; at most {SIZE_LIMIT} are read"
        return Fault(Code.TOO_MUCH, message, 0, 0)
    # The nodes are kept, so looking for garbage among them finds nothing and takes longer than composing.
    collecting = gc.isenabled()
    gc.disable()
    try:
        node = composer(text).get_single_node()
    except _TooDeep as found:
        return Fault(Code.TOO_MUCH, f"the file is nested more than {DEPTH_LIMIT} deep", found.line, found.column)
    except yaml.YAMLError as error:
        return fault_of(error, text)
    finally:
        if collecting:
            gc.enable()
    return yaml.ScalarNode(PLAIN, "", _START, _START) if node is None else node


_START: Final = yaml.Mark("", 0, 0, 0, "", 0)
