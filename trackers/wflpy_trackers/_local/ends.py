"""How a keeper learns that a process has ended.

On Linux by a pidfd for each, children or not. Elsewhere SIGCHLD says that some child has ended, and each is asked; a
process that is no child is looked for once a second.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from wflpy_trackers._local import processes
from wflpy_trackers._local.loop import GONE

if TYPE_CHECKING:
    from wflpy_trackers._local.jobs import Run
    from wflpy_trackers._local.loop import Loop, Timer

Ended = Callable[[int | None], None]
"""Is called once with the wait status of a process that is no child, None if nobody knows it; for a child with None: it
is to be waited for."""

_RETRY: Final = 0.1
_LOOK: Final = 1.0
"""Seconds between two looks at processes of others, where there are no pidfds."""
_SETTLE: Final = 2.0
"""Seconds for which the parent of an adopted process may take to reap it, so that the kernel tells how it ended."""


class Ends(Protocol):
    """Watches processes."""

    def watch(self, run: Run, ended: Ended) -> bool:
        """Call ``ended`` when this process has ended; False if it is not there any more (and was no child)."""
        ...


class PidfdEnds:
    """One pidfd for each process."""

    def __init__(self, loop: Loop) -> None:
        self._loop: Final = loop

    def watch(self, run: Run, ended: Ended) -> bool:
        """Call ``ended`` when this process has ended; False if it is not there any more."""
        if run.adopted:
            descriptor = processes.open_process(run.pid, run.earliest, run.latest)
            if descriptor is None:
                return False
            self._loop.add(descriptor, _Adopted(self._loop, descriptor, run.pid, ended).look)
            return True
        self._watch_child(run, ended)
        return True

    def _watch_child(self, run: Run, ended: Ended) -> None:
        try:
            descriptor = os.pidfd_open(run.pid)
        except OSError:
            # Short of descriptors. A child keeps its number until it is waited for, so there is time.
            self._loop.after(_RETRY, lambda: self._watch_child(run, ended))
            return

        def end(_events: int) -> None:
            self._loop.remove(descriptor)
            os.close(descriptor)
            ended(None)

        self._loop.add(descriptor, end)


class _Adopted:
    """A process whose parent was an earlier keeper and is now somebody else."""

    def __init__(self, loop: Loop, descriptor: int, pid: int, ended: Ended) -> None:
        self._loop: Final = loop
        self._descriptor: Final = descriptor
        self._pid: Final = pid
        self._ended: Final = ended
        self._settle: Timer | None = None

    def look(self, events: int) -> None:
        """It has ended (readable), or was reaped, too (hung up)."""
        status = processes.zombie_status(self._pid)
        if status is None:
            status = processes.exit_status(self._descriptor)
        if status is not None or events & GONE:
            self._finish(status)
        elif self._settle is None:
            # It stays readable until it is reaped: wait for that alone.
            self._loop.change(self._descriptor, 0)
            self._settle = self._loop.after(_SETTLE, lambda: self._finish(None))

    def _finish(self, status: int | None) -> None:
        if self._settle is not None:
            self._settle.cancel()
        self._loop.remove(self._descriptor)
        os.close(self._descriptor)
        self._ended(status)


class SignalEnds:
    """SIGCHLD for children, a look once a second for others."""

    def __init__(self, loop: Loop) -> None:
        self._loop: Final = loop
        self._children: Final[dict[int, Ended]] = {}
        self._others: Final[dict[int, tuple[Run, Ended]]] = {}
        loop.on_signal(signal.SIGCHLD, self._look)

    def watch(self, run: Run, ended: Ended) -> bool:
        """Call ``ended`` when this process has ended; False if it is not there any more."""
        if not run.adopted:
            self._children[run.pid] = ended
            # It may have ended before it was in the table.
            self._loop.after(0.0, self._look)
            return True
        if not _is_there(run):
            return False
        if not self._others:
            self._loop.after(_LOOK, self._look_at_others)
        self._others[run.pid] = run, ended
        return True

    def _look(self) -> None:
        for pid in tuple(self._children):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                self._children.pop(pid)(None)

    def _look_at_others(self) -> None:
        for pid, (run, ended) in tuple(self._others.items()):
            if not _is_there(run):
                del self._others[pid]
                ended(None)
        if self._others:
            self._loop.after(_LOOK, self._look_at_others)


def _is_there(run: Run) -> bool:
    try:
        os.kill(run.pid, 0)
    except OSError:
        return False
    # Without /proc the number is all there is to go by.
    return processes.start_ticks(run.pid) is None or processes.is_process(run.pid, run.earliest, run.latest)


def best_ends(loop: Loop) -> Ends:
    """What this system has."""
    return PidfdEnds(loop) if hasattr(os, "pidfd_open") else SignalEnds(loop)
