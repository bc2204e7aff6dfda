"""A journal read back into a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wflpy.dag.errors import RunError
from wflpy.dag.journal import FORMAT
from wflpy.dag.states import SUCCEEDED, FailureKind, RunState, TaskState
from wflpy.dag.table import PLAIN, SILENT, Ending, Streams, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wflpy.dag.plan import Plan


def replay(plan: Plan, records: Iterable[Mapping[str, Any]]) -> Table:
    """The table that these records tell of. Records that do not fit the plan are left out.

    Raises:
        RunError: the journal was written by a newer version.
    """
    table = Table(plan)
    size = len(plan)
    for record in records:
        apply = _APPLY.get(record["e"])
        if apply is None:
            continue
        node = record.get("n")
        if node is not None and not (isinstance(node, int) and 0 <= node < size):
            continue
        try:
            apply(table, record)
        except (KeyError, ValueError, TypeError, IndexError):
            continue  # a damaged line that still is JSON
    return table


def _run(_table: Table, record: Mapping[str, Any]) -> None:
    if record["format"] > FORMAT:
        raise RunError(f"the journal has format {record['format']}; this version of wflpy reads up to {FORMAT}")


def _owner(table: Table, record: Mapping[str, Any]) -> None:
    if table.run_started is None:
        table.run_started = record["t"]
    table.run_state = RunState.RUNNING
    table.run_finished = None
    table.reason = ""


def _intent(table: Table, record: Mapping[str, Any]) -> None:
    streams = None
    if "out" in record or "err" in record or "join" in record:
        streams = Streams(record.get("out"), record.get("err"), record.get("join", False))
    table.submit(record["n"], record["a"], record["t"], streams)


def _job(table: Table, record: Mapping[str, Any]) -> None:
    table.job_ids[record["n"]] = record["job"]


def _state(table: Table, record: Mapping[str, Any]) -> None:
    table.move(record["n"], TaskState(record["state"]), record["t"])


def _retry(table: Table, record: Mapping[str, Any]) -> None:
    table.retry(record["n"], record["t"], _ending(record))


def _hand_over(table: Table, record: Mapping[str, Any]) -> None:
    table.hand_over(record["n"], _ending(record))


def _end(table: Table, record: Mapping[str, Any]) -> None:
    node = record["n"]
    state = TaskState(record["state"])
    if "start" in record:
        table.started[node] = record["start"]
    if record.get("recovered"):
        table.recover(node)
    ending = _ending(record)
    if ending == SILENT and state in SUCCEEDED:
        ending = PLAIN
    table.end(node, state, record["t"], ending, record.get("outputs"))
    _end_single(table, node, state, ending)


def _end_single(table: Table, node: int, state: TaskState, ending: Ending) -> None:
    number = table.plan.group_of(node)
    if table.plan.groups[number].members is None:
        table.end_group(number, state, ending.reason if state not in SUCCEEDED else "", allowed=False)


def _group(table: Table, record: Mapping[str, Any]) -> None:
    table.end_group(
        record["g"], TaskState(record["state"]), record.get("reason", ""), allowed=record.get("allowed", False)
    )


def _note(table: Table, record: Mapping[str, Any]) -> None:
    table.notes.append(record["text"])


def _close(table: Table, record: Mapping[str, Any]) -> None:
    table.run_state = RunState(record["state"])
    table.run_finished = record["t"]
    table.reason = record["reason"]
    table.first_failure = record.get("first")


def _ending(record: Mapping[str, Any]) -> Ending:
    kind = record.get("kind")
    return Ending(
        None if kind is None else FailureKind(kind), record.get("reason", ""), record.get("exit"), record.get("signal")
    )


_APPLY: Final[dict[str, Callable[[Table, Mapping[str, Any]], None]]] = {
    "run": _run,
    "owner": _owner,
    "intent": _intent,
    "job": _job,
    "state": _state,
    "retry": _retry,
    "handover": _hand_over,
    "end": _end,
    "group": _group,
    "note": _note,
    "close": _close,
}
"""What each kind of line does to the table. Other kinds are skipped: later versions may add some."""
