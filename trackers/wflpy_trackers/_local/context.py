"""What a job takes over from the process that submits it: environment, umask, limits, home and working directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from wflpy_trackers._local import limits
from wflpy_trackers._local.wire import encode_text
from wflpy_trackers._local.words import INDEX_VARIABLE, JOB_ID_VARIABLE, KEY_VARIABLE

_OF_A_JOB: Final = (
    JOB_ID_VARIABLE,
    INDEX_VARIABLE,
    KEY_VARIABLE,
    "DRMAA_JOB_ID",
    "DRMAA_INDEX_VAR",
    "JOB_ID",
    "TASK_ID",
)
"""Variables of the job that submits, if it is one; they mean nothing to the jobs it submits."""


class Surroundings:
    """The context of this process, encoded anew only when the environment has changed."""

    def __init__(self, grace: float) -> None:
        self._grace: Final = grace
        self._umask: Final = _umask()
        self._limits: Final = limits.current()
        self._seen: dict[bytes, bytes] | None = None
        self._encoded = b""

    def encoded(self) -> bytes:
        """The context as JSON."""
        # Comparing the dictionary behind os.environ takes a hundredth of the time of copying it.
        now: dict[bytes, bytes] | None = getattr(os.environ, "_data", None)
        if now is None or now != self._seen:
            self._encoded = self._encode()
            self._seen = None if now is None else now.copy()
        return self._encoded

    def _encode(self) -> bytes:
        environment = dict(os.environ)
        if JOB_ID_VARIABLE in environment:
            for name in _OF_A_JOB:
                environment.pop(name, None)
        values = {
            "environment": environment,
            "home": environment.get("HOME") or str(Path.home()),
            "umask": self._umask,
            "limits": self._limits,
            "grace": self._grace,
        }
        return encode_text(values).encode()


def working_directory() -> str | None:
    """The directory of this process; None if it was removed."""
    try:
        return os.getcwd()  # noqa: PTH109  a path object for each job would only be turned into text again
    except OSError:
        return None


def _umask() -> int:
    try:
        with Path("/proc/self/status").open() as file:
            for line in file:
                if line.startswith("Umask:"):
                    return int(line.split()[1], 8)
    except OSError:
        pass
    # The only other way to read it is to set it.
    current = os.umask(0o077)
    os.umask(current)
    return current
