"""What a chain of calls declares, and that it compiles to what it says."""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.dag import (
    Command,
    Edge,
    FileOutput,
    FlowSpec,
    HandlerKind,
    JsonOutput,
    Matrix,
    Resources,
    Retry,
    ReturnOutput,
    Shell,
    StdoutOutput,
    Submit,
    TaskSpec,
    Tolerance,
)
from wflpy.dag.spec import Origin
from wflpy.drmaa2 import JobTemplate
from wflpy.expr import Expression, Text
from wflpy.flow import Flow, Task, array, error, from_json, from_return, from_stdout, item, matrix, outputs, params

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = ("a'; echo foo", "ünïcode 日本", "new\nline", '$(touch owned) `x` "q" *', "", " ", "-x", "}}", "{{ x }}")


def argv_of(task: Task) -> list[str]:
    body = task.spec.body
    assert isinstance(body, Command)
    return [str(text) for text in body.argv]


def notify(*args: object) -> None:
    """Something to call."""


# -- the example everybody sees first ----------------------------------------------------------------


def test_the_example_of_the_readme_declares_what_it_says() -> None:
    flow = Flow("churn")
    clean = flow.run("python", "clean.py", name="clean", outputs={"table": "data/clean.csv"})
    train = (
        clean.then(
            "python",
            "train.py",
            clean.outputs["table"],
            "--depth",
            matrix.depth,
            name="train",
            outputs={"rmse": from_json("m.json", "rmse")},
        )
        .matrix(depth=[4, 8])
        .retry(3, delay="5s")
        .timeout("2h")
        .on_error("python", "notify.py", "training failed")
    )
    best = train.then_call(max, train.outputs["rmse"], name="best")
    flow.finally_("rm", "-rf", "scratch")

    spec = flow.spec()
    assert list(spec.tasks) == ["clean", "train", "best"]
    assert spec.base == Path.cwd()
    declared = spec.tasks["train"]
    assert declared.needs == {"clean": Edge.SUCCESS}
    assert argv_of(train) == [
        "python",
        "train.py",
        "${{ needs.clean.outputs.table }}",
        "--depth",
        "${{ matrix.depth }}",
    ]
    assert declared.matrix == Matrix(axes={"depth": (4, 8)})
    assert declared.retry == Retry(max=3, delay=5.0)
    assert declared.timeout == 7200.0
    assert declared.outputs == {"rmse": JsonOutput(Text.literal("m.json"), "rmse")}
    assert train.handlers["error"].name == "train.on_error"
    assert argv_of(train.handlers["error"]) == ["python", "notify.py", "training failed"]
    assert flow.handlers["finally"].name == "finally"
    assert best.spec.needs == {"train": Edge.SUCCESS}
    # The members of train would all write m.json.
    train.spec.outputs = {"rmse": JsonOutput(Text.parse("m${{ matrix.depth }}.json"), "rmse")}
    plan = flow.compile()
    assert plan.names == ("clean", "train[depth=4]", "train[depth=8]", "train.on_error", "best", "finally")
    assert set(flow.graph().edges) == {("clean", "train"), ("train", "train.on_error"), ("train", "best")}


# -- names -------------------------------------------------------------------------------------------


def test_tasks_without_a_name_are_called_after_their_command() -> None:
    flow = Flow("f")
    made = [
        flow.run("python", "a.py"),
        flow.run("python", "b.py"),
        flow.run(Path("/usr/bin/sort.sh")),
        flow.run("./7zip"),
        flow.run("日本"),
        flow.run(params.tool),
        flow.shell("sort a | head"),
        flow.shell("x=1; echo $x"),
        flow.shell("  for f in *; do echo; done"),
        flow.call(notify),
        flow.call(lambda: None),
        flow.submit(JobTemplate(remote_command="/bin/date")),
        flow.submit(JobTemplate(remote_command="/bin/date", job_name="my job")),
    ]
    assert [task.name for task in made] == [
        "python", "python_2", "sort", "_7zip", "run", "run_2", "sort_2", "shell", "for", "notify", "lambda", "date",
        "my_job",
    ]  # fmt: skip


