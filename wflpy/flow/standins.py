"""What stands for a task that has run before: a job that prints, or returns, the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wflpy.dag.spec import Call, Command
from wflpy.expr import Text
from wflpy.flow.runner import MARK, is_json

if TYPE_CHECKING:
    from wflpy.flow.results import TaskResult


def command_like(result: TaskResult | None) -> Command:
    """A command that prints what a task printed; without one, a command that does nothing."""
    log = None if result is None else result.outcome.stdout
    if log is None or not log.exists():  # nothing was written
        return Command((Text.literal("true"),))
    return Command((Text.literal("cat"), Text.literal(os.fspath(log))))


def value_like(result: TaskResult) -> Call:
    """A call that returns what a task returned."""
    value = result.value
    if is_json(value):
        return Call("copy:copy", (value,))
    from wflpy.flow.functions import packed_objects

    return Call("copy:copy", ({MARK: "object", "index": 0},), {}, packed_objects([value]))
