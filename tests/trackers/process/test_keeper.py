"""The keeper as a process: how it begins, who may talk to it, when it leaves."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.trackers.process.keepers import KeeperProcess, Site, new_key, shell, until
from wflpy.drmaa2 import (
    DeniedByDrmsException,
    DrmCommunicationException,
    InvalidArgumentException,
    JobAction,
    JobState,
    JobTemplate,
    TrackerUnavailable,
)
from wflpy_trackers._local import client, launch, peers
from wflpy_trackers._local.launch import connect, place_of, start
from wflpy_trackers._local.loop import Loop
from wflpy_trackers._local.peers import is_ours
from wflpy_trackers._local.wire import Lines, decode, encode
from wflpy_trackers._local.words import ANOTHER, PROTOCOL, RUNS

if TYPE_CHECKING:
    from collections.abc import Callable

# -- beginning ------------------------------------------------------------------------------------------


def test_it_loads_nothing_it_does_not_need() -> None:
    heavy = ("wflpy", "logging", "asyncio", "subprocess", "pathlib", "dataclasses", "typing_extensions", "psutil")
    source = str(Path(launch.__file__).parents[2])
    code = f"import sys; sys.path.append({source!r}); import wflpy_trackers._local.keeper; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in ran.stdout.split()}
    assert loaded.isdisjoint(heavy)
    assert "wflpy_trackers" in loaded


def test_of_many_that_are_started_at_once_one_stays(home: Path, keeper: KeeperProcess) -> None:
    place = place_of(home)
    reports: list[str] = []
    threads = [threading.Thread(target=lambda: reports.append(start(place, 1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reports) == sorted([RUNS, *[ANOTHER] * 7])
    assert keeper.is_there()


def test_clients_that_come_at_once_find_the_same_one(home: Path, keeper: KeeperProcess) -> None:
    pids: list[int] = []
    barrier = threading.Barrier(6)

    def come(number: int) -> None:
        barrier.wait()
        mine = client.Keeper(place_of(home), f"s{number}", None)
        pids.append(mine.facts["pid"])
        mine.close()

    threads = [threading.Thread(target=come, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 6
    assert len(set(pids)) == 1


def test_it_belongs_to_nobody_and_holds_nothing_of_its_starter(site: Site, keeper: KeeperProcess) -> None:
    pid = keeper.pid
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    assert int(stat[1]) != os.getpid()
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
    assert b"PATH=" not in Path(f"/proc/{pid}/environ").read_bytes()
    files = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    ours = [name for name in files if name.startswith("/") and not name.startswith(str(keeper.folder))]
    assert set(ours) == {"/dev/null"}


def test_its_files_are_private(site: Site, keeper: KeeperProcess) -> None:
    site.ended(site.run("true"))
    assert keeper.folder.stat().st_mode & 0o777 == 0o700
    assert Path(keeper.published["socket"]).parent.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in keeper.folder.iterdir()} == {"jobs.log", "keeper.log", "lock"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in keeper.folder.iterdir())


def test_a_log_of_another_format_is_left_alone(open_site: Callable[..., Site], keeper: KeeperProcess) -> None:
    keeper.folder.mkdir(parents=True, exist_ok=True)
    keeper.log.write_text('["b","boot",99,0.0,0,0]\n')
    with pytest.raises(DrmCommunicationException, match=r"reached: \S+ is written in format 99.*use the wflpy that"):
        open_site()
    assert keeper.log.read_text() == '["b","boot",99,0.0,0,0]\n'


def test_without_python_there_is_no_keeper(open_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(TrackerUnavailable, match=r"sys\.executable is empty"):
        open_site()
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(DrmCommunicationException, match=r"/no/such/python cannot be run: No such file"):
        open_site()


def test_a_home_that_cannot_be_is_the_callers_fault(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidArgumentException, match=r"file.* cannot be made: Not a directory"):
        Site(tmp_path / "file" / "home")


@pytest.mark.parametrize("options", [{"slots": 0}, {"grace": -1.0}])
def test_wrong_options_are_refused(home: Path, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentException, match=r"options of process: (slots|grace) must"):
        Site(home, **options)


# -- who may talk to it ---------------------------------------------------------------------------------


def talk(home: Path, *requests: object) -> list[Any]:
    """What a raw connection is answered, until it is closed or all is answered."""
    lines = Lines()
    answers: list[Any] = []
    with connect(place_of(home), None) as connection:
        for request in requests:
            connection.sendall(request if isinstance(request, bytes) else encode(request))
        while len(answers) < len(requests) and (data := connection.recv(65536)):
            answers += [decode(line) for line in lines.feed(data)]
    return answers


def test_another_protocol_is_told_so(home: Path, keeper: KeeperProcess) -> None:
    (answer,) = talk(home, ["hello", 0, PROTOCOL + 1, "s", None])
    assert answer[:2] == ["no", "version"]
    assert f"speaks protocol {PROTOCOL}, its client {PROTOCOL + 1}" in answer[2]


def test_a_client_of_another_version_says_what_to_do(
    open_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setattr(client, "PROTOCOL", PROTOCOL + 1)
        with pytest.raises(DrmCommunicationException, match="let the jobs of this keeper end, or use another"):
            open_site()


def test_nothing_goes_before_hello(home: Path, keeper: KeeperProcess) -> None:
    assert talk(home, ["all", 0]) == [["no", "argument", "the first request has to be hello"]]


@pytest.mark.parametrize(
    "noise",
    [
        b"GET / HTTP/1.1\r\n",
        b"[1]\n",
        b"[]\n",
        b"\xff\xfe\n",
        b"{}\n",
        b'["x","y"]\n',
        b'["ids",-1]\n',
        b'["ids",Infinity]\n',
        b'["ids",1e300]\n',
        b'["ids",1000000000]\n',
        b"[" * 200_000 + b"\n",
    ],
)
def test_noise_is_refused_and_harms_nobody(site: Site, home: Path, noise: bytes) -> None:
    answers = talk(home, ["hello", 0, PROTOCOL, "s", None], noise)
    assert answers[1:] in ([["no", "argument", "this is no request"]], [])
    assert site.ended(site.run("true")).exit_status == 0


@pytest.mark.parametrize("request_", [["no such request", 0], ["ids", 0, "too", "many"], ["states", 0, None]])
def test_a_request_that_makes_no_sense_is_answered(site: Site, home: Path, request_: list[Any]) -> None:
    answers = talk(home, ["hello", 0, PROTOCOL, "s", None], request_, ["all", 0])
    assert answers[1][:2] == ["no", "internal"]
    assert answers[2] == ["ok", []]


def test_the_user_at_the_other_end_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair()
    with one, other:
        assert is_ours(one)
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        assert not is_ours(one)


def test_a_folder_that_others_can_reach_is_not_used(
    open_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / f"wflpy-{os.getuid()}"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with pytest.raises(DeniedByDrmsException, match=r"must be a folder of your own with mode 0700.*mode 0777"):
        open_site()
    folder.chmod(0o700)
    assert open_site().tracker.slots > 0


def test_a_client_that_does_not_read_is_cut_off_and_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "_TOO_MUCH", 100_000)
    ours, theirs = socket.socketpair()
    loop = Loop()
    left: list[peers.Peer] = []
    peer = peers.Peer(theirs, loop, lambda _peer, _lines: None)
    peer.on_close = left.append
    for _ in range(1000):
        peer.send(b"x" * 4096)
        peer.flush()
    assert left == [peer]
    ours.close()


def test_a_client_that_reads_slowly_gets_everything() -> None:
    ours, theirs = socket.socketpair()
    loop = Loop()
    peer = peers.Peer(theirs, loop, lambda _peer, _lines: None)
    data = os.urandom(2_000_000)
    peer.send(data)
    peer.flush()
    received = b""
    while len(received) < len(data):
        loop.wait(0)
        received += ours.recv(1 << 16)
    assert received == data
    peer.close()
    ours.close()


# -- when it leaves -------------------------------------------------------------------------------------


def is_over(keeper: KeeperProcess, pid: int, seconds: float) -> bool:
    """Whether the keeper ends within this time, seen through a pidfd, without looking again and again."""
    descriptor = os.pidfd_open(pid)
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def test_it_leaves_when_there_is_nothing_to_do(site: Site, keeper: KeeperProcess) -> None:
    pid = keeper.pid
    site.ended(site.run("true"))
    site.tracker.close()
    assert is_over(keeper, pid, 10)
    assert not Path(keeper.published["socket"]).exists()
    assert keeper.log.exists()


def test_jobs_on_hold_alone_do_not_keep_it_and_are_there_afterwards(
    open_site: Callable[..., Site], keeper: KeeperProcess
) -> None:
    site = open_site()
    job = site.run("exit 4", submit_as_hold=True)
    pid = keeper.pid
    site.tracker.close()
    assert is_over(keeper, pid, 10)
    again = open_site()
    assert again.state(job) is JobState.QUEUED_HELD
    again.tracker.control(job, JobAction.RELEASE)
    assert again.ended(job).exit_status == 4


def test_a_running_job_keeps_it(site: Site, keeper: KeeperProcess, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    site.run('while [ ! -e "$1" ]; do sleep 0.02; done', gate)
    pid = keeper.pid
    site.tracker.close()
    assert not is_over(keeper, pid, 1.4)
    gate.touch()
    assert is_over(keeper, pid, 10)


def test_numbers_go_on_when_all_jobs_are_gone(open_site: Callable[..., Site], keeper: KeeperProcess) -> None:
    site = open_site()
    first = site.run("true")
    site.ended(first)
    site.tracker.delete(first)
    site.tracker.close()
    keeper.stop()
    assert int(open_site().run("true")) > int(first)


def test_a_removed_socket_is_made_again(open_site: Callable[..., Site], keeper: KeeperProcess, home: Path) -> None:
    first = open_site("one")
    pid = keeper.pid
    shutil.rmtree(Path(keeper.published["socket"]).parent)
    second = open_site("two")
    assert keeper.pid == pid
    assert second.ended(second.run("exit 3")).exit_status == 3
    assert first.ended(first.run("exit 2")).exit_status == 2


def test_where_the_socket_cannot_be_it_moves_to_the_home(
    open_site: Callable[..., Site], keeper: KeeperProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    open_site("one")
    socket_path = Path(keeper.published["socket"])
    shutil.rmtree(socket_path.parent)
    socket_path.parent.touch()
    keeper.send(signal.SIGHUP)
    until(lambda: keeper.published["socket"] == str(keeper.folder / "process.sock"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    second = open_site("two")
    assert second.ended(second.run("exit 3")).exit_status == 3
    socket_path.parent.unlink()


def test_a_stopped_keeper_leaves_its_jobs_running(
    open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    site = open_site()
    gate = tmp_path / "gate"
    job = site.run('while [ ! -e "$1" ]; do sleep 0.02; done; exit 6', gate)
    site.wait(job, JobState.RUNNING)
    keeper.stop()
    assert site.state(job) is JobState.RUNNING
    gate.touch()
    assert site.ended(job).exit_status == 6


def test_the_first_to_open_decides_how_many_slots_there_are(
    open_site: Callable[..., Site], keeper: KeeperProcess
) -> None:
    first = open_site("one", slots=3)
    assert (first.tracker.slots, open_site("two", slots=7).tracker.slots) == (3, 3)
    first.tracker.submit(shell("true", submit_as_hold=True, min_slots=3), new_key())
    with pytest.raises(InvalidArgumentException, match="minSlots is 4, but there are only 3 slots"):
        first.tracker.submit(JobTemplate(remote_command="true", min_slots=4), new_key())
    first.tracker.close()
    keeper.kill()
    # With a job left over, what was decided holds.
    assert open_site("three", slots=1).tracker.slots == 3
