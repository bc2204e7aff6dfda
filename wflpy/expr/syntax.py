"""Expressions that are more than a path: jinja2 parses them, and what is not part of the language is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from jinja2 import TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from wflpy.drmaa2.suggestion import did_you_mean
from wflpy.expr.errors import ExpressionError
from wflpy.expr.functions import FUNCTION_NAMES
from wflpy.expr.sandbox import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jinja2.lexer import Token

DEPTH_LIMIT: Final = 60
"""How deep an expression may be nested."""

_AT_OFFSET = re.compile(r" at \d+$")
_LEAVES: Final = (nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Slice)
_SHAPES: Final = (
    *(nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Compare, nodes.Operand, nodes.BinExpr, nodes.UnaryExpr),
    *(nodes.CondExpr, nodes.Concat, nodes.Filter, nodes.Test, nodes.Call, nodes.Keyword),
)


class Analysis(NamedTuple):
    """What can be known of an expression before it is evaluated."""

    names: tuple[tuple[str, ...], ...]
    functions: frozenset[str]
    is_raw: bool


class _Tokens:
    """The tokens of a source, with the place of the one the parser has come to."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._offsets: list[tuple[int, int]] = []
        self.stream = TokenStream(self._tokens(), None, None)

    def _tokens(self) -> Iterator[Token]:
        lexer = SANDBOX.lexer
        offset = 0
        for line, kind, text in lexer.tokeniter(self.source, None, None, "variable"):
            for token in lexer.wrap(iter([(line, kind, text)])):
                self._offsets.append((offset, len(text)))
                yield token
            offset += len(text)

    def place(self) -> tuple[int, int]:
        """Offset and length of the current token; the end of the source when there is none."""
        if self.stream.eos or not self._offsets:
            return len(self.source), 1
        return self._offsets[-1]


def parse_tree(source: str) -> nodes.Expr:
    tokens: _Tokens | None = None
    try:
        tokens = _Tokens(source)
        parser = Parser(SANDBOX, "", state="variable")
        parser.stream = tokens.stream
        tree = parser.parse_expression()
        if not parser.stream.eos:
            raise TemplateSyntaxError(f"unexpected '{parser.stream.current.value}'", 1)
    except TemplateSyntaxError as error:
        offset, span = tokens.place() if tokens else (0, 1)
        raise ExpressionError(_plain_message(error.message or "it cannot be read"), offset, span) from None
    except RecursionError:
        raise ExpressionError(f"an expression may be nested {DEPTH_LIMIT} deep at most") from None
    return tree


def _plain_message(message: str) -> str:
    """Jinja2's message without the words that only make sense in a template."""
    for theirs, ours in (
        ("expected token 'end of print statement', got", "unexpected"),
        ("unexpected 'end of template'", "the expression ends too early"),
        ("unexpected end of template, expected", "the expression ends before the"),
        ("got 'end of template'", "but the expression ends"),
        ('unexpected char "\'"', "a string that begins with ' is not closed"),
        ("unexpected char '\"'", 'a string that begins with " is not closed'),
        ("expected token", "expected"),
    ):
        message = message.replace(theirs, ours)
    return _AT_OFFSET.sub("", message).rstrip(".")


def analyse(source: str) -> Analysis:
    """Parse an expression and look at everything in it.

    Raises:
        ExpressionError: it cannot be read, or uses what is not part of the language.
    """
    tree = parse_tree(source)
    names: dict[tuple[str, ...], None] = {}
    functions: set[str] = set()
    pending: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > DEPTH_LIMIT:
            raise ExpressionError(f"an expression may be nested {DEPTH_LIMIT} deep at most")
        if path := _path(node):
            names[path] = None
        if isinstance(node, nodes.Call):
            functions.add(_check_call(node, source))
        _check(node, source)
        pending.extend((child, depth + 1) for child in reversed(_children(node)))
    is_raw = isinstance(tree, nodes.Filter) and tree.name == "raw"
    return Analysis(tuple(names), frozenset(functions), is_raw)


def _children(node: nodes.Node) -> list[nodes.Node]:
    """What has to be looked at below a node; the inner part of a path and the name of a function are known already."""
    children = list(node.iter_child_nodes())
    if isinstance(node, nodes.Call):
        return [child for child in children if child is not node.node]
    if isinstance(node, (nodes.Getattr, nodes.Getitem)) and _path(node):
        below: list[nodes.Node] = []
        inner: nodes.Node = node
        while isinstance(inner, (nodes.Getattr, nodes.Getitem)):
            if isinstance(inner, nodes.Getitem) and not isinstance(inner.arg, nodes.Const):
                below.append(inner.arg)
            inner = inner.node
        return below
    return children


def _path(node: nodes.Node) -> tuple[str, ...]:
    """The checkable part of the path a node spells; empty if it does not begin with a name."""
    steps: list[str | None] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        if isinstance(node, nodes.Getattr):
            steps.append(node.attr)
        else:
            key = node.arg.value if isinstance(node.arg, nodes.Const) else None
            steps.append(key if isinstance(key, str) else None)
        node = node.node
    if not isinstance(node, nodes.Name):
        return ()
    path = [node.name]
    for step in reversed(steps):
        if step is None:
            break
        path.append(step)
    return tuple(path)


def _check_call(call: nodes.Call, source: str) -> str:
    name = call.node.name if isinstance(call.node, nodes.Name) else None
    if name is None:
        method = call.node.attr if isinstance(call.node, nodes.Getattr) else "(...)"
        raise _fault(f"values have no methods: '{method}()' cannot be called", source, method)
    if name not in FUNCTION_NAMES:
        known = ", ".join(f"{function}()" for function in sorted(FUNCTION_NAMES))
        raise _fault(f"unknown function '{name}'{did_you_mean(name, FUNCTION_NAMES)}; known: {known}", source, name)
    if call.dyn_args is not None or call.dyn_kwargs is not None:
        raise _fault(f"'*' cannot be used in the arguments of {name}()", source, name)
    return name


def _check(node: nodes.Node, source: str) -> None:
    if not isinstance(node, (*_LEAVES, *_SHAPES)):
        raise ExpressionError(f"'{type(node).__name__.lower()}' is not part of the expression language")
    if isinstance(node, nodes.Name) and node.name in FUNCTION_NAMES:
        raise _fault(f"'{node.name}' is a function: write {node.name}()", source, node.name)
    if isinstance(node, nodes.Filter) and node.name not in SANDBOX.filters:
        raise _unknown("filter", node.name, SANDBOX.filters, source)
    if isinstance(node, nodes.Test) and node.name not in SANDBOX.tests:
        raise _unknown("test", node.name, SANDBOX.tests, source)
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        raise _fault("'if' needs an 'else' here: write `a if condition else b`", source, "if")


def _unknown(kind: str, name: str, known: Iterable[str], source: str) -> ExpressionError:
    names = sorted(other for other in known if other.isidentifier())
    return _fault(f"unknown {kind} '{name}'{did_you_mean(name, names)}; known: {', '.join(names)}", source, name)


def _fault(message: str, source: str, word: str) -> ExpressionError:
    return ExpressionError(message, max(0, source.find(word)), len(word))
