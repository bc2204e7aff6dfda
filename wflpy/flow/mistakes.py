"""Mistakes in a definition, told with the user's own line: where the call stands that cannot be meant."""

from __future__ import annotations

import inspect
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wflpy.dag.codes import Code
from wflpy.dag.errors import Problem, WorkflowError
from wflpy.dag.spec import Origin

if TYPE_CHECKING:
    from types import FrameType

_OURS: Final = str(Path(__file__).parent)


def caller() -> Origin:
    """Where the user's code called into this package; the column is that of a whole line, 1.

    Asked for every task, so it looks at two attributes of a few frames and at no source.
    """
    frame: FrameType | None = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    if frame is None:
        return Origin("<unknown>", 0, 0)
    return _origin(frame.f_code.co_filename, frame.f_lineno)


@lru_cache(maxsize=256)
def _origin(file: str, line: int) -> Origin:
    # Many tasks are declared by one line of a loop, and share what it is called.
    return Origin(file, line, 1)


def mistake(
    message: str,
    hint: str | None = None,
    *,
    code: Code = Code.BAD_VALUE,
    path: tuple[str | int, ...] = (),
    origin: Origin | None = None,
) -> WorkflowError:
    """The error for one mistake, to be raised; without ``origin`` it is the user's line that is being run."""
    return WorkflowError(problems=(Problem(code, message, path, origin or caller(), hint),))