def test_a_generated_name_makes_way_for_a_given_one() -> None:
    flow = Flow("f")
    flow.run("x", name="python_2")
    assert [flow.run("python").name for _ in range(3)] == ["python", "python_3", "python_4"]


@given(st.lists(st.sampled_from(["a", "a_2", "b/a", "a.py"]), max_size=12))
def test_generated_names_are_different_and_always_the_same(programs: list[str]) -> None:
    first, second = Flow("f"), Flow("f")
    names = [first.run(program).name for program in programs]
    assert len(set(names)) == len(names)
    assert names == [second.run(program).name for program in programs]


def test_handles_are_found_by_name() -> None:
    flow = Flow("f")
    task = flow.run("true", name="a")
    assert flow["a"] == task
    assert hash(flow["a"]) == hash(task)
    assert flow["a"] != flow.run("true", name="b")
    assert ("a" in flow, "c" in flow, len(flow), list(flow.tasks)) == (True, False, 2, ["a", "b"])
    with pytest.raises(KeyError, match="known: a, b"):
        flow["c"]
    assert (repr(flow), repr(flow["a"].then("x", name="c"))) == ("<flow f: 2 tasks>", "<task c after a>")


# -- arguments ---------------------------------------------------------------------------------------


class Level(IntEnum):
    HIGH = 3


class Integer:
    """A whole number of somebody else's, such as numpy's."""

    def __index__(self) -> int:
        return 7


def test_arguments_of_every_allowed_kind() -> None:
    task = Flow("f", params={"x": 1}).run(
        "p", "text", 1, 1.5, 1e-7, -0.0, Path("a/b"), Level.HIGH, Integer(), ["l", 2, params.x], ("t",), [], params.x,
        "a" + params.x + "b", Text.parse("<${{ params.x }}>"), Expression.parse("params.x"), Text.literal("${{"),
    )  # fmt: skip
    assert argv_of(task) == [
        "p", "text", "1", "1.5", "1e-07", "-0.0", "a/b", "3", "7", "l", "2", "${{ params.x }}", "t", "${{ params.x }}",
        "a${{ params.x }}b", "<${{ params.x }}>", "${{ params.x }}", "${{ '${{' }}",
    ]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_passed_as_it_is(text: str) -> None:
    task = Flow("f").run("p", text)
    body = task.spec.body
    assert isinstance(body, Command)
    assert body.argv[1] == Text.literal(text)
    assert body.argv[1].arguments({}) == [text]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (None, "an argument is None, and programs read that differently"),
        (True, "an argument is True"),
        ([False], "an argument in a list is False"),
        ([["x"]], "an argument in a list is a list, which has no one text"),
        ({"a": 1}, "an argument is a dict, which has no one text"),
        (b"x", "an argument is a bytes"),
        (object(), "an argument is a object"),
        ("a\0b", "holds a NUL character"),
        ("${{ params.x }}", r"an argument holds '\$\{\{'"),
        (matrix, "'matrix' is no value itself"),
    ],
)
def test_what_has_no_one_text_is_refused(argument: object, message: str) -> None:
    from wflpy.dag import WorkflowError

    with pytest.raises(WorkflowError, match=message) as caught:
        Flow("f").run("p", argument)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert caught.value.file == __file__
    assert caught.value.problems[0].hint


def test_references_bring_their_edges_wherever_they_stand() -> None:
    flow = Flow("f")
    made = {name: flow.run("true", name=name, outputs={"o": f"{name}.txt"}) for name in "abcdefghij"}
    ref = {name: task.outputs["o"] for name, task in made.items()}
    task = flow.run(
        "p", ref["a"], "x" + ref["b"], [ref["c"]],
        env={"V": ref["d"]}, workdir=ref["e"], inputs=[ref["f"]], outputs={"o": ref["g"] + ".out"}, stdin=ref["h"],
        when=Expression.parse("needs.i.outputs.o == 'x'"),
    )  # fmt: skip
    task.env(W=ref["j"])
    assert list(task.spec.needs) == list("abcdefghij")
    flow.compile()


def test_a_reference_does_not_weaken_an_edge_that_was_asked_for() -> None:
    flow = Flow("f")
    a = flow.run("true", name="a")
    b = flow.run("true", name="b").after(a, on="finished").env(STATUS=a.exit_status)
    assert b.spec.needs == {"a": Edge.FINISHED}


