"""Output files that exist only if something was written: asked for by the extension ``process_lazy_output``.

Making two files for every job can cost more than its process. So such a job writes to a spare file beside the file it
named. The spare gets that name as soon as the job has run for a moment, or when it ends and something is in it. A spare
that is still empty serves the next job in the same folder, if no process has it open by then. Otherwise it gets its
name, or is removed when nobody has wanted it for a while.
"""

# The keeper does not load pathlib.
# ruff: noqa: PTH104, PTH108

from __future__ import annotations

import fcntl
import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wflpy_trackers._local.failure import PASSING, StartFailure
from wflpy_trackers._local.files import NEW_FILE, open_output, unwritable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wflpy_trackers._local.loop import Loop, Timer

NAMED_AFTER: Final = 0.05
"""Seconds of running after which a file gets its name even if it is empty, so that one can follow it."""
_IDLE: Final = 0.25
"""Seconds for which a spare is kept for the next job."""
_BLOCK: Final = 1 << 16
_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW

_Place = tuple[str, int]
"""Folder, and the umask under which files are made there."""


class Output:
    """An output file of a job, under the name of a spare or its own."""

    __slots__ = ("path", "place", "reader", "spare", "used", "writer")

    def __init__(self, path: str, spare: str | None, reader: int | None, place: _Place) -> None:
        self.path = path
        """The name it is to have."""
        self.spare = spare
        """The name it has, until it gets its own."""
        self.reader = reader
        """A descriptor of ours to look at it; None if it was opened by an earlier keeper."""
        self.writer: int | None = None
        """A descriptor for the next job, once it is clear that this is a spare."""
        self.place = place
        self.used = 0.0
        """Monotonic time at which the last job that had it as a spare began or ended."""


class Outputs:
    """The output files of running jobs, and the spares."""

    def __init__(self, loop: Loop) -> None:
        self._loop: Final = loop
        self._spares: Final[dict[_Place, list[Output]]] = {}
        self._fresh: Final[list[Output]] = []
        """Spares of which nobody has asked yet whether they are still in use."""
        self._unnamed: Final[dict[Output, None]] = {}
        """Those of running jobs, the earliest first."""
        self._timer: Timer | None = None
        self._made = 0

    def open(self, path: str, umask: int) -> tuple[int, Output | None]:
        """A descriptor to append to a file; with what is to be given to `begun` and `ended` if it did not exist.

        Raises:
            StartFailure: it cannot be written.
            OSError: the machine is short of descriptors for the moment.
        """
        if os.path.lexists(path):
            return open_output(path), None
        place = path.rpartition("/")[0] or "/", umask
        try:
            output = self._spare(place) or self._new(place)
            output.path = path
            writer, output.writer = _writer(output), None
        except OSError as error:
            if error.errno in PASSING:
                raise
            raise unwritable(path, error) from error
        return writer, output

    def begun(self, outputs: Iterable[Output]) -> None:
        """The job runs."""
        now = time.monotonic()
        for output in outputs:
            output.used = now
            self._unnamed[output] = None
        self._look_later()

    def ended(self, outputs: Iterable[Output]) -> None:
        """The job has ended, or did not start: what it wrote has its name when this returns."""
        for output in outputs:
            self._unnamed.pop(output, None)
            if output.reader is None:
                remove_if_empty(output.path)
            elif os.fstat(output.reader).st_size:
                self._release(output)
            elif output.spare is None:
                self._remove(output)
            else:
                # Whether some process of the job still has it open is asked when somebody wants it.
                output.used = time.monotonic()
                self._spares.setdefault(output.place, []).append(output)
                self._fresh.append(output)
                self._look_later()

    def look_ahead(self) -> None:
        """Get spares ready, while there is nothing else to do."""
        for spare in self._fresh:
            if spare in self._spares.get(spare.place, ()):
                _make_ready(spare)
        self._fresh.clear()

    def adopt(self, spare: str, path: str) -> Output:
        """An output file that an earlier keeper opened under this name; it gets the one it was to have."""
        output = Output(path, spare if os.path.lexists(spare) else None, None, ("", 0))
        _give_name(output, is_final=True)
        return output

    def close(self) -> None:
        """Remove the spares."""
        for spares in self._spares.values():
            for spare in spares:
                self._drop(spare)
        self._spares.clear()

    def _spare(self, place: _Place) -> Output | None:
        """A spare that is ready."""
        spares = self._spares.get(place)
        while spares:
            spare = spares.pop()
            if _make_ready(spare):
                return spare
            self._release(spare)
        return None

    def _new(self, place: _Place) -> Output:
        while True:
            self._made += 1
            spare = f"{place[0]}/.wflpy-{os.getpid()}-{self._made}"
            try:
                reader = os.open(spare, _READ | os.O_CREAT | os.O_EXCL, NEW_FILE)
            except FileExistsError:
                continue
            return Output("", spare, reader, place)

    def _release(self, output: Output) -> None:
        """Give a file its name for good and look at it no more."""
        _give_name(output, is_final=True)
        if output.reader is not None:
            os.close(output.reader)
            output.reader = None

    def _remove(self, output: Output) -> None:
        if output.reader is not None:
            os.close(output.reader)
        remove_if_empty(output.path)

    def _drop(self, spare: Output) -> None:
        """Remove a spare; if it is one no more, it gets the name that its last job gave it."""
        if spare.writer is not None:
            os.close(spare.writer)
            spare.writer = None
        if not _is_unused(spare):
            self._release(spare)
        elif spare.reader is not None:
            os.close(spare.reader)
            remove_if_empty(_name(spare))

    def _look_later(self) -> None:
        if self._timer is None:
            self._timer = self._loop.after(NAMED_AFTER, self._look)

    def _look(self) -> None:
        """Name the files of jobs that have run for a while, and remove spares that nobody needed for a while."""
        self._timer = None
        now = time.monotonic()
        while self._unnamed:
            first = next(iter(self._unnamed))
            if now - first.used < NAMED_AFTER:
                break
            del self._unnamed[first]
            _give_name(first)
        for place, spares in tuple(self._spares.items()):
            for spare in [spare for spare in spares if now - spare.used >= _IDLE]:
                spares.remove(spare)
                self._drop(spare)
            if not spares:
                del self._spares[place]
        if self._unnamed or self._spares:
            self._look_later()


