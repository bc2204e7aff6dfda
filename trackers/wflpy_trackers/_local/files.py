"""Opening the files of a job's standard streams, relative to the current directory of the job."""

# The keeper does not load pathlib.
from __future__ import annotations

import errno
import os
import stat
from typing import Final

from wflpy_trackers._local.failure import PASSING, StartFailure
from wflpy_trackers._local.words import INPUT_FILE, OUTPUT_FILE

_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY
_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY
NEW_FILE: Final = 0o666
"""Mode of a file that is made, less what the umask of the submitter takes away."""


def open_input(path: str) -> int:
    """A descriptor to read a file from.

    Raises:
        StartFailure: it cannot be read.
        OSError: the machine is short of descriptors for the moment.
    """
    try:
        # Opening a pipe must not wait for its other end: everybody would wait with it.
        descriptor = os.open(path, _READ | os.O_NONBLOCK)
        if stat.S_ISDIR(_waiting_again(descriptor)):
            os.close(descriptor)
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except OSError as error:
        if error.errno in PASSING:
            raise
        raise StartFailure(INPUT_FILE, f"the input file {path!r} cannot be read: {error.strerror}") from error
    return descriptor


def open_output(path: str) -> int:
    """A descriptor to append to a file, which is made if it is missing.

    Raises:
        StartFailure: it cannot be written.
        OSError: the machine is short of descriptors for the moment.
    """
    try:
        descriptor = os.open(path, _APPEND | os.O_NONBLOCK, NEW_FILE)
        _waiting_again(descriptor)
    except OSError as error:
        if error.errno in PASSING:
            raise
        raise unwritable(path, error) from error
    return descriptor


def unwritable(path: str, error: OSError) -> StartFailure:
    """Why a job that was to write to this file cannot be started."""
    reason = "nobody reads from the pipe" if error.errno == errno.ENXIO else error.strerror
    return StartFailure(OUTPUT_FILE, f"the output file {path!r} cannot be written: {reason}")


def _waiting_again(descriptor: int) -> int:
    """Let reads and writes of anything but a regular file wait as usual; the mode of the file."""
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.set_blocking(descriptor, True)
    return mode
