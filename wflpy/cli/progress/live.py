"""A run drawn in place on a terminal, redrawn by a timer however many events there are."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from wflpy.cli.progress.frame import Line, Shape, frame
from wflpy.cli.progress.lines import aside

if TYPE_CHECKING:
    from wflpy.cli.progress.tally import Tally
    from wflpy.cli.terminal import Terminal
    from wflpy.dag.events import RunEvent

PER_SECOND = 8
"""Pictures a second."""
ASIDES = 50
"""Most notes and failed attempts that get a line of their own above the picture."""


class Picture:
    """Redraws the run until it is left; the last picture stays."""

    def __init__(self, terminal: Terminal, tally: Tally, title: str) -> None:
        self._terminal = terminal
        self._tally = tally
        self._title = title
        self._asides = 0
        self._console = Console(
            file=terminal.stream, force_terminal=True, no_color=not terminal.colours, highlight=False, markup=False
        )
        self._live = Live(
            console=self._console,
            get_renderable=self._drawn,
            refresh_per_second=PER_SECOND,
            redirect_stdout=False,  # it may be a file
            redirect_stderr=terminal.stream is sys.stderr,  # what others say goes above the picture
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(OSError):  # the terminal may be gone
            self._live.stop()

    def on_event(self, event: RunEvent) -> None:
        """Count the event; the next picture shows it."""
        self._tally.on_event(event)
        said = aside(event)
        if said and self._asides < ASIDES:
            self._asides += 1
            self._console.print(Text(said), soft_wrap=True)

    def _drawn(self) -> Text:
        shape = Shape(self._console.width, self._console.height, self._terminal.unicode)
        lines = frame(self._tally, self._title, time.time(), shape)
        return Text("\n").join(map(_painted, lines))


def _painted(line: Line) -> Text:
    return Text.assemble(*((piece.text, piece.style) for piece in line), no_wrap=True)
