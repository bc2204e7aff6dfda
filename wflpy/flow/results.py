"""What became of a flow that was run, for the person who ran it: states, values, what was printed, why it failed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wflpy.dag.errors import RunError
from wflpy.dag.outcomes import GroupOutcome, TaskOutcome
from wflpy.flow.names import unknown
from wflpy.flow.runner import MARK, CallError, kind_of, read_pickle

if TYPE_CHECKING:
    from wflpy.dag.outcomes import Outcome, RunResult
    from wflpy.dag.states import FailureKind, RunState, TaskState

_SHOWN_TASKS: Final = 20
_SHOWN_OUTPUTS: Final = 60


class TaskResult:
    """What became of one task, or of a group (a matrix, an array, a list) as a whole; made by `FlowResult`.

    Attributes:
        outcome: the facts it is made from.
    """

    def __init__(self, outcome: Outcome, directory: Path) -> None:
        self.outcome = outcome
        self._directory = directory

    @property
    def name(self) -> str:
        """Its name, of a member ``train[depth=4]``."""
        return self.outcome.name

    @property
    def state(self) -> TaskState:
        """The state it came to; of a group the worst of its members'."""
        return self.outcome.state

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.outcome.ok

    @property
    def failed(self) -> bool:
        """Whether it failed or was lost."""
        return self.outcome.failed

    @property
    def reason(self) -> str:
        """Why it is in this state, as one sentence; empty for success."""
        return self.outcome.reason or self._one.reason

    @property
    def kind(self) -> FailureKind | None:
        """How it failed; None if it did not."""
        return self.outcome.kind

    @property
    def exit_status(self) -> int | None:
        """Its exit status; None if it never ran or a signal ended it. Of a group that of its worst member."""
        return self._one.exit_status

    @property
    def signal(self) -> str | None:
        """The signal that ended it, such as ``SIGSEGV``."""
        return self._one.signal

    @property
    def attempts(self) -> int:
        """How often it was tried; of a group, all its members together."""
        return sum(one.attempts for one in self._nodes)

    @property
    def job_id(self) -> str | None:
        """The job of its last attempt, in the backend's words."""
        return self._one.job_id

    @property
    def members(self) -> tuple[TaskResult, ...]:
        """The results of a group's members, in order; empty for a single task."""
        if isinstance(self.outcome, TaskOutcome):
            return ()
        return tuple(TaskResult(member, self._directory) for member in self.outcome.members)

    @property
    def counts(self) -> Mapping[TaskState, int]:
        """How many members are in each state; a single task is one."""
        return self.outcome.counts if isinstance(self.outcome, GroupOutcome) else {self.state: 1}

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Its declared outputs; of a group each is a list with one value for each member."""
        return {name: self._plain(value) for name, value in self.outcome.outputs.items()}

    @property
    def value(self) -> Any:
        """What the called function returned; of a group the list of the members' values.

        Raises:
            TaskFailed: it did not succeed.
            RunError: the value was pickled, and its file is not what this run wrote.
        """
        self.check()
        return self._plain(self.outcome.value)

    @property
    def stdout(self) -> str:
        """What it printed, so far; of a group all members' one after the other."""
        return "".join(_read(one.stdout) for one in self._nodes)

    @property
    def stderr(self) -> str:
        """What it wrote to standard error, so far; empty where that goes to standard output."""
        return "".join(_read(one.stderr) for one in self._nodes)

    @property
    def logs(self) -> tuple[Path, ...]:
        """The files of its last attempt's standard output and error; of a group those of its worst member."""
        return tuple(path for path in (self.outcome.stdout, self.outcome.stderr) if path is not None)

    def check(self) -> None:
        """Do nothing if it succeeded.

        Raises:
            TaskFailed: it did not; the message says why and where its logs are.
        """
        self.outcome.check()

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in self.counts.items()) if self.members else ""
        because = f": {self.reason}" if self.reason and not self.ok else ""
        outputs = f" {_shortened(self.outcome.outputs)}" if self.ok and self.outcome.outputs else ""
        return f"<{self.name} {self.state}{f' ({counts})' if counts else ''}{because}{outputs}>"

    @property
    def _nodes(self) -> tuple[TaskOutcome, ...]:
        return (self.outcome,) if isinstance(self.outcome, TaskOutcome) else self.outcome.members

    @property
    def _one(self) -> TaskOutcome:
        """The task itself, or the member that explains the state of its group."""
        return self.outcome if isinstance(self.outcome, TaskOutcome) else self.outcome.worst

    def _plain(self, value: Any) -> object:
        """The value with pickled parts read in."""
        kind = kind_of(value)
        if kind is list:
            return [self._plain(one) for one in value]
        if kind is not dict:
            return value
        if value.get(MARK) == "pickle":
            return read_value(str(value["path"]), value.get("hmac"), self._directory)
        return {key: self._plain(one) for key, one in value.items()}


