"""Everything that can be written wrong is told with the user's line and what to write instead."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.dag import WorkflowError
from wflpy.drmaa2 import JobTemplate
from wflpy.expr import Text
from wflpy.flow import Flow, from_json, from_return, from_stdout, matrix, params

if TYPE_CHECKING:
    from collections.abc import Callable

any_flow: Any = Flow  # what a type checker refuses too


def made() -> Any:
    flow = Flow("f")
    return flow.run("true", name="t", outputs={"o": "o.txt"})


async def coroutine() -> None:
    """Nothing that a job can run."""


MISTAKES: list[tuple[str, Callable[[], object], str, str]] = [
    # programs
    (
        "command line",
        lambda: Flow("f").run("python clean.py 'a b'"),
        "no program called",
        "write run('python', 'clean.py', 'a b')",
    ),
    (
        "or a shell",
        lambda: Flow("f").run("ls | wc"),
        "no shell takes it apart",
        "shell('ls | wc') to have a shell read it",
    ),
    ("odd quotes", lambda: Flow("f").run("echo it's"), "no program called", "separate the arguments with commas"),
    ("a newline", lambda: Flow("f").run("a\nb"), "no program called", "write run('a', 'b')"),
    ("no program", lambda: Flow("f").run(""), "nothing to run", "name a program"),
    ("a function", lambda: any_flow("f").run(print), "is a function", "use call(function, ...)"),
    ("a list", lambda: any_flow("f").run(["a", "b"]), "the program is a list", "run(*command)"),
    ("a template", lambda: any_flow("f").run(JobTemplate()), "this is a JobTemplate", "use submit(template)"),
    ("None", lambda: any_flow("f").run(None), "the program is None", "a text or a path"),
    ("empty shell text", lambda: Flow("f").shell("  \n"), "no shell text", "pass a text"),
    ("a broken expression", lambda: Flow("f").shell("echo ${{ params. }}"), "in shell text", ""),
    ("an open expression", lambda: Flow("f").shell("echo ${{ params.x"), "never closed", ""),
    (
        "an empty template",
        lambda: Flow("f").submit(JobTemplate()),
        "the template has nothing to run",
        "set its remote_command",
    ),
    (
        "no template",
        lambda: any_flow("f").submit("sleep"),
        "submit takes a JobTemplate",
        "JobTemplate(remote_command=...)",
    ),
    # names
    ("a bad name", lambda: Flow("f").run("x", name="my task"), "cannot be the name of a task", "for example 'my_task'"),
    ("a number", lambda: any_flow("f").run("x", name=5), "5 cannot be the name of a task", "a letter or _ first"),
    ("a taken name", lambda: made().then("x", name="t"), "there is a task 't' already, declared at ", "another name"),
    ("a bad flow name", lambda: Flow("my flow"), "cannot be the name of a flow", "for example 'my_flow'"),
    (
        "an unknown option",
        lambda: any_flow("f").run("x", retrys=3),
        "there is no option 'retrys' (did you mean \"retry\"?)",
        "",
    ),
    # options
    (
        "a bare timeout",
        lambda: any_flow("f").run("x", timeout=30),
        "timeout: '30' has no unit",
        "'30s' is 30 seconds, '30m'",
    ),
    ("no time at all", lambda: made().timeout("0s"), "timeout is 0", "leave it out for no limit"),
    ("a bare size", lambda: made().resources(memory=8), "resources: memory: '8' has no unit", "'8GB' is gigabytes"),
    ("a wrong resource", lambda: any_flow("f").run("x", resources={"cpus": 1}), "there is no resource 'cpus'", ""),
    ("no slots", lambda: made().resources(slots=0), "resources: slots is 0", "a whole number, 1 or more"),
    ("a flag for a number", lambda: made().resources(slots=True), "slots is True", "1 or more"),
    ("a priority", lambda: made().resources(priority="high"), "priority is 'high'", "a whole number"),
    ("a strange machine", lambda: made().resources(machine_os="plan9"), "there is no OperatingSystem 'plan9'", ""),
    ("resources in a list", lambda: any_flow("f").run("x", resources=[1]), "resources are [1]", "a mapping"),
    ("a negative retry", lambda: made().retry(-1), "retry: max is -1", "0 or more"),
    ("a strange retry", lambda: any_flow("f").run("x", retry={"times": 1}), "retry has no 'times'", ""),
    ("a falling delay", lambda: made().retry(1, backoff=0.5), "backoff is 0.5", "1 or more"),
    ("a wild jitter", lambda: made().retry(1, jitter=2), "jitter is 2", "from 0 to 1"),
    ("a bare delay", lambda: made().retry(1, delay=5), "retry: delay: '5' has no unit", "'5s' is 5 seconds"),
    (
        "an unknown cause",
        lambda: made().retry(1, when="timeuot"),
        "no kind of failure 'timeuot' (did you mean \"timeout\"?)",
        "1 to 255",
    ),
    ("an impossible status", lambda: made().retry(1, when=256), "no kind of failure 256", "1 to 255"),
    ("too many per cent", lambda: made().allow_failure("120%"), "allow_failure is '120%'", "'5%'"),
    ("a share as number", lambda: made().allow_failure(0.05), "allow_failure is 0.05", "'5%'"),
    ("a condition as flag", lambda: made().when(bool(5 in [4])), "False is no condition", "'matrix.depth > 4'"),
    ("a marked condition", lambda: made().when("${{ params.x }}"), "holds '${{'", "leave ${{ and }} out"),
    ("a broken condition", lambda: made().when("params.x >"), "'params.x >'", ""),
    ("no outputs", lambda: any_flow("f").run("x", outputs=["a"]), "outputs are ['a']", "a mapping of names"),
    ("no env", lambda: any_flow("f").run("x", env=["A=1"]), "env is ['A=1']", "a mapping of variables"),
    ("a bad variable", lambda: made().env({"A=B": 1}), "'A=B' cannot be the name of an environment variable", ""),
    ("a flag in env", lambda: made().env(A=True), "the variable A is True", "'true' or 'false'"),
    ("joined by a word", lambda: made().streams(join="yes"), "join is 'yes'", "True or False"),
    ("an empty queue", lambda: made().queue(""), "queue is ''", "a text that is not empty"),
    ("no label", lambda: made().tag(), "tag() is given no label", "tag('nightly')"),
    ("a raw template", lambda: any_flow("f").run("x", template={}), "template is {}", "a JobTemplate(...)"),
    # spreading
    ("text as axis", lambda: made().matrix(a="abc"), "the axis 'a' is 'abc'", "a list of values, even of one"),
    (
        "later as axis",
        lambda: made().matrix(a=params.x),
        "the axis 'a' is known only when the workflow runs",
        "pass a list",
    ),
    ("an odd value", lambda: made().matrix(a=[object()]), "the axis 'a' holds", "text, numbers"),
    ("not a number", lambda: made().matrix(a=[float("nan")]), "the axis 'a' holds nan", "text, numbers"),
    ("no matrix", lambda: any_flow("f").run("x", matrix=[1]), "a matrix is [1]", "a mapping of axes"),
    ("exclude one", lambda: made().matrix(a=[1], exclude={"a": 1}), "exclude is {'a': 1}", "a list of mappings"),
    ("exclude values", lambda: made().matrix(a=[1], exclude=[1]), "exclude holds 1", "mappings of axis to value"),
    (
        "twice",
        lambda: made().matrix(a=[1]).for_each([1]),
        "has matrix already and cannot have for_each as well",
        "one of matrix",
    ),
    ("a later list", lambda: made().for_each(params.x), "the list of for_each is known only when", "pass a list"),
    ("a range from 0", lambda: Flow("f").array("0-9", "x"), "array: '0-9' begins at 0", "'1-10'"),
    ("none at a time", lambda: made().max_parallel(0), "max_parallel is 0", "1 or more"),
    # edges and handlers
    ("no task", lambda: made().after("t"), "'t' is no task to wait for", "what run, call or then returned"),
    ("an unknown edge", lambda: made().after(on="succes"), "there is no edge 'succes' (did you mean \"success\"?)", ""),
    (
        "a second handler",
        lambda: made().on_error("a").on_error("b"),
        "task 't' has a handler on_error already",
        "do both in one",
    ),
    ("a named handler", lambda: made().on_error("a", name="b"), "is given 'name'", ""),
    ("a waiting handler", lambda: made().on_error("a", after=[]), "is given 'after'", ""),
    (
        "shell with arguments",
        lambda: made().on_error("a", "b", shell=True),
        "shell text takes no arguments",
        "into the text",
    ),
    ("itself", lambda: (task := made()).env(A=task.stdout), "task 't' uses its own result", "another task"),
    ("after itself", lambda: (task := made()).after(task), "task 't' waits for itself", "another task"),
    ("another flow", lambda: made().env(A=made().stdout), "'t' is a task of another flow, 'f'", "its own tasks only"),
    ("nobody", lambda: made().then("x", Text.parse("${{ needs.tt.stdout }}")), "there is no task 'tt'; known: t", ""),
    ("an observer", lambda: any_flow("f").observe(5), "5 cannot observe", "a function of one event"),
    (
        "after a handler",
        lambda: made().on_error("a").handlers["error"].then("b"),
        "nothing can run after 't.on_error'",
        "",
    ),
    ("a handler's handler", lambda: made().on_error("a").handlers["error"].always("b"), "is a handler and has no", ""),
    (
        "a coroutine",
        lambda: Flow("f").call(coroutine),
        "coroutine gives a coroutine or a generator",
        "asyncio.run(...)",
    ),
    # functions
    (
        "no argument",
        lambda: Flow("f").call(os.path.join),
        "join(a, *p) cannot be called with these arguments: missing",
        "",
    ),
    (
        "a strange one",
        lambda: Flow("f").call(os.path.join, "a", retrys=1),
        "got an unexpected keyword argument 'ret",
        "",
    ),
    # outputs
    ("a strange form", lambda: from_stdout("xml"), "from_stdout cannot read 'xml'", "text, line, json, regex"),  # type: ignore[arg-type]  # pyright: ignore
    ("no pattern", lambda: from_stdout("regex"), "has no pattern", "from_stdout('regex', r"),
    ("a pattern too many", lambda: from_stdout("json", "x"), "a pattern does not go with 'json'", "use 'regex'"),
    ("a broken pattern", lambda: from_stdout("regex", "("), "is not a regular expression", ""),
    ("a path of keys", lambda: from_json("f", ["a"]), "the path to a value is text, not ['a']", "'scores.0.rmse'"),  # type: ignore[arg-type]  # pyright: ignore
    ("a number as path", lambda: from_return(1), "the path to a value is text, not 1", ""),  # type: ignore[arg-type]  # pyright: ignore
    # the flow itself
    ("params in a list", lambda: any_flow("f", params=["a"]), "params are ['a']", "a mapping of names"),
    (
        "a bad parameter",
        lambda: Flow("f", params={"a b": 1}),
        "'a b' cannot be the name of a parameter",
        "for example 'a_b'",
    ),
]


@pytest.mark.parametrize(
    ("mistake", "message", "hint"), [one[1:] for one in MISTAKES], ids=[one[0] for one in MISTAKES]
)
def test_a_mistake_is_told_with_the_line_and_a_hint(mistake: Callable[[], object], message: str, hint: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        mistake()
    [problem] = caught.value.problems
    assert message in problem.message
    assert hint in (problem.hint or "")
    assert problem.code.startswith("WFL3")
    assert caught.value.file == __file__
    assert caught.value.line is not None
    assert str(caught.value).startswith(f"{__file__}:{caught.value.line}:1: error[WFL")


def test_a_program_with_a_blank_in_its_name_is_run_where_it_exists(tmp_path: Path) -> None:
    (tmp_path / "my tool").touch()
    assert Flow("f", base=tmp_path).run("my tool").name == "my_tool"
    assert Flow("f").run(str(tmp_path / "my tool")).name == "my_tool"
    with pytest.raises(WorkflowError, match="no program called"):
        Flow("f", base=Path(sys.executable).parent).run("my tool")


def test_the_line_is_that_of_the_call_in_a_chain_of_several_lines() -> None:
    with pytest.raises(WorkflowError) as caught:
        (
            Flow("f").run("x").retry(3).timeout(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        )
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert caught.value.line is not None
    assert ".timeout(5)" in source[caught.value.line - 1]


def test_nothing_is_declared_by_a_call_that_is_refused() -> None:
    flow = Flow("f")
    with pytest.raises(WorkflowError):
        flow.run("x", name="t", timeout="soon")
    assert len(flow) == 0
    assert flow.run("x", name="t").name == "t"


def test_compiling_tells_all_problems_at_once_each_with_its_line() -> None:
    flow = Flow("f")
    first = flow.run("x", matrix.depth, name="first")
    second = first.then("y", params.rows, name="second")
    first.after(second)
    with pytest.raises(WorkflowError) as caught:
        flow.compile()
    problems = caught.value.problems
    assert len(problems) == 3
    assert all(problem.origin is not None and problem.origin.file == __file__ for problem in problems)
    assert "first -> second -> first" in str(caught.value)
