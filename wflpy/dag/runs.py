"""The runs of one user: which there are, and what became of each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from wflpy.dag.directory import RunDirectory as RunDirectory
from wflpy.dag.errors import RunError
from wflpy.dag.journal import last_records, parse_line, read_journal
from wflpy.dag.replay import replay
from wflpy.dag.results import Outcomes, result_of
from wflpy.dag.states import RunState, TaskState
from wflpy.drmaa2.suggestion import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from wflpy.dag.outcomes import Outcome, RunResult
    from wflpy.dag.owner import Owner
    from wflpy.dag.plan import Plan
    from wflpy.dag.table import Attempt, Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What a list of runs shows of one, found without reading all of its journal."""

    run_id: str
    name: str
    flow: str
    directory: Path
    created: float
    """Seconds since the epoch."""
    finished: float | None
    state: RunState
    """RUNNING until somebody wrote how it ended, even if nobody drives it any more: see `owner_alive`."""
    reason: str
    counts: Mapping[TaskState, int]
    """Once it ended; empty before."""
    owner: Owner | None
    owner_alive: bool | None
    """None when it cannot be told from this host."""

    @property
    def is_live(self) -> bool:
        """Whether it goes on, as far as can be told."""
        return self.state is RunState.RUNNING and self.owner_alive is not False

    @property
    def status(self) -> str:
        """``running``, ``owner gone``, ``done``, ``failed``, ``cancelled``, ``detached``."""
        if self.state is RunState.RUNNING and self.owner_alive is False:
            return "owner gone"
        return str(self.state).lower()


class RunRecord:
    """One run as its folder tells of it, at the moment it was opened."""

    def __init__(self, directory: RunDirectory, summary: RunSummary) -> None:
        self.directory = directory
        self.summary = summary

    @cached_property
    def plan(self) -> Plan:
        """The plan that was run.

        Raises:
            RunError: it cannot be read.
        """
        from wflpy.dag.document import read_plan

        return read_plan(self.directory)

    @cached_property
    def table(self) -> Table:
        """The state of everything, as the journal tells it."""
        return replay(self.plan, read_journal(self.directory.journal_file))

    @property
    def run_id(self) -> str:
        """Its id."""
        return self.directory.run_id

    @property
    def name(self) -> str:
        """Its name, or its id."""
        return self.directory.name

    def result(self) -> RunResult:
        """What became of it, so far."""
        return result_of(self.table, self.directory)

    def __getitem__(self, name: str) -> Outcome:
        """What became of a task, a handler, or a member of a group.

        Raises:
            RunError: there is no such task; with a suggestion.
        """
        return self._found(name, self._outcomes.__getitem__)

    def attempts(self, name: str) -> list[tuple[Attempt, Path | None, Path | None]]:
        """The failed attempts that were followed by others, of a task or of all members of a group.

        Each comes with its standard output and error.

        Raises:
            RunError: there is no such task; with a suggestion.
        """
        return [
            (attempt, *self._outcomes.logs(node, self.plan.name_of(node), attempt.number))
            for node in self._found(name, self._outcomes.nodes)
            for attempt in self.table.history.get(node, ())
        ]

    @cached_property
    def _outcomes(self) -> Outcomes:
        return Outcomes(self.table, self.directory)

    def _found(self, name: str, find: Callable[[str], T]) -> T:
        try:
            return find(name)
        except KeyError:
            known = [group.name for group in self.plan.groups]
            raise RunError(f"run {self.run_id} has no task '{name}'{did_you_mean(name, known)}") from None


def list_runs(home: Path) -> list[RunSummary]:
    """All runs, the latest first."""
    try:
        with os.scandir(home / "runs") as entries:
            folders = [entry for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    except FileNotFoundError:
        return []
    found = [summary for entry in folders if (summary := summary_of(home / "runs" / entry.name)) is not None]
    return sorted(found, key=lambda summary: (summary.created, summary.run_id), reverse=True)


def summary_of(path: Path) -> RunSummary | None:
    """The summary of one run; None where the folder is not one."""
    head = _header(path / "journal.jsonl")
    if head is None:
        return None
    run_id = path.name
    directory = RunDirectory(path, run_id, str(head.get("name", run_id)))
    close = _closing(last_records(directory.journal_file))
    owner = directory.owner()
    return RunSummary(
        run_id=run_id,
        name=directory.name,
        flow=str(head.get("flow", "")),
        directory=path,
        created=float(head.get("t", 0.0)),
        finished=None if close is None else float(close["t"]),
        state=RunState.RUNNING if close is None else RunState(close["state"]),
        reason="" if close is None else str(close.get("reason", "")),
        counts={} if close is None else {TaskState(state): count for state, count in close["counts"].items()},
        owner=owner,
        owner_alive=None if owner is None else owner.alive,
    )


def open_run(home: Path, name_or_id: str) -> RunRecord:
    """A run by its id, or the latest one of a name or of a flow.

    Raises:
        RunError: there is none; with a suggestion.
    """
    exact = home / "runs" / name_or_id
    summary = summary_of(exact) if "/" not in name_or_id and name_or_id not in ("", ".", "..") else None
    if summary is None:
        summary = _find(list_runs(home), name_or_id, home)
    return RunRecord(RunDirectory(summary.directory, summary.run_id, summary.name), summary)


def _find(runs: Sequence[RunSummary], name: str, home: Path) -> RunSummary:
    for found in (
        [run for run in runs if run.name == name],
        [run for run in runs if run.flow == name],
        [run for run in runs if run.run_id.startswith(name)] if len(name) > 3 else [],
    ):
        if found:
            return found[0]
    known = dict.fromkeys(text for run in runs for text in (run.name, run.flow, run.run_id))
    there = "there are none" if not runs else f"see them with: wflpy runs{did_you_mean(name, known)}"
    raise RunError(f"no run '{name}' in {home / 'runs'}; {there}")


def _header(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            record = parse_line(file.readline(65_536))
    except OSError:
        return None
    return record if record is not None and record["e"] == "run" else None


def _closing(records: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """The last closing record, unless the run was taken up again after it."""
    close = None
    for record in records:
        if record["e"] == "close":
            close = record
        elif record["e"] == "owner":
            close = None
    return close
