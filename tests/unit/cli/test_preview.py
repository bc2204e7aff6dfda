"""What a dry run prints: commands with the values that are known."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest

from tests.conftest import HOSTILE_NAMES
from tests.unit.cli.stories import churn
from wflpy.cli.dry_run import plan_document, plan_text
from wflpy.cli.preview import command_text, scope_of
from wflpy.drmaa2 import JobTemplate
from wflpy.flow import Flow, array, matrix, params


def command(flow: Flow, task: str, member: int = 0) -> str:
    plan = flow.compile()
    number = plan.group_number(task)
    assert number is not None
    return command_text(plan.groups[number], scope_of(plan, plan.groups[number], member))


def test_params_members_and_declared_files_are_filled_in() -> None:
    flow = Flow("f", params={"rows": 5})
    clean = flow.run("clean", params.rows, name="clean", outputs={"table": "data/clean.csv"})
    clean.then("train", clean.outputs["table"], matrix.depth, name="train").matrix(depth=[4, 8])
    assert command(flow, "clean") == "clean 5"
    assert command(flow, "train", 1) == "train data/clean.csv 8"


def test_what_is_known_only_later_stays_an_expression() -> None:
    flow = Flow("f")
    one = flow.run("one", name="one")
    one.then("two", one.stdout, name="two")
    one.then_shell('echo "${{ needs.one.stdout }}" # nothing', name="three")
    assert command(flow, "two") == "two ${{ needs.one.stdout }}"
    assert command(flow, "three") == 'echo "${{ needs.one.stdout }}" # nothing'


@pytest.mark.parametrize("value", HOSTILE_NAMES)
def test_a_command_can_be_pasted_into_a_shell(value: str) -> None:
    flow = Flow("f", params={"name": value})
    flow.run("printf", "%s", params.name, name="words")
    flow.shell("printf %s ${{ params.name }}", name="text")
    for task in ("words", "text"):
        printed = subprocess.run(["sh", "-c", command(flow, task)], capture_output=True, check=True).stdout
        assert printed.decode() == value


def test_lists_become_several_arguments() -> None:
    flow = Flow("f", params={"files": ["a b", "c"]})
    flow.run("cat", params.files, name="cat")
    assert shlex.split(command(flow, "cat")) == ["cat", "a b", "c"]


def test_calls_templates_and_arrays_are_shown() -> None:
    flow = Flow("f", params={"rows": 5})
    total = flow.call(sum, [1, 2], start=params.rows, name="total")
    total.then_call(abs, total.value, name="abs")
    flow.submit(JobTemplate(remote_command="sleep", args=["1 2"]), name="job")
    flow.array("1-9:4", "sim", array.index, name="sweep")
    assert command(flow, "total") == "builtins:sum([1, 2], start=5)"
    assert command(flow, "abs") == "builtins:abs(${{ needs.total.value }})"
    assert command(flow, "job") == "sleep '1 2'"
    assert command(flow, "sweep", 2) == "sim 9"


def test_the_plan_is_told_step_by_step() -> None:
    flow = churn()
    flow["clean"].timeout("30m").retry(2)
    assert plan_text(flow.compile(), "process").splitlines() == [
        "churn: 4 tasks in 3 steps on process; nothing is run",
        "",
        "step 1",
        "  clean  (retry 2; timeout 30 min)",
        "    python clean.py",
        "",
        "step 2",
        "  train  (after clean; 2 members)",
        "    train[depth=4]",
        "      python train.py data/clean.csv",
        "    train[depth=8]",
        "      python train.py data/clean.csv",
        "    on_error: echo 'training failed'",
        "",
        "step 3",
        "  best  (after train)",
        "    python best.py",
        "",
        "at the end",
        "  finally",
        "    rm -rf scratch",
    ]


def test_of_a_large_group_some_are_shown() -> None:
    flow = Flow("f")
    flow.array("1-1000", "sim", array.index, name="sweep")
    lines = plan_text(flow.compile(), "process").splitlines()
    assert lines[-1] == "    and 995 more"
    assert len(lines) == 15


def test_programs_get_every_node() -> None:
    document = json.loads(json.dumps(plan_document(churn().compile(), "process")))
    assert [task["name"] for task in document["tasks"]] == [
        "clean",
        "train[depth=4]",
        "train[depth=8]",
        "train.on_error",
        "best",
        "finally",
    ]
    assert document["tasks"][1]["needs"] == {"clean": "success"}
    assert [task["step"] for task in document["tasks"]] == [1, 2, 2, None, 3, None]
