"""Single jobs in the hands of several shells: each command is a process of its own."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.system.command import started, wflpy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.tracker("process")


@pytest.fixture(autouse=True)
def nothing_goes_on(home: Path) -> Iterator[None]:
    """Whatever a test leaves running ends with it."""
    yield
    listed = json.loads(wflpy("job", "list", "--all", "--json", WFLPY_HOME=str(home)).stdout)
    left = [one["job"] for one in listed if one["state"] not in ("DONE", "FAILED", "UNDETERMINED")]
    if left:
        wflpy("job", "terminate", *left)
        wflpy("job", "wait", *left, "--timeout", "20s")


def run(*arguments: str | Path, cwd: Path | None = None) -> str:
    """The id of a job that was submitted with these arguments."""
    ended = wflpy("job", "run", *arguments, cwd=cwd)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.strip()


def state(job_id: str) -> str:
    (shown,) = json.loads(wflpy("job", "show", job_id, "--json").stdout)
    return str(shown["state"])


def test_a_job_is_found_from_other_shells(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    job_id = run("--", "sh", "-c", 'while [ ! -e "$0" ]; do sleep 0.02; done; exit 3', gate)
    assert wflpy("job", "wait", job_id, "--started", "--timeout", "30s").stdout == f"{job_id}  running\n"
    assert wflpy("job", "list").stdout.splitlines()[1].split()[:2] == [job_id, "running"]
    over = wflpy("job", "wait", job_id, "--timeout", "100ms")
    assert (over.returncode, over.stdout) == (1, "")
    assert "the time is over: after 0.10 s 1 job of 1 had not ended" in over.stderr
    with started("job", "wait", job_id) as waiting:
        gate.touch()
        out, err = waiting.communicate(timeout=30)
    assert (waiting.returncode, out, err) == (1, f"{job_id}  failed\n", f"job {job_id} failed: exit status 3\n")
    assert wflpy("job", "reap", job_id).returncode == 0
    assert wflpy("job", "show", job_id).returncode == 2


def test_every_control_command_from_another_shell() -> None:
    job_id = run("--submit-as-hold", "--", "sleep", "600")
    assert state(job_id) == "QUEUED_HELD"
    for action, expected in [("release", "RUNNING"), ("suspend", "SUSPENDED"), ("resume", "RUNNING")]:
        assert wflpy("job", action, job_id).returncode == 0
        wflpy("job", "wait", job_id, "--started", "--timeout", "30s")
        assert state(job_id) == expected
    refused = wflpy("job", "hold", job_id)
    assert refused.returncode == 2
    assert "it is RUNNING, and this works only for a job that is QUEUED or REQUEUED" in refused.stderr
    assert wflpy("job", "terminate", job_id).stdout == f"{job_id} told to end\n"
    ended = wflpy("job", "wait", job_id, "--timeout", "30s")
    assert (ended.returncode, ended.stdout) == (1, f"{job_id}  failed\n")
    assert "it was terminated" in ended.stderr


def test_a_queued_job_is_held_and_released() -> None:
    blocker = run("-o", "slots=1", "--", "sleep", "600")
    waiting = run("--", "true")
    assert state(waiting) == "QUEUED"
    assert wflpy("job", "hold", waiting).returncode == 0
    assert state(waiting) == "QUEUED_HELD"
    assert wflpy("job", "terminate", blocker).returncode == 0
    assert wflpy("job", "release", waiting).returncode == 0
    assert wflpy("job", "wait", waiting, "--timeout", "30s").returncode == 0


def test_an_array_writes_one_file_for_each_index(hostile_path: Path) -> None:
    array = run(
        *("--array", "1-5:2", "--max-parallel", "1", "--output-path", "out.$DRMAA2_INDEX$"),
        *("--", "sh", "-c", 'echo "$WFLPY_TASK_INDEX $1"', "sh", "$DRMAA2_INDEX$ a'; echo foo"),
        cwd=hostile_path,
    )
    ended = wflpy("job", "wait", array)
    assert ended.returncode == 0
    assert [line.split()[0] for line in ended.stdout.splitlines()] == [f"{array}.{index}" for index in (1, 3, 5)]
    written = {file.name: file.read_text(encoding="utf-8") for file in hostile_path.iterdir()}
    assert written == {f"out.{index}": f"{index} {index} a'; echo foo\n" for index in (1, 3, 5)}


def test_a_template_from_a_file_and_one_from_show(tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(
        "remoteCommand: sh\nargs: [-c, 'echo $A $B']\njob_environment: {A: 1.10, B: b}\n"
        f"output_path: {tmp_path}/out\n",
        encoding="utf-8",
    )
    ended = wflpy("job", "run", "-t", file, "--job-environment", "B=c", "--wait")
    assert ended.returncode == 0
    (shown,) = json.loads(wflpy("job", "show", ended.stdout.strip(), "--json").stdout)
    again = tmp_path / "again.json"
    again.write_text(json.dumps(shown["template"]), encoding="utf-8")
    assert wflpy("job", "run", "-t", again, "--wait").returncode == 0
    assert (tmp_path / "out").read_text(encoding="utf-8") == "1.10 c\n1.10 c\n"


def test_an_interrupted_wait_leaves_the_job_alone() -> None:
    with started("job", "run", "--wait", "--", "sleep", "600") as waiting:
        assert waiting.stdout is not None
        job_id = waiting.stdout.readline().strip()
        assert wflpy("job", "wait", job_id, "--started", "--timeout", "30s").returncode == 0
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert err.split("\n\n") == [f"{job_id} goes on; to wait again: wflpy job wait {job_id}", "interrupted\n"]
    assert state(job_id) == "RUNNING"


def test_jobs_outlive_their_session(tmp_path: Path) -> None:
    gate, done = tmp_path / "gate", tmp_path / "done"
    job_id = run("-s", "nightly", "--", "sh", "-c", 'while [ ! -e "$0" ]; do sleep 0.02; done; : >"$1"', gate, done)
    wflpy("job", "wait", job_id, "--started", "--timeout", "30s")
    assert wflpy("session", "list").stdout.splitlines()[1].endswith("1 running")
    ended = wflpy("session", "destroy", "nightly")
    assert (ended.returncode, ended.stdout) == (0, "nightly destroyed\n")
    assert ended.stderr == "1 job of nightly goes on, without a session\n"
    assert wflpy("job", "show", job_id).returncode == 2
    gate.touch()
    follower = run("--", "sh", "-c", 'while [ ! -e "$0" ]; do sleep 0.02; done', done)
    assert wflpy("job", "wait", follower, "--timeout", "30s").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--min-slots", "0", "--", "true"], 2, "minSlots must be at least 1, not 0"),
        (["--working-directory", "/nowhere", "--wait", "--", "true"], 1, "/nowhere"),
        (["--wait", "--", "no-such-program"], 1, "no such program 'no-such-program'"),
        (["-t", "-"], 2, "standard input: a job template is a mapping of attributes"),
        (["--resource-limits", "CPU=1", "--", "true"], 2, "resourceLimits[CPU] is not a limit"),
    ],
)
def test_mistakes_are_told_without_a_traceback(arguments: list[str], status: int, message: str) -> None:
    ended = wflpy("job", "run", *arguments)
    assert ended.returncode == status
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_home_that_cannot_be_used_is_3(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    ended = wflpy("job", "list", WFLPY_HOME=str(file / "home"))
    assert ended.returncode == 3
    assert str(file) in ended.stderr
    assert "Traceback" not in ended.stderr
