"""Text with expressions in it: ``models/d${{ matrix.depth }}.pkl``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wflpy.expr.errors import EvaluationError, ExpressionError
from wflpy.expr.expression import Expression
from wflpy.expr.values import RESULT_LIMIT, is_list, text_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPENING: Final = "${{"
CLOSING: Final = "}}"


@dataclass(frozen=True, slots=True)
class Text:
    """Literal parts and expressions in turn; two are equal if their parts are.

    Build one with :meth:`parse`, :meth:`literal` or :meth:`of`.
    """

    parts: tuple[str | Expression, ...]

    @staticmethod
    def parse(source: str) -> Text:
        """Read text with ``${{ }}`` in it; ``$HOME`` and ``${HOME}`` are nothing special.

        Raises:
            ExpressionError: with the offset of the fault in ``source``.
        """
        if OPENING not in source:
            return Text((source,) if source else ())
        return Text(tuple(_scan(source)))

    @staticmethod
    def literal(text: str) -> Text:
        """Text that means itself, whatever stands in it."""
        return Text((text,) if text else ())

    @staticmethod
    def of(*parts: str | Expression) -> Text:
        """Text from literal strings and expressions; neighbouring strings become one."""
        joined: list[str | Expression] = []
        for part in parts:
            if isinstance(part, str) and joined and isinstance(joined[-1], str):
                joined[-1] += part
            elif part != "":
                joined.append(part)
        return Text(tuple(joined))

    @property
    def is_literal(self) -> bool:
        """Whether there is no expression in it."""
        parts = self.parts
        return not parts or (len(parts) == 1 and isinstance(parts[0], str))

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions in it, from left to right."""
        return tuple(part for part in self.parts if isinstance(part, Expression))

    @property
    def single(self) -> Expression | None:
        """The expression, if the text is nothing but one."""
        parts = self.parts
        return parts[0] if len(parts) == 1 and isinstance(parts[0], Expression) else None

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Every path its expressions use, each once."""
        if self.is_literal:
            return ()
        return tuple(dict.fromkeys(name for part in self.expressions for name in part.names))

    @property
    def functions(self) -> frozenset[str]:
        """Every function its expressions call."""
        return frozenset(function for part in self.expressions for function in part.functions)

    def evaluate(self, scope: Mapping[str, object]) -> object:
        """The value: of the expression itself if there is nothing else, with its type; else the text.

        Raises:
            EvaluationError: an expression has no value in this scope.
        """
        single = self.single
        return self.render(scope) if single is None else single.evaluate(scope)

    def render(self, scope: Mapping[str, object]) -> str:
        """The text, with lists as JSON.

        Raises:
            EvaluationError: an expression has no value in this scope, or the text grows too long.
        """
        parts = self.parts
        if not parts:
            return ""
        if len(parts) == 1 and isinstance(parts[0], str):
            return parts[0]
        text = "".join(part if isinstance(part, str) else text_of(part.evaluate(scope)) for part in parts)
        if len(text) > RESULT_LIMIT:
            raise EvaluationError(f"a text of {len(text)} characters is more than the {RESULT_LIMIT} allowed")
        return text

    def arguments(self, scope: Mapping[str, object]) -> list[str]:
        """The arguments it stands for: one, or as many as the list has that is its only value.

        Raises:
            EvaluationError: an expression has no value in this scope.
        """
        single = self.single
        if single is None:
            return [self.render(scope)]
        value = single.evaluate(scope)
        return words_of(value) if is_list(value) else [text_of(value)]

    def render_shell(self, scope: Mapping[str, object]) -> str:
        """The text for a POSIX shell, every value quoted for the place where it lands.

        Raises:
            ExpressionError: an expression has no value in this scope, or stands where no value can be put safely.
        """
        if self.is_literal:
            return self.render(scope)
        from wflpy.expr.shell import render_shell

        return render_shell(self, scope)

    def __str__(self) -> str:
        """The source, which :meth:`parse` reads again."""
        return "".join(_source(part) for part in self.parts)


def _source(part: str | Expression) -> str:
    if isinstance(part, Expression):
        return f"{OPENING} {part.source} {CLOSING}"
    return part.replace(OPENING, f"{OPENING} '{OPENING}' {CLOSING}") if OPENING in part else part


def _scan(source: str) -> Iterator[str | Expression]:
    position = 0
    while (start := source.find(OPENING, position)) >= 0:
        if start > position:
            yield source[position:start]
        inside = start + len(OPENING)
        end = _closing(source, inside)
        if end < 0:
            raise ExpressionError("'${{' is never closed with '}}'", start, len(OPENING))
        try:
            yield Expression.parse(source[inside:end])
        except ExpressionError as error:
            raise ExpressionError(error.message, inside + error.offset, error.length) from None
        position = end + len(CLOSING)
    if position < len(source):
        yield source[position:]


def _closing(source: str, position: int) -> int:
    """Where the ``}}`` stands that ends an expression; -1 if there is none. Strings and braces are skipped."""
    depth = 0
    quote = ""
    while position < len(source):
        character = source[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            if depth:
                depth -= 1
            elif source.startswith(CLOSING, position):
                return position
        position += 1
    return -1
