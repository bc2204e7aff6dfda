"""Which file systems are trusted with locks."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path
from typing import NoReturn

import pytest

from wflpy.store import filesystem
from wflpy.store.filesystem import LOCAL, NETWORK, Locking, file_system_type, locking_for

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /home rw shared:2 - nfs4 server:/export rw,vers=4.2
31 30 0:41 / /home/me/local rw - tmpfs tmpfs rw
32 22 0:42 / /mnt/with\\040blank\\134s rw master:3 - fuse.sshfs host: rw
33 22 0:43 / /over rw - ext4 /dev/a rw
34 33 0:44 / /over rw - cifs //server/share rw
garbage
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTS)
    return path


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "ext4"),
        ("/var/lib", "ext4"),
        ("/home", "nfs4"),
        ("/home/me", "nfs4"),
        ("/homely", "ext4"),
        ("/home/me/local/x", "tmpfs"),
        ("/mnt/with blank\\s/x", "fuse.sshfs"),
        ("/over/x", "cifs"),
    ],
)
def test_the_type_is_that_of_the_innermost_mount(folder: str, kind: str, mounts: Path) -> None:
    assert file_system_type(Path(folder), mounts) == kind


def test_a_link_is_followed(tmp_path: Path, mounts: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/home/me")
    assert file_system_type(link, mounts) == "nfs4"


def test_without_a_list_of_mounts_the_type_is_unknown(tmp_path: Path) -> None:
    assert file_system_type(tmp_path, tmp_path / "missing") is None


def claim(kind: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(folder: Path) -> str | None:
        return kind

    monkeypatch.setattr(filesystem, "file_system_type", tell)


@pytest.mark.parametrize(
    ("kind", "locking"),
    [
        *((kind, Locking.SHARED_MEMORY) for kind in (None, *sorted(LOCAL))),
        *((kind, Locking.DOTFILE) for kind in ("fuse.sshfs", "fuse.s3fs", *sorted(NETWORK))),
        ("newfs", Locking.SHARED_MEMORY),
    ],
)
def test_the_type_decides(kind: str | None, locking: Locking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claim(kind, monkeypatch)
    assert locking_for(tmp_path) is locking


def test_on_an_unknown_type_a_lock_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.ENOLCK, "no locks available")

    claim("newfs", monkeypatch)
    monkeypatch.setattr(fcntl, "lockf", refuse)
    assert locking_for(tmp_path) is Locking.DOTFILE
    assert list(tmp_path.iterdir()) == []


def test_this_machine_knows_its_own(tmp_path: Path) -> None:
    assert locking_for(tmp_path) in Locking
