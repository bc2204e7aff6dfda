"""The commands that look at runs, and the command line as a whole."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.command_lines import Outcome, run_in_process
from tests.unit.cli.stories import Story, bad_run, churn, good_run
from wflpy import __version__
from wflpy.cli import runs
from wflpy.cli.command_line import COMMANDS
from wflpy.cli.logs import follow_logs
from wflpy.dag.runs import open_run
from wflpy.dag.states import RunState
from wflpy.drmaa2 import (
    DrmCommunicationException,
    InvalidArgumentException,
    TrackerNotFound,
    TrackerUnavailable,
    WflpyError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def wflpy(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs one command line in this process."""
    return run_in_process(capfd)


# The command line as a whole


def test_the_version_is_printed(wflpy: Callable[..., Outcome]) -> None:
    assert wflpy("--version").out == f"wflpy {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(wflpy: Callable[..., Outcome], command: str) -> None:
    shown = wflpy(command, "--help")
    assert shown.status == 0
    assert re.search(rf"Examples?:\n +wflpy {command}", shown.out)


def test_help_lists_every_command(wflpy: Callable[..., Outcome]) -> None:
    out = wflpy("--help").out
    assert all(
        re.search(rf"^  {name} +{re.escape(entry.summary)}$", out, re.MULTILINE) for name, entry in COMMANDS.items()
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runn"], "there is no command 'runn' (did you mean \"run\"?)"),
        (["show"], "Missing argument 'RUN'"),
        (["runs", "--jsn"], "No such option"),
        (["runs", "-n", "0"], "Invalid value for '-n'"),
        (["run", "nowhere.yaml"], "File 'nowhere.yaml' does not exist"),
        (["graph", "."], "File '.' is a directory"),
    ],
)
def test_bad_usage_is_one_message_and_2(wflpy: Callable[..., Outcome], arguments: list[str], message: str) -> None:
    shown = wflpy(*arguments)
    assert shown.status == 2
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (InvalidArgumentException("slots=0"), 2),
        (TrackerNotFound("no such tracker"), 2),
        (TrackerUnavailable("no docker here"), 3),
        (DrmCommunicationException("unreachable"), 3),
        (OSError(28, "No space left on device"), 3),
        (PermissionError(13, "Permission denied", "/x"), 3),
        (WflpyError("something"), 3),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 0),
    ],
)
def test_every_failure_has_its_status(
    wflpy: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, failure: BaseException, status: int
) -> None:
    _make_fail(monkeypatch, failure)
    shown = wflpy("runs")
    assert shown.status == status
    assert "Traceback" not in shown.err
    if isinstance(failure, PermissionError):
        assert shown.err == "wflpy: /x: Permission denied\n"
    elif isinstance(failure, Exception) and status:
        assert shown.err == f"wflpy: {failure}\n"


