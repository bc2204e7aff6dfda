"""The journal of a run: one JSON object a line, only ever appended to, by one process. `tail` and `jq` can read it.

=========  ==================================================================================================
``e``      what happened, and what the line has besides ``t`` (seconds since the epoch)
=========  ==================================================================================================
run        the run was made: ``format``, ``run``, ``name``, ``flow``
owner      somebody drives it from here on: ``pid``, ``start``, ``host``, ``session``, ``tracker``
intent     node ``n`` is to be submitted: ``task``, ``a`` (attempt), ``key``; ``out``, ``err``, ``join`` if not its logs
job        the backend accepted it: ``n``, ``job``
state      its job moved on: ``n``, ``state``
retry      an attempt failed, another follows: ``n``, ``task``, ``a``, ``delay``, and how it ended
handover   it finally failed and its stand-in is to run: ``n``, and how it ended
end        it came to its final state: ``n``, ``task``, ``state``, ``start``, ``outputs``, ``recovered``, how it ended
group      all members ended: ``g``, ``task``, ``state``, ``reason``, ``allowed``
note       ``text``
close      the run ended: ``state``, ``reason``, ``counts``, ``first`` (the node that failed first)
=========  ==================================================================================================

"How it ended" is ``kind``, ``reason``, ``exit``, ``signal``, as far as there is something to say.
"""

from __future__ import annotations

import json
import os
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Final

from wflpy.dag.shapes import is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FORMAT: Final = 1
"""Version of the lines; a reader refuses a newer one."""

write = os.write

quoted = encode_basestring_ascii
"""Text as a JSON string."""


class Journal:
    """The writing side. Lines are kept back until `flush`; what was flushed survives the end of this process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.lines: list[str] = []
        """Lines to be written, each complete with its newline; who is in a hurry appends here."""
        self._unsynced = False
        _end_torn_line(self._file, path)

    def add_record(self, record: Mapping[str, object]) -> None:
        """Keep one record."""
        self.lines.append(json.dumps(record, separators=(",", ":"), default=str) + "\n")

    def flush(self) -> None:
        """Hand everything kept back to the system."""
        if not self.lines:
            return
        data = memoryview("".join(self.lines).encode())
        self.lines.clear()
        while data:
            data = data[write(self._file, data) :]
        self._unsynced = True

    def sync(self) -> None:
        """Flush, and have the system write it to the disk."""
        self.flush()
        if self._unsynced:
            os.fdatasync(self._file)
            self._unsynced = False

    def close(self) -> None:
        """Write everything and let go of the file. Twice is fine."""
        if self._file >= 0:
            self.sync()
            os.close(self._file)
            self._file = -1


def _end_torn_line(file: int, path: Path) -> None:
    # A process that died while writing leaves half a line; what comes next must not be glued to it.
    size = os.fstat(file).st_size
    if size:
        with path.open("rb") as reader:
            reader.seek(size - 1)
            if reader.read(1) != b"\n":
                os.write(file, b"\n")


def read_journal(path: Path) -> Iterator[dict[str, object]]:
    """The records of a journal, in order. Lines that are cut off or damaged are left out."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            record = parse_line(line)
            if record is not None:
                yield record


def parse_line(line: bytes) -> dict[str, object] | None:
    """The record of one line; None if it is incomplete or damaged."""
    if not line.endswith(b"\n"):
        return None
    try:
        record: object = json.loads(line)
    except ValueError:
        return None
    return record if is_mapping(record) and isinstance(record.get("e"), str) else None


def last_records(path: Path, size: int = 16_384) -> list[dict[str, object]]:
    """The records at the end of a journal, without reading all of it."""
    try:
        with path.open("rb") as file:
            start = max(0, file.seek(0, 2) - size)
            file.seek(start)
            lines = file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    whole = lines[1:] if start else lines
    return [record for record in map(parse_line, whole) if record is not None]
