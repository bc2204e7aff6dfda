"""The command in the hands of users, pipes, terminals and signals."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.system.command import COMMAND, started, wflpy

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.tracker("process")

WORDS = """\
wfl: 1
name: words
params:
  word: {type: str, default: fox}
tasks:
  text:
    run: printf 'the %s\\n' ${{ params.word }} > words.txt
    outputs: {words: words.txt}
  count:
    needs: text
    matrix: {option: [-l, -w]}
    run: [wc, "${{ matrix.option }}", "${{ needs.text.outputs.words }}"]
  shout:
    needs: text
    run: tr a-z A-Z < words.txt
  broken:
    needs: shout
    when: params.word == 'wolf'
    run: [sh, -c, 'echo howling >&2; exit 7']
    on_error: echo handled
"""


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A small workflow; with ``word=wolf`` its last task fails."""
    file = tmp_path / "words.yaml"
    file.write_text(WORDS, encoding="utf-8")
    return file


def until(what: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


# A run and what may be asked about it afterwards


def test_a_run_and_everything_about_it(words: Path, tmp_path: Path) -> None:
    ended = wflpy("run", words)
    assert ended.returncode == 0, ended.stderr
    result = ended.stdout.splitlines()
    assert result[result.index("shout") + 1] == "  THE FOX"
    assert re.search(r"count\[option=-l\]\n +1 \S*words.txt", ended.stdout)
    assert re.search(r"words: 4 done, 1 skipped in \d", ended.stdout)
    progress = ended.stderr.splitlines()
    assert re.fullmatch(r"run words-\d{8}-\d{6}-[a-z]{4}: 5 tasks on process", progress[0])
    assert sorted(line.split()[2] for line in progress[1:]) == [
        "broken",
        "count[option=-l]",
        "count[option=-w]",
        "shout",
        "text",
    ]
    run = progress[0].split()[1].rstrip(":")
    assert wflpy("runs").stdout.splitlines()[1].split()[:2] == [run, "done"]
    assert re.search(r"✓ shout +done", wflpy("show", "words").stdout)
    assert wflpy("logs", "words", "shout").stdout == "THE FOX\n"
    assert (tmp_path / "words.txt").read_text(encoding="utf-8") == "the fox\n"


def test_a_failed_run_and_its_handler(words: Path) -> None:
    ended = wflpy("run", words, "--param", "word=wolf", "--name", "night")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "  handler broken.on_error: done" in ended.stderr
    assert "    howling" in ended.stderr
    last = ended.stderr.splitlines()[-2:]
    assert re.fullmatch(r"see: (wflpy logs words-\S+ broken)", last[0])
    assert wflpy(*last[0].split()[2:]).stdout == "howling\n"
    assert wflpy("show", "night").returncode == 0


def test_a_dry_run_runs_nothing(words: Path, tmp_path: Path) -> None:
    ended = wflpy("run", words, "--dry-run", "-p", "word=a b")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "printf 'the %s\\n' 'a b' > words.txt" in ended.stdout
    assert "wc -l words.txt" in ended.stdout
    assert not (tmp_path / "words.txt").exists()
    assert wflpy("runs").stdout == ""


def test_json_is_json_and_nothing_else(words: Path) -> None:
    ended = wflpy("run", words, "--json", "-j", "1")
    assert (ended.returncode, ended.stderr) == (0, "")
    records = [json.loads(line) for line in ended.stdout.splitlines()]
    assert records[0]["kind"] == "run"
    assert records[0]["tasks"] == 5
    tasks = [record for record in records if record["kind"] == "task"]
    assert {record["node"] for record in tasks if record["state"] == "DONE"} == {
        "text",
        "shout",
        "count[option=-l]",
        "count[option=-w]",
    }
    result = records[-1]
    assert (result["kind"], result["ok"], result["run"]) == ("result", True, records[0]["run"])
    assert result["counts"] == {"DONE": 4, "SKIPPED": 1}


def test_json_of_a_failed_run_explains_itself_to_people_too(words: Path) -> None:
    ended = wflpy("run", words, "--json", "-p", "word=wolf")
    assert ended.returncode == 1
    result = json.loads(ended.stdout.splitlines()[-1])
    assert (result["ok"], result["first_failure"]) == (False, "broken")
    assert "task 'broken' failed: exit status 7" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--param", "wrod=x"], "did you mean 'word'?"),
        (["--param", "word"], "--param takes NAME=VALUE"),
        (["--backend", "proces"], 'did you mean "process"?'),
        (["-o", "slotz=4"], 'did you mean "slots"?'),
        (["-o", "slots=many"], "slots must be"),
        (["-j", "0"], "Invalid value for '--jobs'"),
        (["--name", "a b"], "cannot be the name of a run"),
    ],
)
def test_what_is_wrong_with_the_command_line_is_said_before_anything_runs(
    words: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    ended = wflpy("run", words, *arguments)
    assert ended.returncode == 2, ended.stderr
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert not (tmp_path / "words.txt").exists()


@pytest.mark.parametrize("in_the_way", ["home", "home/runs"])
def test_a_home_that_cannot_be_used_is_the_fault_of_the_environment(
    words: Path, tmp_path: Path, in_the_way: str
) -> None:
    (tmp_path / in_the_way).parent.mkdir(exist_ok=True)
    (tmp_path / in_the_way).write_text("")
    ended = wflpy("run", words, WFLPY_HOME=str(tmp_path / "home"))
    assert ended.returncode == 3, ended.stderr
    assert re.fullmatch(rf"wflpy: .*{re.escape(str(tmp_path / in_the_way))}.*\n", ended.stderr)


# Pipes and terminals


def test_a_reader_that_leaves_early_is_no_error(words: Path) -> None:
    line = " ".join([*COMMAND, "run", "--json", str(words), "| head -1"])
    ended = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["kind"] == "run"
    assert re.search(r" done .*4 done, 1 skipped", wflpy("runs").stdout), "the run went on"


def test_an_encoding_without_more_gets_ascii(words: Path) -> None:
    ended = wflpy("run", words, "-p", "word=日本", PYTHONIOENCODING="ascii")
    assert ended.returncode == 0, ended.stderr
    assert (ended.stdout + ended.stderr).isascii()
    assert "\\u65e5\\u672c" in ended.stdout


def on_a_terminal(*arguments: str | Path, **variables: str) -> tuple[int, str]:
    """The exit status of a command on a terminal of its own, and all that was written there."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update({"TERM": "xterm", **variables})
        os.execv(COMMAND[0], [*COMMAND, *map(str, arguments)])
    shown = b""
    while True:
        try:
            some = os.read(terminal, 65_536)
        except OSError:  # the other side is closed
            break
        if not some:
            break
        shown += some
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_a_terminal_is_drawn_on_and_left_in_order(words: Path) -> None:
    status, shown = on_a_terminal("run", words)
    assert status == 0
    assert "\x1b[32m✓" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1, "the cursor is back"
    assert "words  " in shown
    assert "━" * 24 in shown
    assert "THE FOX" in shown


def test_no_color_and_dumb_terminals_are_obeyed(words: Path) -> None:
    _, shown = on_a_terminal("run", words, NO_COLOR="1")
    assert "\x1b[32m" not in shown
    _, shown = on_a_terminal("run", words, TERM="dumb")
    assert "\x1b" not in shown


# Signals


def running_job(run: subprocess.Popen[str], pid_file: Path) -> int:
    """The process of the one job of a run, once it runs."""

    def is_there() -> bool:
        assert run.poll() is None, run.communicate()
        return pid_file.exists() and pid_file.read_text().endswith("\n")

    until(is_there)
    return int(pid_file.read_text())


def interruptible(folder: Path, body: str) -> Path:
    file = folder / "long.yaml"
    command = f"echo $$ > pid.new; mv pid.new pid; {body}"
    lines = ["wfl: 1", "name: long", "tasks:", f"  task: {{run: [sh, -c, {json.dumps(command)}]}}"]
    lines += ["  later: {needs: task, run: [touch, later]}", "finally: touch finally"]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_ctrl_c_once_cancels_cleanly(tmp_path: Path) -> None:
    run = started("run", interruptible(tmp_path, "exec sleep 100"))
    job = running_job(run, tmp_path / "pid")
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 130, err
    assert "Traceback" not in err
    assert re.search(r"long: 2 cancelled", err)
    until(lambda: not is_alive(job), 5)
    assert (tmp_path / "finally").exists(), "what must run at the end has run"
    assert not (tmp_path / "later").exists()


def test_ctrl_c_twice_does_not_wait(tmp_path: Path) -> None:
    run = started("run", interruptible(tmp_path, "trap '' TERM; while :; do sleep 0.1; done"))
    job = running_job(run, tmp_path / "pid")
    run.send_signal(signal.SIGINT)
    assert run.stderr is not None
    for line in run.stderr:
        if "again" in line:  # it says what a second one does
            break
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 130, err
    until(lambda: not is_alive(job), 5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_leave_the_jobs_running(tmp_path: Path, number: signal.Signals) -> None:
    run = started("run", interruptible(tmp_path, "while [ ! -e go ]; do sleep 0.02; done; touch made"))
    job = running_job(run, tmp_path / "pid")
    run.send_signal(number)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 130, err
    assert "its jobs go on" in err
    assert is_alive(job)
    (tmp_path / "go").touch()
    until((tmp_path / "made").exists)
    assert re.search(r"detached", wflpy("runs").stdout)


def test_a_terminal_that_is_closed_leaves_the_jobs_running(tmp_path: Path) -> None:
    file = interruptible(tmp_path, "while [ ! -e go ]; do sleep 0.02; done; touch made")
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(COMMAND[0], [*COMMAND, "run", str(file)])
    until((tmp_path / "pid").exists)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    (tmp_path / "go").touch()
    until((tmp_path / "made").exists)


@pytest.mark.parametrize("closing", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing(tmp_path: Path, closing: str) -> None:
    """A run ends as it would, and none of its files takes the number of a closed stream."""
    file = tmp_path / "flow.yaml"
    file.write_text(f"wfl: 1\ntasks: {{a: 'touch {tmp_path}/made'}}\n", encoding="utf-8")
    line = f'"$0" -m wflpy run "$1" {closing}'
    ended = subprocess.run(["sh", "-c", line, COMMAND[0], file], capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stdout + ended.stderr
    assert (ended.returncode, (tmp_path / "made").exists()) == (0, True)
