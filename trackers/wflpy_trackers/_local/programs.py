"""Which file a program's name means, and why a file cannot be run."""

# The keeper does not load pathlib.
# ruff: noqa: PTH112, PTH116, PTH123
from __future__ import annotations

import errno
import os
import stat
import time
from typing import Final

from wflpy_trackers._local.failure import StartFailure
from wflpy_trackers._local.words import PROGRAM_NOT_EXECUTABLE, PROGRAM_NOT_FOUND, START_FAILED

DEFAULT_PATH: Final = b"/bin:/usr/bin"
"""Where a program is looked for when there is no PATH, as ``execvp`` does it."""

_KEEP: Final = 1.0
"""Seconds for which a search is not repeated."""
_LINE: Final = 256
"""Bytes of a file in which the kernel looks for ``#!``."""


class Programs:
    """Finds programs; remembers for a second what it found."""

    def __init__(self) -> None:
        self._found: Final[dict[tuple[bytes, bytes], bytes]] = {}
        self._until = 0.0

    def find(self, name: bytes, path: bytes | None) -> bytes:
        """The file to run: the name itself if it holds a slash, else the first match in the folders of PATH.

        Relative folders and names are those of the current directory.

        Raises:
            StartFailure: there is none, or none that can be run.
        """
        if b"/" in name:
            return name
        now = time.monotonic()
        if now > self._until:
            self._found.clear()
            self._until = now + _KEEP
        folders = DEFAULT_PATH if path is None else path
        found = self._found.get((folders, name))
        if found is None:
            found = _search(name, folders)
            if found.startswith(b"/"):
                self._found[folders, name] = found
        return found

    def forget(self) -> None:
        """Search again, since what was found is no longer there."""
        self._found.clear()


def _search(name: bytes, folders: bytes) -> bytes:
    refused: bytes | None = None
    for folder in folders.split(b":"):
        # An empty folder is the current one, as in a shell.
        candidate = (folder or b".") + b"/" + name
        try:
            mode = os.stat(candidate).st_mode
        except OSError:
            continue
        if not stat.S_ISREG(mode):
            continue
        if os.access(candidate, os.X_OK):
            return candidate
        refused = refused or candidate
    if refused is not None:
        raise StartFailure(PROGRAM_NOT_EXECUTABLE, f"{_shown(refused)} is not executable")
    raise StartFailure(PROGRAM_NOT_FOUND, f"no such program {_shown(name)} (looked in PATH={os.fsdecode(folders)})")


def check(program: bytes) -> None:
    """Do nothing if this file looks as if it can be run, seen from the current directory of the job.

    Raises:
        StartFailure: it is not there or not executable.
    """
    if os.path.isdir(program) or not os.access(program, os.X_OK):
        raise explain(program, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))


def explain(program: bytes, error: OSError) -> StartFailure:
    """Why this file could not be run, seen from the current directory of the job."""
    shown = _shown(program)
    if error.errno == errno.E2BIG:
        return StartFailure(START_FAILED, f"{shown} cannot be started: arguments and environment are too long")
    try:
        mode = os.stat(program).st_mode
    except OSError as missing:
        if missing.errno in (errno.ENOENT, errno.ENOTDIR):
            return StartFailure(PROGRAM_NOT_FOUND, f"no such program {shown}")
        return StartFailure(PROGRAM_NOT_EXECUTABLE, f"{shown} cannot be reached: {missing.strerror}")
    if stat.S_ISDIR(mode):
        return StartFailure(PROGRAM_NOT_EXECUTABLE, f"{shown} is a directory, not a program")
    if not os.access(program, os.X_OK):
        text = f"{shown} is not executable (mode {stat.S_IMODE(mode):04o}); try chmod +x"
        return StartFailure(PROGRAM_NOT_EXECUTABLE, text)
    interpreter = _interpreter(program)
    if interpreter is not None and error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP):
        state = _state(interpreter)
        text = f"{shown} cannot be run: its first line asks for the interpreter {_shown(interpreter)}, {state}"
        return StartFailure(PROGRAM_NOT_EXECUTABLE, text)
    if error.errno == errno.ENOENT:
        return StartFailure(PROGRAM_NOT_EXECUTABLE, f"{shown} cannot be run: the loader it asks for does not exist")
    return StartFailure(PROGRAM_NOT_EXECUTABLE, f"{shown} cannot be run: {error.strerror}")


def _interpreter(program: bytes) -> bytes | None:
    try:
        with open(program, "rb") as file:
            line = file.readline(_LINE)
    except OSError:
        return None
    # As the kernel does it: only blanks and tabs separate.
    words = line[2:].rstrip(b"\n").replace(b"\t", b" ").split(b" ")
    return next(filter(None, words), b"") if line.startswith(b"#!") else None


def _state(interpreter: bytes) -> str:
    if not os.path.lexists(interpreter):
        carriage = interpreter.endswith(b"\r")
        return "which does not exist" + ("; the line ends as on Windows" if carriage else "")
    return "which cannot be run"


def _shown(name: bytes) -> str:
    return repr(os.fsdecode(name))
