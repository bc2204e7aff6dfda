"""Which kind of file system a folder is on, and how far its locks can be trusted.

SQLite's write-ahead log needs locks and shared memory that all processes of all machines agree on. Network file systems
do not offer that; there a lock is a folder that only one process can make, and the log is a rollback journal.
"""

from __future__ import annotations

import os
import re
import tempfile
from enum import Enum
from pathlib import Path
from typing import Final


class Locking(Enum):
    """How processes keep out of each other's way in a database."""

    SHARED_MEMORY = "wal"
    """Write-ahead log; readers and one writer at a time do not wait for each other."""
    DOTFILE = "dotfile"
    """A folder beside the database is the lock; rollback journal; one process at a time."""


LOCAL: Final = frozenset((
    "apfs", "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "hfs", "jfs", "nilfs2", "overlay", "ramfs", "reiserfs",
    "tmpfs", "ufs", "xfs", "zfs",
))  # fmt: skip
"""File systems of one machine with working locks."""

NETWORK: Final = frozenset((
    "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "gfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs", "pvfs2", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
    "wekafs",
))  # fmt: skip
"""File systems that several machines share, or that a virtual machine is lent by its host."""

_MOUNTS: Final = Path("/proc/self/mountinfo")
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")


def locking_for(folder: Path) -> Locking:
    """How to lock a database in this folder; on a file system that is in no table, a lock is tried."""
    kind = file_system_type(folder)
    if kind is None or kind in LOCAL:
        return Locking.SHARED_MEMORY
    if kind in NETWORK or kind.startswith("fuse."):
        return Locking.DOTFILE
    return Locking.SHARED_MEMORY if _locks_work(folder) else Locking.DOTFILE


def file_system_type(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The type of the file system a folder is on, such as ``ext4``; None where this cannot be learned."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    place = os.path.realpath(folder)
    found: str | None = None
    longest = -1
    for line in lines:
        # mount id, parent id, device, root, mount point, options, optional fields, "-", type, source, options
        fields, dash, rest = line.partition(" - ")
        if not dash:
            continue
        point = _ESCAPED.sub(_unescaped, fields.split(" ")[4])
        # A later mount on the same point hides the earlier one.
        if len(point) >= longest and _is_below(place, point):
            found, longest = rest.split(" ")[0], len(point)
    return found


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 8))


def _is_below(place: str, point: str) -> bool:
    return place == point or place.startswith(point.rstrip("/") + "/")


def _locks_work(folder: Path) -> bool:
    import fcntl

    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            fcntl.lockf(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
