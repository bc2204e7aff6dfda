"""Five ways to fail, five exact explanations in the last lines of the run."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.system.command import wflpy

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.tracker("process")


def failed_run(folder: Path, task: str) -> list[str]:
    """The last lines of a run whose one task fails."""
    text = "wfl: 1\nname: failing\ntasks:\n  task:\n" + textwrap.indent(textwrap.dedent(task), "    ")
    file = folder / "failing.yaml"
    file.write_text(text, encoding="utf-8")
    ended = wflpy("run", file, cwd=folder)
    assert ended.returncode == 1, ended.stderr
    assert ended.stdout == "", "a failure is a message, not a result"
    assert "Traceback" not in ended.stderr
    lines = ended.stderr.splitlines()
    return lines[next(place for place, line in enumerate(lines) if "task 'task' failed" in line) :]


def test_an_exit_status(tmp_path: Path) -> None:
    lines = failed_run(tmp_path, "run: [sh, -c, 'echo no such customer >&2; exit 3']")
    assert lines[0].startswith("✗ task 'task' failed: exit status 3 (after ")
    assert lines[1:3] == ["  the end of its stderr:", "    no such customer"]
    assert lines[3].startswith("  log: /")
    assert lines[3].endswith("task.1.err")
    assert "1 failed" in lines[4]
    assert lines[5].startswith("see: wflpy logs failing-")


def test_a_signal(tmp_path: Path) -> None:
    lines = failed_run(tmp_path, "run: [sh, -c, 'kill -SEGV $$']")
    assert lines[0].startswith("✗ task 'task' failed: killed by SIGSEGV (segmentation fault) (after ")
    assert lines[1] == "  it wrote nothing to stdout or stderr"


def test_a_signal_inside_of_a_shell(tmp_path: Path) -> None:
    lines = failed_run(
        tmp_path,
        """\
        run: |
          sh -c 'kill -SEGV $$'
          echo not reached
    """,
    )
    assert "task 'task' failed: exit status 139 (a command in the shell was killed by SIGSEGV" in lines[0]


def test_a_timeout(tmp_path: Path) -> None:
    lines = failed_run(
        tmp_path,
        """\
        run: [sh, -c, 'echo working; exec sleep 60']
        timeout: 0.3s
    """,
    )
    assert lines[0].startswith("✗ task 'task' failed: did not end within its timeout of 0.3s (after ")
    assert lines[1:3] == ["  the end of its stdout:", "    working"]


def test_a_program_that_does_not_exist(tmp_path: Path) -> None:
    lines = failed_run(tmp_path, "run: [no-such-program, --help]")
    assert "no-such-program" in lines[0]
    assert "PATH" in lines[0]


def test_a_working_directory_that_is_missing(tmp_path: Path) -> None:
    lines = failed_run(
        tmp_path,
        """\
        run: [pwd]
        workdir: nowhere/at all
    """,
    )
    assert f"working directory '{tmp_path}/nowhere/at all' does not exist" in lines[0]


def test_five_mistakes_get_five_places_at_once(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(
        textwrap.dedent("""\
        wfl: 1
        name: broken
        tasks:
          clean:
            run: [clean]
            retires: 2
          train:
            needs: clean
            run: train
            timeout: 30
          best:
            run: [best, 1]
            resources: {memory: lots}
          report:
            runs: report
          sweep:
            run: sim
            array: 1-
        """),
        encoding="utf-8",
    )
    for command in ("validate", "run", "graph"):
        ended = wflpy(command, file)
        assert ended.returncode == 2
        assert "Traceback" not in ended.stderr
        said = ended.stdout + ended.stderr
        places = [line.split(" ")[0] for line in said.splitlines() if line.startswith(f"{file}:")]
        lines = [int(place.split(":")[-3]) for place in places]
        assert {6, 10, 13, 15, 18} <= set(lines), said
