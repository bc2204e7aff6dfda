"""The last lines of a run."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.stories import Story, bad_run, churn, good_run, plain_terminal
from wflpy.cli.ending import failure_text, success_text
from wflpy.dag.results import result_of
from wflpy.dag.states import FailureKind, RunState
from wflpy.dag.table import Ending
from wflpy.flow import Flow, from_json


def success(story: Story) -> list[str]:
    return success_text(result_of(story.table, story.directory), story.plan, plain_terminal()).splitlines()


def failure(story: Story) -> list[str]:
    return failure_text(result_of(story.table, story.directory), plain_terminal()).splitlines()


def test_a_good_run_shows_what_its_last_tasks_made(home: Path) -> None:
    story = good_run(home)
    assert success(story) == [
        "best",
        "  winner: /data/best.txt",
        "  best is 8",
        "✓ churn: 4 done in 3.10 s",
        f"logs: {story.directory.logs}",
        f"more: wflpy show {story.directory.run_id}",
    ]


def test_files_below_the_current_folder_are_shown_from_there(home: Path) -> None:
    flow = Flow("f")
    flow.run("x", name="x", outputs={"table": "t.csv", "score": from_json("m.json", "score")})
    story = Story(home, flow.compile())
    story.start("x").done("x", 1.0, {"table": str(Path.cwd() / "t.csv"), "score": 0.5})
    assert success(story.closed(RunState.DONE))[1:3] == ["  table: t.csv", "  score = 0.5"]


def test_a_task_that_printed_much_is_pointed_at(home: Path) -> None:
    flow = Flow("f")
    flow.run("x", name="x")
    story = Story(home, flow.compile())
    story.start("x").writes("x", out=b"line\n" * 21).done("x")
    log = story.directory.log("x", 1, "out")
    assert success(story.closed(RunState.DONE))[:2] == ["x", f"  printed 105 bytes: {log}"]


def test_of_many_last_tasks_some_are_shown(home: Path) -> None:
    flow = Flow("f")
    for number in range(8):
        flow.run("x", name=f"x{number}")
    story = Story(home, flow.compile())
    for number in range(8):
        story.start(f"x{number}").writes(f"x{number}", out=b"hello\n").done(f"x{number}")
    lines = success(story.closed(RunState.DONE))
    assert lines[:2] == ["x0", "  hello"]
    assert lines[10] == "and 3 more tasks at the end of the flow"


def test_a_failed_run_ends_the_debugging(home: Path) -> None:
    story = bad_run(home)
    run = story.directory.run_id
    assert failure(story) == [
        "✗ task 'train[depth=8]' failed: exit status 3 (after 1.00 s, attempt 2)",
        "  the end of its stderr:",
        "    Traceback:",
        "    ValueError: bad",
        f"  log: {story.directory.log('train[depth=8]', 2, 'err')}",
        f"  log: {story.directory.log('train[depth=8]', 2, 'out')}",
        "  handler train.on_error: done",
        "  handler finally: done",
        "✗ churn: 2 done, 1 failed, 1 skipped in 8.20 s",
        f"see: wflpy logs {run} 'train[depth=8]'",
        f"     wflpy show {run}",
    ]


def test_a_task_that_said_nothing_on_stderr_is_quoted_from_stdout(home: Path) -> None:
    story = Story(home, churn().compile())
    story.start("clean").writes("clean", out=b"only this\n").failed("clean").closed(RunState.FAILED, first="clean")
    assert failure(story)[1:3] == ["  the end of its stdout:", "    only this"]


def test_a_silent_failure_is_called_silent(home: Path) -> None:
    story = Story(home, churn().compile())
    story.start("clean").failed("clean").closed(RunState.FAILED, first="clean")
    assert failure(story)[1] == "  it wrote nothing to stdout or stderr"


def test_only_the_end_of_a_long_log_is_shown(home: Path) -> None:
    story = Story(home, churn().compile())
    lines = b"".join(b"line %d\n" % number for number in range(1000))
    story.start("clean").writes("clean", err=lines).failed("clean").closed(RunState.FAILED, first="clean")
    shown = failure(story)[2:12]
    assert shown == [f"    line {number}" for number in range(990, 1000)]


def test_a_task_that_was_never_submitted_has_no_logs_to_look_at(home: Path) -> None:
    story = Story(home, churn().compile())
    reason = "in ${{ params.x }}: there is no x"
    story.failed("clean", ending=Ending(FailureKind.EXPRESSION, reason)).closed(RunState.FAILED, first="clean")
    lines = failure(story)
    assert lines[0] == f"✗ task 'clean' failed: {reason}"
    assert lines[-1] == f"see: wflpy show {story.directory.run_id}"
    assert not any("logs" in line for line in lines)


def test_a_cancelled_run_says_so(home: Path) -> None:
    story = Story(home, churn().compile())
    lines = failure(story.closed(RunState.CANCELLED, reason="the run was cancelled"))
    assert lines[0].startswith("x churn: 4 waiting")
    assert lines[1] == "  the run was cancelled"


def test_a_run_that_was_left_alone_says_that_its_jobs_go_on(home: Path) -> None:
    story = Story(home, churn().compile())
    story.start("clean").closed(RunState.DETACHED, reason="its jobs go on; nobody drives it")
    assert "  its jobs go on; nobody drives it" in failure(story)


def test_a_reason_is_one_line_and_moves_no_cursor(home: Path) -> None:
    story = Story(home, churn().compile())
    ending = Ending(FailureKind.EXCEPTION, "ValueError: a\n\x1b[2Jb")
    lines = failure(story.start("clean").failed("clean", ending=ending).closed(RunState.FAILED, first="clean"))
    assert lines[0] == "✗ task 'clean' failed: ValueError: a\\n\\x1b[2Jb (after 1.00 s)"


def test_a_run_that_was_left_alone_says_what_will_not_be_started(home: Path) -> None:
    story = Story(home, churn().compile())
    story.start("clean").closed(RunState.DETACHED, reason="its jobs go on; nobody drives it")
    assert "  3 tasks that waited will not be started" in failure(story)
