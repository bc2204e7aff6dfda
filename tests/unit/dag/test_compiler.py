"""What a definition can have wrong with its references: everything told at once, each with its place and a hint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.dag.world import flow, handlers, task, text
from wflpy.dag.codes import MEANINGS, Code
from wflpy.dag.compiler import compile_plan
from wflpy.dag.errors import Problem, WorkflowError
from wflpy.dag.graph import graph_of
from wflpy.dag.spec import (
    Call,
    Command,
    Edge,
    FileOutput,
    FlowSpec,
    JsonOutput,
    Matrix,
    Origin,
    Resources,
    Retry,
    StdoutOutput,
    Tolerance,
)
from wflpy.expr import Expression

if TYPE_CHECKING:
    from wflpy.dag.spec import TaskSpec


def problems_of(spec: FlowSpec) -> tuple[Problem, ...]:
    with pytest.raises(WorkflowError) as caught:
        compile_plan(spec)
    return caught.value.problems


def file(path: str) -> FileOutput:
    return FileOutput(text(path))


AXES = Matrix(axes={"depth": (4, 8), "lr": (0.1, 0.01)})

ONE_MISTAKE: dict[str, tuple[list[TaskSpec], str, tuple[str | int, ...], str, str | None]] = {
    "unknown task": (
        [task("clean"), task("train", needs="claen")],
        "WFL301", ("tasks", "train", "needs", "claen"),
        "task 'train' needs 'claen', which does not exist", 'did you mean "clean"?',
    ),
    "itself": (
        [task("a", needs="a")],
        "WFL308", ("tasks", "a", "needs", "a"), "task 'a' needs itself", "remove it from its needs",
    ),
    "circle": (
        [task("a", needs="c"), task("b", needs="a"), task("c", needs="b"), task("d", needs="c")],
        "WFL302", ("tasks", "a", "needs", "c"),
        "tasks wait for each other in a circle: a -> b -> c -> a",
        "'a' must not wait for 'c', or another of these edges must go",
    ),
    "unknown parameter": (
        [task("a", "a", "--rows", "${{ params.row }}")],
        "WFL303", ("tasks", "a", "run", 2),
        "'params' has no 'row', in ${{ params.row }} of task 'a'", 'did you mean "rows"?',
    ),
    "unknown in text": (
        [task("a", shell="echo ${{ parms.rows }}")],
        "WFL303", ("tasks", "a", "run"),
        "unknown name 'parms', in ${{ parms.rows }} of task 'a'", 'did you mean "params"?',
    ),
    "unknown axis": (
        [task("a", "a", "${{ matrix.dept }}", matrix=AXES)],
        "WFL303", ("tasks", "a", "run", 1),
        "'matrix' has no 'dept', in ${{ matrix.dept }} of task 'a'", 'did you mean "depth"?',
    ),
    "no matrix": (
        [task("a", "a", "${{ matrix.depth }}")],
        "WFL303", ("tasks", "a", "run", 1), "'matrix' is not known here, in ${{ matrix.depth }} of task 'a'",
        "known: env, needs, outputs, params, run",
    ),
    "unknown output": (
        [task("a", outputs={"table": file("t")}), task("b", "b", "${{ needs.a.outputs.tabel }}", needs="a")],
        "WFL305", ("tasks", "b", "run", 1),
        "'needs.a.outputs' has no 'tabel', in ${{ needs.a.outputs.tabel }} of task 'b'", 'did you mean "table"?',
    ),
    "value of a command": (
        [task("a"), task("b", "b", "${{ needs.a.value }}", needs="a")],
        "WFL303", ("tasks", "b", "run", 1),
        "'needs.a' has no 'value', in ${{ needs.a.value }} of task 'b'",
        "known: exit_status, outputs, reason, state, stdout",
    ),
    "unknown task in text": (
        [task("clean"), task("b", "b", "${{ needs.claen.state }}", needs="clean")],
        "WFL301", ("tasks", "b", "run", 1),
        "'needs' has no 'claen', in ${{ needs.claen.state }} of task 'b'", 'did you mean "clean"?',
    ),
    "error in a task": (
        [task("a", "a", "${{ error.kind }}")],
        "WFL303", ("tasks", "a", "run", 1), "'error' is not known here, in ${{ error.kind }} of task 'a'",
        "known: env, needs, outputs, params, run",
    ),
    "value from the shell": (
        [task("a", shell="echo $(cat ${{ params.rows }})")],
        "WFL315", ("tasks", "a", "run"), "", None,
    ),
    "one file": (
        [task("a", outputs={"x": file("out.csv")}), task("b", outputs={"y": file("./sub/../out.csv")})],
        "WFL306", ("tasks", "b", "outputs", "y"), "tasks 'a' and 'b' both write out.csv",
        "give one of them another name",
    ),
    "one file for all members": (
        [task("a", outputs={"x": file("m.pkl")}, matrix=AXES)],
        "WFL306", ("tasks", "a", "outputs", "x"), "several members of task 'a' write m.pkl, depth=4,lr=0.01 among them",
        "put what differs into the name: matrix, array.index or item",
    ),
    "one file for some members": (
        [task("a", outputs={"x": file("m${{ matrix.depth }}.pkl")}, matrix=AXES)],
        "WFL306", ("tasks", "a", "outputs", "x"),
        "several members of task 'a' write m4.pkl, depth=4,lr=0.01 among them",
        "put what differs into the name: matrix, array.index or item",
    ),
    "empty axis": (
        [task("a", matrix=Matrix(axes={"x": ()}))],
        "WFL307", ("tasks", "a", "matrix", "x"), "axis 'x' of the matrix of task 'a' is empty", None,
    ),
    "value twice": (
        [task("a", matrix=Matrix(axes={"x": (1, 2, "1")}))],
        "WFL307", ("tasks", "a", "matrix", "x", 2), "axis 'x' of task 'a' has the value 1 twice", None,
    ),
    "all excluded": (
        [task("a", matrix=Matrix(axes={"x": (1,)}, exclude=({"x": 1},)))],
        "WFL307", ("tasks", "a", "matrix"), "no combination of the matrix of task 'a' is left", None,
    ),
    "nothing excluded": (
        [task("a", matrix=Matrix(axes={"x": (1, 2)}, exclude=({"x": "1"},)))],
        "WFL307", ("tasks", "a", "matrix", "exclude", 0),
        "entry 0 of 'exclude' of task 'a' matches no combination", "1 and '1' are different values",
    ),
    "unknown axis excluded": (
        [task("a", matrix=Matrix(axes={"depth": (1, 2)}, exclude=({"dept": 1},)))],
        "WFL307", ("tasks", "a", "matrix", "exclude", 0),
        "'exclude' of task 'a' names 'dept', which is no axis (did you mean \"depth\"?)", None,
    ),
    "empty array": (
        [task("a", array=range(0))],
        "WFL307", ("tasks", "a", "array"), "the array of task 'a' has no index", None,
    ),
    "too many members": (
        [task("a", matrix=Matrix(axes={"x": tuple(range(2000)), "y": tuple(range(2000))}))],
        "WFL312", ("tasks", "a", "matrix"), "task 'a' would have 4,000,000 members; the limit is 1,000,000", None,
    ),
    "matrix and array": (
        [task("a", array=range(2), matrix=AXES)],
        "WFL307", ("tasks", "a", "array"), "task 'a' has both matrix and array", None,
    ),
    "no command": (
        [task("a", body=Command(()))],
        "WFL314", ("tasks", "a", "run"), "task 'a' has nothing to run", None,
    ),
    "timeout of nothing": (
        [task("a", timeout=0)],
        "WFL311", ("tasks", "a", "timeout"), "timeout of task 'a' is 0; it must be more than 0 seconds", None,
    ),
    "retry when": (
        [task("a", retry=Retry(max=1, when=("timout",)))],
        "WFL311", ("tasks", "a", "retry", "when"), "retry.when of task 'a' has 'timout', which is no way to fail",
        'did you mean "timeout"?',
    ),
    "negative retry": (
        [task("a", retry=Retry(max=-1))],
        "WFL311", ("tasks", "a", "retry", "max"), "retry.max of task 'a' is -1; it must be 0 or more", None,
    ),
    "tolerance": (
        [task("a", allow_failure=Tolerance(share=1.5))],
        "WFL311", ("tasks", "a", "allow_failure"), "allow_failure of task 'a' is 1.5; it must be between 0 % and 100 %",
        None,
    ),
    "slots": (
        [task("a", resources=Resources(slots=0))],
        "WFL311", ("tasks", "a", "resources", "slots"), "resources.slots of task 'a' is 0; it must be at least 1", None,
    ),
    "handler with needs": (
        [task("z"), task("a", handlers=handlers(on_error=task("x", needs="z")))],
        "WFL310", ("tasks", "a", "on_error", "needs"), "the handler 'on_error' has 'needs', which only a task can have",
        "make it a task of its own that needs the other one",
    ),
    "finally of a task": (
        [task("a", handlers=handlers(finally_="x"))],
        "WFL310", ("tasks", "a", "finally"), "a task has no handler 'finally'",
        "known: always, on_error, on_success, recover",
    ),
    "member in the handler of all": (
        [task("a", matrix=AXES, handlers=handlers(on_error=task("x", "x", "${{ matrix.depth }}")))],
        "WFL303", ("tasks", "a", "on_error", "run", 1),
        "'matrix' is not known here, in ${{ matrix.depth }} of task 'x'",
        "known: env, error, needs, outputs, params, run",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_MISTAKE)
def test_one_mistake_gives_one_problem(case: str) -> None:
    tasks, code, path, message, hint = ONE_MISTAKE[case]
    (problem,) = problems_of(flow(*tasks, params={"rows": 5}))
    assert (problem.code, problem.path) == (code, path)
    if message:
        assert (problem.message, problem.hint) == (message, hint)


@pytest.mark.parametrize("name", ["1a", "", "a b", "a/b", "a" * 101, "ünïcode", "a\n"])
def test_names_of_tasks(name: str) -> None:
    (problem,) = problems_of(flow(task(name, "true")))
    assert problem.code == Code.BAD_NAME


def test_all_problems_at_once_in_the_order_of_the_definition() -> None:
    spec = flow(
        task("a", "a", "${{ params.x }}"),
        task("b", needs=["nowhere", "b"]),
        task("c", timeout=-1, needs="d"),
        task("d", needs="c"),
        origin=None,
    )
    spec.tasks["b"].origin = Origin("flow.yaml", 7, 3)
    with pytest.raises(WorkflowError) as caught:
        compile_plan(spec)
    assert [problem.code for problem in caught.value.problems] == [
        "WFL303", "WFL301", "WFL308", "WFL311", "WFL302",
    ]  # fmt: skip
    assert (caught.value.file, caught.value.line, caught.value.column) == ("flow.yaml", 7, 3)
    assert "flow.yaml:7:3: error[WFL301]: task 'b' needs 'nowhere', which does not exist" in str(caught.value)


def test_every_circle_is_named() -> None:
    spec = flow(
        task("a", needs="b"), task("b", needs="a"),
        task("x", needs="z"), task("y", needs="x"), task("z", needs=["y", "x"]),
    )  # fmt: skip
    assert [problem.message for problem in problems_of(spec)] == [
        "tasks wait for each other in a circle: a -> b -> a",
        "tasks wait for each other in a circle: x -> z -> x",
    ]


def test_a_flow_without_tasks() -> None:
    (problem,) = problems_of(flow())
    assert problem.code == Code.EMPTY_FLOW


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Code)


# -- edges that are not written ----------------------------------------------------------------------


def uses(name: str) -> TaskSpec:
    return task("b", "b", f"${{{{ needs.{name}.outputs.x }}}}")


def test_a_reference_adds_its_edge_in_python() -> None:
    plan = compile_plan(flow(task("a", outputs={"x": file("f")}), uses("a")))
    assert plan.groups[1].needs == {"a": Edge.SUCCESS}
    assert plan.waits == (0, 1)


def test_a_reference_without_needs_is_a_mistake_in_a_file() -> None:
    (problem,) = problems_of(flow(task("a", outputs={"x": file("f")}), uses("a"), strict_needs=True))
    assert (problem.code, problem.message, problem.hint) == (
        Code.NOT_NEEDED, "task 'b' uses needs.a, but does not need 'a'", "add 'a' to its needs",
    )  # fmt: skip


@pytest.mark.parametrize(
    "where",
    [
        {"env": {"X": text("${{ needs.a.outputs.x }}")}},
        {"workdir": text("${{ needs.a.outputs.x }}")},
        {"stdin": text("${{ needs.a.outputs.x }}")},
        {"inputs": (text("${{ needs.a.outputs.x }}"),)},
        {"outputs": {"o": file("${{ needs.a.outputs.x }}.txt")}},
        {"outputs": {"o": JsonOutput(text("${{ needs.a.outputs.x }}"), "x")}},
        {"when": "needs.a.outputs.x == 'y'"},
        {"body": Call("m:f", ({"deep": [Expression.parse("needs.a.outputs.x")]},))},
        {"body": Call("m:f", (), {"k": text("${{ needs.a.outputs.x }}")})},
    ],
    ids=lambda where: next(iter(where)),
)
def test_references_count_wherever_they_stand(where: dict[str, Any]) -> None:
    plan = compile_plan(flow(task("a", outputs={"x": file("f")}), task("b", **where)))
    assert plan.waits == (0, 1)


def test_reading_a_file_waits_for_its_writer() -> None:
    plan = compile_plan(
        flow(
            task("report", inputs=(text("data/${{ params.region }}.csv"),)),
            task("clean", outputs={"table": file("data/NO.csv")}),
            params={"region": "NO"},
        )
    )
    assert plan.groups[0].needs == {"clean": Edge.SUCCESS}
    assert plan.notes == ("'report' waits for 'clean', which writes its input data/NO.csv",)


def test_two_may_write_one_file_when_only_one_of_them_runs() -> None:
    out = {"x": file("f")}
    compile_plan(flow(task("a", outputs=out), task("b", outputs=out, needs={"a": "failure"})))
    compile_plan(
        flow(task("a", outputs=out, when="params.x"), task("b", outputs=out, when="not params.x"), params={"x": 1})
    )


def test_two_values_from_one_file() -> None:
    outputs = {"x": JsonOutput(text("m.json"), "x"), "y": JsonOutput(text("m.json"), "y"), "f": file("m.json")}
    compile_plan(flow(task("a", outputs=outputs)))


# -- groups ------------------------------------------------------------------------------------------


def labels(matrix: Matrix) -> list[str]:
    return list(compile_plan(flow(task("t", "true", matrix=matrix))))


MATRICES = [
    (AXES, ["t[depth=4,lr=0.1]", "t[depth=4,lr=0.01]", "t[depth=8,lr=0.1]", "t[depth=8,lr=0.01]"]),
    (
        Matrix(axes=AXES.axes, exclude=({"depth": 8, "lr": 0.1},)),
        ["t[depth=4,lr=0.1]", "t[depth=4,lr=0.01]", "t[depth=8,lr=0.01]"],
    ),
    (
        Matrix(axes={"a": (1, 2)}, include=({"a": 3},)),
        ["t[a=1]", "t[a=2]", "t[a=3]"],
    ),
    (
        Matrix(axes={"a": (1, 2)}, include=({"a": 2, "more": True},)),
        ["t[a=1,more=#1]", "t[a=2,more=true]"],
    ),
    (
        Matrix(axes={"a": (True, 1.5, "x y", "long" * 50, None)}),
        ["t[a=true]", "t[a=1.5]", "t[a=#1]", "t[a=#2]", "t[a=#3]"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("matrix", "expected"), MATRICES)
def test_matrix_members(matrix: Matrix, expected: list[str]) -> None:
    assert labels(matrix) == expected


def test_members_see_their_values() -> None:
    plan = compile_plan(flow(task("t", "true", matrix=Matrix(axes={"a": (1, 2)}, include=({"a": 2, "more": True},)))))
    members = plan.groups[0].members
    assert members is not None
    assert [members.scope(member) for member in range(2)] == [
        {"matrix": {"a": 1, "more": None}}, {"matrix": {"a": 2, "more": True}},
    ]  # fmt: skip


def test_arrays_and_lists() -> None:
    plan = compile_plan(
        flow(
            task("a", "true", array=range(1, 8, 3)),
            task("i", "true", items=("adelie", "gentoo")),
            task("n", "true", items=(["x"], ["y"])),
            task("d", "true", items=("same", "same")),
        )
    )
    assert list(plan) == ["a[1]", "a[4]", "a[7]", "i[adelie]", "i[gentoo]", "n[0]", "n[1]", "d[0]", "d[1]"]
    assert [plan.name_of(node) for node in range(len(plan))] == list(plan)
    assert [plan.group_of(node) for node in range(len(plan))] == [0, 0, 0, 1, 1, 2, 2, 3, 3]


def test_handlers_are_groups_of_their_own() -> None:
    plan = compile_plan(
        flow(
            task("t", "true", matrix=Matrix(axes={"a": (1, 2)}), handlers=handlers(on_error="x", recover="y")),
            handlers=handlers(finally_="z"),
        )
    )
    assert list(plan) == ["t[a=1]", "t[a=2]", "t.on_error", "t[a=1].recover", "t[a=2].recover", "finally"]
    assert plan.groups[0].handlers == (1, 2)
    assert [group.owner for group in plan.groups] == [-1, 0, 0, -1]


def test_a_group_is_a_join_and_no_edge_is_multiplied() -> None:
    plan = compile_plan(flow(task("a", "true", array=range(1000)), task("b", "true", array=range(1000), needs="a")))
    assert sum(map(len, plan.successors)) == 1
    assert len(plan) == 2000


def test_the_graph_for_people() -> None:
    spec = flow(
        task("a", "true", array=range(3), handlers=handlers(on_error="x")),
        task("b", needs={"a": "finished"}),
        base=Path("/x"),
    )
    graph = graph_of(spec)
    assert {name: graph.nodes[name] for name in graph} == {
        "a": {"members": 3, "handler": None},
        "a.on_error": {"members": 1, "handler": "on_error"},
        "b": {"members": 1, "handler": None},
    }
    edges = {edge: graph.edges[edge]["edge"] for edge in graph.edges}
    assert edges == {("a", "b"): "finished", ("a", "a.on_error"): "on_error"}
    assert list(graph_of(compile_plan(spec)).edges) == list(graph.edges)


def test_handlers_see_what_their_task_does() -> None:
    words = ["${{ needs.up.outputs.o }}", "${{ needs.t.state }}", "${{ outputs.f }}"]
    compile_plan(
        flow(
            task("up", outputs={"o": StdoutOutput()}),
            task(
                "t", "true", needs="up", outputs={"f": file("f")},
                handlers=handlers(always=task("x", "x", *words)),
            ),
            handlers=handlers(finally_=task("x", "x", "${{ needs.t.state }}", "${{ error.task }}")),
        )
    )  # fmt: skip


PARTIAL = Matrix(axes={"x": (1, 2)}, include=({"x": 1, "z": 5},))


def test_a_value_that_a_member_does_not_have() -> None:
    (problem,) = problems_of(flow(task("a", shell="echo ${{ matrix.z }} ${{ matrix.z }}", matrix=PARTIAL)))
    assert (problem.code, problem.path) == ("WFL307", ("tasks", "a", "run"))
    assert problem.message == "'a[x=2,z=#1]' has no value for ${{ matrix.z }}, which task 'a' uses"
    recover = handlers(recover=task("r", "mend", "${{ matrix.z }}"))
    (problem,) = problems_of(flow(task("a", matrix=PARTIAL, handlers=recover)))
    assert problem.path == ("tasks", "a", "recover", "run", 1)


def test_a_value_that_a_member_does_not_have_where_a_condition_sees_to_it() -> None:
    both = Matrix(axes={"x": (1, 2)}, include=({"x": 1, "z": 5}, {"x": 2, "z": None}))
    compile_plan(flow(task("a", "a", "${{ matrix.z }}", matrix=PARTIAL, when="matrix.z")))
    compile_plan(flow(task("a", "a", "${{ matrix.z }}", matrix=both)))


def test_a_large_circle_is_told_shortened() -> None:
    (problem,) = problems_of(flow(*(task(f"t{n}", needs=f"t{(n + 1) % 3000}") for n in range(3000))))
    assert "(2,990 more)" in problem.message
    assert len(problem.message) < 200
