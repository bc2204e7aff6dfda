"""Runs and tasks as JSON documents: one form for `run`, `show` and `runs`."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from wflpy.dag.outcomes import GroupOutcome, Outcome, RunResult, TaskOutcome

if TYPE_CHECKING:
    from wflpy.dag.runs import RunSummary


def result_document(result: RunResult) -> dict[str, object]:
    """A run with all its tasks; members of groups and handlers are entries of their own."""
    first = result.first_failure
    return {
        "kind": "result",
        "run": result.run_id,
        "flow": result.flow,
        "state": str(result.state),
        "ok": result.ok,
        "reason": result.reason,
        "started": result.started,
        "finished": result.finished,
        "counts": {str(state): count for state, count in result.counts.items()},
        "first_failure": None if first is None else first.name,
        "directory": str(result.directory),
        "notes": list(result.notes),
        "tasks": [task_document(task) for outcome in result.outcomes.values() for task in nodes_of(outcome)],
    }


def task_document(task: TaskOutcome) -> dict[str, object]:
    """One task with everything that is known of it."""
    values = {field.name: getattr(task, field.name) for field in fields(task)}
    for name in ("stdout", "stderr"):
        values[name] = None if values[name] is None else str(values[name])
    return values


def summary_document(summary: RunSummary) -> dict[str, object]:
    """One line of the list of runs."""
    return {
        "run": summary.run_id,
        "name": summary.name,
        "flow": summary.flow,
        "state": str(summary.state),
        "status": summary.status,
        "live": summary.is_live,
        "reason": summary.reason,
        "created": summary.created,
        "finished": summary.finished,
        "counts": {str(state): count for state, count in summary.counts.items()},
        "directory": str(summary.directory),
    }


def allowed_failures(result: RunResult) -> int:
    """How many tasks failed and were allowed to, handlers left out."""
    tasks = (task for outcome in result.outcomes.values() for task in nodes_of(outcome))
    return sum(task.allowed and task.failed and not task.handler for task in tasks)


def nodes_of(outcome: Outcome) -> tuple[TaskOutcome, ...]:
    """The members of a group, or the one task."""
    return outcome.members if isinstance(outcome, GroupOutcome) else (outcome,)
