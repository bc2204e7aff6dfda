"""Plans as pictures in text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.stories import churn
from wflpy.cli.drawing import depths, in_order
from wflpy.cli.drawing.dot import dot
from wflpy.cli.drawing.lanes import ascii_graph
from wflpy.cli.drawing.mermaid import mermaid
from wflpy.flow import Flow


def test_lanes_show_what_waits_for_what() -> None:
    flow = Flow("diamond")
    top = flow.run("a", name="top")
    left, right = top.then("b", name="left"), top.then("c", name="right")
    left.then("d", name="bottom").after(right)
    assert ascii_graph(flow.compile()).splitlines() == [
        "*    top",
        "+-+",
        "* |  left",
        "| *  right",
        "+-+",
        "*    bottom",
    ]


def test_lanes_pass_over_others() -> None:
    flow = Flow("crossing")
    a, b, c = (flow.run(name, name=name) for name in "abc")
    flow.run("x", name="x").after(a, c)
    flow.run("y", name="y").after(b)
    assert ascii_graph(flow.compile()).splitlines() == [
        "*      a",
        "| *    b",
        "| | *  c",
        "+-|-+",
        "* |    x",
        "  *    y",
    ]


def test_groups_handlers_conditions_and_other_edges_are_remarked() -> None:
    flow = churn()
    flow.run("cleanup", name="cleanup").after(flow["clean"], on="failure").when("params.x == 1")
    flow.spec().params["x"] = 1
    drawn = ascii_graph(flow.compile())
    assert re.search(r"train +2 members, on_error$", drawn, re.MULTILINE)
    assert re.search(r"cleanup +after clean: failure, when params.x == 1$", drawn, re.MULTILINE)
    assert drawn.endswith("handlers of the flow: finally")


def test_what_is_too_wide_for_lanes_is_listed() -> None:
    flow = Flow("wide")
    start = flow.run("x", name="start")
    for number in range(40):
        start.then("x", name=f"t{number}")
    lines = ascii_graph(flow.compile()).splitlines()
    assert lines[0] == "1  start"
    assert lines[1] == "2  t0     after start"
    assert len(lines) == 41


def test_ascii_is_ascii() -> None:
    assert ascii_graph(churn().compile()).isascii()


@given(st.lists(st.sets(st.integers(0, 30), max_size=3), min_size=1, max_size=15))
def test_every_task_is_drawn_once_below_all_it_waits_for(needs: list[set[int]]) -> None:
    flow = Flow("any")
    tasks = [flow.run("x", name=f"t{number}") for number in range(len(needs))]
    for number, some in enumerate(needs):
        tasks[number].after(*(tasks[other % number] for other in some if number))
    plan = flow.compile()
    drawn = re.findall(r"\bt\d+$", ascii_graph(plan), re.MULTILINE)
    if drawn:  # lanes
        place = {name: line for line, name in enumerate(drawn)}
        assert len(drawn) == len(set(drawn)) == len(needs)
        for group in plan.groups:
            assert all(place[need] < place[group.name] for need in group.needs)
    depth = depths(plan)
    assert sorted(in_order(plan)) == sorted(depth) == list(range(len(needs)))
    for number, group in enumerate(plan.groups):
        assert depth[number] == max((depth[int(need[1:])] + 1 for need in group.needs), default=0)


def test_mermaid_has_boxes_edges_and_handlers() -> None:
    lines = mermaid(churn().compile()).splitlines()
    assert lines[:4] == ["---", 'title: "churn"', "---", "flowchart TD"]
    assert '    n1["train<br/>2 members"]' in lines
    assert '    n2(["train.on_error"])' in lines
    assert "    n0 --> n1" in lines
    assert "    n1 -. on_error .-> n2" in lines


def test_dot_quotes_every_name_and_marks_what_is_no_plain_success() -> None:
    flow = churn()
    flow.run("cleanup", name="cleanup").after(flow["clean"], on="failure")
    text = dot(flow.compile())
    assert text.startswith('digraph "churn" {')
    assert text.endswith("}")
    assert '  "train" [label="train\\n2 members"];' in text
    assert '  "clean" -> "cleanup" [label="failure", style=dashed];' in text
    assert '  "train" -> "train.on_error" [label="on_error", style=dotted];' in text
