"""Ending, stopping and limiting jobs; who runs when."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RLIMIT_NOFILE, prlimit
from typing import TYPE_CHECKING

import pytest

from tests.trackers.process.keepers import KeeperProcess, Site, is_alive, new_key, shell, until
from wflpy.drmaa2 import (
    PARAMETRIC_INDEX,
    InvalidArgumentException,
    InvalidStateException,
    JobAction,
    JobState,
    JobTemplate,
    UnsupportedAttributeException,
)
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from collections.abc import Callable

WAIT = 'while [ ! -e "$1" ]; do sleep 0.02; done'


def pids_in(folder: Path, count: int) -> list[int]:
    """The processes that wrote their numbers, as ``number.pid``."""

    def written() -> list[Path]:
        return [path for path in folder.glob("*.pid") if path.read_text().endswith("\n")]

    until(lambda: len(written()) == count)
    return [int(path.read_text()) for path in written()]


# -- ending ---------------------------------------------------------------------------------------------


def test_a_job_deaf_to_sigterm_is_killed_after_the_grace(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(grace=0.4)
    job = site.run('trap "" TERM; echo $$ >a.pid; while :; do sleep 0.02; done', working_directory=str(tmp_path))
    pids_in(tmp_path, 1)
    begun = time.monotonic()
    site.tracker.control(job, JobAction.TERMINATE)
    info = site.ended(job)
    assert 0.3 < time.monotonic() - begun < 3
    assert (info.job_state, info.job_sub_state, info.terminating_signal) == (
        JobState.FAILED,
        Cause.TERMINATED,
        "SIGKILL",
    )
    assert info.annotation == "it was terminated while it ran"


def test_a_job_that_is_told_twice_is_killed_at_once(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(grace=60.0)
    job = site.run('trap "" TERM; echo $$ >a.pid; while :; do sleep 0.02; done', working_directory=str(tmp_path))
    pids_in(tmp_path, 1)
    site.tracker.control(job, JobAction.TERMINATE)
    site.tracker.control(job, JobAction.TERMINATE)
    assert site.ended(job).terminating_signal == "SIGKILL"


def test_a_limit_and_then_terminate_leave_the_grace_as_it_is(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(grace=60.0)
    text = "trap 'sleep 0.2; echo tidy >tidy; exit 4' TERM; echo $$ >a.pid; while :; do sleep 0.02; done"
    job = site.run(text, working_directory=str(tmp_path), resource_limits={"WALLCLOCK_TIME": "1"})
    pids_in(tmp_path, 1)
    site.wait(job, JobState.RUNNING)
    time.sleep(1.05)  # the limit is a whole second, and only the kernel's clock counts it
    site.tracker.control(job, JobAction.TERMINATE)
    info = site.ended(job)
    assert (info.exit_status, info.job_sub_state) == (4, Cause.WALLCLOCK_TIME)
    assert (tmp_path / "tidy").exists()


def test_every_process_of_the_group_has_the_grace(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(grace=60.0)
    tidy = "trap 'sleep 0.2; echo tidy >tidy; exit 0' TERM; echo $$ >b.pid; while :; do sleep 0.02; done"
    job = site.run('sh -c "$1"; echo after', tidy, working_directory=str(tmp_path))
    pids_in(tmp_path, 1)
    site.tracker.control(job, JobAction.TERMINATE)
    assert site.ended(job).terminating_signal == "SIGTERM"
    assert (tmp_path / "tidy").exists()


def test_terminating_ends_the_whole_group(site: Site, tmp_path: Path) -> None:
    text = "for n in a b c; do (trap '' TERM; echo $(exec sh -c 'echo $PPID') >$n.pid; exec sleep 60) & done; wait"
    job = site.run(text, working_directory=str(tmp_path))
    pids = pids_in(tmp_path, 3)
    site.tracker.control(job, JobAction.TERMINATE)
    assert site.ended(job).terminating_signal == "SIGTERM"
    until(lambda: not any(map(is_alive, pids)))


def test_what_a_job_left_behind_goes_on_when_it_ends_by_itself(site: Site, tmp_path: Path) -> None:
    job = site.run("(echo $(exec sh -c 'echo $PPID') >a.pid; exec sleep 60) &", working_directory=str(tmp_path))
    assert site.ended(job).exit_status == 0
    (pid,) = pids_in(tmp_path, 1)
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_a_stopped_job_hears_sigterm(site: Site, tmp_path: Path) -> None:
    text = 'trap "echo heard >heard; exit 0" TERM; echo $$ >a.pid; while :; do sleep 0.02; done'
    job = site.run(text, working_directory=str(tmp_path))
    pids_in(tmp_path, 1)
    site.tracker.control(job, JobAction.SUSPEND)
    site.tracker.control(job, JobAction.TERMINATE)
    info = site.ended(job)
    assert (info.job_state, info.job_sub_state, info.exit_status) == (JobState.FAILED, Cause.TERMINATED, 0)
    assert (tmp_path / "heard").exists()


def test_ending_many_jobs_at_once(open_site: Callable[..., Site]) -> None:
    site = open_site(slots=2)
    jobs = [site.run("sleep 60") for _ in range(40)]
    site.wait(jobs[1], JobState.RUNNING)
    assert site.tracker.control_many(jobs, JobAction.TERMINATE) == {}
    infos = [site.ended(job) for job in jobs]
    assert {info.job_sub_state for info in infos} == {Cause.TERMINATED}
    assert [info.annotation for info in infos] == ["it was terminated while it ran"] * 2 + [
        "it was terminated before it started"
    ] * 38


def test_terminate_twice_is_fine_and_afterwards_it_is_too_late(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(grace=0.2)
    job = site.run("trap '' TERM; echo $$ >a.pid; while :; do sleep 0.02; done", working_directory=str(tmp_path))
    pids_in(tmp_path, 1)
    site.tracker.control(job, JobAction.TERMINATE)
    site.tracker.control(job, JobAction.TERMINATE)
    site.wait(job)
    with pytest.raises(InvalidStateException, match="already ended"):
        site.tracker.control(job, JobAction.TERMINATE)


# -- stopping -------------------------------------------------------------------------------------------


def test_suspend_stops_the_whole_group_and_resume_lets_it_go_on(site: Site, tmp_path: Path) -> None:
    text = "for n in a b; do (echo $(exec sh -c 'echo $PPID') >$n.pid; exec sleep 60) & done; wait"
    job = site.run(text, working_directory=str(tmp_path))
    pids = pids_in(tmp_path, 2)
    site.tracker.control(job, JobAction.SUSPEND)

    def states() -> set[str]:
        return {Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in pids}

    until(lambda: states() == {"T"})
    site.tracker.control(job, JobAction.RESUME)
    until(lambda: states() == {"S"})


def test_a_suspended_job_keeps_its_slots(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(slots=1)
    first = site.run(WAIT, tmp_path / "gate")
    site.wait(first, JobState.RUNNING)
    second = site.run("true")
    site.tracker.control(first, JobAction.SUSPEND)
    assert site.state(second) is JobState.QUEUED
    site.tracker.control(first, JobAction.RESUME)
    (tmp_path / "gate").touch()
    assert site.ended(second).exit_status == 0


def test_only_running_counts_for_the_wall_clock_limit(site: Site, tmp_path: Path) -> None:
    job = site.run(WAIT, tmp_path / "gate", resource_limits={"WALLCLOCK_TIME": "1"})
    site.wait(job, JobState.RUNNING)
    site.tracker.control(job, JobAction.SUSPEND)
    other = site.run("sleep 1.2")
    site.wait(other)
    assert site.state(job) is JobState.SUSPENDED
    site.tracker.control(job, JobAction.RESUME)
    (tmp_path / "gate").touch()
    info = site.ended(job)
    assert info.exit_status == 0
    assert info.wallclock_time is not None
    assert info.wallclock_time < timedelta(seconds=1)


def test_a_job_past_its_wall_clock_limit_is_ended(site: Site) -> None:
    info = site.ended(site.run("sleep 60", resource_limits={"WALLCLOCK_TIME": "1"}))
    assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.WALLCLOCK_TIME)
    assert info.annotation == "it ran longer than its limit of 1 s (WALLCLOCK_TIME)"
    assert info.terminating_signal == "SIGTERM"


# -- who runs when --------------------------------------------------------------------------------------


def test_priority_decides_and_then_age(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(slots=1)
    blocker = site.run(WAIT, tmp_path / "gate")
    site.wait(blocker, JobState.RUNNING)
    jobs = {
        name: site.run('echo "$1" >>"$2"', name, tmp_path / "order", priority=priority)
        for name, priority in (("a", 0), ("b", 5), ("c", -1), ("d", 5), ("e", 0))
    }
    (tmp_path / "gate").touch()
    for job in jobs.values():
        site.wait(job)
    assert (tmp_path / "order").read_text().split() == ["b", "d", "a", "e", "c"]


def test_a_held_job_keeps_its_place(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(slots=1)
    blocker = site.run(WAIT, tmp_path / "gate")
    site.wait(blocker, JobState.RUNNING)
    jobs = [site.run('echo "$1" >>"$2"', number, tmp_path / "order") for number in range(3)]
    site.tracker.control(jobs[0], JobAction.HOLD)
    site.tracker.control(jobs[0], JobAction.RELEASE)
    (tmp_path / "gate").touch()
    for job in jobs:
        site.wait(job)
    assert (tmp_path / "order").read_text().split() == ["0", "1", "2"]


def test_slots_are_counted(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(slots=4)
    greedy = site.run(WAIT, tmp_path / "gate", min_slots=1, max_slots=3)
    site.wait(greedy, JobState.RUNNING)
    small, big = site.run(WAIT, tmp_path / "gate"), site.run("true", min_slots=4)
    site.wait(small, JobState.RUNNING)
    last = site.run("true")
    assert [site.tracker.info(job).slots for job in (greedy, small, big)] == [3, 1, None]
    assert (site.state(big), site.state(last)) == (JobState.QUEUED, JobState.QUEUED)
    (tmp_path / "gate").touch()
    assert (site.ended(big).slots, site.ended(last).slots) == (4, 1)


def test_a_start_time_is_waited_for_without_holding_a_slot(open_site: Callable[..., Site]) -> None:
    site = open_site(slots=1)
    when = datetime.now(UTC) + timedelta(seconds=0.5)
    later = site.run("true", start_time=when)
    assert site.ended(site.run("true")).exit_status == 0
    assert site.state(later) is JobState.QUEUED
    info = site.ended(later)
    assert info.dispatch_time is not None
    assert info.dispatch_time >= when


def test_a_job_that_cannot_be_started_for_now_waits(site: Site, keeper: KeeperProcess, tmp_path: Path) -> None:
    site.ended(site.run("true"))
    soft, hard = prlimit(keeper.pid, RLIMIT_NOFILE)
    prlimit(keeper.pid, RLIMIT_NOFILE, (3, hard))
    job = site.run("echo x", output_path=str(tmp_path / "out"))
    until(lambda: ["q", job] in keeper.records())
    assert site.state(job) is JobState.QUEUED
    prlimit(keeper.pid, RLIMIT_NOFILE, (soft, hard))
    assert site.ended(job).exit_status == 0
    assert (tmp_path / "out").read_text() == "x\n"


# -- arrays ---------------------------------------------------------------------------------------------


def test_max_parallel_is_never_exceeded(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(slots=8)
    folder = tmp_path / "now"
    folder.mkdir()
    text = 'mkdir "$1/$2"; ls "$1" | wc -l >>"$3"; sleep 0.02; rmdir "$1/$2"'
    template = shell(text, folder, PARAMETRIC_INDEX, tmp_path / "seen")
    array = site.tracker.submit_array(template, range(1, 41), 3, new_key())
    for job in site.tracker.array_job_ids(array):
        assert site.ended(job).exit_status == 0
    seen = [int(line) for line in (tmp_path / "seen").read_text().split()]
    assert len(seen) == 40
    assert max(seen) <= 3


def test_ten_thousand_elements_are_quick(site: Site, keeper: KeeperProcess) -> None:
    begun = time.monotonic()
    template = shell("true", submit_as_hold=True)
    array = site.tracker.submit_array(template, range(1, 10_001), 4, new_key())
    jobs = site.tracker.array_job_ids(array)
    assert time.monotonic() - begun < 1.0
    assert (len(jobs), jobs[0], jobs[-1]) == (10_000, f"{array}.1", f"{array}.10000")
    assert sum(1 for record in keeper.records() if record[0] == "a") == 1
    assert len(keeper.records()) < 20
    assert site.tracker.control_many(jobs, JobAction.TERMINATE) == {}
    assert {status.state for status in site.tracker.states(jobs).values()} == {JobState.FAILED}


def test_elements_are_controlled_one_by_one(open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site(slots=1)
    template = shell(WAIT + '; echo "$2" >>"$3"', tmp_path / "gate", PARAMETRIC_INDEX, tmp_path / "order")
    array = site.tracker.submit_array(template, range(1, 6), None, new_key())
    jobs = site.tracker.array_job_ids(array)
    site.wait(jobs[0], JobState.RUNNING)
    site.tracker.control(jobs[1], JobAction.HOLD)
    site.tracker.control(jobs[2], JobAction.TERMINATE)
    (tmp_path / "gate").touch()
    for job in (jobs[3], jobs[4]):
        site.wait(job)
    assert (site.state(jobs[1]), site.state(jobs[2])) == (JobState.QUEUED_HELD, JobState.FAILED)
    site.tracker.control(jobs[1], JobAction.RELEASE)
    site.wait(jobs[1])
    assert (tmp_path / "order").read_text().split() == ["1", "4", "5", "2"]
    for job in jobs:
        site.tracker.delete(job)
    assert (site.tracker.array_ids(), site.tracker.job_ids()) == ([], [])


def test_an_array_survives_its_keeper(open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path) -> None:
    site = open_site(slots=2)
    template = shell(
        'echo "$1" >>"$2"; ' + WAIT.replace("$1", "$3"), PARAMETRIC_INDEX, tmp_path / "ran", tmp_path / "gate"
    )
    array = site.tracker.submit_array(template, range(1, 8, 2), 2, "the key")
    jobs = site.tracker.array_job_ids(array)
    until(lambda: (tmp_path / "ran").exists() and len((tmp_path / "ran").read_text().split()) == 2)
    keeper.kill()
    assert site.tracker.array_job_ids(array) == jobs == [f"{array}.{index}" for index in (1, 3, 5, 7)]
    assert site.tracker.submit_array(template, range(1, 8, 2), 2, "the key") == array
    assert [site.state(job) for job in jobs] == [JobState.RUNNING] * 2 + [JobState.QUEUED] * 2
    (tmp_path / "gate").touch()
    assert [site.ended(job).exit_status for job in jobs] == [0] * 4
    assert sorted((tmp_path / "ran").read_text().split()) == ["1", "3", "5", "7"]
    assert site.tracker.template(array) == template


# -- what is refused ------------------------------------------------------------------------------------

REFUSED = [
    (JobTemplate(remote_command="true", queue_name="defualt"), InvalidArgumentException, "queueName"),
    (JobTemplate(remote_command="true", job_category="x"), InvalidArgumentException, "jobCategory"),
    (JobTemplate(job_category="x"), InvalidArgumentException, "jobCategory"),
    (JobTemplate(remote_command="true", reservation_id="1"), InvalidArgumentException, "reservationId"),
    (
        JobTemplate(remote_command="true", candidate_machines=["elsewhere"]),
        InvalidArgumentException,
        "candidateMachines",
    ),
    (JobTemplate(remote_command="true", min_phys_memory=1 << 50), InvalidArgumentException, "minPhysMemory"),
    (
        JobTemplate(remote_command="true", resource_limits={"CPU_TIME": "1"}),
        InvalidArgumentException,
        "resourceLimits[CPU_TIME]",
    ),
    (
        JobTemplate(remote_command="true", extensions={"process_laxy_output": "true"}),
        InvalidArgumentException,
        "extensions[process_laxy_output]",
    ),
    (JobTemplate(remote_command="true", email=["a@b"]), UnsupportedAttributeException, "email"),
    (JobTemplate(remote_command="true", stage_in_files={"/a": "/b"}), UnsupportedAttributeException, "stageInFiles"),
    (JobTemplate(remote_command="true", accounting_id="x"), UnsupportedAttributeException, "accountingId"),
    (
        JobTemplate(remote_command="true", deadline_time=datetime(2100, 1, 1, tzinfo=UTC)),
        UnsupportedAttributeException,
        "deadlineTime",
    ),
]


@pytest.mark.parametrize(("template", "kind", "attribute"), REFUSED, ids=[case[2] for case in REFUSED])
def test_what_cannot_be_met_is_refused_by_name(
    site: Site, template: JobTemplate, kind: type[InvalidArgumentException], attribute: str
) -> None:
    with pytest.raises(kind) as refusal:
        site.submit(template)
    assert refusal.value.attributes == (attribute,)
    good, bad = site.tracker.submit_many([(shell("true"), new_key()), (template, new_key())])
    assert isinstance(good, str)
    assert isinstance(bad, kind)


def test_what_is_met_anyway_is_taken(site: Site) -> None:
    (machine,) = site.tracker.all_machines()
    assert machine.name is not None
    template = shell(
        "true",
        queue_name="default",
        candidate_machines=["elsewhere", machine.name],
        min_phys_memory=1024,
        machine_os=machine.machine_os,
        machine_arch=machine.machine_arch,
        rerunnable=True,
        extensions={"docker_user": "me"},
    )
    assert site.ended(site.submit(template)).exit_status == 0


# -- what is known --------------------------------------------------------------------------------------


def test_what_a_job_used_is_told(site: Site) -> None:
    info = site.ended(site.run("i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done"))
    assert info.cpu_time is not None
    assert timedelta(seconds=0.005) < info.cpu_time < timedelta(seconds=10)
    assert info.extensions is not None
    assert int(info.extensions["process_max_rss"]) > 500
    assert (info.job_owner, info.queue_name, info.slots) == (
        site.tracker.info(info.job_id or "").job_owner,
        "default",
        1,
    )


def test_a_running_job_tells_what_it_used_so_far(site: Site) -> None:
    job = site.run("while :; do :; done")
    site.wait(job, JobState.RUNNING)
    until(lambda: (site.tracker.info(job).cpu_time or timedelta(0)) > timedelta(seconds=0.05))
    info = site.tracker.info(job)
    assert info.wallclock_time is not None
    assert info.wallclock_time > timedelta(0)
    assert (info.finish_time, info.exit_status, info.extensions) == (None, None, None)
