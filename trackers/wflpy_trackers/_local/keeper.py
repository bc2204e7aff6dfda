"""The keeper: one process per home and host that owns queue, slots and processes, and outlives those who submit.

It is started by the first client (see `launch`), holds a lock, listens on a socket of its user, and stays as long as a
job is queued, running or suspended or a client is connected; jobs on hold alone do not keep it. SIGHUP makes it listen
anew, for the case that somebody removed its socket. If it is killed, the next one goes on from the log.
"""

# The keeper does not load pathlib.
# ruff: noqa: PTH103, PTH108, PTH120, PTH123
from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wflpy_trackers._local import processes
from wflpy_trackers._local.book import Book
from wflpy_trackers._local.ends import best_ends
from wflpy_trackers._local.joblog import JobLog
from wflpy_trackers._local.jobs import STARTED, WAITING, Job, Run
from wflpy_trackers._local.loop import Loop
from wflpy_trackers._local.peers import Peer, is_ours
from wflpy_trackers._local.replay import Replay, Unreadable
from wflpy_trackers._local.runner import Runner
from wflpy_trackers._local.service import Service
from wflpy_trackers._local.waiting import Queue
from wflpy_trackers._local.wire import decode, encode
from wflpy_trackers._local.words import (
    ANOTHER,
    LOG_FORMAT,
    LOST,
    PROTOCOL,
    REBOOT,
    RUNS,
    UNDETERMINED,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LINGER: Final = 1.0
"""Seconds a keeper stays when there is nothing to do, which spares the next client a start."""
BATCH: Final = 0.002
"""Seconds for which events are gathered while there is more to do."""
_SYNC: Final = 1.0
"""Seconds after which what was written is brought to the disk."""
_RETRY: Final = 1.0
"""Seconds after which a log that could not be written is tried again."""
_BACKLOG: Final = 128
_RESTARTED: Final = "the machine was restarted while it ran, so how it ended is not known"


class Keeper:
    """The process, put together."""

    def __init__(self, folder: str, slots: int) -> None:
        self._loop: Final = Loop()
        self._book: Final = Book(JobLog(f"{folder}/jobs.log"))
        replay = Replay(self._book)
        replay.run()
        replay.compact()
        # With jobs left over, what was decided for them holds.
        total = self._book.slots if self._book.unfinished and self._book.slots else slots
        self._queue: Final[Queue[Job]] = Queue(total)
        self._runner: Final = Runner(self._book, self._queue, self._loop, best_ends(self._loop))
        self._service: Final = Service(self._book, self._runner, self._queue, _facts())
        self._listener: socket.socket | None = None
        self._path = ""
        self._idle_since: float | None = None
        self._news_since: float | None = None
        self._is_stuck = False
        self._is_syncing = False
        self._is_told_to_stop = False
        self._begin(replay)
        self._loop.on_signal(signal.SIGTERM, self._stop)

    # -- beginning -----------------------------------------------------------------------------------

    def _begin(self, replay: Replay) -> None:
        boot = processes.boot_id()
        book = self._book
        book.slots = self._queue.total
        book.log.note(encode(["b", boot, LOG_FORMAT, round(time.time(), 6), book.numbers, book.slots]))
        same_boot = replay.boot == boot
        found = processes.marked({job.job_id: job.asked.key for job in replay.starting.values()}) if same_boot else {}
        for job in replay.starting.values():
            self._settle_start(job, found.get(job.job_id), same_boot)
        self._runner.recover_outputs(replay.outputs)
        for job in tuple(book.jobs.values()):
            if job.state in STARTED:
                self._recover(job, same_boot)
            elif job.state in WAITING:
                self._runner.admit(job)

    def _settle_start(self, job: Job, pid: int | None, same_boot: bool) -> None:
        """Find out what became of a start that was announced and not confirmed."""
        start = None if pid is None else processes.start_ticks(pid)
        if pid is not None and start is not None:
            self._book.started(job, Run(pid, start, start, adopted=True))
        elif same_boot:
            text = "the keeper was killed while it started this job, so whether and how it ran is not known"
            self._book.end(job, UNDETERMINED, LOST, text)
        elif not decode(self._book.body(job.asked)).get("rerunnable"):
            self._book.end(job, UNDETERMINED, REBOOT, _RESTARTED)

    def _recover(self, job: Job, same_boot: bool) -> None:
        if same_boot:
            self._runner.adopt(job)
        elif decode(self._book.body(job.asked)).get("rerunnable"):
            self._runner.requeue(job)
        else:
            self._book.end(job, UNDETERMINED, REBOOT, _RESTARTED)

    def listen(self, paths: list[str], moved: Callable[[str], None]) -> None:
        """Take connections at the first possible of these paths, and again after each SIGHUP.

        Args:
            paths: for the socket, the best first.
            moved: is called with the path that it is, each time.
        """
        if self._listener is not None:
            self._loop.remove(self._listener.fileno())
            self._listener.close()
        self._listener, self._path = _bound(paths)
        self._loop.add(self._listener.fileno(), self._accept)
        self._loop.on_signal(signal.SIGHUP, lambda: self.listen(paths, moved))
        moved(self._path)

    def _accept(self, _events: int) -> None:
        listener = self._listener
        if listener is None:
            return
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if is_ours(connection):
            self._service.welcome(Peer(connection, self._loop, self._service.serve))
            return
        with suppress(OSError):
            connection.sendall(encode(["no", "argument", "this keeper belongs to another user"]))
        connection.close()

    # -- working -------------------------------------------------------------------------------------

    def run(self) -> None:
        """Work until there is nothing left to do."""
        while not self._is_done():
            if self._service.answered and self._write():
                self._answer()
            if not self._is_stuck:
                self._start_jobs()
            self._runner.settle()
            left = self._tell() if self._write() else None
            self._runner.look_ahead()
            self._loop.wait(left)
        self._end()

    def _write(self) -> bool:
        """Write down what happened; False if that is not possible now, and so nobody may hear of it."""
        if self._is_stuck:
            return False
        try:
            self._book.log.flush()
        except OSError as error:
            self._be_stuck(error)
            return False
        if self._book.log.is_dirty and not self._is_syncing:
            self._is_syncing = True
            self._loop.after(_SYNC, self._sync)
        return True

    def _be_stuck(self, error: OSError) -> None:
        with suppress(OSError):  # keeper.log is on the same disk
            sys.stderr.write(f"{self._book.log.path} cannot be written: {error}\n")
        self._is_stuck = True
        self._loop.after(_RETRY, self._try_again)

    def _try_again(self) -> None:
        self._is_stuck = False

    def _sync(self) -> None:
        self._is_syncing = False
        self._book.log.sync()

    def _answer(self) -> None:
        for peer in self._service.answered:
            peer.flush()
        self._service.answered.clear()

    def _start_jobs(self) -> None:
        try:
            self._runner.dispatch()
        except OSError as error:
            self._be_stuck(error)

    def _tell(self) -> float | None:
        """Send events, or say in how many seconds they are to be sent."""
        book = self._book
        if not book.news:
            return None
        now = time.monotonic()
        if self._news_since is None:
            self._news_since = now
        left = BATCH - (now - self._news_since)
        # Somebody may wait for an end to give more to do. While there is enough to do, few and large
        # messages leave more of the processors to the jobs.
        if left > 0 and not (book.has_ends and self._queue.is_empty):
            return left
        for session in book.news:
            data = b'["e",[%s]]\n' % ",".join(session.events).encode()
            session.events.clear()
            for peer in (*session.watchers, *book.monitors):
                peer.send(data)
                peer.flush()
        book.news.clear()
        book.has_ends = False
        self._news_since = None
        return None

    # -- ending --------------------------------------------------------------------------------------

    def _is_done(self) -> bool:
        if self._is_told_to_stop:
            return True
        if self._book.busy or self._service.connections or self._is_stuck:
            self._idle_since = None
            return False
        now = time.monotonic()
        if self._idle_since is None:
            self._idle_since = now
            self._loop.after(LINGER, _nothing)
        return now - self._idle_since >= LINGER

    def _stop(self) -> None:
        """Leave the jobs to the next keeper."""
        self._is_told_to_stop = True

    def _end(self) -> None:
        if self._listener is not None:
            # First, so that no client finds somebody who does not answer any more.
            with suppress(OSError):
                os.unlink(self._path)
            self._listener.close()
        self._runner.close()
        self._book.log.close()


def main(arguments: list[str]) -> None:
    """Be the keeper, unless there is one.

    Args:
        arguments: folder, slots (0: as many as CPUs), descriptor on which to report, paths for the socket.
    """
    folder, slots, report_text, *socket_paths = arguments
    report = int(report_text)
    if os.fork():
        # The client waits for this process, and has no child any more then.
        os._exit(0)
    _let_go(report)
    lock = os.open(f"{folder}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.write(report, ANOTHER.encode())
        return
    try:
        sys.stderr = open(f"{folder}/keeper.log", "w", buffering=1, errors="backslashreplace")  # noqa: SIM115  open as long as this process lives
        keeper = Keeper(folder, int(slots) or _processors())
        keeper.listen(socket_paths, lambda path: _publish(lock, path))
    except BaseException as error:
        text = str(error) if isinstance(error, Unreadable) else f"{type(error).__name__}: {error}"
        os.write(report, text.encode(errors="replace"))
        raise
    os.write(report, RUNS.encode())
    os.close(report)
    keeper.run()


def _let_go(report: int) -> None:
    """Keep nothing of the client: no file, no folder, no signal it ignored."""
    os.closerange(3, report)
    os.closerange(report + 1, os.sysconf("SC_OPEN_MAX"))
    os.chdir("/")
    os.umask(0o077)
    for number in signal.valid_signals():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    # What these tell is an error of its own, too: a broken connection, a file too large, a lease somebody wants.
    for name in ("SIGPIPE", "SIGXFSZ", "SIGIO"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _publish(lock: int, path: str) -> None:
    """Let clients know where to connect."""
    text = encode({"pid": os.getpid(), "socket": path, "protocol": PROTOCOL})
    os.pwrite(lock, text, 0)
    os.ftruncate(lock, len(text))


def _bound(paths: list[str]) -> tuple[socket.socket, str]:
    """A socket that listens at the first of these paths where that is possible."""
    problem: OSError | None = None
    for path in paths:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
            with suppress(FileNotFoundError):
                # Whoever listened there held the lock that is ours now.
                os.unlink(path)
            listener.bind(path)
            listener.listen(_BACKLOG)
            listener.setblocking(False)
        except OSError as error:
            listener.close()
            problem = error
        else:
            return listener, path
    raise problem or OSError("there is no path for the socket")


def _processors() -> int:
    """CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _facts() -> dict[str, object]:
    return {"pid": os.getpid(), "host": os.uname().nodename, "owner": _owner()}


def _owner() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _nothing() -> None:
    """Only to look again whether there is anything left to do."""
