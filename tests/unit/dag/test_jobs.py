"""What a task's job is: words, environment, folders, streams, wishes; and what is read when it has ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.dag.world import World, a_world, flow, handlers, one, task, text
from wflpy.dag import explain
from wflpy.dag.errors import WorkflowError
from wflpy.dag.explain import ending_of
from wflpy.dag.runs import open_run
from wflpy.dag.spec import (
    Call,
    FileOutput,
    JsonOutput,
    Resources,
    ReturnOutput,
    StdoutOutput,
    Submit,
)
from wflpy.dag.states import FailureKind, TaskState
from wflpy.drmaa2 import JobInfo, JobTemplate
from wflpy.expr import Expression
from wflpy.testing import Script
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from wflpy.dag.outcomes import TaskOutcome
    from wflpy.dag.spec import TaskSpec
    from wflpy.testing import FakeProcess
    from wflpy.testing.scripts import Steps


class Jobs:
    """Remembers the templates that are submitted."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.templates: dict[str, JobTemplate] = {}
        submit = world.session.submit

        def look(templates: list[JobTemplate], keys: Any = None) -> Any:
            self.templates.update((str(one.job_name), one.copy()) for one in templates)
            return submit(templates, keys)

        monkeypatch.setattr(world.session, "submit", look)

    def __getitem__(self, name: str) -> JobTemplate:
        return self.templates[name]


