"""How the end of a process is learned, on Linux and elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.trackers.process.keepers import until
from wflpy_trackers._local import ends, processes
from wflpy_trackers._local.ends import Ends, PidfdEnds, SignalEnds, best_ends
from wflpy_trackers._local.jobs import Run
from wflpy_trackers._local.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def loop() -> Iterator[Loop]:
    before = signal.getsignal(signal.SIGCHLD)
    loop = Loop()
    yield loop
    loop.close()
    signal.signal(signal.SIGCHLD, before)


@pytest.fixture(params=[PidfdEnds, SignalEnds])
def watcher(request: pytest.FixtureRequest, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Ends:
    monkeypatch.setattr(ends, "_LOOK", 0.01)
    made: Ends = request.param(loop)
    return made


def turned(loop: Loop) -> bool:
    loop.wait(1)
    return True


def child(text: str) -> int:
    return os.posix_spawn("/bin/sh", ["sh", "-c", text], os.environ)


def orphan(text: str) -> Run:
    """A process that is no child of this one."""
    code = f"{text} & echo $!"
    ran = subprocess.run(["sh", "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    pid = int(ran.stdout)
    started = processes.start_ticks(pid) or 0
    return Run(pid, started, started, adopted=True)


def test_the_end_of_a_child_is_told_once(watcher: Ends, loop: Loop) -> None:
    told: dict[int, list[Any]] = {}
    pids = [child(f"sleep 0.0{number}; exit {number}") for number in range(5)]
    for pid in pids:
        assert watcher.watch(Run(pid, 0, 0), told.setdefault(pid, []).append)
    until(lambda: turned(loop) and all(told.values()))
    loop.wait(0.01)
    assert all(status == [None] for status in told.values())
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == list(range(5))


def test_a_child_that_has_ended_before_is_told_too(watcher: Ends, loop: Loop) -> None:
    pid = child("exit 3")
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    told: list[Any] = []
    assert watcher.watch(Run(pid, 0, 0), told.append)
    until(lambda: turned(loop) and told)
    assert os.waitpid(pid, 0)[1] == 3 << 8


def test_the_end_of_somebody_elses_process_is_told(watcher: Ends, loop: Loop) -> None:
    run = orphan("exec sleep 0.2 >/dev/null")
    told: list[Any] = []
    assert watcher.watch(run, told.append)
    until(lambda: turned(loop) and told)
    assert told in ([0], [None])


def test_a_process_that_is_gone_is_not_watched(watcher: Ends, loop: Loop) -> None:
    run = orphan("exec sleep 0 >/dev/null")
    until(lambda: not processes.is_process(run.pid, run.earliest, run.latest))
    assert not watcher.watch(run, lambda _: None)


def test_another_process_with_the_same_number_is_not_watched(watcher: Ends) -> None:
    started = processes.start_ticks(os.getpid()) or 0
    assert not watcher.watch(Run(os.getpid(), started - 20, started - 10, adopted=True), lambda _: None)


def nobody_knows(_: int) -> None:
    """How a process ended."""


def test_a_parent_that_never_waits_holds_nothing_up(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zombie of which nobody tells how it ended: after a while the end is told without."""
    monkeypatch.setattr(ends, "_SETTLE", 0.05)
    monkeypatch.setattr(processes, "zombie_status", nobody_knows)
    monkeypatch.setattr(processes, "exit_status", nobody_knows)
    pid = child("exit 3")
    started = processes.start_ticks(pid) or 0
    told: list[Any] = []
    assert PidfdEnds(loop).watch(Run(pid, started, started, adopted=True), told.append)
    until(lambda: turned(loop) and told)
    assert told == [None]
    os.waitpid(pid, 0)


def test_a_child_is_watched_later_when_descriptors_are_short(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ends, "_RETRY", 0.01)
    real, failures = os.pidfd_open, [OSError(24, "Too many open files")] * 2

    def short(pid: int) -> int:
        if failures:
            raise failures.pop()
        return real(pid)

    monkeypatch.setattr(os, "pidfd_open", short)
    pid = child("exit 3")
    told: list[Any] = []
    assert PidfdEnds(loop).watch(Run(pid, 0, 0), told.append)
    until(lambda: turned(loop) and told)
    os.waitpid(pid, 0)


def test_a_zombie_tells_how_it_ended() -> None:
    pid = child("exit 7")
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert processes.zombie_status(pid) == 7 << 8
    os.waitpid(pid, 0)
    assert processes.zombie_status(pid) is None
    assert processes.zombie_status(os.getpid()) is None


def test_elsewhere_signals_are_used(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(best_ends(loop), PidfdEnds)
    monkeypatch.delattr(os, "pidfd_open")
    assert isinstance(best_ends(loop), SignalEnds)


def test_timers_go_off_in_order_and_not_when_cancelled() -> None:
    loop = Loop()
    seen: list[str] = []
    loop.after(0.02, lambda: seen.append("second"))
    loop.after(0.0, lambda: seen.append("first"))
    loop.after(0.01, lambda: seen.append("never")).cancel()
    until(lambda: turned(loop) and len(seen) == 2)
    assert seen == ["first", "second"]
