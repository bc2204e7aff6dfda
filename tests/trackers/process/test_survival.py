"""Nothing is lost: not when the submitter dies, not when the keeper does, not when the machine is started anew."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.trackers.process.keepers import ENDED, KeeperProcess, Site, is_alive, until
from wflpy.drmaa2 import JobAction, JobState
from wflpy.tracker import Cause
from wflpy_trackers._local import processes
from wflpy_trackers._local.words import JOB_ID_VARIABLE, KEY_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

SUBMITTER = """
import sys, time
from tests.trackers.process.keepers import Site, shell
site = Site({home!r})
for number in range(10):
    site.tracker.submit(shell('while [ ! -e "$1" ]; do sleep 0.02; done; exit $2', {gate!r}, number), f"key{{number}}")
print("submitted", flush=True)
time.sleep(60)
"""


def test_jobs_outlive_their_submitter_and_tell_how_they_ended(
    open_site: Callable[..., Site], keeper: KeeperProcess, home: Path, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    code = SUBMITTER.format(home=str(home), gate=str(gate))
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root) as submitter:
        assert submitter.stdout is not None
        assert submitter.stdout.readline() == "submitted\n"
        submitter.kill()
    site = open_site()
    jobs = site.tracker.job_ids()
    assert len(jobs) == 10
    assert {status.state for status in site.tracker.states(jobs).values()} <= {JobState.RUNNING, JobState.QUEUED}
    gate.touch()
    assert [site.ended(job).exit_status for job in jobs] == list(range(10))
    keys = [f"key{number}" for number in range(10)]
    assert site.tracker.find([*keys, "other"]) == dict(zip(keys, jobs, strict=True))


def pid_in(path: Path) -> int:
    until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def test_a_new_keeper_goes_on_with_everything(
    open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    site = open_site(slots=2)
    gate = tmp_path / "gate"
    wait = 'echo $$ >"$1.$2"; while [ ! -e "$1" ]; do sleep 0.02; done; exit $2'
    running = [site.run(wait, gate, number) for number in (3, 0)]
    queued = [site.run(wait, gate, number) for number in (5, 0)]
    held = site.run("exit 7", submit_as_hold=True)
    ended = site.run("true", priority=9)
    pids = [pid_in(Path(f"{gate}.{number}")) for number in (3, 0)]
    keeper.kill()
    assert all(map(is_alive, pids))
    states = site.tracker.states([*running, *queued, held])
    assert [status.state.name for status in states.values()] == ["RUNNING"] * 2 + ["QUEUED"] * 2 + ["QUEUED_HELD"]
    gate.touch()
    infos = [site.ended(job) for job in (*running, *queued, ended)]
    assert [info.exit_status for info in infos] == [3, 0, 5, 0, 0]
    assert site.state(held) is JobState.QUEUED_HELD
    site.tracker.control(held, JobAction.RELEASE)
    assert site.ended(held).exit_status == 7


@pytest.mark.parametrize(
    ("text", "status", "name"), [("exit 3", 3, None), ("exit 0", 0, None), ("kill -USR1 $$", None, "SIGUSR1")]
)
def test_how_an_adopted_job_ends_is_told_if_the_kernel_tells(
    site: Site, keeper: KeeperProcess, tmp_path: Path, text: str, status: int | None, name: str | None
) -> None:
    gate = tmp_path / "gate"
    job = site.run('while [ ! -e "$1" ]; do sleep 0.02; done; ' + text, gate)
    site.wait(job, JobState.RUNNING)
    keeper.kill()
    site.state(job)
    gate.touch()
    info = site.ended(job)
    assert (info.exit_status, info.terminating_signal) == (status, name)
    assert (info.dispatch_time or info.submission_time) is not None


def test_a_job_that_ends_while_there_is_no_keeper_is_undetermined_and_why_is_said(
    site: Site, open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    job = site.run('echo $$ >"$1.pid"; while [ ! -e "$1" ]; do sleep 0.01; done', gate)
    pid = pid_in(Path(f"{gate}.pid"))
    # Told only after it was written down.
    site.wait(job, JobState.RUNNING)
    site.tracker.close()
    keeper.kill()
    gate.touch()
    until(lambda: not Path(f"/proc/{pid}").exists())
    again = open_site()
    info = again.ended(job)
    assert (info.job_state, info.job_sub_state) == (JobState.UNDETERMINED, Cause.LOST)
    assert "keeper of its process was killed while it ran" in (info.annotation or "")
    assert (info.exit_status, info.finish_time) == (None, None)


def test_an_adopted_job_can_be_suspended_resumed_and_terminated(
    site: Site, keeper: KeeperProcess, tmp_path: Path
) -> None:
    job = site.run('echo $$ >"$1"; while :; do sleep 0.02; done', tmp_path / "pid")
    pid = pid_in(tmp_path / "pid")
    keeper.kill()
    site.tracker.control(job, JobAction.SUSPEND)
    assert processes.is_stopped(pid)
    keeper.kill()
    assert site.state(job) is JobState.SUSPENDED
    site.tracker.control(job, JobAction.RESUME)
    assert not processes.is_stopped(pid)
    site.tracker.control(job, JobAction.TERMINATE)
    info = site.ended(job)
    assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.TERMINATED)


def test_a_termination_under_way_is_carried_out_by_the_next_keeper(
    open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    site = open_site(grace=1.0)
    job = site.run("trap '' TERM; echo $$ >\"$1\"; while :; do sleep 0.02; done", tmp_path / "pid")
    pid = pid_in(tmp_path / "pid")
    site.tracker.control(job, JobAction.TERMINATE)
    keeper.kill()
    info = site.ended(job)
    assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.TERMINATED)
    assert not is_alive(pid)


def test_a_limit_goes_on_after_the_keeper_was_replaced(site: Site, keeper: KeeperProcess) -> None:
    job = site.run("while :; do sleep 0.02; done", resource_limits={"WALLCLOCK_TIME": "1"})
    site.wait(job, JobState.RUNNING)
    keeper.kill()
    begun = time.monotonic()
    info = site.ended(job)
    assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.WALLCLOCK_TIME)
    assert time.monotonic() - begun < 3


def test_an_adopted_job_holds_its_slots(open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path) -> None:
    site = open_site(slots=2)
    gate = tmp_path / "gate"
    first = site.run('while [ ! -e "$1" ]; do sleep 0.02; done', gate, min_slots=2)
    site.wait(first, JobState.RUNNING)
    keeper.kill()
    second = site.run("true")
    assert (site.state(first), site.state(second)) == (JobState.RUNNING, JobState.QUEUED)
    gate.touch()
    assert site.ended(second).exit_status == 0


def _without_record(keeper: KeeperProcess, tag: str, job: str) -> None:
    """As if the keeper had died before it wrote the record."""
    lines = keeper.log.read_bytes().splitlines(keepends=True)
    keeper.log.write_bytes(b"".join(line for line in lines if not line.startswith(f'["{tag}","{job}"'.encode())))


def test_a_process_whose_start_was_not_written_down_is_found(
    site: Site, open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    job = site.run('echo x >>"$1.ran"; while [ ! -e "$1" ]; do sleep 0.02; done; exit 8', gate)
    until(lambda: Path(f"{gate}.ran").exists())
    site.tracker.close()
    keeper.kill()
    _without_record(keeper, "p", job)
    again = open_site()
    assert again.state(job) is JobState.RUNNING
    gate.touch()
    assert again.ended(job).exit_status == 8
    assert Path(f"{gate}.ran").read_text() == "x\n"


def test_a_start_nobody_knows_about_is_not_repeated(
    site: Site, open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    job = site.run('echo x >>"$1"', tmp_path / "ran")
    site.ended(job)
    site.tracker.close()
    keeper.kill()
    _without_record(keeper, "p", job)
    _without_record(keeper, "e", job)
    again = open_site()
    info = again.ended(job)
    assert (info.job_state, info.job_sub_state) == (JobState.UNDETERMINED, Cause.LOST)
    assert "while it started this job" in (info.annotation or "")
    assert (tmp_path / "ran").read_text() == "x\n"


def test_a_torn_record_was_told_to_nobody(site: Site, open_site: Callable[..., Site], keeper: KeeperProcess) -> None:
    first = site.run("exit 1")
    site.ended(first)
    site.tracker.close()
    keeper.kill()
    with keeper.log.open("ab") as log:
        log.write(b'["j",2,"s",1,1700000000.0,["key",1,1,0,false,nu')
    again = open_site()
    assert again.tracker.job_ids() == [first]
    assert again.ended(again.run("exit 2")).exit_status == 2


def test_a_damaged_line_harms_no_other_job(site: Site, open_site: Callable[..., Site], keeper: KeeperProcess) -> None:
    jobs = [site.run("exit 1"), site.run("exit 2")]
    for job in jobs:
        site.ended(job)
    site.tracker.close()
    keeper.kill()
    lines = keeper.log.read_bytes().splitlines(keepends=True)
    lines[3:3] = [b"\xff\xfe garbage\n", b'["e","77",0,7]\n', b'["?"]\n', b"\n", b"17\n"]
    keeper.log.write_bytes(b"".join(lines))
    again = open_site()
    assert [again.ended(job).exit_status for job in jobs] == [1, 2]
    assert "garbage" in (keeper.folder / "keeper.log").read_text()


def _another_boot(keeper: KeeperProcess) -> None:
    boot = processes.boot_id().encode()
    keeper.log.write_bytes(keeper.log.read_bytes().replace(boot, b"another-boot"))


def test_after_a_restart_of_the_machine_running_jobs_are_lost_or_run_again(
    open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    site = open_site(slots=4)
    text = 'echo $$ >"$1.pid"; while [ ! -e "$1" ]; do sleep 0.02; done; exit 3'
    lost = site.run(text, tmp_path / "a")
    again = site.run(text, tmp_path / "b", rerunnable=True)
    held = site.run("true", submit_as_hold=True)
    pids = [pid_in(tmp_path / name) for name in ("a.pid", "b.pid")]
    site.tracker.close()
    keeper.kill()
    for pid in pids:
        os.killpg(pid, signal.SIGKILL)
    _another_boot(keeper)
    (tmp_path / "b").touch()
    site = open_site()
    info = site.ended(lost)
    assert (info.job_state, info.job_sub_state) == (JobState.UNDETERMINED, Cause.REBOOT)
    assert "machine was restarted" in (info.annotation or "")
    assert site.ended(again).exit_status == 3
    assert site.state(held) is JobState.QUEUED_HELD


def test_a_number_that_belongs_to_another_process_now_is_left_alone(
    site: Site, open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    job = site.run('echo $$ >"$1"; exec sleep 60', tmp_path / "pid")
    pid = pid_in(tmp_path / "pid")
    site.tracker.close()
    keeper.kill()
    os.kill(pid, signal.SIGKILL)
    (latest,) = (record[5] for record in keeper.records() if record[0] == "p")
    until(lambda: processes.ticks() > latest)
    with subprocess.Popen(["sleep", "60"]) as bystander:
        old, new = f",{pid},".encode(), f",{bystander.pid},".encode()
        keeper.log.write_bytes(keeper.log.read_bytes().replace(old, new))
        again = open_site()
        assert again.ended(job).job_sub_state == Cause.LOST
        assert bystander.poll() is None
        bystander.kill()


def test_only_the_process_of_a_job_is_taken_for_it() -> None:
    marks = {JOB_ID_VARIABLE: "7", KEY_VARIABLE: "key"}
    # Leads its session; starts another process with the same variables.
    with subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo; wait"], env=os.environ | marks, start_new_session=True, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert processes.marked({"7": "key", "8": "key"}) == {"7": process.pid}
        assert processes.marked({"7": "another key"}) == {}
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.slow
def test_no_job_is_lost_and_none_runs_twice_however_often_the_keeper_is_killed(
    open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    site = open_site(slots=3)
    dice = random.Random(7)
    text = 'echo "$1" >>"$2"; sleep "$3"; exit $(($1 % 7))'
    jobs = {site.run(text, n, tmp_path / "ran", f"0.0{n % 5}"): n for n in range(150)}
    for _ in range(40):
        time.sleep(dice.random() * 0.05)
        keeper.kill()
        site.tracker.job_ids()
    infos = {n: site.ended(job) for job, n in jobs.items()}
    ran = [int(line) for line in (tmp_path / "ran").read_text().split()]
    assert len(ran) == len(set(ran))
    for number, info in infos.items():
        assert info.job_state in ENDED
        if info.job_state is JobState.UNDETERMINED:
            assert info.job_sub_state == Cause.LOST
        else:
            assert info.exit_status == number % 7
            assert number in ran