def test_a_fault_of_ours_is_not_taken_for_a_failed_task(
    wflpy: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    _make_fail(monkeypatch, ZeroDivisionError("oh"))
    shown = wflpy("runs")
    assert shown.status == 3
    assert "ZeroDivisionError: oh" in shown.err
    assert shown.err.endswith("please report it with the lines above\n")


def test_debugging_shows_where_it_failed(wflpy: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    _make_fail(monkeypatch, WflpyError("something"))
    monkeypatch.setenv("WFLPY_DEBUG", "1")
    with pytest.raises(WflpyError, match="something"):
        wflpy("runs")


def _make_fail(monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> None:
    def fail(**_: object) -> None:
        raise failure

    monkeypatch.setattr(runs.command, "callback", fail)


# runs


def test_runs_are_listed_the_latest_first(wflpy: Callable[..., Outcome], home: Path) -> None:
    good_run(home, name="nightly")
    bad = bad_run(home).directory.run_id
    lines = wflpy("runs").out.splitlines()
    assert len(lines) == 3
    assert re.fullmatch(r"run +name +state +started +took +tasks", lines[0])
    ids = {line.split()[0] for line in lines[1:]}
    assert bad in ids
    assert re.search(r"nightly +done .* 4 done$", "\n".join(lines), re.MULTILINE)
    assert re.search(r"failed .* 2 done, 1 failed, 1 skipped$", "\n".join(lines), re.MULTILINE)


def test_runs_as_json(wflpy: Callable[..., Outcome], home: Path) -> None:
    bad_run(home)
    (run,) = json.loads(wflpy("runs", "--json").out)
    assert (run["flow"], run["state"], run["live"], run["reason"]) == (
        "churn",
        "FAILED",
        False,
        "'train[depth=8]' failed",
    )
    assert run["counts"] == {"DONE": 2, "FAILED": 1, "SKIPPED": 1}


def test_no_runs_are_nothing_on_stdout(wflpy: Callable[..., Outcome], home: Path) -> None:
    shown = wflpy("runs")
    assert (shown.status, shown.out) == (0, "")
    assert shown.err == f"there are no runs in {home / 'runs'}\n"


def test_older_runs_are_left_out_and_that_is_said(wflpy: Callable[..., Outcome], home: Path) -> None:
    for _ in range(3):
        good_run(home)
    shown = wflpy("runs", "-n", "1")
    assert len(shown.out.splitlines()) == 2
    assert "2 older ones are left out" in shown.err
    assert len(wflpy("runs", "-n", "1", "--all").out.splitlines()) == 4


# show


def test_show_has_every_task_and_why_it_failed(wflpy: Callable[..., Outcome], home: Path) -> None:
    run = bad_run(home).directory.run_id
    lines = wflpy("show", "churn").out.splitlines()
    assert lines[0] == f"run      {run}"
    assert lines[1] == "state    failed: 'train[depth=8]' failed"
    assert lines[3].startswith("took ")
    assert "tasks    2 done, 1 failed, 1 skipped" in lines
    table = [re.sub(r" {2,}", "  ", line) for line in lines[lines.index("") + 1 :]]
    assert table == [
        "✓ clean  done  1.00 s",
        "✗ train  failed  1 done, 1 failed",
        "✓  train[depth=4]  done  1.00 s",
        "✗  train[depth=8]  failed  1.00 s  attempt 2, exit status 3",
        "✓ train.on_error  done  0.10 s",
        "- best  skipped  'train' failed",
        "✓ finally  done  0.10 s",
    ]


def test_show_as_json(wflpy: Callable[..., Outcome], home: Path) -> None:
    bad_run(home)
    shown = json.loads(wflpy("show", "churn", "--json").out)
    assert (shown["state"], shown["status"], shown["first_failure"]) == ("FAILED", "failed", "train[depth=8]")
    tasks = {task["name"]: task for task in shown["tasks"]}
    assert tasks["train[depth=8]"]["exit_status"] == 3
    assert tasks["train[depth=8]"]["attempts"] == 2
    assert tasks["train.on_error"]["handler"] is True
    assert tasks["best"]["stdout"] is None


def test_an_unknown_run_is_2_with_a_suggestion(wflpy: Callable[..., Outcome], home: Path) -> None:
    good_run(home, name="nightly")
    shown = wflpy("show", "nigthly")
    assert shown.status == 2
    assert 'did you mean "nightly"?' in shown.err


# logs


def test_the_log_of_one_task_is_printed_byte_for_byte(wflpy: Callable[..., Outcome], home: Path) -> None:
    good_run(home)
    assert wflpy("logs", "churn", "best").out == "best is 8\n"


def test_several_logs_have_headings(wflpy: Callable[..., Outcome], home: Path) -> None:
    bad_run(home)
    assert wflpy("logs", "churn", "train").out == (
        "==> train[depth=8] attempt 2 stdout <==\nfitting\n"
        "\n==> train[depth=8] attempt 2 stderr <==\nTraceback:\n\x1b[31mValueError\x1b[0m: bad\n"
    )
    assert wflpy("logs", "churn", "train", "--stdout").out == "fitting\n"
    assert wflpy("logs", "churn", "train[depth=8]", "--attempt", "1").out == "first try\n"


def test_the_logs_of_a_run_come_in_the_order_of_its_tasks(wflpy: Callable[..., Outcome], home: Path) -> None:
    good_run(home)
    assert re.findall(r"==> (.*) <==", wflpy("logs", "churn").out) == ["clean stdout", "best stdout"]


def test_a_task_that_wrote_nothing_is_said_to_have(wflpy: Callable[..., Outcome], home: Path) -> None:
    good_run(home)
    shown = wflpy("logs", "churn", "finally")
    assert (shown.status, shown.out) == (0, "")
    assert shown.err == "task 'finally' wrote nothing\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["logs", "churn", "trian"], "no task 'trian' (did you mean \"train\"?)"),
        (["logs", "churn", "clean", "--attempt", "7"], "task 'clean' has no attempt 7; it has 1 attempt at most"),
    ],
)
def test_logs_that_are_not_there_are_2(
    wflpy: Callable[..., Outcome], home: Path, arguments: list[str], message: str
) -> None:
    good_run(home)
    shown = wflpy(*arguments)
    assert shown.status == 2
    assert message in shown.err


def test_following_prints_what_is_added_until_the_run_has_ended(home: Path) -> None:
    story = Story(home, churn().compile())
    story.start("clean").writes("clean", out=b"one\n")
    story.journal.flush()
    steps = iter(
        (
            lambda: _append(story, "clean", b"two\n"),
            lambda: story.done("clean").start("train[depth=4]", 1.0).writes("train[depth=4]", out=b"fit\n"),
            lambda: story.closed(RunState.CANCELLED),
        )
    )

    def pause(_: float) -> None:
        next(steps)()
        if story.going_on:
            story.journal.flush()

    out = io.BytesIO()
    follow_logs(lambda: open_run(home, "churn"), None, None, None, out, pause)
    assert out.getvalue() == b"==> clean stdout <==\none\ntwo\n\n==> train[depth=4] stdout <==\nfit\n"


def _append(story: Story, node: str, text: bytes) -> None:
    with story.directory.log(node, 1, "out").open("ab") as file:
        file.write(text)


# what nobody drives any more


def _abandoned(home: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    story = Story(home, churn().compile())
    story.start("clean").done("clean").start("train[depth=4]", 1.0).writes("train[depth=4]", out=b"fit\n")
    story.journal.flush()
    monkeypatch.setattr("wflpy.dag.owner.Owner.alive", property(lambda _: False))
    return story


def test_a_run_whose_owner_is_gone_has_no_running_clock(
    wflpy: Callable[..., Outcome], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _abandoned(home, monkeypatch)
    lines = wflpy("show", "churn").out.splitlines()
    assert lines[1] == "state    owner gone"
    assert re.fullmatch(r"known    until \d\d:\d\d:\d\d; its jobs may have gone on since", lines[2])
    assert not any(line.startswith("took") for line in lines)
    assert any(re.fullmatch(r"▸ +train\[depth=4\] +was running", line) for line in lines)
    assert "known" in json.loads(wflpy("show", "churn", "--json").out)


def test_following_a_run_that_nobody_drives_says_so(
    wflpy: Callable[..., Outcome], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _abandoned(home, monkeypatch)
    shown = wflpy("logs", "-f", "churn")
    assert "fit\n" in shown.out
    assert shown.err == "nobody drives this run any more; its jobs may still write\n"


def test_the_log_of_a_skipped_task_says_why_there_is_none(wflpy: Callable[..., Outcome], home: Path) -> None:
    bad_run(home)
    assert wflpy("logs", "churn", "best").err == "task 'best' was skipped: 'train' failed\n"
