"""The ``wflpy`` command. `main` is all of it; everything behind it is loaded by the command that needs it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status.

    0 done, 1 a task or job failed, 2 bad input or usage, 3 the backend or the environment failed,
    130 interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    stdout: object = sys.stdout  # None where it was closed before the start
    if given == ["--version"] and stdout is not None:
        # The one question that scripts ask at every start is answered before anything heavy is loaded.
        from wflpy import __version__

        sys.stdout.write(f"wflpy {__version__}\n")
        return 0
    from wflpy.cli.command_line import run_command_line

    return run_command_line(given)