@pytest.fixture
def jobs(world: World, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    return Jobs(world, monkeypatch)


def run_one(world: World, spec: TaskSpec, **fields: Any) -> TaskOutcome:
    return one(world.run(spec, **fields), spec.name)


# -- templates ---------------------------------------------------------------------------------------


def test_a_plain_command(world: World, jobs: Jobs) -> None:
    result = world.run(
        task(
            "a",
            "prog",
            "a b",
            "${{ params.rows }}",
            "${{ params.list }}",
            "x${{ params.on }}",
            env={"MINE": text("${{ env.ALL }}!")},
        ),
        params={"rows": 5, "list": [1, "two"], "on": True},
        env={"ALL": text("r${{ params.rows }}")},
    )
    job = jobs["a"]
    assert (job.remote_command, job.args) == ("prog", ["a b", "5", "1", "two", "xtrue"])
    assert job.job_environment == {
        "ALL": "r5", "MINE": "r5!", "WFLPY_PARAM_ROWS": "5", "WFLPY_PARAM_LIST": '[1, "two"]', "WFLPY_PARAM_ON": "true",
        "WFLPY_RUN_ID": result.run_id, "WFLPY_TASK": "a",
    }  # fmt: skip
    assert job.working_directory == str(world.base)
    logs = result.directory / "logs"
    assert (job.output_path, job.error_path) == (str(logs / "a.1.out"), str(logs / "a.1.err"))


def test_shell_text_is_quoted_for_its_place(world: World, jobs: Jobs) -> None:
    hostile = "a'; echo foo $(id) \n"
    world.run(task("a", shell='echo ${{ params.x }} "${{ params.x }}"'), params={"x": hostile})
    job = jobs["a"]
    assert job.remote_command in ("bash", "sh")
    assert job.args is not None
    ran = subprocess.run([job.remote_command, *job.args], capture_output=True, text=True, check=True)
    assert ran.stdout == f"{hostile} {hostile}\n"


def test_a_shell_of_ones_own(world: World, jobs: Jobs) -> None:
    from wflpy.dag.spec import Shell

    world.run(task("a", body=Shell(text("print ok"), ("perl", "-e"))))
    assert (jobs["a"].remote_command, jobs["a"].args) == ("perl", ["-e", "print ok"])


def test_folders_and_streams_are_relative_to_the_flow(world: World, jobs: Jobs) -> None:
    (world.base / "sub").mkdir()
    world.run(
        task(
            "a",
            "true",
            workdir=text("sub"),
            stdin=text("in"),
            stdout=text("out/${{ params.n }}"),
            stderr=text("/abs/err"),
        ),
        task("b", "true", stdout=text("both"), join=True),
        task("c", "true", stdout=text("same"), stderr=text("same")),
        params={"n": 1},
    )
    base = str(world.base)
    a, b, c = jobs["a"], jobs["b"], jobs["c"]
    assert (a.working_directory, a.input_path, a.output_path, a.error_path) == (
        f"{base}/sub", f"{base}/in", f"{base}/out/1", "/abs/err",
    )  # fmt: skip
    assert (b.output_path, b.error_path, b.join_files) == (f"{base}/both", None, True)
    assert (c.output_path, c.error_path, c.join_files) == (f"{base}/same", None, True)


def test_a_literal_folder(world: World, jobs: Jobs) -> None:
    world.run(task("a", "true", workdir=text("sub")), task("b", "true", workdir=text("/abs")))
    assert (jobs["a"].working_directory, jobs["b"].working_directory) == (str(world.base / "sub"), "/abs")


def test_where_the_logs_of_redirected_tasks_are(world: World) -> None:
    world.script("say", Script(output="out\n", error="err\n"))
    result = world.run(task("say", stdout=text("mine.txt")), task("both", "say", join=True))
    say, both = result["say"], result["both"]
    assert say.stdout == world.base / "mine.txt"
    assert say.log_tail(stream="stdout") == "out"
    assert say.log_tail() == "err"
    assert both.stderr is None
    assert both.log_tail() == "out\nerr"


def test_what_is_asked_for(world: World, jobs: Jobs) -> None:
    resources = Resources(
        slots=2,
        memory=1_000_000_001,
        walltime=60.2,
        priority=-5,
        machines=("fake",),
        machine_os="linux",
        machine_arch="amd64",
    )
    world.run(task("a", "true", resources=resources, queue="default", account="lab", timeout=90))
    job = jobs["a"]
    assert (job.min_slots, job.min_phys_memory, job.priority, job.candidate_machines) == (2, 976_563, -5, ["fake"])
    assert (job.machine_os, job.machine_arch) == (3, 8)
    assert (job.queue_name, job.accounting_id, job.resource_limits) == ("default", "lab", {"WALLCLOCK_TIME": "61"})


def test_raw_attributes_win(world: World, jobs: Jobs) -> None:
    raw = JobTemplate(priority=7, job_environment={"X": "1"}, job_name="mine", min_slots=3)
    world.run(task("a", "prog", resources=Resources(slots=1, priority=1), template=raw))
    job = jobs["mine"]
    assert (job.remote_command, job.priority, job.min_slots) == ("prog", 7, 3)
    assert job.job_environment is not None
    assert (job.job_environment["X"], job.job_environment["WFLPY_TASK"]) == ("1", "a")


def test_a_template_as_it_is(world: World, jobs: Jobs, tmp_path: Path) -> None:
    given = JobTemplate(
        remote_command="prog", args=["$HOME"], output_path=str(tmp_path / "o"), working_directory=str(tmp_path)
    )
    result = world.run(task("a", body=Submit(given)))
    job = jobs["a"]
    assert (job.remote_command, job.args, job.job_name) == ("prog", ["$HOME"], "a")
    assert job.working_directory == str(tmp_path)
    assert result["a"].stdout == tmp_path / "o"
    assert given.job_name is None
    assert given.args is not job.args


def test_wishes_the_backend_does_not_know_are_dropped_with_a_note(world: World, jobs: Jobs) -> None:
    result = world.run(
        task("a", "true", image="python:3.12", resources=Resources(gpus=1)), task("b", "true", image="python:3.12")
    )
    assert result.ok
    assert result.notes == (
        "image 'python:3.12' of 'a', 'b' is ignored: fake has no container images",
        "gpus '1' of 'a' is ignored: fake has no GPUs",
    )
    assert jobs["a"].job_category is None


def test_strict_refuses_them_before_anything_runs(world: World, jobs: Jobs) -> None:
    engine = world.engine_for(flow(task("a", image="x"), base=world.base), strict=True)
    with pytest.raises(WorkflowError, match="image 'x' of 'a' cannot be met: fake has no container images"):
        engine.run()
    assert not jobs.templates


def test_hostile_folders(hostile_path: Path, home: Path) -> None:
    with a_world(hostile_path, home) as world:
        world.script("say", Script(output="ok\n"))
        result = world.run(task("say", outputs={"x": StdoutOutput()}))
        assert result["say"].outputs == {"x": "ok"}


def test_a_value_that_cannot_be_worked_out(world: World) -> None:
    a = run_one(world, task("a", "a", "${{ params.x.deep }}"), params={"x": {"other": 1}})
    assert (a.state, a.kind, a.attempts) == (TaskState.FAILED, FailureKind.EXPRESSION, 0)
    assert "params.x.deep" in a.reason


# -- outputs -----------------------------------------------------------------------------------------


def writes(files: dict[str, str], printed: str = "", status: int = 0) -> Any:
    def play(process: FakeProcess) -> Steps:
        for name, content in files.items():
            Path(process.working_directory, name).write_text(content)
        process.write(printed)
        yield 0.0
        return status

    return play


OUTPUTS: dict[str, tuple[Any, dict[str, str], str, object]] = {
    "file": (FileOutput(text("t.csv")), {"t.csv": "x"}, "", "t.csv"),
    "file with a parameter": (FileOutput(text("${{ params.n }}.csv")), {"5.csv": "x"}, "", "5.csv"),
    "json": (JsonOutput(text("m.json")), {"m.json": '{"a": [1]}'}, "", {"a": [1]}),
    "part of json": (JsonOutput(text("m.json"), "a.1.b"), {"m.json": '{"a": [0, {"b": 2}]}'}, "", 2),
    "text": (StdoutOutput(), {}, "\n two \nlines\n", "two \nlines"),
    "nothing printed": (StdoutOutput(), {}, "", ""),
    "line": (StdoutOutput("line"), {}, "first\nlast \n\n", "last"),
    "printed json": (StdoutOutput("json"), {}, '{"x": 1}\n', {"x": 1}),
    "pattern": (StdoutOutput("regex", r"score: (\S+)"), {}, "score: 1\nscore: 2\n", "2"),
    "whole pattern": (StdoutOutput("regex", r"^s\w+"), {}, "x\nscore: 1", "score"),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_outputs_are_read(world: World, case: str) -> None:
    output, files, printed, expected = OUTPUTS[case]
    world.script("a", writes(files, printed))
    a = run_one(world, task("a", outputs={"x": output}), params={"n": 5})
    assert (a.state, a.outputs) == (TaskState.DONE, {"x": expected})


MISSING: dict[str, tuple[Any, dict[str, str], str, str]] = {
    "file": (FileOutput(text("t.csv")), {}, "", "output 'x' is missing: there is no file {base}/t.csv"),
    "json file": (JsonOutput(text("m.json")), {}, "", "output 'x' is missing: there is no file {base}/m.json"),
    "no json": (
        JsonOutput(text("m.json")), {"m.json": "nope"}, "",
        "output 'x' cannot be read: m.json is not JSON (Expecting value: line 1 column 1 (char 0))",
    ),
    "no such key": (
        JsonOutput(text("m.json"), "a.rmes"), {"m.json": '{"a": {"rmse": 1}}'}, "",
        "output 'x' is missing: 'a' in m.json has no 'rmes', only rmse",
    ),
    "no such element": (
        JsonOutput(text("m.json"), "5"), {"m.json": "[1]"}, "",
        "output 'x' is missing: m.json has no '5': it is a list of 1",
    ),
    "no line": (StdoutOutput("line"), {}, "\n", "output 'x' is missing: the task printed nothing"),
    "no match": (
        StdoutOutput("regex", "score"), {}, "nope", "output 'x' is missing: nothing the task printed matches 'score'",
    ),
    "no pattern": (
        StdoutOutput("regex", "("), {}, "x",
        "output 'x' cannot be read: the pattern '(' is wrong: missing ), unterminated subpattern at position 0",
    ),
    "printed no json": (
        StdoutOutput("json"), {}, "nope",
        "output 'x' cannot be read: what the task printed is not JSON (Expecting value: line 1 column 1 (char 0))",
    ),
    "nothing returned": (ReturnOutput(), {}, "", "output 'x' is missing: no function returned anything"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISSING)
def test_a_missing_output_fails_the_task(world: World, case: str) -> None:
    output, files, printed, reason = MISSING[case]
    world.script("a", writes(files, printed))
    a = run_one(world, task("a", outputs={"x": output}))
    reason = reason.replace("{base}", str(world.base))
    assert (a.state, a.kind, a.reason, a.exit_status) == (TaskState.FAILED, FailureKind.OUTPUT_MISSING, reason, 0)


def test_paths_of_outputs_in_tasks_with_a_folder_of_their_own(world: World, jobs: Jobs) -> None:
    (world.base / "sub").mkdir()
    world.script("a", lambda process: writes({str(world.base / "t.csv"): "x"})(process))
    world.run(
        task("a", "a", "${{ outputs.x }}", workdir=text("sub"), outputs={"x": FileOutput(text("t.csv"))}),
        task("b", "b", "${{ needs.a.outputs.x }}", needs="a"),
        task("c", "c", "${{ needs.a.outputs.x }}", needs="a", workdir=text("sub")),
    )
    assert jobs["a"].args == [str(world.base / "t.csv")]
    assert jobs["b"].args == ["t.csv"]
    assert jobs["c"].args == [str(world.base / "t.csv")]


def test_what_a_task_knows_of_those_before_it(world: World, jobs: Jobs) -> None:
    world.script("a", Script(output="printed\n\n", exit_status=3))
    words = [
        "${{ needs.a.state }}",
        "${{ needs.a.exit_status }}",
        "${{ needs.a.stdout }}",
        "${{ needs.a.reason }}",
        "${{ run.id }}",
    ]
    result = world.run(task("a"), task("b", "b", *words, needs={"a": "any"}))
    assert jobs["b"].args == ["FAILED", "3", "printed", "exit status 3", result.run_id]


# -- Python functions --------------------------------------------------------------------------------


def for_real(process: FakeProcess) -> Steps:
    """Really run the program of a fake job."""
    ran = subprocess.run(
        [process.command, *process.args], capture_output=True, text=True, cwd=process.working_directory, check=False
    )
    process.write(ran.stdout)
    process.write_error(ran.stderr)
    yield 0.0
    return ran.returncode


@pytest.fixture
def python(world: World) -> World:
    world.script(sys.executable, for_real)
    (world.base / "mod.py").write_text(
        "def add(a, b=1): print('adding'); return {'sum': a + b}\n"
        "def odd(): return {1, 2}\n"
        "def size(values): return len(values)\n"
        "def boom(): raise ValueError('no such column')\n"
    )
    return world


def test_a_function_is_called_and_its_value_passed_on(python: World) -> None:
    add = task("add", body=Call("mod:add", (text("${{ params.n }}"),), {"b": 4}), outputs={"s": ReturnOutput("sum")})
    again = task("again", body=Call("mod:add", (Expression.parse("needs.add.outputs.s"),)), needs="add")
    last = task("last", body=Call("mod:add", (0, Expression.parse("needs.again.value.sum"))), needs="again")
    result = python.run(add, again, last, params={"n": 5})
    assert result.ok
    assert (result["add"].value, result["add"].outputs) == ({"sum": 9}, {"s": 9})
    assert (result["again"].value, result["last"].value) == ({"sum": 10}, {"sum": 10})
    assert result["add"].log_tail(stream="stdout") == "adding"


def test_an_exception_is_the_reason(python: World) -> None:
    result = python.run(task("a", body=Call("mod:boom")), handlers=handlers(finally_="true"))
    a = result["a"]
    assert (a.state, a.kind, a.reason) == (TaskState.FAILED, FailureKind.EXCEPTION, "raised ValueError: no such column")
    assert "Traceback" in a.log_tail()


def test_values_json_cannot_hold_travel_unread(python: World) -> None:
    result = python.run(
        task("odd", body=Call("mod:odd")),
        task("size", body=Call("mod:size", (Expression.parse("needs.odd.value"),)), needs="odd"),
    )
    assert result.ok, result.reason
    assert result["size"].value == 2
    value: Any = result["odd"].value
    assert value["$wflpy"] == "pickle"
    key = result.directory / "calls" / "key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_part_of_a_value_json_cannot_hold(python: World) -> None:
    a = run_one(python, task("a", body=Call("mod:odd"), outputs={"x": ReturnOutput("part")}))
    assert a.reason == "output 'x' cannot be read: the returned value is not JSON and has no 'part'"


def test_a_function_that_leaves_nothing(python: World) -> None:
    python.script(sys.executable, 0)
    a = run_one(python, task("a", body=Call("mod:add", (1,))))
    assert (a.kind, a.reason) == (FailureKind.OUTPUT_MISSING, "the function ended without leaving a result")


def test_the_call_file(python: World) -> None:
    payload = {"$wflpy": "object", "index": 0}
    python.script("python9", 1)
    result = python.run(
        task("a", body=Call("shown", (payload, [text("${{ params.n }}")]), {}, b"packed", "python9")), params={"n": 5}
    )
    call = json.loads((result.directory / "calls" / "a.1.json").read_text())
    assert (call["function"], call["args"], call["base"]) == ("shown", [payload, [5]], os.fspath(python.base))
    assert Path(call["payload"]).read_bytes() == b"packed"
    assert open_run(python.home, result.run_id).plan.spec.tasks["a"].body == Call(
        "shown", (payload, [text("${{ params.n }}")]), {}, b"packed", "python9"
    )


# -- sentences ---------------------------------------------------------------------------------------

OOM = FailureKind.OUT_OF_MEMORY
SENTENCES: list[tuple[JobInfo, str, str, FailureKind]] = [
    (JobInfo(exit_status=3), "", "exit status 3", FailureKind.EXIT),
    (JobInfo(exit_status=127), "", "exit status 127", FailureKind.EXIT),
    (JobInfo(exit_status=127), "x", "exit status 127 (the shell did not find a command)", FailureKind.EXIT),
    (
        JobInfo(exit_status=139), "x",
        "exit status 139 (a command in the shell was killed by SIGSEGV (segmentation fault))", FailureKind.EXIT,
    ),
    (JobInfo(terminating_signal="SIGSEGV"), "", "killed by SIGSEGV (segmentation fault)", FailureKind.SIGNAL),
    (JobInfo(terminating_signal="SIGRTMIN+3"), "", "killed by SIGRTMIN+3", FailureKind.SIGNAL),
    (JobInfo(job_sub_state=Cause.OUT_OF_MEMORY, terminating_signal="SIGKILL"), "", "ran out of memory", OOM),
    (JobInfo(job_sub_state=Cause.OUT_OF_MEMORY, annotation="used 3 GB\nof 2 GB"), "", "used 3 GB of 2 GB", OOM),
    (JobInfo(job_sub_state=Cause.WALLCLOCK_TIME), "", "did not end within its wall clock limit", FailureKind.TIMEOUT),
    (JobInfo(job_sub_state=Cause.PROGRAM_NOT_FOUND), "", "its program does not exist", FailureKind.START_FAILED),
    (JobInfo(job_sub_state="word of the backend", exit_status=2), "", "exit status 2", FailureKind.EXIT),
    (JobInfo(), "", "failed, and the backend does not say how", FailureKind.LOST),
    (JobInfo(annotation="node7 is gone"), "", "node7 is gone", FailureKind.LOST),
]  # fmt: skip


@pytest.mark.parametrize(("info", "shell", "sentence", "kind"), SENTENCES)
def test_sentences(info: JobInfo, shell: str, sentence: str, kind: FailureKind) -> None:
    ending = ending_of(info, None, task("a", shell=shell))
    assert (ending.reason, ending.kind) == (sentence, kind)


def test_every_cause_has_a_sentence() -> None:
    for cause in Cause:
        assert ending_of(JobInfo(job_sub_state=cause), cause, task("a")).reason


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.5, "0.5s"),
        (2, "2s"),
        (60, "1m"),
        (90, "1m30s"),
        (3600, "1h"),
        (7325, "2h2m5s"),
        (90.5, "90.5s"),
        (86400, "24h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert explain.duration_text(seconds) == words


def test_a_chain_never_waits_for_company(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(world.clock, "pause", pauses.append)
    result = world.run(task("t0"), *(task(f"t{number}", needs=f"t{number - 1}") for number in range(1, 6)))
    assert result.ok
    assert pauses == []


def test_what_sigkill_may_mean_is_said() -> None:
    assert explain.signal_text("SIGKILL") == "killed by SIGKILL (by force, as kill -9 and the out-of-memory killer do)"
