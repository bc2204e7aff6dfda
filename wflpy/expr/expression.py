"""One expression of the workflow language: parsed, its names known beforehand, evaluated on plain data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wflpy.expr.errors import EvaluationError, ExpressionError
from wflpy.expr.functions import FUNCTION_NAMES, STATUS_FUNCTIONS, raw
from wflpy.expr.paths import look_up, names_of, parse_path, path_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wflpy.expr.paths import Path

SOURCE_LIMIT: Final = 4_000
"""The most characters one expression may have."""

_RAW = re.compile(r"\s*\|\s*raw$")
_STATUS = re.compile(r"(success|failure|always)\(\s*\)")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_PLAIN_STRING = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
_WORDS: Final[Mapping[str, object]] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "none": None,
    "None": None,
}


@dataclass(frozen=True, slots=True)
class _Steps:
    """A path, perhaps marked raw."""

    path: Path


@dataclass(frozen=True, slots=True)
class _Constant:
    """A value that stands in the source."""

    value: object


@dataclass(frozen=True, slots=True)
class _Status:
    """A question about how what came before has ended."""

    function: str


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression, ``needs.clean.outputs.table`` or ``matrix.depth * 2``; two are equal if their sources are.

    Build one with :meth:`parse` or :meth:`of_path`.
    """

    source: str
    names: tuple[tuple[str, ...], ...] = field(compare=False, repr=False)
    """Every path it uses, as far as it is known before evaluation: ``("needs", "clean", "outputs", "table")``."""
    functions: frozenset[str] = field(compare=False, repr=False)
    """The functions it calls."""
    is_raw: bool = field(compare=False, repr=False)
    """Whether its value enters shell text unquoted (``x | raw``)."""
    _form: _Steps | _Constant | _Status | None = field(compare=False, repr=False)
    """What it is when it is simple; None is for jinja2."""

    @staticmethod
    def parse(source: str) -> Expression:
        """Read an expression.

        Raises:
            ExpressionError: with the offset of the fault in ``source``.
        """
        return _parse(source)

    @staticmethod
    def of_path(path: Iterable[str | int]) -> Expression:
        """The expression for a path: keys of mappings and indices into lists.

        Raises:
            ValueError: the path is empty or does not begin with a name.
        """
        steps = tuple(path)
        return Expression(path_source(steps), (names_of(steps),), _NO_FUNCTIONS, False, _Steps(steps))

    @property
    def path(self) -> Path | None:
        """The path, if the expression is nothing else."""
        return self._form.path if isinstance(self._form, _Steps) and not self.is_raw else None

    @property
    def is_constant(self) -> bool:
        """Whether it has the same value in every scope."""
        return isinstance(self._form, _Constant)

    def evaluate(self, scope: Mapping[str, object]) -> object:
        """The value in this scope.

        Raises:
            EvaluationError: a name is missing, or an operation does not fit; the message quotes the expression.
        """
        form = self._form
        if isinstance(form, _Constant):
            return form.value
        try:
            if isinstance(form, _Status):
                return STATUS_FUNCTIONS[form.function](scope)
            if isinstance(form, _Steps):
                value = look_up(form.path, scope)
                return raw(value) if self.is_raw else value
            from wflpy.expr.evaluation import evaluate

            return evaluate(self, scope)
        except EvaluationError as error:
            raise EvaluationError(f"in ${{{{ {self.source} }}}}: {error.message}") from None

    def __str__(self) -> str:
        return self.source


_NO_FUNCTIONS: Final[frozenset[str]] = frozenset()


@lru_cache(maxsize=16_384)
def _parse(source: str) -> Expression:
    stripped = source.strip()
    if not stripped:
        raise ExpressionError("an expression is missing between ${{ and }}")
    lead = len(source) - len(source.lstrip())
    if len(stripped) > SOURCE_LIMIT:
        raise ExpressionError(f"an expression may have {SOURCE_LIMIT} characters, not {len(stripped)}", lead)
    return _parse_simple(stripped) or _parse_full(stripped, lead)


def _parse_simple(source: str) -> Expression | None:
    path = parse_path(source)
    if path is not None:
        if path == (source,) and source in FUNCTION_NAMES:
            raise ExpressionError(f"'{source}' is a function: write {source}()", 0, len(source))
        return Expression(source, (names_of(path),), _NO_FUNCTIONS, False, _Steps(path))
    if source in _WORDS:
        return _constant(source, _WORDS[source])
    if _PLAIN_STRING.fullmatch(source):
        return _constant(source, source[1:-1])
    if _NUMBER.fullmatch(source):
        return _constant(source, float(source) if "." in source else int(source))
    if status := _STATUS.fullmatch(source):
        return Expression(source, (), frozenset({status[1]}), False, _Status(status[1]))
    if (mark := _RAW.search(source)) and (path := parse_path(source[: mark.start()])):
        return Expression(source, (names_of(path),), _NO_FUNCTIONS, True, _Steps(path))
    return None


def _constant(source: str, value: object) -> Expression:
    return Expression(source, (), _NO_FUNCTIONS, False, _Constant(value))


def _parse_full(source: str, lead: int) -> Expression:
    from wflpy.expr.syntax import analyse

    try:
        analysis = analyse(source)
    except ExpressionError as error:
        raise ExpressionError(error.message, error.offset + lead, error.length) from None
    return Expression(source, analysis.names, analysis.functions, analysis.is_raw, None)
