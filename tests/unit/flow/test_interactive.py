"""One task of a flow, run on its own, as in a notebook."""

from __future__ import annotations

import pytest

from wflpy.dag import TaskFailed, TaskState
from wflpy.flow import Flow, item
from wflpy.testing import FakeInstallation, FakeOptions, Script


def test_a_task_runs_with_what_it_needs_and_nothing_twice(
    flow: Flow, fake: FakeInstallation, options: FakeOptions
) -> None:
    ran: list[str] = []
    flow.observe(lambda event: ran.append(event.node) if event.state is TaskState.DONE else None)
    first = flow.shell("echo one; echo x > made.txt", name="first", outputs={"file": "made.txt"})
    second = first.then("cat", first.outputs["file"], "/dev/stdin", name="second").streams(stdin="made.txt")
    flow.run("other", name="other")
    assert first.output(options) == "one\n"
    assert ran == ["first"]
    assert first.wait(options).state is TaskState.DONE
    assert ran == ["first"]
    assert second.output(options) == "x\nx\n"
    assert ran == ["first", "first", "second"]  # the stand-in of first, and second itself
    third = second.then("cat", name="third")
    assert third.wait(options).ok
    assert ran[3:] == ["third"]  # nothing of second is used


def test_a_changed_task_runs_again_and_so_does_what_needs_it(flow: Flow, options: FakeOptions) -> None:
    ran: list[str] = []
    flow.observe(lambda event: ran.append(event.node) if event.state is TaskState.DONE else None)
    first = flow.run("a", name="a")
    second = first.then("b", name="b")
    assert second.wait(options).ok
    assert second.wait(options).ok
    assert ran == ["a", "b"]
    first.env(A=1)
    assert second.wait(options).ok
    assert ran == ["a", "b", "a", "b"]


def test_what_a_whole_run_did_is_remembered(flow: Flow, options: FakeOptions) -> None:
    task = flow.run("a", name="a")
    result = flow.execute(options)
    assert task.wait(options).job_id == result["a"].job_id


def test_a_failed_task_runs_again(flow: Flow, fake: FakeInstallation, options: FakeOptions) -> None:
    fake.script("bad", Script(exit_status=1), Script())
    task = flow.run("bad", name="bad")
    with pytest.raises(TaskFailed):
        task.output(options)
    assert task.output(options) == ""


def test_values_and_printed_text_are_given_out_again(flow: Flow, options: FakeOptions) -> None:
    calls: list[str] = []
    flow.observe(lambda event: calls.append(event.node) if event.state is TaskState.DONE else None)
    exact = flow.call(lambda: [1, 2], name="exact")
    odd = flow.call(lambda: (1, 2), name="odd")
    said = flow.shell("echo hello; touch marker; test ! -e again; touch again", name="said")
    for task in (exact, odd, said):
        assert task.wait(options).ok
    last = flow.call(lambda *args: repr(args), exact.value, odd.value, said.stdout, name="last")
    assert last.wait(options).value == "([1, 2], (1, 2), 'hello')"
    assert calls == ["exact", "odd", "said", *sorted(calls[3:6]), "last"]


def test_a_task_that_cannot_be_stood_in_for_runs_again(flow: Flow, options: FakeOptions) -> None:
    ran: list[str] = []
    flow.observe(lambda event: ran.append(event.node) if event.state is TaskState.DONE else None)
    group = flow.call(abs, item, name="group").for_each([-1, 2])
    assert group.wait(options).value == [1, 2]
    both = flow.call(list, group.value, name="both")
    assert both.wait(options).value == [1, 2]
    assert sorted(filter(None, ran)) == sorted(["group[-1]", "group[2]"] * 2 + ["both"])


def test_handlers_of_the_flow_do_not_run_for_one_task(flow: Flow, options: FakeOptions) -> None:
    ran: list[str] = []
    flow.observe(lambda event: ran.append(event.node) if event.state is TaskState.DONE else None)
    flow.finally_("never")
    flow.run("a", name="a").wait(options)
    assert ran == ["a"]