def _make_ready(spare: Output) -> bool:
    """Open a spare for the next job, if it is empty and no process has it open."""
    if spare.writer is None and _is_unused(spare):
        with suppress(OSError):
            spare.writer = _writer(spare)
    return spare.writer is not None


def _writer(output: Output) -> int:
    return os.open(_name(output), _APPEND) if output.writer is None else output.writer


def _is_unused(spare: Output) -> bool:
    return spare.reader is not None and not os.fstat(spare.reader).st_size and is_ours_alone(spare.reader)


def _name(output: Output) -> str:
    return output.path if output.spare is None else output.spare


def _give_name(output: Output, *, is_final: bool = False) -> None:
    """Let a file have the name that was asked for.

    If there is such a file meanwhile, or the folder was moved away, what was written is added to the file of that name
    at the end of the job.
    """
    spare = output.spare
    if spare is None:
        return
    try:
        # Unlike renaming, linking never replaces a file.
        os.link(spare, output.path)
    except (FileExistsError, FileNotFoundError):
        if not is_final or not _is_copied(output):
            return
    except OSError:
        if _is_renamed(spare, output.path):
            output.spare = None
        return
    output.spare = None
    with suppress(OSError):
        os.unlink(spare)


def _is_renamed(old: str, new: str) -> bool:
    """Rename a file where there are no links."""
    try:
        if os.path.lexists(new):
            return False
        os.rename(old, new)
    except OSError:
        return False
    return True


def _is_copied(output: Output) -> bool:
    """Add what was written to the file that has the name."""
    try:
        source = os.open(_name(output), _READ) if output.reader is None else os.dup(output.reader)
    except OSError:
        return False
    try:
        offset = 0
        target = -1
        while block := os.pread(source, _BLOCK, offset):
            if target < 0:
                target = open_output(output.path)
            os.write(target, block)
            offset += len(block)
        if target >= 0:
            os.close(target)
    except (OSError, StartFailure):
        return False
    finally:
        os.close(source)
    return True


def remove_if_empty(path: str) -> None:
    """Remove a regular file that is empty and that no process has open, so that nothing can be lost.

    Where the file system cannot tell whether a file is open, the file stays.
    """
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        return
    with suppress(OSError):
        # Nobody can open it until the lease ends with the descriptor.
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and _is_leased(descriptor) and os.fstat(descriptor).st_size == 0:
            os.unlink(path)
    os.close(descriptor)


def is_ours_alone(descriptor: int) -> bool:
    """Whether nobody else has this file open; no if the file system cannot tell."""
    try:
        if not _is_leased(descriptor):
            return False
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        return False
    return True


def _is_leased(descriptor: int) -> bool:
    """Have a write lease, which is granted to the only one who has a file open (fcntl(2), "Leases")."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    return True