# -- what runs ---------------------------------------------------------------------------------------


def test_shell_text_takes_expressions_and_references() -> None:
    flow = Flow("f", params={"n": 3})
    clean = flow.run("true", name="clean", outputs={"t": "t.csv"})
    head = flow.shell("head -n ${{ params.n }} ${{ needs.clean.outputs.t }} > $OUT", name="head")
    assert head.spec.body == Shell(Text.parse("head -n ${{ params.n }} ${{ needs.clean.outputs.t }} > $OUT"))
    assert head.spec.needs == {"clean": Edge.SUCCESS}
    joined = clean.then_shell("wc " + clean.outputs["t"], interpreter=("dash", "-c"))
    assert joined.spec.body == Shell(Text.parse("wc ${{ needs.clean.outputs.t }}"), ("dash", "-c"))


def test_a_submitted_template_is_copied() -> None:
    template = JobTemplate(remote_command="sleep", args=["1"])
    task = Flow("f").submit(template, name="s", timeout="5s")
    assert template.args is not None
    template.args.append("2")
    assert task.spec.body == Submit(JobTemplate(remote_command="sleep", args=["1"]))


def test_arrays_over_indices_and_over_values() -> None:
    flow = Flow("f")
    sweep = flow.array("1-100:2", "sim", "--seed", array.index, max_parallel=10, name="sweep")
    assert (sweep.spec.array, sweep.spec.max_parallel) == (range(1, 101, 2), 10)
    assert flow.array(range(1, 4), "sim").spec.array == range(1, 4)
    each = flow.array(["a", Path("b"), 3], "sim", item)
    assert (each.spec.items, each.spec.array) == (("a", "b", 3), None)
    assert len(flow.compile()) == 50 + 3 + 3


# -- verbs -------------------------------------------------------------------------------------------


def test_then_adds_a_task_and_everything_else_returns_the_same_one() -> None:
    flow = Flow("f")
    first = flow.run("true", name="first")
    nexts = [first.then("a"), first.then_shell("b"), first.then_call(notify), first.on_success("d")]
    assert all(task != first and task.spec.needs == {"first": Edge.SUCCESS} for task in nexts)
    same = (
        first.on_error("e").always("f").recover("g").retry(1).timeout("1s").when("true").for_each([1]).env(A="1")
        .workdir("w").streams(stdin="i", stdout="o", stderr="e", join=False).image("i").resources(slots=1).queue("q")
        .account("acc").backend("b").allow_failure().tag("t", "u").tag("t").max_parallel(2).after(nexts[0].then("x"))
        .add_done_callback(print)
    )  # fmt: skip
    assert same is first
    assert set(first.handlers) == {"error", "always", "recover"}
    spec = first.spec
    assert (spec.image, spec.queue, spec.account, spec.backend, spec.tags) == ("i", "q", "acc", "b", ("t", "u"))
    assert (spec.workdir, spec.stdin, spec.stdout, spec.stderr) == tuple(map(Text.literal, "wioe"))
    assert (spec.join, spec.max_parallel, spec.items, spec.when) == (False, 2, (1,), Expression.parse("true"))


OPTIONS_AND_METHODS: list[tuple[str, object, Callable[[Task], Task]]] = [
    ("timeout", "2h", lambda task: task.timeout("2h")),
    ("timeout", timedelta(minutes=3), lambda task: task.timeout(timedelta(minutes=3))),
    ("retry", 3, lambda task: task.retry(3)),
    (
        "retry",
        {"max": 2, "delay": "1m", "when": ["timeout", 75]},
        lambda task: task.retry(2, delay="1m", when=["timeout", 75]),
    ),
    ("retry", Retry(max=1, jitter=0.5), lambda task: task.retry(1, jitter=0.5)),
    ("when", "params.x", lambda task: task.when(params.x)),
    ("matrix", {"a": [1, 2], "exclude": [{"a": 1}]}, lambda task: task.matrix(a=(1, 2), exclude=[{"a": 1}])),
    ("for_each", range(3), lambda task: task.for_each([0, 1, 2])),
    ("max_parallel", 2, lambda task: task.max_parallel(2)),
    ("env", {"A": 1}, lambda task: task.env(A="1")),
    ("workdir", Path("w"), lambda task: task.workdir("w")),
    ("stdin", "i", lambda task: task.streams(stdin="i")),
    ("join", True, lambda task: task.streams(join=True)),
    ("image", "i", lambda task: task.image("i")),
    ("queue", "q", lambda task: task.queue("q")),
    ("account", "a", lambda task: task.account("a")),
    ("backend", "b", lambda task: task.backend("b")),
    ("resources", {"slots": 2, "memory": "1GB"}, lambda task: task.resources(slots=2).resources(memory="1GB")),
    ("resources", Resources(walltime=60.0), lambda task: task.resources(walltime="1m")),
    ("allow_failure", True, lambda task: task.allow_failure()),
    ("allow_failure", "1.5%", lambda task: task.allow_failure("1.5%")),
    ("tags", "x", lambda task: task.tag("x")),
]


