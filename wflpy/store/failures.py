"""SQLite's errors as DRMAA2 exceptions."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import (
    DrmaaException,
    ImplementationSpecificException,
    InternalException,
    InvalidArgumentException,
    InvalidSessionException,
    OutOfResourceException,
)
from wflpy.store.filesystem import Locking

if TYPE_CHECKING:
    from pathlib import Path

LOCKED: Final = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL))
"""Primary result codes that mean: another process or thread is writing, try again."""

_NEARLY_FULL: Final = 1 << 20
"""Bytes of free space below which a failed write is blamed on the disk."""


def primary_code(error: sqlite3.Error) -> int:
    """The primary result code; 0 for an error that SQLite did not report itself."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def translated(error: Exception, path: Path, locking: Locking, waited: float) -> DrmaaException:
    """The exception to raise for this one.

    Args:
        error: what SQLite raised, or UnicodeEncodeError for text that cannot be stored.
        path: the database.
        locking: how it is locked.
        waited: seconds after which a lock was given up.
    """
    if isinstance(error, UnicodeEncodeError):
        text = f"{error.object!r} cannot be stored: it holds a character that is no Unicode text"
        return InvalidArgumentException(text)
    if isinstance(error, sqlite3.IntegrityError):
        # Every foreign key leads to the session.
        return InvalidSessionException("the session was destroyed")
    code = primary_code(error) if isinstance(error, sqlite3.Error) else 0
    if code in LOCKED:
        return InternalException(_locked(path, locking, waited), transient=True)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM) or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
        what = "memory" if code == sqlite3.SQLITE_NOMEM else "space"
        text = f"there is not enough {what} to write {path}: {error}; free some, or set WFLPY_HOME to another folder"
        return OutOfResourceException(text)
    return ImplementationSpecificException(_UNUSABLE.get(code, _UNKNOWN).format(path=path, error=error), code=code)


_UNKNOWN: Final = "the sessions in {path} cannot be used: {error}"

_MOVE: Final = "; move the file away to begin anew, the jobs themselves are not touched by that"
_PERMIT: Final = "; make the file and its folder writable, or set WFLPY_HOME to another folder"

_UNUSABLE: Final = {
    sqlite3.SQLITE_CORRUPT: "{path} is damaged: {error}" + _MOVE,
    sqlite3.SQLITE_NOTADB: "{path} is not a database of sessions: {error}" + _MOVE,
    sqlite3.SQLITE_READONLY: "{path} cannot be written: {error}" + _PERMIT,
    sqlite3.SQLITE_PERM: "{path} cannot be written: {error}" + _PERMIT,
    sqlite3.SQLITE_AUTH: "{path} cannot be written: {error}" + _PERMIT,
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened: {error}" + _PERMIT,
}


def _locked(path: Path, locking: Locking, waited: float) -> str:
    text = f"{path} has been locked by another process for {waited:g} seconds"
    if locking is Locking.DOTFILE:
        return f"{text}; if no process on any machine uses it, remove the folder {path}.lock"
    return f"{text}; find it with: fuser {path}"


def _is_full(path: Path) -> bool:
    try:
        there = os.statvfs(path.parent)
    except OSError:
        return False
    return there.f_bavail * there.f_frsize < _NEARLY_FULL
