"""What a right file comes to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wflpy import loader
from wflpy.dag.compiler import compile_plan
from wflpy.dag.spec import (
    Call,
    Command,
    Edge,
    FileOutput,
    HandlerKind,
    JsonOutput,
    Origin,
    Resources,
    Retry,
    ReturnOutput,
    Shell,
    StdoutOutput,
    Submit,
    Tolerance,
)
from wflpy.drmaa2 import JobTemplate, OperatingSystem
from wflpy.expr import Expression, Text
from wflpy.flow import Flow
from wflpy.loader import NamedBackend, WorkflowFile, WorkflowFileError, check_file, load_file, load_flow, load_spec

if TYPE_CHECKING:
    from wflpy.dag.spec import FlowSpec

EXAMPLE = Path(__file__).with_name("example.yaml")
BASH = ("bash", "-eo", "pipefail", "-c")


@pytest.fixture(scope="module")
def file() -> WorkflowFile:
    return load_file(EXAMPLE)


@pytest.fixture(scope="module")
def spec(file: WorkflowFile) -> FlowSpec:
    return file.spec


def line_of(text: str) -> int:
    return EXAMPLE.read_text(encoding="utf-8").split("\n").index(text) + 1


def written(folder: Path, text: str) -> Path:
    path = folder / "flow.yaml"
    path.write_text("wfl: 1\n" + text, encoding="utf-8")
    return path


def test_flow(spec: FlowSpec) -> None:
    assert (spec.name, spec.base, spec.backend) == ("churn-model", EXAMPLE.parent, "laptop")
    assert spec.description == "Clean, train a small grid, pick the best, report."
    assert spec.params == {"rows": 10000, "region": "NO", "refresh": False}
    assert spec.env == {
        name: Text.literal(text) for name, text in (("OMP_NUM_THREADS", "1"), ("VERSION", "1.10"), ("TRUTH", "yes"))
    }
    assert spec.strict_needs
    assert spec.origin is not None
    assert list(spec.tasks) == ["clean", "train", "best", "report", "sweep", "native", "each", "plain"]
    assert len(compile_plan(spec)) > 2500


def test_backends(file: WorkflowFile) -> None:
    assert file.backends == {
        "laptop": NamedBackend("process", {"slots": "4"}),
        "hpc": NamedBackend("slurm", {"queue": "short", "account": "007"}),
    }


def test_shell_and_what_defaults_give(spec: FlowSpec) -> None:
    clean = spec.tasks["clean"]
    assert clean.body == Shell(
        Text.parse("python clean.py --rows ${{ params.rows }} --region ${{ params.region }}"), BASH
    )
    assert clean.inputs == (Text.literal("raw/customers.csv"), Text.literal("clean.py"))
    assert clean.outputs == {"table": FileOutput(Text.literal("data/clean.csv"))}
    assert {name: str(text) for name, text in clean.env.items()} == {
        "SHARED": "x",
        "OWN": "${{ run.id }}",
        "A": "1",
        "B": "010",
    }
    assert (clean.retry, clean.timeout) == (Retry(max=1), 1800.0)
    assert clean.resources == Resources(slots=1, memory=2 * 10**9)
    assert clean.origin == Origin(str(EXAMPLE), line_of("  clean:"), 3)
    handler = clean.handlers[HandlerKind.ERROR]
    assert (handler.name, handler.retry, handler.timeout) == ("clean.on_error", Retry(max=1), 1800.0)
    assert not handler.handlers


def test_matrix_retry_and_resources(spec: FlowSpec) -> None:
    train = spec.tasks["train"]
    assert train.matrix is not None
    assert train.matrix.axes == {"depth": (4, 8), "lr": (0.1, 0.01)}
    assert train.matrix.exclude == ({"depth": 8, "lr": 0.1},)
    assert train.matrix.include == ({"depth": 4, "note": "small"},)
    assert train.needs == {"clean": Edge.SUCCESS}
    assert train.max_parallel == 2
    assert train.retry == Retry(
        max=3, delay=30.0, backoff=2.0, max_delay=300.0, jitter=0.1, when=("out_of_memory", "preempted", 75)
    )
    assert train.resources == Resources(
        slots=4, memory=2 * 10**9, walltime=7200.0, machine_os="LINUX", machines=("a", "b")
    )
    assert train.outputs["rmse"] == JsonOutput(Text.parse("metrics_${{ matrix.depth }}_${{ matrix.lr }}.json"), "rmse")
    assert train.handlers == {}  # null takes the default away


def test_call(spec: FlowSpec) -> None:
    best = spec.tasks["best"]
    assert best.body == Call(
        "pipeline.select:pick_best",
        kwargs={
            "scores": Expression.parse("needs.train.outputs.rmse"),
            "label": Text.parse("best of ${{ run.id }}"),
            "deep": [1, {"x": 1.5}, True, None],
        },
    )
    assert best.outputs == {"winner": ReturnOutput("model"), "all": ReturnOutput("")}
    assert best.timeout is None


def test_everything_of_a_task(spec: FlowSpec) -> None:
    report = spec.tasks["report"]
    assert report.needs == {"best": Edge.SUCCESS, "train": Edge.FINISHED}
    assert report.when == Expression.parse("success() and params.refresh")
    assert isinstance(report.body, Command)
    assert [str(text) for text in report.body.argv[3:]] == ["-P", "model=${{ needs.best.outputs.winner }}"]
    assert report.outputs == {"words": StdoutOutput("line"), "pages": StdoutOutput("regex", r"pages: (\d+)")}
    assert [str(text) for text in (report.stdin, report.stdout, report.stderr, report.workdir)] == [
        "in.txt",
        "out.txt",
        "err.txt",
        "reports",
    ]
    assert (report.image, report.tags) == ("quarto:1.5", ("nightly", "2024"))
    assert set(report.handlers) == {
        HandlerKind.ERROR,
        HandlerKind.SUCCESS,
        HandlerKind.ALWAYS,
        HandlerKind.RECOVER,
    }
    assert report.handlers[HandlerKind.RECOVER].body == Call("m:f")
    assert report.handlers[HandlerKind.RECOVER].timeout == 5.0


def test_array_and_raw_template(spec: FlowSpec) -> None:
    sweep = spec.tasks["sweep"]
    assert sweep.array == range(1, 5001, 2)
    assert sweep.allow_failure == Tolerance(share=0.01)
    assert (sweep.queue, sweep.account, sweep.backend) == ("007", "ml", "hpc")
    assert sweep.template == JobTemplate(
        min_slots=2,
        job_name="1.10",
        rerunnable=True,
        resource_limits={"CPU_TIME": "60"},
        machine_os=OperatingSystem.LINUX,
    )
    native = spec.tasks["native"]
    assert native.body == Submit(JobTemplate(remote_command="/bin/true", args=["1", "2"]))
    assert native.template is None
    assert native.allow_failure == Tolerance()


def test_list_and_short_form(spec: FlowSpec) -> None:
    assert spec.tasks["each"].items == ("a", 1, {"k": 2.5})
    assert spec.tasks["each"].allow_failure == Tolerance(count=2)
    assert spec.tasks["plain"].body == Shell(Text.literal("echo done"))


def test_handlers_of_the_flow(spec: FlowSpec) -> None:
    assert {kind: handler.name for kind, handler in spec.handlers.items()} == {
        HandlerKind.ERROR: "on_error",
        HandlerKind.SUCCESS: "on_success",
        HandlerKind.FINALLY: "finally",
    }
    assert spec.handlers[HandlerKind.SUCCESS].body == Call("m:g", kwargs={"n": 1})
    assert spec.handlers[HandlerKind.FINALLY].origin == Origin(str(EXAMPLE), line_of("finally: rm -rf scratch/"), 1)


def test_flow_is_made_of_it() -> None:
    flow = load_flow(EXAMPLE, {"rows": "5"})
    assert isinstance(flow, Flow)
    assert flow.spec().params["rows"] == 5
    assert Flow.from_yaml(EXAMPLE, {"rows": 5}).spec() == flow.spec()


def test_flow_runs_on_a_backend_that_its_file_names(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("wfl: 1\nbackend: mine\nbackends: {mine: {type: fake, slots: 2}}\ntasks: {a: {run: [x]}}\n")
    assert load_flow(path).execute().ok


@pytest.mark.parametrize(
    ("said", "program"),
    [
        ("bash", BASH),
        ("/bin/sh", ("/bin/sh", "-e", "-c")),
        ("bash -c", ("bash", "-c")),
        ("[zsh, -c]", ("zsh", "-c")),
        ("python3", ("python3", "-c")),
    ],
)
def test_shells(tmp_path: Path, said: str, program: tuple[str, ...]) -> None:
    path = written(tmp_path, f"tasks: {{a: {{run: x, shell: {said}}}}}")
    assert load_spec(path).tasks["a"].body == Shell(Text.literal("x"), program)


def test_shell_of_the_defaults_is_for_text_alone(tmp_path: Path) -> None:
    path = written(tmp_path, "defaults: {shell: zsh}\ntasks: {a: {run: [x]}, b: x}")
    tasks = load_spec(path).tasks
    assert tasks["a"].body == Command((Text.literal("x"),))
    assert tasks["b"].body == Shell(Text.literal("x"), ("zsh", "-eo", "pipefail", "-c"))


def test_retry_of_the_defaults_is_merged(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "defaults: {retry: {max: 2, delay: 5s}}\n"
        "tasks: {a: {run: x, retry: 4}, b: {run: x, retry: {backoff: 2, delay: null}}, c: {run: x, retry: null}}",
    )
    tasks = load_spec(path).tasks
    assert tasks["a"].retry == Retry(max=4, delay=5.0)
    assert tasks["b"].retry == Retry(max=2, backoff=2.0)
    assert tasks["c"].retry is None


@pytest.mark.parametrize(
    ("stem", "name"),
    [("nightly", "nightly"), ("2 flows", "flow_2_flows"), ("a'; echo foo", "a_echo_foo"), ("日本", "flow")],
)
def test_name_is_that_of_the_file(tmp_path: Path, stem: str, name: str) -> None:
    path = tmp_path / f"{stem}.yaml"
    path.write_text("wfl: 1\ntasks: {a: x}")
    assert load_spec(path).name == name


def test_hostile_folder(hostile_path: Path) -> None:
    path = written(hostile_path, "tasks: {a: x, b: {run: y, needs: c}}")
    (found,) = check_file(path)
    assert found.file == str(path)
    assert found.line == 2
    assert load_spec(written(hostile_path, "tasks: {a: x}")).base == hostile_path


def test_base_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "tasks: {a: x}")
    monkeypatch.chdir(tmp_path)
    assert load_spec("flow.yaml").base == tmp_path


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(WorkflowFileError, match=r"No such file.*is the path right\?") as caught:
        load_flow(tmp_path / "nothing.yaml")
    assert [one.code for one in caught.value.diagnostics] == ["WFL015"]
    assert [one.code for one in check_file(tmp_path)] == ["WFL015"]


def test_windows_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_bytes(b"\xef\xbb\xbfwfl: 1\r\ntasks:\r\n  a: x\r\n  b: {run: y, needs: c}\r\n")
    (found,) = check_file(path)
    assert (found.line, found.column, found.excerpt) == (4, 22, "  b: {run: y, needs: c}")


def test_yaml_and_pydantic_are_loaded_with_the_loader_alone() -> None:
    script = "import sys, wflpy.flow; assert not {'yaml', 'pydantic', 'jinja2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)


def test_public_names_are_documented() -> None:
    for name in ("check_file", "load_file", "load_flow", "load_spec", "render", "render_all", "schema"):
        assert getattr(loader, name).__doc__
