"""Who is told what happens while a flow runs: observers of every event, and callbacks of single tasks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from wflpy.dag.events import EventKind
from wflpy.dag.states import ENDED
from wflpy.flow.mistakes import mistake
from wflpy.flow.results import TaskResult

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.dag.events import Observer, RunEvent
    from wflpy.dag.outcomes import Outcome

_logger: Final = logging.getLogger(__name__)

CallbackTable = Mapping[str, Sequence[Callable[[TaskResult], object]]]
"""What is called when a task has ended, by the name of the task."""


class FunctionObserver:
    """An observer made of a function."""

    def __init__(self, function: Callable[[RunEvent], object]) -> None:
        self._function = function

    def on_event(self, event: RunEvent) -> None:
        """Call the function."""
        self._function(event)


def observer_of(observer: Observer | Callable[[RunEvent], object]) -> Observer:
    """The observer for an object with ``on_event``, or for a function.

    Raises:
        WorkflowError: it is neither.
    """
    if not callable(getattr(observer, "on_event", None)):
        if not callable(observer):
            raise mistake(
                f"{observer!r} cannot observe", "pass a function of one event, or an object with on_event(event)"
            )
        return FunctionObserver(observer)
    return observer  # type: ignore[return-value]  # it has the one method of an Observer


class Callbacks:
    """Calls the functions that were attached to tasks, each once, when its task has ended.

    Attributes:
        outcomes: where the outcomes of the run are found; set once there is an engine.
    """

    def __init__(self, table: CallbackTable, directory: Path) -> None:
        self._table = table
        self._directory = directory
        self.outcomes: Mapping[str, Outcome] = {}

    def on_event(self, event: RunEvent) -> None:
        """Call the functions of the task that the event ends, if it ends one."""
        functions = self._table.get(event.group)
        if functions and _ends_whole(event) and event.group in self.outcomes:
            result = TaskResult(self.outcomes[event.group], self._directory)
            for function in functions:
                try:
                    function(result)
                except (Exception, SystemExit):  # neither ends a run
                    _logger.exception("a done callback of task '%s' failed", event.group)


def _ends_whole(event: RunEvent) -> bool:
    """Whether a task ended as a whole: a group with all its members, or a task that is no group."""
    if event.kind is EventKind.GROUP:
        return True
    return event.kind is EventKind.TASK and event.node == event.group and event.state in ENDED
