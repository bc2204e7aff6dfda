"""The file: who may read it, what a crash leaves, many writers at once, and what goes wrong with a file."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import (
    DrmaaException,
    ImplementationSpecificException,
    InternalException,
    InvalidArgumentException,
    InvalidSessionException,
    JobTemplate,
    OutOfResourceException,
)
from wflpy.store import SessionDraft, SessionKind, Store
from wflpy.store.database import Database
from wflpy.store.filesystem import Locking
from wflpy.store.grouping import AT_MOST
from wflpy.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Create

TEMPLATE = JobTemplate(remote_command="x")


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store.open(tmp_path / "home")
        store.sessions(SessionKind.JOB)
        files = sorted((tmp_path / "home").iterdir())
        assert [path.name for path in files] == ["sessions.db", "sessions.db-shm", "sessions.db-wal"]
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)
    store.close()
    store.close()
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["sessions.db"]


def test_a_hostile_folder_is_a_folder(hostile_path: Path, create: Create) -> None:
    store = Store.open(hostile_path)
    create(store)
    store.close()
    again = Store.open(hostile_path)
    assert [record.name for record in again.sessions(SessionKind.JOB)] == ["nightly"]
    assert again.path == hostile_path / "sessions.db"
    again.close()


def test_a_closed_store_is_told(database: Store) -> None:
    database.close()
    with pytest.raises(InvalidSessionException, match="closed"):
        database.sessions(SessionKind.JOB)


def test_the_modes_of_the_file_are_as_promised(database: Store, tmp_path: Path) -> None:
    with sqlite3.connect(database.path) as look:
        assert look.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert look.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        tables = look.execute("SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'").fetchall()
    look.close()
    assert {"sessions", "jobs", "arrays", "ledger", "names"} <= {name for name, _ in tables}
    if sqlite3.sqlite_version_info >= (3, 37):
        assert all(sql.endswith("STRICT") for name, sql in tables if not name.startswith("sqlite_"))


# What goes wrong with a file


def test_a_newer_file_is_refused(database: Store) -> None:
    with sqlite3.connect(database.path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    database.close()
    with pytest.raises(ImplementationSpecificException, match=r"newer wflpy \(format 99, this one knows 2\): upgrade"):
        Store.open(database.path.parent)


@pytest.mark.parametrize("steps", range(1, len(MIGRATIONS)))
def test_an_older_file_is_brought_to_today_and_keeps_its_sessions(steps: int, tmp_path: Path) -> None:
    older = sqlite3.connect(tmp_path / "sessions.db")
    for step in MIGRATIONS[:steps]:
        for statement in step:
            older.execute(statement)
    older.execute(
        "INSERT INTO sessions (kind, name, label, tracker, options, host, created)"
        " VALUES ('job', 'nightly', 'nightly', 'fake', '{}', 'here', 1.0)"
    )
    older.execute(f"PRAGMA user_version = {steps}")
    older.commit()
    older.close()
    store = Store.open(tmp_path)
    (record,) = store.sessions(SessionKind.JOB)
    assert record.name == "nightly"
    store.jobs(record.session_id).intend([(TEMPLATE, "key")])
    assert store.reservations(record.session_id).granted() == {}
    store.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "sessions.db").write_text("hello\n" * 1000)
    with pytest.raises(ImplementationSpecificException, match="is not a database of sessions") as caught:
        Store.open(tmp_path)
    assert str(tmp_path / "sessions.db") in str(caught.value)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "sessions.db").mkdir()
    with pytest.raises(ImplementationSpecificException, match="cannot be opened"):
        Store.open(tmp_path)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_is_told(database: Store) -> None:
    database.close()
    database.path.chmod(0o400)
    with pytest.raises(ImplementationSpecificException, match="WFLPY_HOME"):
        Store.open(database.path.parent)


def test_text_that_is_no_text_is_refused(database: Store, create: Create) -> None:
    with pytest.raises(InvalidArgumentException, match="holds a character that is no Unicode text"):
        create(database, "a\udcff")
    assert database.sessions(SessionKind.JOB) == []


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path, create: Create) -> None:
    path = tmp_path / "sessions.db"
    limited = Database.open(path)
    store = Store(limited)
    record = create(store)
    log = store.jobs(record.session_id)
    limited.read(f"PRAGMA max_page_count = {limited.read('PRAGMA page_count')[0][0] + 2}")
    big = JobTemplate(remote_command="x", args=["y" * 5000])
    with pytest.raises(OutOfResourceException, match="not enough space to write") as caught:
        log.intend([(big, f"k{number}") for number in range(10)])
    assert str(path) in str(caught.value)
    assert log.open_keys().jobs == []
    # What waits in a group goes on waiting, and is written when there is room again.
    log.note({f"{'n' * 1000}{number}": str(number) for number in range(20)})
    with pytest.raises(OutOfResourceException):
        log.flush()
    limited.read("PRAGMA max_page_count = 100000")
    assert log.job_ids() == [str(number) for number in range(20)]
    store.close()


def test_a_lock_that_never_ends_is_told(tmp_path: Path, create: Create) -> None:
    blocker = Database.open(tmp_path / "sessions.db")
    hasty = Store(Database.open(tmp_path / "sessions.db", patience=0.05))
    with blocker.transaction():
        with pytest.raises(InternalException, match=r"locked by another process for 0\.05 seconds.*fuser") as caught:
            create(hasty)
        assert caught.value.transient is True
        assert hasty.sessions(SessionKind.JOB) == []
    create(hasty)
    hasty.close()
    blocker.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "sessions.db")

    def fail() -> None:
        with database.transaction() as transaction:
            transaction.write("INSERT INTO names VALUES ('job', 'x', 1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert database.read("SELECT * FROM names") == []
    database.close()


# A file system without working locks


def test_without_working_locks_a_folder_is_the_lock(tmp_path: Path, create: Create) -> None:
    path = tmp_path / "sessions.db"
    store = Store(Database.open(path, locking=Locking.DOTFILE))
    record = create(store)
    store.jobs(record.session_id).accept({"k": "1"})
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(("-wal", "-shm", ".lock"))]
    hasty = Store(Database.open(path, locking=Locking.DOTFILE, patience=0.05))
    assert hasty.jobs(record.session_id).job_ids() == ["1"]
    # Left behind by a process that was killed.
    (tmp_path / "sessions.db.lock").mkdir()
    with pytest.raises(InternalException, match=r"locked.*remove the folder .*sessions\.db\.lock"):
        hasty.sessions(SessionKind.JOB)
    (tmp_path / "sessions.db.lock").rmdir()
    for one in (store, hasty):
        one.close()


# Groups


def test_a_group_is_written_when_it_is_full_or_old(
    tmp_path: Path, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = Store.open(tmp_path), Store.open(tmp_path)
    record = create(store)
    log, reader = store.jobs(record.session_id), other.jobs(record.session_id)
    now = 100.0
    monkeypatch.setattr("wflpy.store.grouping.time.monotonic", lambda: now)
    for number in range(AT_MOST - 1):
        log.note({f"k{number}": str(number)})
    assert reader.job_ids() == []
    log.note({"last": "last"})
    assert len(reader.job_ids()) == AT_MOST
    log.note({"early": "early"})
    assert len(reader.job_ids()) == AT_MOST
    now += 1.0
    log.note({"late": "late"})
    assert reader.job_ids()[-2:] == ["early", "late"]
    store.close()
    other.close()


# Crashes, forks, and many writers


def run(program: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


WRITE_AND_DIE = """
import os, signal, sys
from wflpy.drmaa2 import JobTemplate
from wflpy.store import *
store = Store.open(sys.argv[1])
log = store.jobs(store.session(SessionKind.JOB, "nightly").session_id)
for number in range(500):
    log.intend([(JobTemplate(remote_command="x"), f"k{number}")])
    log.accept({f"k{number}": str(number)})
    print(number, flush=True)
    if number == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_written_survives_a_kill(database: Store, create: Create) -> None:
    log = database.jobs(create(database).session_id)
    process = run(WRITE_AND_DIE, str(database.path.parent), "57")
    output, error = process.communicate(timeout=50)
    assert process.returncode == -signal.SIGKILL, error
    assert len(output.splitlines()) == 58
    assert log.job_ids() == [str(number) for number in range(58)]


