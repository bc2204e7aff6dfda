"""Outcomes, made from the table when somebody asks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wflpy.dag.outcomes import GroupOutcome, Outcome, RunResult, TaskOutcome
from wflpy.dag.plan import node_name
from wflpy.dag.spec import Call, HandlerKind
from wflpy.dag.states import BROKEN, SUCCEEDED

if TYPE_CHECKING:
    from wflpy.dag.directory import RunDirectory
    from wflpy.dag.plan import Group
    from wflpy.dag.table import Table


class Outcomes(Mapping[str, Outcome]):
    """The outcomes of a run by name: those of declared tasks and handlers, and of each member of a group."""

    def __init__(self, table: Table, directory: RunDirectory) -> None:
        self._table = table
        self._directory = directory

    def __getitem__(self, name: str) -> Outcome:
        number = self._table.plan.group_number(name)
        return self.node(self.nodes(name)[0]) if number is None else self.group(number)

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and len(self.nodes(name)) > 0
        except KeyError:
            return False

    def __iter__(self) -> Iterator[str]:
        return (group.name for group in self._table.plan.groups)

    def __len__(self) -> int:
        return len(self._table.plan.groups)

    def nodes(self, name: str) -> range:
        """The numbers of the nodes that a name stands for: all of a group, or one member.

        Raises:
            KeyError: there is no such task.
        """
        plan = self._table.plan
        number = plan.group_number(name)
        if number is not None:
            return plan.groups[number].nodes
        node = self._member(name)
        if node is None:
            raise KeyError(name)
        return range(node, node + 1)

    def group(self, number: int) -> Outcome:
        """What became of a declared task or a handler."""
        table = self._table
        group = table.plan.groups[number]
        if group.members is None:
            return self.node(group.first)
        members = tuple(self.node(node) for node in group.nodes)
        return GroupOutcome(
            name=group.name,
            state=table.group_state(number),
            members=members,
            counts=Counter(member.state for member in members),
            reason=table.group_reasons.get(number, ""),
            allowed=number in table.allowed,
        )

    def node(self, node: int) -> TaskOutcome:
        """What became of one node."""
        table, directory = self._table, self._directory
        number = table.plan.group_of(node)
        group = table.plan.groups[number]
        name = node_name(group, node - group.first)
        state, ending, attempts = table.states[node], table.ending(node), table.attempts[node]
        stdout, stderr = self.logs(node, name, attempts)
        value = read_value(directory, name, attempts) if state in SUCCEEDED and _is_call(group) else None
        if node in table.recovered and (twin := _stand_in(table, node, group)) is not None:
            # Whoever uses its result wants that of the job that came to one.
            stood_in = self.node(twin)
            stdout, stderr, value = stood_in.stdout, stood_in.stderr, stood_in.value
        return TaskOutcome(
            name=name,
            group=group.name,
            state=state,
            kind=ending.kind,
            reason=ending.reason,
            exit_status=ending.exit_status,
            signal=ending.signal,
            attempts=attempts,
            job_id=table.job_ids[node],
            stdout=stdout,
            stderr=stderr,
            outputs=table.outputs.get(node, {}),
            value=value,
            submitted=table.submitted[node] or None,
            started=table.started[node] or None,
            finished=table.finished[node] or None,
            allowed=state in BROKEN and number in table.allowed,
            recovered=node in table.recovered,
            handler=group.handler is not None,
        )

    def logs(self, node: int, name: str, attempt: int) -> tuple[Path | None, Path | None]:
        """Standard output and error of an attempt; no files where nothing ran, no second one where they are joined."""
        if not attempt:
            return None, None
        streams = self._table.streams_of(node)
        stdout = Path(streams.stdout) if streams.stdout else self._directory.log(name, attempt, "out")
        if streams.joined:
            return stdout, None
        return stdout, Path(streams.stderr) if streams.stderr else self._directory.log(name, attempt, "err")

    def _member(self, name: str) -> int | None:
        task, bracket, rest = name.partition("[")
        if not bracket:
            return None
        label, _, handler = rest.rpartition("]")
        number = self._table.plan.group_number(task + handler)
        group = None if number is None else self._table.plan.groups[number]
        if group is None or group.members is None:
            return None
        members = group.members
        found = next((member for member in range(len(members)) if members.label(member) == label), None)
        return None if found is None else group.first + found


def result_of(table: Table, directory: RunDirectory) -> RunResult:
    """What became of a run."""
    outcomes = Outcomes(table, directory)
    return RunResult(
        flow=table.plan.name,
        run_id=directory.run_id,
        directory=directory.path,
        state=table.run_state,
        outcomes=outcomes,
        counts=table.counts(),
        first_failure=None if table.first_failure is None else outcomes.node(table.first_failure),
        reason=table.reason,
        started=table.run_started,
        finished=table.run_finished,
        notes=tuple(table.notes),
    )


def _stand_in(table: Table, node: int, group: Group) -> int | None:
    """The node of the `recover` handler that stands in for a node; None where there is no such handler."""
    handlers = (table.plan.groups[number] for number in group.handlers)
    return next((one.first + node - group.first for one in handlers if one.handler is HandlerKind.RECOVER), None)


def _is_call(group: Group) -> bool:
    return isinstance(group.spec.body, Call)


def read_value(directory: RunDirectory, name: str, attempt: int) -> object:
    """What a called function returned: JSON, or the mark of a pickled value with its path and signature; else None."""
    try:
        result = json.loads(directory.result_file(name, attempt).read_text(encoding="utf-8"))
        return value_of_result(result)
    except (OSError, ValueError, AttributeError):
        return None


def value_of_result(result: Mapping[str, object]) -> object:
    """The value in a result that is ok."""
    if "pickle" in result:
        return {"$wflpy": "pickle", "path": result["pickle"], "hmac": result.get("hmac")}
    return result.get("value")
