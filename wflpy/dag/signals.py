"""What Ctrl-C and other signals mean while a run is driven.

Ctrl-C once ends the run cleanly, twice at once. SIGTERM and SIGHUP, a closing terminal or a machine going down, leave
the jobs alone and say how to look at them again.
"""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

    from wflpy.dag.engine import Engine

    _Handler = Callable[[int, FrameType | None], None]


class SignalWatch:
    """Which signals came, and what was done about them."""

    def __init__(self, engine: Engine, say: Callable[[str], None]) -> None:
        self._engine = engine
        self._say = say
        self.interrupts = 0
        """How often Ctrl-C was pressed."""
        self.left: signal.Signals | None = None
        """The signal that made this process leave the jobs alone."""

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl-C."""
        self.interrupts += 1
        if self.interrupts == 1:
            self._engine.cancel()
            self._say("\nending the jobs of this run; press Ctrl-C again to kill them now")
        else:
            self._engine.cancel(force=True)
            self._say("\nkilling the jobs of this run")

    def leave(self, number: int, _frame: FrameType | None) -> None:
        """SIGTERM, SIGHUP."""
        if self.left is None:
            self.left = signal.Signals(number)
            self._engine.detach()
            run = self._engine.directory
            self._say(f"\n{self.left.name}: the jobs go on; look at them with: wflpy show {run.name}")

    def raise_on(self) -> None:
        """Give the signal that ended the run early to whom it would have gone; to be called after the block.

        Raises:
            KeyboardInterrupt: it was Ctrl-C, and nothing else handles that.
        """
        number = self.left or (signal.SIGINT if self.interrupts else None)
        if number is not None:
            signal.raise_signal(number)


@contextmanager
def run_signals(engine: Engine, say: Callable[[str], None] | None = None) -> Generator[SignalWatch]:
    """Have signals steer an engine inside the block; what they meant before is restored after it.

    Python delivers signals to the main thread alone: in any other nothing is changed.

    Args:
        engine: the run that is driven inside the block.
        say: prints a line for the user; to standard error if None.
    """
    watch = SignalWatch(engine, say or _say)
    if threading.current_thread() is not threading.main_thread():
        yield watch
        return
    wanted: dict[signal.Signals, _Handler] = {
        signal.SIGINT: watch.interrupt,
        signal.SIGTERM: watch.leave,
        signal.SIGHUP: watch.leave,
    }
    before = {number: signal.getsignal(number) for number in wanted}
    for number, handler in wanted.items():
        # nohup and background jobs of a shell ignore some: what was ignored stays so.
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield watch
    finally:
        for number, earlier in before.items():
            if earlier is not None:  # else it was set by something that is not Python
                signal.signal(number, earlier)


def _say(text: str) -> None:
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError, RuntimeError):
        pass  # a closed terminal, or a write that this signal interrupted: what matters was done before
