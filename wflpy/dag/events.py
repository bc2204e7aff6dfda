"""What a run tells its observers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from wflpy.dag.states import FailureKind, TaskState


class EventKind(StrEnum):
    """What an event is about."""

    RUN_STARTED = "run_started"
    TASK = "task"
    """A task, or one member of a group, entered a state."""
    RETRY = "retry"
    """An attempt failed and another one follows; ``reason`` says how it failed, ``delay`` when the next one starts."""
    RECOVER = "recover"
    """A task finally failed, and its stand-in is started."""
    GROUP = "group"
    """All members of a matrix, an array or a list ended; ``state`` is that of the whole."""
    NOTE = "note"
    """Something worth knowing that changes no state; ``reason`` is the text."""
    RUN_ENDED = "run_ended"


class RunEvent(NamedTuple):
    """One thing that happened in a run."""

    time: float
    """Seconds since the epoch."""
    kind: EventKind
    node: str = ""
    """The task with its member, such as ``train[depth=4]``; empty for events of the run itself."""
    group: str = ""
    """The declared task, such as ``train``."""
    attempt: int = 0
    """1 for the first; 0 while there was none."""
    state: TaskState | None = None
    reason: str | None = None
    """One sentence: why it failed, was skipped or cancelled, or the text of a note."""
    failure: FailureKind | None = None
    exit_status: int | None = None
    signal: str | None = None
    job_id: str | None = None
    delay: float | None = None
    """Seconds until the next attempt."""


class Observer(Protocol):
    """Someone who is told what happens, from the thread that drives the run: be quick."""

    def on_event(self, event: RunEvent) -> None:
        """Take note of one event; an exception raised here is reported as a note and does not stop the run."""
        ...