@pytest.mark.parametrize(("option", "value", "method"), OPTIONS_AND_METHODS)
def test_an_option_and_the_method_of_its_name_do_the_same(
    option: str, value: object, method: Callable[[Task], Task]
) -> None:
    flow = Flow("f", params={"x": True})
    by_option = flow.run("true", name="t", **{option: value})  # type: ignore[arg-type]  # pyright: ignore
    by_method = method(Flow("f", params={"x": True}).run("true", name="t"))
    by_method.spec.origin = by_option.spec.origin
    assert by_option.spec == by_method.spec


def test_values_of_the_specification() -> None:
    flow = Flow("f")
    task = flow.run(
        "true",
        outputs={
            "file": Path("a"), "later": "b" + item, "json": from_json("j", "x.y"), "text": from_stdout(),
            "last": from_stdout("line"), "score": from_stdout("regex", "score: (.*)"), "also": from_stdout(pattern="x"),
            "part": from_return("best"),
        },
        after=[flow.run("x", name="x"), flow.run("y", name="y")], inputs="one", description="d", tags=["t"],
        template=JobTemplate(email=["a@b.c"]),
    )  # fmt: skip
    spec = task.spec
    assert spec.outputs == {
        "file": FileOutput(Text.literal("a")),
        "later": FileOutput(Text.parse("b${{ item }}")),
        "json": JsonOutput(Text.literal("j"), "x.y"),
        "text": StdoutOutput("text"),
        "last": StdoutOutput("line"),
        "score": StdoutOutput("regex", "score: (.*)"),
        "also": StdoutOutput("regex", "x"),
        "part": ReturnOutput("best"),
    }
    assert (spec.needs, spec.inputs) == ({"x": Edge.SUCCESS, "y": Edge.SUCCESS}, (Text.literal("one"),))
    assert spec.template == JobTemplate(email=["a@b.c"])
    task.resources(
        slots=2,
        memory="8GiB",
        walltime="1h",
        gpus=0,
        priority=-5,
        machine_os="linux",
        machine_arch="x86_64",
        machines="n1",
    )
    assert spec.resources == Resources(
        slots=2,
        memory=8 * 2**30,
        walltime=3600.0,
        gpus=0,
        priority=-5,
        machine_os="LINUX",
        machine_arch="X64",
        machines=("n1",),
    )
    task.retry(5, delay=timedelta(seconds=2), backoff=2, max_delay="1m", jitter=0.1, when="out_of_memory")
    assert spec.retry == Retry(max=5, delay=2.0, backoff=2.0, max_delay=60.0, jitter=0.1, when=("out_of_memory",))
    assert task.allow_failure(3).spec.allow_failure == Tolerance(count=3)
    assert task.allow_failure("2%").spec.allow_failure == Tolerance(share=0.02)
    assert task.allow_failure(False).spec.allow_failure is None
    assert task.spec.origin == Origin(__file__, task.spec.origin.line, 1) if task.spec.origin else False


def test_a_matrix_takes_what_json_holds() -> None:
    task = Flow("f").run("true", matrix={"a": (Path("x"), 1, 2.5, None, True, [1, (2,)], {"k": Path("y")}, Integer())})
    assert task.spec.matrix == Matrix(axes={"a": ("x", 1, 2.5, None, True, [1, [2]], {"k": "y"}, 7)})


