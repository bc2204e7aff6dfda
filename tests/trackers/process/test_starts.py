"""What a job finds when it starts, and why one cannot be started."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

import pytest

from tests.trackers.process.keepers import Site, shell, until
from wflpy.drmaa2 import HOME_DIRECTORY, WORKING_DIRECTORY, JobState, JobTemplate
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def script(path: Path, text: str, mode: int = 0o755) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def output_of(site: Site, text: str, folder: Path, **fields: object) -> str:
    """What a line of shell prints."""
    out = folder / "out"
    info = site.ended(site.run(text, output_path=str(out), **fields))
    assert info.job_state is JobState.DONE, info
    written = out.read_text()
    out.unlink()
    return written


# -- programs -------------------------------------------------------------------------------------------


FAILURES = {
    "not in the path": (
        JobTemplate(remote_command="no-such-program"),
        Cause.PROGRAM_NOT_FOUND,
        "no such program 'no-such-program' (looked in PATH=",
    ),
    "no such path": (
        JobTemplate(remote_command="/no/such/program"),
        Cause.PROGRAM_NOT_FOUND,
        "no such program '/no/such/program'",
    ),
    "no such path, and a limit that a shell has to set": (
        JobTemplate(remote_command="/no/such/program", resource_limits={"OPEN_FILES": "100"}),
        Cause.PROGRAM_NOT_FOUND,
        "no such program '/no/such/program'",
    ),
    "a file for a folder": (
        JobTemplate(remote_command="/etc/passwd/program"),
        Cause.PROGRAM_NOT_FOUND,
        "no such program '/etc/passwd/program'",
    ),
    "not executable": (
        JobTemplate(remote_command="/etc/passwd"),
        Cause.PROGRAM_NOT_EXECUTABLE,
        "'/etc/passwd' is not executable (mode 0644); try chmod +x",
    ),
    "a directory": (
        JobTemplate(remote_command="/etc"),
        Cause.PROGRAM_NOT_EXECUTABLE,
        "'/etc' is a directory, not a program",
    ),
    "no directory": (
        shell("true", working_directory="/no/such/folder"),
        Cause.WORKING_DIRECTORY,
        "working directory '/no/such/folder' does not exist",
    ),
    "a file as directory": (
        shell("true", working_directory="/etc/passwd"),
        Cause.WORKING_DIRECTORY,
        "working directory '/etc/passwd' is not a directory",
    ),
    "no input": (
        shell("true", input_path="/no/such/input"),
        Cause.INPUT_FILE,
        "the input file '/no/such/input' cannot be read: No such file or directory",
    ),
    "a directory as input": (
        shell("true", input_path="/etc"),
        Cause.INPUT_FILE,
        "the input file '/etc' cannot be read: Is a directory",
    ),
    "no folder for output": (
        shell("true", output_path="/no/such/folder/out"),
        Cause.OUTPUT_FILE,
        "the output file '/no/such/folder/out' cannot be written: No such file or directory",
    ),
    "a directory as output": (
        shell("true", error_path="/etc"),
        Cause.OUTPUT_FILE,
        "the output file '/etc' cannot be written: Is a directory",
    ),
    "too many arguments": (
        JobTemplate(remote_command="/bin/true", args=["x" * 200_000]),
        Cause.START_FAILED,
        "'/bin/true' cannot be started: arguments and environment are too long",
    ),
}


@pytest.mark.parametrize("why", FAILURES)
def test_a_start_that_cannot_work_says_why(site: Site, why: str) -> None:
    template, cause, sentence = FAILURES[why]
    info = site.ended(site.submit(template))
    assert (info.job_state, info.job_sub_state) == (JobState.FAILED, cause)
    assert (info.annotation or "").startswith(sentence)
    assert (info.exit_status, info.dispatch_time, info.slots) == (None, None, None)


INTERPRETERS = {
    "#!/no/such/interpreter\n": "'/no/such/interpreter', which does not exist",
    "#! /no/such/sh -e\n": "'/no/such/sh', which does not exist",
    "#!/bin/sh\r\n": r"'/bin/sh\r', which does not exist; the line ends as on Windows",
    "#!/etc/passwd\n": "'/etc/passwd', which cannot be run",
}


@pytest.mark.parametrize("line", INTERPRETERS)
def test_a_script_whose_interpreter_cannot_be_run_says_which(site: Site, hostile_path: Path, line: str) -> None:
    program = script(hostile_path / "script", f"{line}echo hello\n")
    info = site.ended(site.submit(JobTemplate(remote_command=program)))
    assert info.job_sub_state == Cause.PROGRAM_NOT_EXECUTABLE
    expected = f"{program!r} cannot be run: its first line asks for the interpreter {INTERPRETERS[line]}"
    assert info.annotation == expected


def test_text_without_a_first_line_for_the_kernel_is_run_by_the_shell(site: Site, hostile_path: Path) -> None:
    program = script(hostile_path / "text", 'printf "%s|" "$0" "$@"\n')
    out = hostile_path / "out"
    template = JobTemplate(remote_command=program, args=["a b", "'c'"], output_path=str(out))
    assert site.ended(site.submit(template)).exit_status == 0
    assert out.read_text() == f"{program}|a b|'c'|"


def test_a_relative_program_is_looked_for_in_the_working_directory(site: Site, hostile_path: Path) -> None:
    (hostile_path / "bin").mkdir()
    script(hostile_path / "bin" / "here", "#!/bin/sh\nexit 7\n")
    template = JobTemplate(remote_command="bin/here", working_directory=str(hostile_path))
    assert site.ended(site.submit(template)).exit_status == 7


def test_the_path_is_the_submitters(site: Site, hostile_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(hostile_path / "only-here", "#!/bin/sh\nexit 5\n")
    assert site.ended(site.submit(JobTemplate(remote_command="only-here"))).job_sub_state == Cause.PROGRAM_NOT_FOUND
    monkeypatch.setenv("PATH", f"{hostile_path}:{os.environ['PATH']}")
    assert site.ended(site.submit(JobTemplate(remote_command="only-here"))).exit_status == 5


def test_a_path_in_the_template_wins(site: Site, hostile_path: Path) -> None:
    script(hostile_path / "only-here", "#!/bin/sh\nexit 6\n")
    template = JobTemplate(remote_command="only-here", job_environment={"PATH": f"/bin:{hostile_path}"})
    assert site.ended(site.submit(template)).exit_status == 6


def test_a_program_that_was_replaced_is_found_again(site: Site, tmp_path: Path) -> None:
    path = {"PATH": f"{tmp_path}/a:{tmp_path}/b:/bin:/usr/bin"}
    for name in "ab":
        (tmp_path / name).mkdir()
        script(tmp_path / name / "it", f"#!/bin/sh\nexit {ord(name)}\n")
    template = JobTemplate(remote_command="it", job_environment=path)
    assert site.ended(site.submit(template)).exit_status == ord("a")
    (tmp_path / "a" / "it").unlink()
    info = site.ended(site.submit(template))
    # What was found a moment ago is not searched for again, but nobody is told something wrong either.
    assert info.exit_status == ord("b") or info.job_sub_state == Cause.PROGRAM_NOT_FOUND
    assert site.ended(site.submit(template)).exit_status == ord("b")


# -- surroundings ---------------------------------------------------------------------------------------


def test_a_job_sees_the_submitters_environment_of_the_moment(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOMENT", "first ' \n ü")
    assert output_of(site, 'printf %s "$MOMENT"', tmp_path) == "first ' \n ü"
    monkeypatch.setenv("MOMENT", "second")
    assert output_of(site, 'printf %s "$MOMENT"', tmp_path) == "second"
    monkeypatch.delenv("MOMENT")
    assert output_of(site, 'printf %s "${MOMENT-none}"', tmp_path) == "none"


def test_a_job_sees_the_submitters_directory_of_the_moment(
    site: Site, hostile_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hostile_path)
    assert output_of(site, "pwd", tmp_path) == f"{hostile_path}\n"
    assert output_of(site, "pwd", tmp_path, working_directory="/") == "/\n"


def test_a_directory_that_is_gone_fails_the_job(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    info = site.ended(site.run("true"))
    assert info.job_sub_state == Cause.WORKING_DIRECTORY
    assert "directory of the submitting process" in (info.annotation or "")
    assert site.ended(site.run("true", working_directory="/")).exit_status == 0


def test_a_job_has_the_submitters_umask(open_site: Callable[..., Site], tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        site = open_site()
        site.ended(site.run(": >made", working_directory=str(tmp_path), output_path="out"))
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("made", "out")] == [0o640, 0o640]


def test_a_job_has_the_submitters_limits(open_site: Callable[..., Site], tmp_path: Path) -> None:
    first = open_site("first")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, before[1]))
    try:
        second = open_site("second")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert output_of(second, "ulimit -n", tmp_path) == "200\n"
    assert output_of(first, "ulimit -n", tmp_path) == f"{before[0]}\n"


LIMITS = {
    "OPEN_FILES": ("ulimit -n", "64", "64"),
    "FILE_SIZE": ("ulimit -f", "8", "16"),
    "STACK_SIZE": ("ulimit -s", "4096", "4096"),
    "VIRTUAL_MEMORY": ("ulimit -v", "2000000", "2000000"),
    "DATA_SIZE": ("ulimit -d", "300000", "300000"),
    "CORE_FILE_SIZE": ("ulimit -c", "0", "0"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_resource_limits_are_those_of_the_template(site: Site, tmp_path: Path, limit: str) -> None:
    command, value, shown = LIMITS[limit]
    assert output_of(site, command, tmp_path, resource_limits={limit: value}) == f"{shown}\n"


def test_limits_keep_arguments_and_end_as_they_are(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "out"
    limits = {"OPEN_FILES": "64"}
    job = site.run('printf "%s|" "$@"; kill -USR1 $$', "a'b", "$x", "\n", output_path=str(out), resource_limits=limits)
    info = site.ended(job)
    assert (info.terminating_signal, out.read_text()) == ("SIGUSR1", "a'b|$x|\n|")


def test_a_job_ignores_and_blocks_no_signal_and_has_no_descriptor_of_ours(site: Site, tmp_path: Path) -> None:
    text = "grep -E 'SigBlk|SigIgn' /proc/self/status; ls /proc/self/fd | wc -l"
    _, blocked, _, ignored, descriptors = output_of(site, text, tmp_path).split()
    # 32 and 33 are the C library's own, which it lets every new process ignore.
    assert (int(blocked, 16), int(ignored, 16) & ~(0b11 << 31)) == (0, 0)
    # 0, 1, 2 and the folder that ls reads.
    assert descriptors == "4"


def test_every_job_leads_a_session_of_its_own(site: Site, tmp_path: Path) -> None:
    pid, group, session = output_of(site, "ps -o pid=,pgid=,sid= -p $$", tmp_path).split()
    assert pid == group == session


def test_placeholders_stand_for_directories(site: Site, hostile_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(hostile_path))
    (hostile_path / "work").mkdir()
    site.ended(
        site.run(
            'printf "%s|" "$@" "$VALUE" "$PWD"',
            f"{HOME_DIRECTORY}/x",
            f"{WORKING_DIRECTORY}/y",
            working_directory=f"{HOME_DIRECTORY}/work",
            output_path=f"{WORKING_DIRECTORY}/out",
            job_environment={"VALUE": f"{WORKING_DIRECTORY}/z"},
        )
    )
    work = f"{hostile_path}/work"
    assert (hostile_path / "work" / "out").read_text() == f"{hostile_path}/x|{work}/y|{work}/z|{work}|"


def test_a_job_that_submits_gives_its_own_variables_to_nobody(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WFLPY_JOB_ID", "WFLPY_TASK_INDEX", "TASK_ID", "JOB_ID", "DRMAA_INDEX_VAR"):
        monkeypatch.setenv(name, "of the outer job")
    text = (
        'printf "%s " "$JOB_ID" "$WFLPY_JOB_ID" "${TASK_ID-none}" "${WFLPY_TASK_INDEX-none}" "${DRMAA_INDEX_VAR-none}"'
    )
    out = tmp_path / "out"
    job = site.run(text, output_path=str(out))
    site.ended(job)
    assert out.read_text() == f"{job} {job} none none none "


# -- files ----------------------------------------------------------------------------------------------


def test_hostile_names_reach_the_job_byte_for_byte(site: Site, hostile_path: Path) -> None:
    (hostile_path / "in").write_bytes(b"\x00\xff\n")
    template = shell('cat; printf "%s" "$1" >&2', str(hostile_path), working_directory=str(hostile_path))
    template.input_path, template.output_path, template.error_path = "in", "out", f"{hostile_path}/err"
    assert site.ended(site.submit(template)).exit_status == 0
    assert (hostile_path / "out").read_bytes() == b"\x00\xff\n"
    assert (hostile_path / "err").read_text() == str(hostile_path)


def test_one_path_for_both_streams_keeps_all_of_both(site: Site, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    job = site.run("for i in 1 2 3; do echo o; echo e >&2; done", output_path=out, error_path=out)
    site.ended(job)
    assert (tmp_path / "out").read_text() == "o\ne\n" * 3


def test_an_unreadable_pipe_stops_nobody_else(site: Site, tmp_path: Path) -> None:
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    blocked = site.ended(site.run("echo x", output_path=pipe))
    assert blocked.job_sub_state == Cause.OUTPUT_FILE
    assert "nobody reads from the pipe" in (blocked.annotation or "")
    assert site.ended(site.run("cat", input_path=pipe)).exit_status == 0


def test_a_pipe_that_is_read_can_be_written_to(site: Site, tmp_path: Path) -> None:
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    job = site.run("head -c 100000 /dev/zero", output_path=pipe)
    read = 0

    def drain() -> bool:
        nonlocal read
        try:
            read += len(os.read(reader, 1 << 16))
        except BlockingIOError:
            return False
        return read == 100_000

    until(drain)
    os.close(reader)
    assert site.ended(job).exit_status == 0


def test_output_goes_nowhere_without_a_path(site: Site, tmp_path: Path) -> None:
    shown = output_of(site, "readlink /proc/$$/fd/0; readlink /proc/$$/fd/2", tmp_path)
    assert shown.split() == ["/dev/null", "/dev/null"]
