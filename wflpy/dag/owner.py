"""Who drives a run: a process, known by its number, its start and its host, so that a reused number fools nobody."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

PROC = Path("/proc")
"""Where Linux shows its processes."""

_START_FIELD = 19
"""Of /proc/<pid>/stat behind the name, which may hold blanks and brackets; clock ticks since boot."""


class Owner(NamedTuple):
    """One process on one host."""

    pid: int
    start: str
    """When it started, in the words of this host: equal for the same process alone."""
    host: str
    session: str = ""
    tracker: str = ""

    @classmethod
    def current(cls, session: str = "", tracker: str = "") -> Owner:
        """This process."""
        pid = os.getpid()
        return cls(pid, _start_of(pid) or "", socket.gethostname(), session, tracker)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Owner:
        """The owner that a record tells of."""
        return cls(
            int(record["pid"]),
            str(record["start"]),
            str(record["host"]),
            str(record.get("session", "")),
            str(record.get("tracker", "")),
        )

    @property
    def alive(self) -> bool | None:
        """Whether it still runs; None when that cannot be told from this host."""
        if self.host != socket.gethostname():
            return None
        return _start_of(self.pid) == self.start


def _start_of(pid: int) -> str | None:
    """When a process started; None if there is no such process."""
    boot = PROC / "sys" / "kernel" / "random" / "boot_id"
    try:
        ticks = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return f"{boot.read_text(encoding='ascii').strip()}/{ticks[_START_FIELD]}"
    except FileNotFoundError:
        return None if boot.exists() else _portable_start_of(pid)
    except (OSError, IndexError):
        return None


def _portable_start_of(pid: int) -> str | None:
    import psutil

    try:
        return repr(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
