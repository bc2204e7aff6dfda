"""Random flows: plans respect every edge, run every task once, keep to limits, and survive being written down."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.dag.world import a_world, flow, handlers, task, text
from wflpy.dag.compiler import compile_plan
from wflpy.dag.errors import RunError, WorkflowError
from wflpy.dag.plan import Plan
from wflpy.dag.runs import RunDirectory, open_run
from wflpy.dag.spec import (
    Call,
    Edge,
    FileOutput,
    FlowSpec,
    JsonOutput,
    Matrix,
    Origin,
    Resources,
    Retry,
    ReturnOutput,
    Shell,
    StdoutOutput,
    Submit,
    TaskSpec,
    Tolerance,
)
from wflpy.drmaa2 import JobTemplate
from wflpy.expr import Expression, Text

if TYPE_CHECKING:
    from wflpy.testing import FakeProcess
    from wflpy.testing.scripts import Steps


@st.composite
def dags(draw: st.DrawFn, most: int = 12) -> FlowSpec:
    """Tasks that need some of those before them, single or as groups, in a shuffled order of declaration."""
    count = draw(st.integers(1, most))
    tasks: list[TaskSpec] = []
    for number in range(count):
        needs = draw(st.lists(st.integers(0, number - 1), unique=True, max_size=4)) if number else []
        kind = draw(st.sampled_from(["single", "array", "matrix", "items"]))
        size = draw(st.integers(1, 4))
        kinds: dict[str, dict[str, Any]] = {
            "single": {},
            "array": {"array": range(0, size * 2, 2)},
            "matrix": {"matrix": Matrix(axes={"a": tuple(range(size)), "b": ("x", "y")})},
            "items": {"items": tuple(range(size))},
        }
        spread = kinds[kind]
        if kind != "single" and draw(st.booleans()):
            spread["max_parallel"] = draw(st.integers(1, 3))
        tasks.append(task(f"t{number}", "work", f"t{number}", needs=[f"t{need}" for need in needs], **spread))
    return flow(*draw(st.permutations(tasks)))


class Diary:
    """A program that writes down when each of its jobs began and ended."""

    def __init__(self, durations: list[int]) -> None:
        self.durations = durations
        self.spans: dict[str, tuple[int, int]] = {}
        self.now = self.most = self.step = 0
        self.busy: dict[str, int] = {}
        self.busiest: dict[str, int] = {}

    def __call__(self, process: FakeProcess) -> Steps:
        name, group = process.environment["WFLPY_TASK"], process.args[0]
        assert name not in self.spans, f"{name} ran twice"
        began = self.step = self.step + 1
        self.spans[name] = (began, 0)
        self.now += 1
        self.busy[group] = self.busy.get(group, 0) + 1
        self.most = max(self.most, self.now)
        self.busiest[group] = max(self.busiest.get(group, 0), self.busy[group])
        yield float(self.durations[len(self.spans) % len(self.durations)])
        self.now -= 1
        self.busy[group] -= 1
        self.step += 1
        self.spans[name] = (began, self.step)
        return 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=dags(), jobs=st.none() | st.integers(1, 5), durations=st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_every_task_runs_once_after_what_it_needs_and_within_all_limits(
    spec: FlowSpec, jobs: int | None, durations: list[int], tmp_path: Path, home: Path
) -> None:
    with a_world(tmp_path, home) as world:
        diary = Diary(durations)
        world.installation.script("work", diary)
        spec.base = tmp_path
        result = world.engine_for(spec, jobs=jobs).run()
        assert result.ok
        world.check_record(result)
        plan = compile_plan(spec)
        assert set(diary.spans) == set(plan)
        if jobs is not None:
            assert diary.most <= jobs
        members = {group.name: [plan.name_of(node) for node in group.nodes] for group in plan.groups}
        for group in plan.groups:
            if group.spec.max_parallel:
                assert diary.busiest[group.name] <= group.spec.max_parallel
            for need in group.needs:
                latest = max(diary.spans[name][1] for name in members[need])
                assert all(diary.spans[name][0] > latest for name in members[group.name])


@given(dags())
def test_plans_have_an_order_that_respects_all_edges(spec: FlowSpec) -> None:
    plan = compile_plan(spec)
    waits = list(plan.waits)
    assert waits == [len(group.needs) for group in plan.groups]
    ready = [number for number, count in enumerate(waits) if not count]
    place: dict[int, int] = {}
    for number in ready:
        place[number] = len(place)
        for link in plan.successors[number]:
            waits[link.target] -= 1
            if not waits[link.target]:
                ready.append(link.target)
    assert len(place) == len(plan.groups)
    numbers = {group.name: number for number, group in enumerate(plan.groups)}
    for number, group in enumerate(plan.groups):
        assert all(place[numbers[need]] < place[number] for need in group.needs)
    assert [plan.name_of(node) for node in range(len(plan))] == list(plan.names)
    assert len(set(plan.names)) == len(plan)


@given(dags(most=8), st.data())
def test_a_circle_is_always_found_and_is_one(spec: FlowSpec, data: st.DataObject) -> None:
    """An edge from something to what it depends on makes a circle; the message draws one that exists."""
    names = sorted(spec.tasks)
    first = data.draw(st.sampled_from(names))
    upstream = _upstream(spec, first) - {first}
    if not upstream:
        return
    last = data.draw(st.sampled_from(sorted(upstream)))
    spec.tasks[last].needs[first] = Edge.SUCCESS
    with pytest.raises(WorkflowError) as caught:
        compile_plan(spec)
    for problem in caught.value.problems:
        assert problem.code == "WFL302"
        steps = problem.message.partition(": ")[2].split(" -> ")
        assert steps[0] == steps[-1]
        assert len(set(steps)) == len(steps) - 1
        assert all(before in spec.tasks[after].needs for before, after in pairwise(steps))


def _upstream(spec: FlowSpec, name: str) -> set[str]:
    found, new = set[str](), {name}
    while new:
        found |= new
        new = {need for one in new for need in spec.tasks[one].needs} - found
    return found


# -- written down ------------------------------------------------------------------------------------


@given(dags())
def test_a_plan_comes_back_equal(spec: FlowSpec) -> None:
    plan = compile_plan(spec)
    assert Plan.from_json(plan.to_json()) == plan


TEMPLATE = JobTemplate(remote_command="x", args=["a b", "'"], job_environment={"A": "ü\n"}, min_slots=2)

EVERYTHING = flow(
    task("shell", shell="echo ${{ params.rows }} '${{ params.region }}'", env={"X": text("${{ params.rows }}y")}),
    task(
        "call",
        body=Call(
            "m:f",
            (1, "a", None, [text("${{ params.rows }}"), {"$text": "not a text"}], {"$wflpy": "object", "index": 0}),
            {"x": Expression.parse("params.rows + 1"), "y": {"$mapping": {}, "z": 1.5}},
            payload=b"\0\xff pickled",
            python="python3.12",
        ),
        outputs={"r": ReturnOutput("a.b")},
        needs={"shell": "finished"},
    ),
    task("submit", body=Submit(TEMPLATE), template=JobTemplate(priority=3)),
    task(
        "all",
        "prog",
        "${{ matrix.a }}-${{ params.region }}",
        "",
        "${{ needs.call.outputs.r }}",
        when="success() and params.rows > 3",
        needs={"call": "any"},
        matrix=Matrix(
            axes={"a": (1, "x", None, True)}, exclude=({"a": 1},), include=({"a": "more", "b": [1, {"c": 2}]},)
        ),
        max_parallel=3,
        inputs=(text("in.${{ matrix.a }}"),),
        outputs={
            "f": FileOutput(text("out.${{ matrix.a }}")),
            "j": JsonOutput(text("j.${{ matrix.a }}"), "a.0"),
            "s": StdoutOutput("regex", r"x=(\d+)"),
        },
        workdir=text("sub"),
        stdin=text("in"),
        stdout=text("out"),
        stderr=text("err"),
        join=False,
        image="python:3.12",
        queue="short",
        account="lab",
        backend="hpc",
        resources=Resources(
            slots=2, memory=10**9, walltime=60.5, gpus=1, priority=-3, machines=("a", "b"), machine_os="linux"
        ),
        retry=Retry(max=3, delay=1.5, backoff=2, max_delay=9, jitter=0.1, when=("timeout", 75)),
        timeout=0.5,
        allow_failure=Tolerance(share=0.25),
        handlers=handlers(on_error="x", recover=task("y", "mend", "${{ matrix.a }}")),
        tags=("one", "two"),
        description="ünïcode \n",
        origin=Origin("flow.yaml", 3, 4),
    ),
    task("array", "true", array=range(1, 10, 2)),
    task("items", "true", items=("a", 1, {"x": [None]})),
    name="every thing",
    base=Path("/base"),
    params={"rows": 5, "region": "NO", "deep": {"x": [1, None]}},
    env={"A": text("literal"), "B": text("${{ params.region }}")},
    handlers=handlers(on_error="x", finally_="y"),
    description="d",
    backend="process",
    origin=Origin("flow.yaml", 1, 1),
    strict_needs=True,
)


def test_everything_comes_back_equal() -> None:
    plan = compile_plan(EVERYTHING)
    again = Plan.from_json(plan.to_json())
    assert again.spec == plan.spec
    assert again == plan


def test_a_plan_is_one_task_a_line() -> None:
    lines = compile_plan(EVERYTHING).to_json().splitlines()
    assert [line.partition(":")[0] for line in lines[1:-1]] == [f'"{name}"' for name in EVERYTHING.tasks]


def test_functions_lie_beside_the_plan(home: Path) -> None:
    plan = compile_plan(EVERYTHING)
    directory = RunDirectory.create(home, plan)
    assert "pickled" not in directory.plan_file.read_text()
    assert open_run(home, directory.run_id).plan == plan


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"format":2}', '{"format":1}', '{"format":1,"flow":{},"tasks":{}}']
)
def test_what_is_no_plan_is_told(document: str) -> None:
    with pytest.raises(RunError, match="plan"):
        Plan.from_json(document)


@given(st.lists(st.text() | st.sampled_from(["${{ params.x }}", "${{ '}}' }}", "$", "{{", "${{"]), max_size=4))
def test_texts_come_back_equal(parts: list[str]) -> None:
    from wflpy.dag.bodies import text_from, text_to

    def part(source: str) -> str | Expression:
        inner = source.removeprefix("${{ ").removesuffix(" }}")
        return Expression.parse(inner) if inner in ("params.x", "'}}'") else source

    one = Text.of(*map(part, parts))
    assert text_from(json.loads(json.dumps(text_to(one)))) == one


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["$text", "$expression", "$mapping", "$", "a"]) | st.text(), inner, max_size=3
    ),
))  # fmt: skip
def test_arguments_come_back_equal(value: object) -> None:
    from wflpy.dag.bodies import body_from, body_to

    call = Call("m:f", (value,), {"k": value})
    assert body_from(json.loads(json.dumps(body_to(call, lambda _: ""))), lambda _: b"") == call


def test_a_shell_of_ones_own_comes_back() -> None:
    plan = compile_plan(flow(task("a", body=Shell(text("x"), ("zsh", "-c")))))
    assert Plan.from_json(plan.to_json()) == plan
