"""The record of all jobs on disk: lines that are only ever appended, whole or not at all.

What `write` returned for survives the end of this process; `sync` lets it survive the end of the machine.
"""

# The keeper does not load pathlib.
# ruff: noqa: PTH104, PTH108
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PRIVATE: Final = 0o600
_BLOCK: Final = 1 << 20


class JobLog:
    """An open log. There is one writer, which holds the lock of the keeper."""

    def __init__(self, path: str) -> None:
        self.path: Final = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _PRIVATE)
        self.size = _end_of_last_line(self._file)
        """Where the next line begins."""
        # A line that was cut off when its writer died was told to nobody.
        os.ftruncate(self._file, self.size)
        self._pending: list[bytes] = []
        self._dirty = False

    def note(self, line: bytes) -> None:
        """Have a line written by the next `write` or `flush`."""
        self._pending.append(line)

    def write(self, lines: Iterable[bytes]) -> int:
        """Write what was noted and then these lines, and return the offset of the first of these.

        Raises:
            OSError: nothing of it was written; what was noted is kept for another try.
        """
        noted = b"".join(self._pending)
        begin = self.size + len(noted)
        self._append(noted + b"".join(lines))
        self._pending.clear()
        return begin

    def flush(self) -> None:
        """Write what was noted.

        Raises:
            OSError: nothing of it was written; it is kept for another try.
        """
        if self._pending:
            self._append(b"".join(self._pending))
            self._pending.clear()

    def sync(self) -> None:
        """Bring what was written to the disk, if anything was since the last time."""
        if self._dirty:
            self._dirty = False
            _sync(self._file)

    @property
    def is_dirty(self) -> bool:
        """Whether something was written and not yet brought to the disk."""
        return self._dirty

    def read(self, offset: int, length: int) -> bytes:
        """A part of what was written."""
        return os.pread(self._file, length, offset)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines with their offsets, without their ends."""
        offset = 0
        rest = b""
        at = 0
        while at < self.size:
            block = os.pread(self._file, min(_BLOCK, self.size - at), at)
            if not block:
                return
            at += len(block)
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                yield offset, line
                offset += len(line) + 1

    def replace(self, lines: Iterable[bytes]) -> None:
        """Let the log consist of these lines, all of them or, after a crash, what it was."""
        new = self.path + ".new"
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, _PRIVATE)
        size = 0
        try:
            for data in _blocks(lines):
                _write_all(file, data)
                size += len(data)
            _sync(file)
            os.rename(new, self.path)
        except OSError:
            os.close(file)
            os.unlink(new)
            raise
        os.close(self._file)
        self._file = file
        self.size = size

    def close(self) -> None:
        """Write and sync what is left, and let go of the file."""
        self.flush()
        self.sync()
        os.close(self._file)

    def _append(self, data: bytes) -> None:
        try:
            _write_all(self._file, data)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)
        self._dirty = True


def _write_all(file: int, data: bytes) -> None:
    written = os.write(file, data)
    while written < len(data):
        # Short on a full disk, and the next try says so; or the kernel's limit of 2 GB for one call.
        written += os.write(file, memoryview(data)[written:])


def _sync(file: int) -> None:
    if hasattr(os, "fdatasync"):
        os.fdatasync(file)
    else:
        os.fsync(file)


def _end_of_last_line(file: int) -> int:
    end = os.fstat(file).st_size
    while end > 0:
        begin = max(0, end - _BLOCK)
        found = os.pread(file, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    block: list[bytes] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= _BLOCK:
            yield b"".join(block)
            block, size = [], 0
    yield b"".join(block)
