"""One SQLite file that many threads and processes write to.

A commit is in the file before the call returns, so it outlives this process; it is forced to the disk when the
write-ahead log is folded back into the file, every few megabytes and when the last process closes it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote
from weakref import WeakSet

from wflpy.drmaa2 import DrmaaException, ImplementationSpecificException, InvalidSessionException
from wflpy.store.failures import LOCKED, primary_code, translated
from wflpy.store.filesystem import Locking, locking_for
from wflpy.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

Row = tuple[Any, ...]

PATIENCE: Final = 60.0
"""Seconds to wait for other processes' writes, which take milliseconds."""

_STRICT: Final = " STRICT" if sqlite3.sqlite_version_info >= (3, 37) else ""

_PRAGMAS: Final = {
    Locking.SHARED_MEMORY: ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"),
    Locking.DOTFILE: ("mmap_size = 0", "journal_mode = TRUNCATE", "synchronous = NORMAL", "foreign_keys = ON"),
}

# SQLite's locks belong to the process and file: closing any descriptor of a database drops those of its open
# connections. So the file is made, and connected to, by one thread at a time.
_opening: Final = threading.Lock()

_all: Final[WeakSet[Database]] = WeakSet()
_inherited: Final[list[sqlite3.Connection]] = []


class Database:
    """An open database; reads and transactions of all threads take turns on one connection."""

    def __init__(self, connection: sqlite3.Connection, path: Path, locking: Locking, patience: float) -> None:
        self.path: Final = path
        self.locking: Final = locking
        self.patience: Final = patience
        self._connection: sqlite3.Connection | None = connection
        self._turn = threading.Lock()
        self._forked = False
        _all.add(self)

    @classmethod
    def open(cls, path: Path, *, locking: Locking | None = None, patience: float = PATIENCE) -> Self:
        """Open the database, made with mode 0600 and brought to today's tables if need be.

        Args:
            path: the file; its folder exists.
            locking: how to lock it; found out if None.
            patience: seconds to wait for other processes before giving up.
        """
        locking = locking or locking_for(path.parent)
        deadline = time.monotonic() + patience
        pause = 0.001
        while True:
            try:
                with _opening:
                    return cls(_connect(path, locking, patience), path, locking, patience)
            except sqlite3.Error as error:
                # Some steps of opening, such as the change to a write-ahead log, do not wait by themselves.
                if primary_code(error) not in LOCKED or time.monotonic() >= deadline:
                    raise translated(error, path, locking, patience) from error
            time.sleep(pause)
            pause = min(2 * pause, 0.1)

    def read(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """The rows a query gives."""
        try:
            with self._turn:
                return self._connected().execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._failure(error) from error

    def write(self, statement: str, values: Sequence[object] = ()) -> int:
        """Carry out one statement durably; how many rows it changed."""
        try:
            with self._turn:
                return self._connected().execute(statement, values).rowcount
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._failure(error) from error

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Several statements, all of them durable at the end or none."""
        try:
            with self._turn:
                connection = self._connected()
                # Taking the write lock at once is what makes waiting for it possible.
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield Transaction(connection)
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Let go of the file. Twice is fine."""
        with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def leave_to_parent(self) -> None:
        """In a child made by fork: never touch, and never close, the connection of the parent."""
        # A thread of the parent may have held the lock at that moment; here nobody would ever release it.
        self._turn = threading.Lock()
        self._forked = True
        if self._connection is not None:
            _inherited.append(self._connection)
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        if self._forked:
            raise InvalidSessionException("sessions do not survive a fork: open the session again in this process")
        if self._connection is None:
            raise InvalidSessionException("the session is closed")
        return self._connection

    def _failure(self, error: Exception) -> DrmaaException:
        return translated(error, self.path, self.locking, self.patience)


class Transaction:
    """Statements of one transaction."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """The rows a query gives."""
        return self._connection.execute(query, values).fetchall()

    def write(self, statement: str, values: Sequence[object] = ()) -> int:
        """Carry out one statement; how many rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def write_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Carry out one statement for each row of values."""
        self._connection.executemany(statement, rows)


def _leave_all_to_parent() -> None:
    for database in tuple(_all):
        database.leave_to_parent()


os.register_at_fork(after_in_child=_leave_all_to_parent)


def _connect(path: Path, locking: Locking, patience: float) -> sqlite3.Connection:
    _create(path)
    place = f"file:{quote(os.fsencode(path))}"
    connection = sqlite3.connect(
        f"{place}?vfs=unix-dotfile" if locking is Locking.DOTFILE else place,
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in _PRAGMAS[locking]:
            connection.execute(f"PRAGMA {pragma}")
        if _version(connection) != len(MIGRATIONS):
            _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _create(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        # It is there, or SQLite will say better what is wrong.
        return
    os.close(descriptor)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise ImplementationSpecificException(
                f"{path} was written by a newer wflpy (format {version}, this one knows {len(MIGRATIONS)}):"
                " upgrade wflpy, or set WFLPY_HOME to another folder"
            )
        for step in MIGRATIONS[version:]:
            for statement in step:
                is_table = statement.lstrip().startswith("CREATE TABLE")
                connection.execute(statement + (_STRICT if is_table else ""))
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
