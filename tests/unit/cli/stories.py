"""Runs told by hand, event by event, as an engine would write them down: for commands that look at runs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from wflpy.cli.terminal import Terminal
from wflpy.dag.chronicle import Chronicle
from wflpy.dag.directory import RunDirectory
from wflpy.dag.journal import Journal
from wflpy.dag.states import FailureKind, RunState, TaskState
from wflpy.dag.table import PLAIN, Ending, Table
from wflpy.flow import Flow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wflpy.dag.events import Observer
    from wflpy.dag.plan import Plan

BEGIN = 1_700_000_000.0


class Story:
    """One run, told from outside; times are seconds after its beginning."""

    def __init__(self, home: Path, plan: Plan, *observers: Observer, name: str | None = None) -> None:
        self.home = home
        self.plan = plan
        home.mkdir(parents=True, exist_ok=True)
        self.directory = RunDirectory.create(home, plan, name)
        self.table = Table(plan)
        self.journal = Journal(self.directory.journal_file)
        self.chronicle = Chronicle(plan, self.table, self.journal, observers)
        self.chronicle.at(BEGIN)
        self.chronicle.open({})
        self.going_on = True

    def node(self, name: str) -> int:
        return self.plan.names.index(name)

    def start(self, name: str, at: float = 0.0, attempt: int = 1) -> Story:
        self.chronicle.at(BEGIN + at)
        self.chronicle.intend(self.node(name), attempt, f"k{self.node(name)}")
        self.chronicle.accept(self.node(name), str(self.node(name) + 1))
        self.chronicle.move(self.node(name), TaskState.RUNNING, BEGIN + at)
        return self

    def writes(self, name: str, out: bytes = b"", err: bytes = b"", attempt: int = 1) -> Story:
        for stream, text in (("out", out), ("err", err)):
            if text:
                self.directory.log(name, attempt, stream).write_bytes(text)
        return self

    def done(self, name: str, at: float = 1.0, outputs: Mapping[str, object] | None = None) -> Story:
        return self._end(name, TaskState.DONE, at, PLAIN, outputs)

    def failed(self, name: str, at: float = 1.0, ending: Ending | None = None) -> Story:
        told = ending or Ending(FailureKind.EXIT, "exit status 3", 3)
        return self._end(name, TaskState.FAILED, at, told, None)

    def skipped(self, name: str, at: float = 1.0, reason: str = "'clean' failed") -> Story:
        return self._end(name, TaskState.SKIPPED, at, Ending(None, reason), None)

    def retried(self, name: str, at: float = 1.0, delay: float = 5.0) -> Story:
        self.chronicle.at(BEGIN + at)
        ending = Ending(FailureKind.EXIT, "exit status 3", 3)
        self.chronicle.retry(self.node(name), BEGIN + at, ending, delay)
        return self

    def group(self, name: str, state: TaskState, reason: str = "") -> Story:
        number = self.plan.group_number(name)
        assert number is not None
        self.chronicle.end_group(number, state, reason, allowed=False)
        return self

    def closed(self, state: RunState, at: float = 2.0, reason: str = "", first: str | None = None) -> Story:
        self.chronicle.at(BEGIN + at)
        self.chronicle.close(state, reason, None if first is None else self.node(first))
        self.journal.close()
        self.going_on = False
        return self

    def _end(
        self, name: str, state: TaskState, at: float, ending: Ending, outputs: Mapping[str, object] | None
    ) -> Story:
        self.chronicle.at(BEGIN + at)
        self.chronicle.end(self.node(name), state, BEGIN + at, ending, outputs)
        return self


def churn() -> Flow:
    """Clean, train twice, pick the best; a handler watches the training, another one the flow."""
    flow = Flow("churn")
    clean = flow.run("python", "clean.py", name="clean", outputs={"table": "data/clean.csv"})
    train = clean.then("python", "train.py", clean.outputs["table"], name="train").matrix(depth=[4, 8])
    train.on_error("echo", "training failed")
    train.then("python", "best.py", name="best", outputs={"winner": "best.txt"})
    flow.finally_("rm", "-rf", "scratch")
    return flow


def good_run(home: Path, *observers: Observer, name: str | None = None) -> Story:
    """A run of `churn` in which everything is well."""
    story = Story(home, churn().compile(), *observers, name=name)
    story.start("clean").writes("clean", out=b"cleaned\n").done("clean", 1.0, {"table": "/data/clean.csv"})
    for member in ("train[depth=4]", "train[depth=8]"):
        story.start(member, 1.0).done(member, 2.5)
    story.group("train", TaskState.DONE)
    story.start("best", 2.5).writes("best", out=b"best is 8\n").done("best", 3.0, {"winner": "/data/best.txt"})
    story.skipped("train.on_error", 3.0, "'train' did not fail")
    story.start("finally", 3.0).done("finally", 3.1)
    return story.closed(RunState.DONE, 3.1)


def bad_run(home: Path, *observers: Observer) -> Story:
    """A run of `churn` in which one member of the training fails, at its second attempt too."""
    story = Story(home, churn().compile(), *observers)
    story.start("clean").done("clean", 1.0)
    story.start("train[depth=4]", 1.0).done("train[depth=4]", 2.0)
    story.start("train[depth=8]", 1.0).writes("train[depth=8]", err=b"first try\n").retried("train[depth=8]", 2.0)
    story.start("train[depth=8]", 7.0, attempt=2)
    story.writes("train[depth=8]", out=b"fitting\n", err=b"Traceback:\n\x1b[31mValueError\x1b[0m: bad\n", attempt=2)
    story.failed("train[depth=8]", 8.0)
    story.group("train", TaskState.FAILED, "1 of 2 failed")
    story.skipped("best", 8.0, "'train' failed")
    story.start("train.on_error", 8.0).done("train.on_error", 8.1)
    story.start("finally", 8.1).done("finally", 8.2)
    return story.closed(RunState.FAILED, 8.2, "'train[depth=8]' failed", "train[depth=8]")


def plain_terminal(encoding: str = "utf-8") -> Terminal:
    """A terminal that is a file."""
    return Terminal(stream=io.StringIO(), unicode=encoding == "utf-8")


def written(terminal: Terminal) -> str:
    """What was written to it."""
    assert isinstance(terminal.stream, io.StringIO)
    return terminal.stream.getvalue()
