"""Flows in Python on the process tracker: real commands, real functions, real ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from wflpy.dag import FailureKind, RunState, TaskFailed, TaskState
from wflpy.flow import Flow, array, error, from_stdout, item, outputs, params

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = ["a'; echo foo", "ünïcode 日本", "new\nline", '$(touch owned) `x` "q" *', "", "-n", "\\", "${HOME}"]


@pytest.fixture
def flow(hostile_path: Path) -> Flow:
    """A flow whose base folder has a hostile name."""
    return Flow("f", base=hostile_path)


def test_arguments_arrive_as_they_are_however_they_travel(flow: Flow) -> None:
    show = "import sys; sys.stdout.write(repr(sys.argv[1:]))"
    plain = flow.run(sys.executable, "-c", show, *HOSTILE, name="plain")
    listed = flow.run(sys.executable, "-c", show, HOSTILE, name="listed")
    passed = flow.call(list, HOSTILE, name="passed")
    later = flow.run(sys.executable, "-c", show, passed.value, name="later")
    each = flow.run(sys.executable, "-c", show, item, name="each", for_each=HOSTILE)
    quoted = flow.shell("printf '%s' ${{ item }}", name="quoted", for_each=HOSTILE)
    variables = flow.shell("printf '%s' \"$V\"", name="variables", for_each=HOSTILE, env={"V": item})
    result = flow.execute()
    result.check()
    for task in (plain, listed, later):
        assert result[task.name].stdout == repr(HOSTILE)
    assert [member.stdout for member in result[each.name].members] == [repr([text]) for text in HOSTILE]
    for task in (quoted, variables):
        assert [member.stdout for member in result[task.name].members] == HOSTILE
    assert result["passed"].value == HOSTILE
    assert not (flow.base / "owned").exists()


def test_files_streams_folders_and_conditions(flow: Flow) -> None:
    (flow.base / "sub").mkdir()
    made = flow.shell("printf '3\n1\n2\n'", name="made", outputs={"list": "list.txt"}).streams(stdout="list.txt")
    ordered = flow.run("sort", name="ordered").streams(stdin=made.outputs["list"])
    flow.shell("echo out; echo err >&2", name="joined").streams(join=True)
    flow.run("pwd", name="where").workdir("sub")
    flow.run("touch", outputs.o, name="elsewhere", outputs={"o": "sub/o"}).workdir("sub")
    flow.run("echo", params.x, name="never").when("params.x > 1")
    flow.spec().params["x"] = 1
    result = flow.execute()
    result.check()
    assert result[ordered.name].stdout == "1\n2\n3\n"
    assert result["joined"].stdout == "out\nerr\n"
    assert result["where"].stdout == f"{flow.base / 'sub'}\n"
    assert (flow.base / "sub" / "o").exists()
    assert result["never"].state is TaskState.SKIPPED


def test_arrays_and_matrices_are_many_tasks(flow: Flow) -> None:
    flow.array("1-9:4", "echo", array.index, name="sweep", max_parallel=2)
    squares = flow.shell("echo $(( ${{ matrix.a | raw }} * ${{ matrix.b | raw }} ))", name="squares")
    squares.matrix(a=[1, 2], b=[3, 4], exclude=[{"a": 2, "b": 4}])
    total = flow.call(sum, squares.stdout, name="total")
    assert total.spec.needs == {"squares": "success"}
    result = flow.execute()
    assert result["sweep"].stdout == "1\n5\n9\n"
    assert result["squares"].stdout == "3\n4\n6\n"
    assert result["total"].kind is FailureKind.EXCEPTION  # texts cannot be added
    assert "TypeError: unsupported operand" in result["total"].reason


def test_handlers_retries_recovery_and_tolerance(flow: Flow) -> None:
    counted = flow.shell("echo x >> tries; test $(wc -l < tries) -ge 3", name="counted").retry(2)
    broken = flow.shell("exit 1", name="broken", outputs={"o": "o.txt"})
    broken.recover("echo saved > ${{ outputs.o }}", shell=True)
    used = broken.then("cat", broken.outputs["o"], name="used")
    some = flow.shell("echo oh no >&2; exit ${{ item }}", name="some").for_each([0, 7]).allow_failure(1)
    some.on_error("echo", error.task, error.kind, error.exit_status, error.log_tail)
    flow.on_error("echo", "never").finally_("touch", "the-end")
    result = flow.execute()
    result.check()
    assert (result.ok, result[counted.name].attempts) == (True, 3)
    assert result["broken"].outcome.recovered  # type: ignore[union-attr]  # pyright: ignore
    assert result["some.on_error"].stdout == "some[7] exit 7 oh no\n"
    assert result[used.name].stdout == "saved\n"
    assert (flow.base / "the-end").exists()
    assert result["on_error"].state is TaskState.SKIPPED


def test_a_timeout_a_signal_and_a_missing_program_are_told_apart(tmp_path: Path) -> None:
    flow = Flow("f", base=tmp_path)
    flow.run("sleep", "60", name="slow").timeout("200ms")
    flow.shell("kill -SEGV $$", name="crash")
    flow.run("no-such-program-anywhere", name="gone")
    flow.run("true", name="lost").workdir("nowhere")
    result = flow.execute()
    assert result["slow"].kind is FailureKind.TIMEOUT
    assert (result["crash"].kind, result["crash"].signal) == (FailureKind.SIGNAL, "SIGSEGV")
    assert result["gone"].kind is FailureKind.START_FAILED
    assert "no-such-program-anywhere" in result["gone"].reason
    assert str(tmp_path / "nowhere") in result["lost"].reason
    with pytest.raises(TaskFailed):
        result.check()


def test_a_run_in_the_background_is_cancelled(tmp_path: Path) -> None:
    flow = Flow("f", base=tmp_path)
    running = threading.Event()
    flow.observe(lambda event: running.set() if event.state is TaskState.RUNNING else None)
    flow.run("sleep", "60", name="slow").then("true", name="never")
    run = flow.start(jobs=1)
    assert running.wait(30)
    run.cancel()
    result = run.result(30)
    assert (result.state, result["slow"].state, result["never"].state) == (
        RunState.CANCELLED,
        TaskState.CANCELLED,
        TaskState.CANCELLED,
    )


SCRIPT = """
from dataclasses import dataclass
from wflpy.flow import Flow, from_stdout, item