WRITE_MUCH = """
import sys, threading
from wflpy.drmaa2 import JobTemplate
from wflpy.store import *
home, me = sys.argv[1:]
failures = []
def work(thread):
    try:
        store = Store.open(home)
        session = store.session(SessionKind.JOB, "nightly").session_id
        log, ledger = store.jobs(session), store.ledger(session)
        for number in range(40):
            key = f"{me}.{thread}.{number}"
            log.intend([(JobTemplate(remote_command="x"), key)])
            log.accept({key: key})
            log.note({f"n{key}": f"n{key}"})
            ledger.put("kind", key, {"number": number})
            if number % 10 == 0:
                name = f"s{key}"
                record = store.create(SessionDraft(kind=SessionKind.JOB, name=name, tracker="fake", options={}))
                store.destroy(record.session_id)
        log.flush()
        store.close()
    except Exception as error:
        failures.append(repr(error))
threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*failures, sep="\\n")
sys.exit(bool(failures))
"""


@pytest.mark.parametrize("locking", Locking, ids=lambda locking: locking.value)
def test_processes_and_threads_share_a_file_that_is_made_meanwhile(
    locking: Locking, tmp_path: Path, create: Create
) -> None:
    store = Store(Database.open(tmp_path / "sessions.db", locking=locking))
    session = create(store).session_id
    if locking is Locking.DOTFILE:
        program = f"import wflpy.store.database as d\nd.locking_for = lambda _: d.{locking}\n{WRITE_MUCH}"
        program = program.replace("range(40)", "range(5)")
    else:
        program = WRITE_MUCH
    processes = [run(program, str(tmp_path), str(number)) for number in range(4)]
    for process in processes:
        output, error = process.communicate(timeout=50)
        assert process.returncode == 0, output + error
    each = 40 if locking is Locking.SHARED_MEMORY else 5
    log = store.jobs(session)
    assert len(log.job_ids()) == len(set(log.job_ids())) == 4 * 4 * each * 2
    assert len(store.ledger(session).records("kind")) == 4 * 4 * each
    assert [record.name for record in store.sessions(SessionKind.JOB)] == ["nightly"]
    store.close()


