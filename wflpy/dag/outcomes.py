"""What became of tasks and runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wflpy.dag.errors import RunError, TaskFailed
from wflpy.dag.states import BROKEN, ENDED, SUCCEEDED, FailureKind, RunState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_TAIL_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcome:
    """What became of one task, one member of a group, or one handler."""

    name: str
    """With the member: ``train[depth=4]``."""
    group: str
    """The declared task: ``train``."""
    state: TaskState
    kind: FailureKind | None = None
    """How the last attempt failed."""
    reason: str = ""
    """Why it is in this state, as one exact sentence; empty for what is done or still going on."""
    exit_status: int | None = None
    signal: str | None = None
    """``SIGSEGV``, when a signal ended it."""
    attempts: int = 0
    job_id: str | None = None
    """Of the last attempt."""
    stdout: Path | None = None
    """Of the last attempt; of the stand-in where that recovered it, as are ``stderr`` and ``value``."""
    stderr: Path | None = None
    """None where it goes to the same file as ``stdout``."""
    outputs: Mapping[str, object] = field(default_factory=dict[str, object])
    value: object = None
    """What the called function returned."""
    submitted: float | None = None
    """Seconds since the epoch, as all times here; of the last attempt."""
    started: float | None = None
    finished: float | None = None
    allowed: bool = False
    """True: it failed, and that is tolerated."""
    recovered: bool = False
    """True: it failed, and its ``recover`` handler stood in for it."""
    handler: bool = False
    """True for handlers, which never change the outcome of a run."""

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.state in SUCCEEDED

    @property
    def failed(self) -> bool:
        """Whether it failed or was lost."""
        return self.state in BROKEN

    @property
    def ended(self) -> bool:
        """Whether its state is final."""
        return self.state in ENDED

    def log_tail(self, lines: int = 10, stream: str = "stderr") -> str:
        """The last lines of ``stderr`` (of ``stdout`` when nothing is there), without the final newline."""
        first = self.stdout if stream == "stdout" else self.stderr
        for path in (first, self.stdout):
            text = read_tail(path, lines) if path else ""
            if text:
                return text
        return ""

    def check(self) -> None:
        """Do nothing if it succeeded.

        Raises:
            TaskFailed: it did not; the message has the reason and the paths of the logs there are.
        """
        if not self.ok:
            raise TaskFailed(_failure_text(self), self)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOutcome:
    """What became of a matrix, an array or a list: the worst of its members, and all of them."""

    name: str
    state: TaskState
    members: tuple[TaskOutcome, ...]
    counts: Mapping[TaskState, int]
    reason: str = ""
    allowed: bool = False
    """True: members failed, and no more of them than is tolerated."""

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.state in SUCCEEDED

    @property
    def failed(self) -> bool:
        """Whether it failed or was lost."""
        return self.state in BROKEN

    @property
    def ended(self) -> bool:
        """Whether its state is final."""
        return self.state in ENDED

    @property
    def outputs(self) -> Mapping[str, object]:
        """Each output as the list of its members' values, in their order; None for a member without one."""
        names = dict.fromkeys(name for member in self.members for name in member.outputs)
        return {name: [member.outputs.get(name) for member in self.members] for name in names}

    @property
    def value(self) -> list[object]:
        """What the called function returned, for each member."""
        return [member.value for member in self.members]

    @property
    def kind(self) -> FailureKind | None:
        """How the first member that failed did."""
        return self.worst.kind

    @property
    def worst(self) -> TaskOutcome:
        """The member that explains the state of the whole: the first one in that state, else the first."""
        return next((member for member in self.members if member.state is self.state), self.members[0])

    @property
    def stdout(self) -> Path | None:
        """The log of `worst`."""
        return self.worst.stdout

    @property
    def stderr(self) -> Path | None:
        """The log of `worst`."""
        return self.worst.stderr

    def log_tail(self, lines: int = 10, stream: str = "stderr") -> str:
        """The last lines of the log of `worst`."""
        return self.worst.log_tail(lines, stream)

    def check(self) -> None:
        """Do nothing if it succeeded.

        Raises:
            TaskFailed: it did not.
        """
        if not self.ok:
            raise TaskFailed(_failure_text(self), self)


Outcome = TaskOutcome | GroupOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What became of a run."""

    flow: str
    run_id: str
    directory: Path
    state: RunState
    outcomes: Mapping[str, Outcome]
    """By the names of declared tasks and handlers, in their order; the members of a group are found by name too."""
    counts: Mapping[TaskState, int]
    """How many tasks, members counted one by one and handlers left out, are in each state."""
    first_failure: TaskOutcome | None = None
    """The first task that failed and was neither recovered nor allowed."""
    reason: str = ""
    """Why the run is in its state; empty when it is done."""
    started: float | None = None
    finished: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the run is done and nothing failed that may not."""
        return self.state is RunState.DONE

    def __getitem__(self, name: str) -> Outcome:
        return self.outcomes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)

    def check(self) -> None:
        """Do nothing if the run is done.

        Raises:
            TaskFailed: a task failed.
            RunError: the run was cancelled, or nobody drives it any more.
        """
        if self.first_failure is not None:
            self.first_failure.check()
        if not self.ok:
            raise RunError(f"run {self.run_id} is {self.state}{f': {self.reason}' if self.reason else ''}")


def read_tail(path: Path, lines: int) -> str:
    """The last lines of a file that may be long, or not be there."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.rstrip("\n").split("\n")[-lines:])


def _failure_text(outcome: Outcome) -> str:
    streams = (("stdout", outcome.stdout), ("stderr", outcome.stderr))
    # What never started, or wrote nothing, need not have a log.
    logs = [f"{label}: {path}" for label, path in streams if path and path.exists()]
    because = f": {outcome.reason}" if outcome.reason else ""
    return "\n  ".join([f"task '{outcome.name}' is {outcome.state}{because}", *logs])