@dataclass
class Model:
    depth: int

    def score(self) -> float:
        return 1 / self.depth

def train(depth: int) -> Model:
    print("training", depth)
    return Model(depth)

def best(models: list[Model]) -> Model:
    return max(models, key=Model.score)

def main() -> None:
    flow = Flow("models")
    models = flow.call(train, item, name="train").for_each([4, 2, 8])
    flow.call(best, models.value, name="best").then_call(Model.score, flow["best"].value, name="score")
    result = flow.execute()
    result.check()
    print(result["best"].value, result["score"].value, result["train"].stdout.split())

if __name__ == "__main__":
    main()
"""


def test_functions_and_classes_of_a_script_are_jobs_and_values(hostile_path: Path) -> None:
    script = hostile_path / "models.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script], cwd=hostile_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Model(depth=2) 0.5 ['training', '4', 'training', '2', 'training', '8']\n"


def test_one_task_at_a_time_and_the_rest_later(tmp_path: Path) -> None:
    flow = Flow("f", base=tmp_path)
    first = flow.shell("echo once >> log; echo 7", name="first", outputs={"n": from_stdout("json")})
    second = flow.call(abs, first.outputs["n"], name="second")
    assert first.output() == "7\n"
    assert second.wait().value == 7
    assert (tmp_path / "log").read_text() == "once\n"


def test_a_program_that_is_told_to_end_does_not_go_on_with_its_next_flow(hostile_path: Path) -> None:
    program = hostile_path / "three.py"
    program.write_text(
        "import os\n"
        "from wflpy.flow import Flow\n"
        "for number in range(3):\n"
        "    flow = Flow('f', base=os.getcwd())\n"
        "    flow.shell(f'kill -TERM {os.getpid()}; exit', name='t')\n"
        "    print(number, flush=True)\n"
        "    flow.execute()\n"
    )
    done = subprocess.run(
        [sys.executable, program], cwd=hostile_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.returncode) == ("0\n", -signal.SIGTERM)
    assert "SIGTERM: the jobs go on" in done.stderr
