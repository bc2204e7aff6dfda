"""What is wrong with an expression, where it was written or when it was evaluated."""

from __future__ import annotations

from wflpy.drmaa2 import WflpyError


class ExpressionError(WflpyError, ValueError):
    """An expression, or the text around it, cannot be read or used.

    Attributes:
        offset: characters between the start of the text that was given and the fault.
        length: characters the fault covers; at least 1.
    """

    def __init__(self, message: str, offset: int = 0, length: int = 1) -> None:
        super().__init__(message)
        self.offset = offset
        self.length = max(1, length)


class EvaluationError(ExpressionError):
    """An expression has no value in this scope: a name is missing, or an operation does not fit its operands."""
