"""The log on disk."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy_trackers._local.joblog import JobLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.log"


@pytest.fixture
def log(path: Path) -> Iterator[JobLog]:
    log = JobLog(str(path))
    yield log
    log.close()


def test_what_was_noted_is_written_before_what_is_written(log: JobLog, path: Path) -> None:
    log.note(b"one\n")
    log.note(b"two\n")
    assert path.read_bytes() == b""
    assert log.write([b"three\n", b"four\n"]) == 8
    assert path.read_bytes() == b"one\ntwo\nthree\nfour\n"
    assert log.read(8, 6) == b"three\n"


def test_it_is_private(log: JobLog, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    log.replace([b"x\n"])
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("torn", [b"", b"th", b'["j",1,"s'])
def test_a_torn_last_line_is_dropped_and_the_next_begins_afresh(path: Path, torn: bytes) -> None:
    path.write_bytes(b"one\ntwo\n" + torn)
    log = JobLog(str(path))
    log.write([b"three\n"])
    assert list(log.lines()) == [(0, b"one"), (4, b"two"), (8, b"three")]
    log.close()
    assert path.read_bytes() == b"one\ntwo\nthree\n"


def test_a_log_of_one_torn_line_is_empty(path: Path) -> None:
    path.write_bytes(b"x" * 3_000_000)
    log = JobLog(str(path))
    assert log.size == 0
    log.close()


def test_a_write_that_fails_leaves_nothing_and_is_tried_again(
    log: JobLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write([b"before\n"])
    log.note(b"noted\n")
    real = os.write

    def half(descriptor: int, data: bytes) -> int:
        if len(data) > 4:
            return real(descriptor, bytes(data[:4]))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space"):
        log.write([b"refused\n"])
    with pytest.raises(OSError, match="No space"):
        log.flush()
    assert path.read_bytes() == b"before\n"
    monkeypatch.undo()
    log.flush()
    log.write([b"after\n"])
    assert path.read_bytes() == b"before\nnoted\nafter\n"


def test_it_is_synced_once_for_all_that_was_written(log: JobLog, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    log.sync()
    log.write([b"x\n"])
    assert log.is_dirty
    log.sync()
    log.sync()
    assert len(synced) == 1


def test_replacing_is_all_or_nothing(log: JobLog, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log.write([b"old\n"])

    def refuse(_old: str, _new: str) -> None:
        raise OSError(errno.EIO, "it broke")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(OSError, match="it broke"):
        log.replace([b"new\n"])
    monkeypatch.undo()
    log.write([b"more\n"])
    assert path.read_bytes() == b"old\nmore\n"
    assert list(path.parent.iterdir()) == [path]
    log.replace([b"new\n", b"newer\n"])
    log.write([b"newest\n"])
    assert path.read_bytes() == b"new\nnewer\nnewest\n"


@given(st.lists(st.binary(max_size=50).filter(lambda line: b"\n" not in line), max_size=30))
def test_lines_come_back_with_their_offsets(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    log = JobLog(str(tmp_path_factory.mktemp("log") / "jobs.log"))
    log.write([line + b"\n" for line in lines])
    found = list(log.lines())
    assert [line for _, line in found] == lines
    assert all(log.read(offset, len(line) + 1) == line + b"\n" for offset, line in found)
    log.close()
