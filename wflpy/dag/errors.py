"""What goes wrong in a definition (`WorkflowError`) and in a run (`TaskFailed`, `RunError`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wflpy.drmaa2 import WflpyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wflpy.dag.outcomes import Outcome
    from wflpy.dag.spec import Origin


class Problem(NamedTuple):
    """One thing that is wrong with a definition."""

    code: str
    """``WFLnnn``, from `wflpy.dag.codes`."""
    message: str
    """What is wrong, as one sentence without a full stop."""
    path: tuple[str | int, ...] = ()
    """Keys from the top of the definition to the place: ``("tasks", "train", "needs", "trian")``."""
    origin: Origin | None = None
    """Where the task was written, if that is known."""
    hint: str | None = None
    """What to do about it."""

    def __str__(self) -> str:
        where = f"{self.origin.file}:{self.origin.line}:{self.origin.column}: " if self.origin else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}error[{self.code}]: {self.message}{hint}"


class WorkflowError(WflpyError):
    """A definition is wrong; nothing was run.

    Attributes:
        problems: everything that was found, in the order of the definition.
        file, line, column: the place of the first problem, where it is known.
    """

    def __init__(
        self,
        message: str = "",
        *,
        problems: Sequence[Problem] = (),
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        self.problems = tuple(problems)
        super().__init__(message or "\n".join(map(str, self.problems)))
        place = next((problem.origin for problem in self.problems if problem.origin), None)
        self.file = file if file is not None else place.file if place else None
        self.line = line if line is not None else place.line if place else None
        self.column = column if column is not None else place.column if place else None


class RunError(WflpyError):
    """A run cannot be created, found, read or driven on."""


class TaskFailed(WflpyError):
    """A task of a finished run did not succeed.

    Attributes:
        outcome: what became of the task.
        stdout, stderr: its log files, where there are any.
    """

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.stdout: Path | None = outcome.stdout
        self.stderr: Path | None = outcome.stderr