OPEN_NEW = """
import sys
from wflpy.store import *
store = Store.open(sys.argv[1])
store.create(SessionDraft(kind=SessionKind.JOB, name=sys.argv[2], tracker="fake", options={}))
store.close()
"""


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    processes = [run(OPEN_NEW, str(tmp_path / "home"), str(number)) for number in range(6)]
    for process in processes:
        _, error = process.communicate(timeout=50)
        assert process.returncode == 0, error
    store = Store.open(tmp_path / "home")
    assert {record.name for record in store.sessions(SessionKind.JOB)} == {str(number) for number in range(6)}
    store.close()


def test_threads_may_open_and_close_one_file_while_others_write(tmp_path: Path) -> None:
    keeper = Store.open(tmp_path)
    draft = SessionDraft(kind=SessionKind.JOB, name="nightly", tracker="fake", options={})
    session = keeper.create(draft).session_id
    failures: list[str] = []

    def work(me: int) -> None:
        try:
            for number in range(20):
                store = Store.open(tmp_path)
                store.jobs(session).accept({f"{me}.{number}": f"{me}.{number}"})
                store.close()
        except DrmaaException as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(keeper.jobs(session).job_ids()) == 120
    keeper.close()


def test_a_child_leaves_the_file_to_its_parent(database: Store, create: Create) -> None:
    record = create(database)
    child = os.fork()
    if child == 0:
        try:
            database.sessions(SessionKind.JOB)
        except InvalidSessionException as refusal:
            database.close()
            # In the child the store can be opened anew.
            own = Store.open(database.path.parent)
            own.jobs(record.session_id).accept({"k": "1"})
            own.close()
            os._exit(0 if "fork" in str(refusal) else 2)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert database.jobs(record.session_id).job_ids() == ["1"]
    database.jobs(record.session_id).accept({"m": "2"})
    assert database.jobs(record.session_id).job_ids() == ["1", "2"]