class FlowResult(Mapping[str, TaskResult]):
    """What became of a run: ``result["train"]`` is one task's part of it.

    Attributes:
        run: the facts it is made from.
    """

    def __init__(self, run: RunResult) -> None:
        self.run = run

    @property
    def ok(self) -> bool:
        """Whether everything that had to succeed did."""
        return self.run.ok

    @property
    def state(self) -> RunState:
        """DONE, FAILED, CANCELLED, or DETACHED where its jobs go on without this process."""
        return self.run.state

    @property
    def reason(self) -> str:
        """Why the run is in its state; empty when it is done."""
        return self.run.reason

    @property
    def run_id(self) -> str:
        """What the run is called on the command line: ``wflpy show RUN_ID``."""
        return self.run.run_id

    @property
    def directory(self) -> Path:
        """The folder with its plan, journal and logs."""
        return self.run.directory

    @property
    def counts(self) -> Mapping[TaskState, int]:
        """How many tasks are in each state, members counted one by one and handlers left out."""
        return self.run.counts

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing besides, such as wishes the backend has no use for."""
        return self.run.notes

    @cached_property
    def first_failure(self) -> TaskResult | None:
        """The task that failed first and was neither recovered nor allowed."""
        first = self.run.first_failure
        return None if first is None else TaskResult(first, self.directory)

    def check(self) -> None:
        """Do nothing if the run is done.

        Raises:
            TaskFailed: a task failed; the message is about the first.
            RunError: it was cancelled, or its jobs go on without this process.
        """
        self.run.check()

    def __getitem__(self, name: str) -> TaskResult:
        try:
            return TaskResult(self.run.outcomes[name], self.directory)
        except KeyError:
            raise KeyError(unknown("there is no task", name, list(self.run.outcomes))) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.run.outcomes)

    def __len__(self) -> int:
        return len(self.run.outcomes)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in self.counts.items())
        lines = [f"<run {self.run_id} {self.state}: {counts or 'no task'}"]
        lines += [f"  {self[name]!r}" for name in list(self)[:_SHOWN_TASKS]]
        if len(self) > _SHOWN_TASKS:
            lines.append(f"  ... and {len(self) - _SHOWN_TASKS} more")
        return "\n".join(lines) + ">"


def read_value(path: str, signature: object, directory: Path) -> object:
    """The pickled value in a file of the run in this folder.

    Raises:
        RunError: the file is not there, not in the folder, or not signed with the key of the run.
    """
    calls = directory / "calls"
    try:
        if not Path(path).resolve(strict=True).is_relative_to(calls.resolve()):
            raise CallError(f"{path} is not unpickled: it is outside of {calls}")
        key = bytes.fromhex((calls / "key").read_text(encoding="ascii").strip())
        return read_pickle(path, signature, key)
    except (OSError, CallError) as problem:
        raise RunError(f"the value cannot be read: {problem}") from problem
    except Exception as problem:
        raise RunError(
            f"the value in {path} cannot be unpickled here: {type(problem).__name__}: {problem}; "
            "the modules and the Python that made it are needed"
        ) from problem


def _read(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # nothing was written
        return ""


def _shortened(outputs: Mapping[str, object]) -> str:
    text = json.dumps(outputs, default=str)
    return text if len(text) <= _SHOWN_OUTPUTS else f"{text[:_SHOWN_OUTPUTS]}..."