# -- handlers ----------------------------------------------------------------------------------------


def test_handlers_run_commands_functions_templates_and_shell_text() -> None:
    flow = Flow("f")
    task = flow.run("true", name="t", outputs={"o": "o.txt"})
    task.on_error("mail", error.reason).always(notify, error.kind).recover("cp x ${{ outputs.o }}", shell=True)
    flow.on_error(JobTemplate(remote_command="beep")).on_success("party").finally_("rm", "-rf", "scratch", timeout="1m")
    handlers = task.spec.handlers
    assert list(handlers) == [HandlerKind.ERROR, HandlerKind.ALWAYS, HandlerKind.RECOVER]
    assert handlers[HandlerKind.RECOVER].body == Shell(Text.parse("cp x ${{ outputs.o }}"))
    assert set(flow.handlers) == {"error", "success", "finally"}
    assert flow.handlers["finally"].spec.timeout == 60.0
    task.handlers["error"].timeout("5s").retry(1)
    assert handlers[HandlerKind.ERROR].timeout == 5.0
    flow.compile()


def test_a_handler_sees_its_task_and_brings_no_edge() -> None:
    flow = Flow("f")
    clean = flow.run("true", name="clean", outputs={"t": "t.csv"})
    train = clean.then("x", name="train")
    train.on_error("mail", train.stdout, clean.outputs["t"], train.exit_status)
    assert train.handlers["error"].spec.needs == {}
    flow.compile()


# -- the flow ----------------------------------------------------------------------------------------


def test_a_flow_is_made_of_its_specification_and_back() -> None:
    flow = Flow("f", base="workflows", description="d", params={"p": Path("x"), "n": None}, env={"A": params.p, "B": 2})
    flow.run("true")
    spec = flow.spec()
    assert isinstance(spec, FlowSpec)
    assert (spec.base, spec.description, spec.params) == (Path.cwd() / "workflows", "d", {"p": "x", "n": None})
    assert spec.env == {"A": Text.parse("${{ params.p }}"), "B": Text.literal("2")}
    again = Flow.from_spec(spec)
    assert again.spec() is spec
    assert again.run("true").name == "true_2"


def test_a_plan_is_frozen_whatever_happens_to_the_flow_later() -> None:
    flow = Flow("f")
    task = flow.run("true", name="t").on_error("x")
    plan = flow.compile()
    before = plan.to_json()
    task.timeout("1s").env(A="1").after(flow.run("y", name="y")).always("z").handlers["error"].timeout("2s")
    flow.finally_("w")
    assert plan.to_json() == before
    assert flow.compile().to_json() != before


def test_parameters_of_a_run() -> None:
    from wflpy.dag import WorkflowError

    flow = Flow("f", params={"rows": 10, "rate": 1.0, "out": "o", "any": None})
    flow.run("x", params.rows)
    values = {"rows": 5, "rate": 2, "out": Path("p"), "any": [1]}
    assert flow.compile(values).spec.params == {"rows": 5, "rate": 2, "out": "p", "any": [1]}
    assert flow.spec().params["rows"] == 10
    for wrong, message in (
        ({"row": 1}, r"there is no parameter 'row' \(did you mean \"rows\"\?\)"),
        ({"rows": "5"}, "the parameter 'rows' is a int, and '5' is a str"),
        ({"rows": True}, "is a bool"),
        ({"rows": object()}, "the parameter 'rows' holds"),
    ):
        with pytest.raises(WorkflowError, match=message):
            flow.compile(wrong)


def test_the_path_of_an_own_output_is_a_value() -> None:
    flow = Flow("f")
    task = flow.run("x", "--out", outputs.model, outputs={"model": "m" + matrix.d + ".pkl"}, matrix={"d": [1, 2]})
    assert argv_of(task) == ["x", "--out", "${{ outputs.model }}"]
    flow.compile()


def test_a_specification_holds_no_more_than_it_needs() -> None:
    task = Flow("f").run("true", name="t")
    origin = task.spec.origin
    assert task.spec == TaskSpec(name="t", body=Command((Text.literal("true"),)), origin=origin)
