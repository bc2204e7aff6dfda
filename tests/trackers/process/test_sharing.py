"""Several threads, processes and sessions; keepers that go away under a client."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from resource import RLIMIT_FSIZE, prlimit
from typing import TYPE_CHECKING

import pytest

from tests.trackers.process.keepers import ENDED, KeeperProcess, Site, new_key, shell, until
from wflpy.drmaa2 import (
    DrmCommunicationException,
    InvalidArgumentException,
    InvalidSessionException,
    JobAction,
    JobState,
    TimeoutException,
)
from wflpy_trackers._local import client, feed, launch

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.tracker import StateChange

WAIT = 'while [ ! -e "$1" ]; do sleep 0.02; done'


def sockets() -> int:
    return sum(1 for path in Path("/proc/self/fd").iterdir() if path.is_symlink() and _is_socket(path))


def _is_socket(path: Path) -> bool:
    try:
        return path.readlink().name.startswith("socket:")
    except OSError:
        return False


def test_many_threads_use_one_session(site: Site) -> None:
    jobs: list[str] = []

    def work(number: int) -> None:
        mine = [site.run("exit $1", (number + n) % 3) for n in range(10)]
        assert [site.ended(job).exit_status for job in mine] == [(number + n) % 3 for n in range(10)]
        jobs.extend(mine)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(jobs) == sorted(site.tracker.job_ids())
    assert len(jobs) == 60


def test_two_processes_share_a_session(open_site: Callable[..., Site], home: Path) -> None:
    site = open_site()
    heard: list[StateChange] = []
    site.tracker.subscribe(heard.extend)
    code = (
        "from tests.trackers.process.keepers import Site\n"
        f"site = Site({str(home)!r})\n"
        "print(site.run('exit 5')); site.tracker.close()"
    )
    root = Path(__file__).parents[3]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    job = ran.stdout.strip()
    assert site.ended(job).exit_status == 5
    until(lambda: any(change.state is JobState.FAILED for change in heard))
    assert {change.job_id for change in heard} == {job}


def test_sessions_do_not_see_each_others_jobs(open_site: Callable[..., Site]) -> None:
    mine, theirs, everything = open_site("mine"), open_site("theirs"), open_site("")
    job = mine.run("exit 2")
    with pytest.raises(InvalidArgumentException, match=f"holds no job '{job}'"):
        theirs.tracker.control(job, JobAction.TERMINATE)
    with pytest.raises(InvalidArgumentException):
        theirs.tracker.state(job)
    assert theirs.tracker.find(["x"]) == {}
    assert everything.ended(job).exit_status == 2
    assert everything.tracker.all_job_ids() == [job]


def test_the_same_key_is_the_same_job_whoever_asks(open_site: Callable[..., Site], keeper: KeeperProcess) -> None:
    site = open_site()
    first = site.tracker.submit(shell("exit 1"), "key")
    again, other = site.tracker.submit_many([(shell("exit 2"), "key"), (shell("exit 3"), "other")])
    site.wait(first)
    twice = site.tracker.submit_many([(shell("exit 4"), "twice"), (shell("exit 4"), "twice")])
    assert again == first
    assert other != first
    assert twice[0] == twice[1]
    keeper.kill()
    assert site.tracker.submit(shell("exit 5"), "key") == first
    assert site.ended(first).exit_status == 1
    assert open_site("another").tracker.submit(shell("true"), "key") != first


def test_forgetting_a_session_drops_what_ended_and_lets_the_rest_run(
    open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    site, everything = open_site(), open_site("")
    ended, running = site.run("true"), site.run(WAIT + '; echo x >"$2"', tmp_path / "gate", tmp_path / "ran")
    site.wait(ended)
    site.wait(running, JobState.RUNNING)
    site.tracker.forget()
    site.tracker.close()
    again = open_site()
    assert again.tracker.job_ids() == []
    assert everything.tracker.all_job_ids() == [running]
    keeper.kill()
    assert everything.tracker.all_job_ids() == [running]
    (tmp_path / "gate").touch()
    until(lambda: (tmp_path / "ran").exists())
    until(lambda: everything.tracker.all_job_ids() == [])


def test_a_deleted_job_is_unknown_to_everybody(open_site: Callable[..., Site], keeper: KeeperProcess) -> None:
    site, other = open_site(), open_site()
    job = site.run("true")
    site.wait(job)
    other.wait(job)
    site.tracker.delete(job)
    until(lambda: _is_unknown(other, job))
    with pytest.raises(InvalidArgumentException):
        site.tracker.delete(job)
    keeper.kill()
    assert site.tracker.job_ids() == []


def _is_unknown(site: Site, job: str) -> bool:
    try:
        site.tracker.state(job)
    except InvalidArgumentException:
        return True
    return False


def test_closing_leaves_no_thread_and_no_socket(open_site: Callable[..., Site]) -> None:
    threads, before = threading.active_count(), sockets()
    site = open_site()
    assert threading.active_count() == threads
    site.ended(site.run("true"))
    assert threading.active_count() == threads + 1
    site.tracker.close()
    site.tracker.close()
    assert (threading.active_count(), sockets()) == (threads, before)
    for use in (site.tracker.job_ids, lambda: site.run("true"), lambda: site.wait("1"), site.tracker.all_queues):
        with pytest.raises(InvalidSessionException, match="closed"):
            use()


def test_closing_wakes_whoever_waits(site: Site, tmp_path: Path) -> None:
    job = site.run(WAIT, tmp_path / "gate")
    site.wait(job, JobState.RUNNING)
    caught: list[Exception] = []

    def wait() -> None:
        try:
            site.wait(job)
        except Exception as error:  # noqa: BLE001  whatever it is
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    until(lambda: site.tracker.watch.is_heard)
    site.tracker.close()
    thread.join()
    assert [type(error) for error in caught] == [InvalidSessionException]
    (tmp_path / "gate").touch()


def test_a_child_does_not_use_what_its_parent_opened(site: Site, keeper: KeeperProcess) -> None:
    site.ended(site.run("true"))
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        told = b"nothing"
        try:
            site.tracker.job_ids()
        except InvalidSessionException as error:
            told = str(error).encode()
        theirs.sendall(told + f" {sockets()}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    # The socket pair itself is what the child has left.
    assert ours.recv(1000).decode() == (
        "the session belongs to the process this one was forked from; open it again here 2"
    )
    assert site.ended(site.run("exit 2")).exit_status == 2
    ours.close()
    theirs.close()


def test_a_killed_keeper_is_replaced_under_a_client(site: Site, keeper: KeeperProcess, tmp_path: Path) -> None:
    heard: list[StateChange] = []
    site.tracker.subscribe(heard.extend)
    job = site.run(WAIT + "; exit 3", tmp_path / "gate")
    site.wait(job, JobState.RUNNING)
    waited: list[int | None] = []
    thread = threading.Thread(target=lambda: waited.append(site.ended(job).exit_status))
    thread.start()
    for _ in range(3):
        keeper.kill()
        second = site.run("exit 4")
        assert site.ended(second).exit_status == 4
    (tmp_path / "gate").touch()
    thread.join()
    assert waited == [3]
    finals = [change.job_id for change in heard if change.state in ENDED]
    assert len(finals) == len(set(finals)) == 4


def test_a_client_that_only_waits_has_the_keeper_replaced(site: Site, keeper: KeeperProcess, tmp_path: Path) -> None:
    job = site.run(WAIT + "; exit 3", tmp_path / "gate")
    queued = [site.run(WAIT, tmp_path / "gate") for _ in range(6)]
    site.wait(job, JobState.RUNNING)
    threads = [threading.Thread(target=site.wait, args=(one,)) for one in queued]
    for thread in threads:
        thread.start()
    keeper.kill()
    (tmp_path / "gate").touch()
    for thread in threads:
        thread.join()
    assert site.ended(job).exit_status == 3


def test_without_any_keeper_a_wait_ends_and_says_why(
    site: Site, keeper: KeeperProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_place: launch.Place, _slots: int | None) -> str:
        return "it was not started, as the test wants it"

    job = site.run(WAIT, tmp_path / "gate")
    site.wait(job, JobState.RUNNING)
    with monkeypatch.context() as broken:
        broken.setattr(feed, "_SECONDS", 0.001)
        broken.setattr(launch, "start", refuse)
        keeper.kill()
        with pytest.raises(DrmCommunicationException, match="as the test wants it") as caught:
            site.wait(job)
        assert caught.value.transient
        with pytest.raises(DrmCommunicationException, match=r"keeper\.log"):
            site.run("true")
    (tmp_path / "gate").touch()
    assert site.tracker.submit(shell("true"), new_key())


def test_an_answer_that_is_lost_is_asked_for_again(
    site: Site, keeper: KeeperProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = client.Connection.ask
    lost: list[bytes] = []

    def lose(connection: client.Connection, requests: bytes, answers: int = 1) -> object:
        answer = real(connection, requests, answers)
        if b"submit" in requests and not lost:
            lost.append(requests)
            raise ConnectionResetError("as the test wants it")
        return answer

    monkeypatch.setattr(client.Connection, "ask", lose)
    job = site.run("exit 3")
    assert site.tracker.job_ids() == [job]
    assert site.ended(job).exit_status == 3


def test_an_interrupted_request_leaves_no_answer_to_the_next(
    site: Site, keeper: KeeperProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [site.run(f"exit {number}") for number in range(1, 4)]

    def interrupted(_connection: client.Connection) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(client.Connection, "_line", interrupted)
        with pytest.raises(KeyboardInterrupt):
            site.tracker.job_ids()
    assert [site.ended(job).exit_status for job in jobs] == [1, 2, 3]
    assert site.tracker.job_ids() == jobs


def test_a_keeper_that_is_stopped_is_given_up(
    site: Site, keeper: KeeperProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.2)
    site.tracker.job_ids()
    keeper.send(signal.SIGSTOP)
    try:
        with pytest.raises(DrmCommunicationException, match="has not answered for") as caught:
            Site(site.home, "other")
        assert caught.value.transient
    finally:
        keeper.send(signal.SIGCONT)
    assert site.ended(site.run("exit 2")).exit_status == 2


def test_a_full_disk_refuses_jobs_and_loses_none(site: Site, keeper: KeeperProcess, tmp_path: Path) -> None:
    job = site.run(WAIT + "; exit 3", tmp_path / "gate")
    site.wait(job, JobState.RUNNING)
    size = keeper.log.stat().st_size
    soft, hard = prlimit(keeper.pid, RLIMIT_FSIZE)
    prlimit(keeper.pid, RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(OSError, match=r"jobs\.log cannot be written: File too large; free some space"):
            site.run("true")
        (tmp_path / "gate").touch()
        with pytest.raises(TimeoutException):
            site.tracker.wait(job, timedelta(seconds=0.3), ENDED)
    finally:
        prlimit(keeper.pid, RLIMIT_FSIZE, (soft, hard))
    assert site.ended(job).exit_status == 3
    assert site.ended(site.run("exit 1")).exit_status == 1


def test_an_end_is_heard_soon(site: Site) -> None:
    """The budget is a median below 2 ms; here only that nothing sleeps, on a machine that has other things to do."""
    delays: list[float] = []
    for _ in range(20):
        job = site.run("true")
        site.wait(job)
        heard = time.time()
        finished = site.tracker.info(job).finish_time
        assert finished is not None
        delays.append(heard - finished.timestamp())
    assert sorted(delays)[10] < 0.02
