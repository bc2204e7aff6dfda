"""From jobs to the log and back: what a keeper knew, the next one knows."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from wflpy_trackers._local import replay as replay_module
from wflpy_trackers._local.book import Book
from wflpy_trackers._local.joblog import JobLog
from wflpy_trackers._local.jobs import FINAL, HELD, WAITING, Array, Job, Run
from wflpy_trackers._local.replay import Replay
from wflpy_trackers._local.telling import row
from wflpy_trackers._local.wire import encode
from wflpy_trackers._local.words import (
    DONE,
    FAILED,
    LOG_FORMAT,
    QUEUED,
    QUEUED_HELD,
    REQUEUED,
    REQUEUED_HELD,
    RUNNING,
    SUSPENDED,
    TERMINATED,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTEXTS = tuple(
    json.dumps({"environment": {"A": value}, "home": "/", "umask": 18, "grace": 5.0, "limits": {}}).encode()
    for value in ("a", "b")
)


def line(key: str, name: str | None = None, *, held: bool = False) -> bytes:
    head = json.dumps([key, 1, 2, 3, held, None, 60, name, "/"])
    return f'{head}\t{{"remoteCommand":"true","args":["{key}"]}}'.encode()


def begin(path: Path) -> Book:
    book = Book(JobLog(str(path)))
    book.slots = 4
    book.log.note(encode(["b", "boot", LOG_FORMAT, 0.0, 0, 4]))
    return book


def read(path: Path, *, compact: bool = False) -> Book:
    book = Book(JobLog(str(path)))
    replay = Replay(book)
    replay.run()
    assert replay.damaged == 0
    if compact:
        replay.compact()
    return book


def known(book: Book) -> dict[str, object]:
    """All that a book knows, comparable."""
    return {
        "jobs": {job.job_id: (row(job), _process(job), json.loads(book.body(job.asked))) for job in book.jobs.values()},
        "order": list(book.jobs),
        "arrays": {name: (list(array.jobs), array.max_parallel) for name, array in book.arrays.items()},
        "sessions": {
            name: (list(session.jobs), session.ids, list(session.arrays))
            for name, session in book.sessions.items()
            if session.jobs
        },
        "contexts": {job.job_id: job.asked.context.raw for job in book.jobs.values()},
        "numbers": (book.numbers, book.slots, book.busy, book.unfinished),
    }


def _process(job: Job) -> object:
    run = job.run
    return None if run is None else (run.pid, run.earliest, run.latest, run.cause, run.text)


class BookMachine(RuleBasedStateMachine):
    """Whatever happens to jobs, the log tells it, and so does the shorter log."""

    path: Path

    @initialize()
    def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self.book = begin(self.path)
        self.keys = 0

    def teardown(self) -> None:
        if hasattr(self, "book"):
            self.book.log.close()

    def jobs(self, *states: int) -> list[Job]:
        return [job for job in self.book.jobs.values() if job.state in states]

    @rule(
        session=st.sampled_from(["one", "two"]),
        context=st.sampled_from(CONTEXTS),
        held=st.booleans(),
        name=st.none() | st.text(),
    )
    def submit(self, session: str, context: bytes, held: bool, name: str | None) -> None:
        self.keys += 1
        book = self.book
        book.submit(book.session(session), book.context(context), [line(f"k{self.keys}", name, held=held)])

    @rule(session=st.sampled_from(["one", "two"]), held=st.booleans(), limit=st.none() | st.integers(1, 3))
    def submit_array(self, session: str, held: bool, limit: int | None) -> None:
        self.keys += 1
        book = self.book
        text = line(f"k{self.keys}", "n $DRMAA2_INDEX$", held=held)
        book.submit_array(book.session(session), book.context(CONTEXTS[0]), text, range(1, 6, 2), limit)

    @precondition(lambda self: self.jobs(QUEUED, REQUEUED))
    @rule(pick=st.integers(0), again=st.booleans())
    def run(self, pick: int, again: bool) -> None:
        job = self.pick(pick, QUEUED, REQUEUED)
        self.book.starting(job, 2, ())
        if again:
            self.book.put_back(job)
        else:
            self.book.started(job, Run(100 + pick % 7, 5, 6))

    @precondition(lambda self: self.jobs(QUEUED, REQUEUED))
    @rule(pick=st.integers(0))
    def hold(self, pick: int) -> None:
        job = self.pick(pick, QUEUED, REQUEUED)
        self.book.enter(job, QUEUED_HELD if job.state == QUEUED else REQUEUED_HELD, "h")

    @precondition(lambda self: self.jobs(QUEUED_HELD, REQUEUED_HELD))
    @rule(pick=st.integers(0))
    def release(self, pick: int) -> None:
        job = self.pick(pick, QUEUED_HELD, REQUEUED_HELD)
        self.book.enter(job, QUEUED if job.state == QUEUED_HELD else REQUEUED, "r")

    @precondition(lambda self: self.jobs(RUNNING))
    @rule(pick=st.integers(0), requeue=st.booleans())
    def stop(self, pick: int, requeue: bool) -> None:
        job = self.pick(pick, RUNNING)
        if requeue:
            job.slots, job.ran, job.run = 0, 0.0, None
            self.book.enter(job, REQUEUED, "R")
        else:
            job.ran += 1.25
            self.book.enter(job, SUSPENDED, "z", round(job.ran, 6))

    @precondition(lambda self: self.jobs(SUSPENDED))
    @rule(pick=st.integers(0))
    def resume(self, pick: int) -> None:
        self.book.enter(self.pick(pick, SUSPENDED), RUNNING, "w")

    @precondition(lambda self: self.jobs(RUNNING, SUSPENDED))
    @rule(pick=st.integers(0), way=st.sampled_from(["ask", "done", "failed"]))
    def end(self, pick: int, way: str) -> None:
        job = self.pick(pick, RUNNING, SUSPENDED)
        if way == "ask":
            self.book.ending(job, TERMINATED, "it was 'terminated'")
        elif way == "done":
            self.book.end(job, DONE, None, None, 0, (0.5, 0.25, 1000, 1, 2, 3, 4, 5, 6))
        else:
            self.book.end(job, FAILED, TERMINATED, "because\n", 9)

    @precondition(lambda self: self.jobs(*FINAL))
    @rule(pick=st.integers(0))
    def delete(self, pick: int) -> None:
        self.book.delete([self.pick(pick, *FINAL)])

    @precondition(lambda self: self.jobs(*WAITING, *HELD))
    @rule(pick=st.integers(0))
    def refuse(self, pick: int) -> None:
        self.book.end(self.pick(pick, *WAITING, *HELD), FAILED, "program_not_found", "no such program 'ü'")

    @precondition(lambda self: self.book.sessions)
    @rule(pick=st.integers(0))
    def forget(self, pick: int) -> None:
        names = list(self.book.sessions)
        self.book.forget(self.book.sessions[names[pick % len(names)]])

    @rule(compact=st.booleans())
    def go_on_with_another_keeper(self, compact: bool) -> None:
        self.book.log.flush()
        # What was measured is written down to the microsecond.
        before = known(self.book)
        self.book.log.close()
        self.book = read(self.path, compact=compact)
        after = known(self.book)
        assert after == before
        if compact:
            self.book.log.close()
            self.book = read(self.path)
            assert known(self.book) == before

    def pick(self, number: int, *states: int) -> Job:
        jobs = self.jobs(*states)
        return jobs[number % len(jobs)]


@pytest.fixture
def always_compact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_module, "_WORTH_IT", -1 << 40)


def test_the_log_tells_all_that_was_known(tmp_path: Path, always_compact: None) -> None:
    BookMachine.path = tmp_path / "jobs.log"
    BookMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
    case = BookMachine.TestCase()
    case.runTest()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = begin(tmp_path / "jobs.log")
    yield book
    book.log.close()


def test_a_log_is_written_anew_when_most_of_it_is_of_no_use(book: Book, tmp_path: Path) -> None:
    session, context = book.session("s"), book.context(CONTEXTS[0])
    for batch in range(30):
        _, jobs = book.submit(session, context, [line(f"{batch} {n}") for n in range(100)])
        for job in jobs:
            book.end(job, DONE, None, None, 0)
        book.delete(jobs)
    _, (kept,) = book.submit(session, context, [line("kept")])
    book.log.flush()
    size = book.log.size
    other = read(tmp_path / "jobs.log", compact=True)
    assert other.log.size < size / 100
    assert known(other) == known(book)
    assert json.loads(other.body(other.jobs[kept.job_id].asked))["args"] == ["kept"]
    other.log.close()


def test_a_short_log_is_left_as_it_is(book: Book, tmp_path: Path) -> None:
    _, jobs = book.submit(book.session("s"), book.context(CONTEXTS[0]), [line("a")])
    book.end(jobs[0], DONE)
    book.delete(jobs)
    book.log.flush()
    inode = os.stat(tmp_path / "jobs.log").st_ino  # noqa: PTH116
    read(tmp_path / "jobs.log", compact=True).log.close()
    assert (tmp_path / "jobs.log").stat().st_ino == inode


def test_equal_contexts_are_kept_once(book: Book, tmp_path: Path) -> None:
    session = book.session("s")
    for number in range(5):
        book.submit(session, book.context(CONTEXTS[number % 2]), [line(f"k{number}")])
    text = (tmp_path / "jobs.log").read_bytes()
    assert [text.count(raw) for raw in CONTEXTS] == [1, 1]


def test_an_array_is_one_record(book: Book, tmp_path: Path) -> None:
    _, array = book.submit_array(book.session("s"), book.context(CONTEXTS[0]), line("a"), range(1, 1001), None)
    assert isinstance(array, Array)
    assert len(array.jobs) == 1000
    assert len((tmp_path / "jobs.log").read_bytes().splitlines()) == 3
