"""What a benchmark says: figures measured in one run on one machine, each beside its budget."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number."""

    name: str
    """What was measured."""
    value: float
    unit: str
    """``ms``, ``s``, ``tasks/s``, ``MB`` or ``x`` (a ratio)."""
    budget: float | None = None
    """The bound to keep, in the same unit; None where the figure only informs."""
    at_least: bool = False
    """Whether the budget is a lower bound; otherwise an upper one."""

    @property
    def kept(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        if self.budget is None:
            return None
        return self.value >= self.budget if self.at_least else self.value <= self.budget

    def to_dict(self) -> dict[str, object]:
        """The figure for programs, with the verdict."""
        return {**asdict(self), "kept": self.kept}


_VERDICTS = {None: "", True: "kept", False: "MISSED"}


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned lines of text."""
    rows = [("what", "measured", "budget", "")]
    rows += [(figure.name, _number(figure), _budget(figure), _VERDICTS[figure.kept]) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{what:<{widths[0]}}  {measured:>{widths[1]}}  {budget:>{widths[2]}}  {verdict}".rstrip()
        for what, measured, budget, verdict in rows
    )


def _number(figure: Figure) -> str:
    return f"{_digits(figure.value)} {figure.unit}"


def _budget(figure: Figure) -> str:
    if figure.budget is None:
        return ""
    return f"{'>=' if figure.at_least else '<='} {_digits(figure.budget)} {figure.unit}"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"
