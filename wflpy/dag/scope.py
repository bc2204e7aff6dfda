"""What expressions see when the flow runs: parameters, the results of other tasks, what went wrong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wflpy.dag.results import Outcomes
from wflpy.dag.shapes import joined
from wflpy.dag.spec import FileOutput, HandlerKind, JsonOutput
from wflpy.dag.states import BROKEN, SUCCEEDED, TaskState
from wflpy.dag.uses import uses_of
from wflpy.expr import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wflpy.dag.directory import RunDirectory
    from wflpy.dag.outcomes import TaskOutcome
    from wflpy.dag.plan import Group
    from wflpy.dag.spec import TaskSpec
    from wflpy.dag.table import Table
    from wflpy.dag.uses import Use

_STDOUT_LIMIT: Final = 1_000_000
"""Bytes of standard output that become a value; more is cut off at the front."""
_NOT_GOOD: Final = BROKEN | {TaskState.CANCELLED}

Scope = dict[str, object]


class Uses:
    """Which names the expressions of one task use."""

    __slots__ = ("functions", "needs", "roots")

    def __init__(self, uses: list[Use]) -> None:
        self.roots: set[str] = set()
        self.needs: dict[str, set[str]] = {}
        self.functions: set[str] = set()
        for _, text in uses:
            self.functions |= text.functions
            for name in text.names:
                self.roots.add(name[0])
                if name[0] == "needs" and len(name) > 1:
                    self.needs.setdefault(name[1], set()).add(name[2] if len(name) > 2 else "")


NO_USES: Final = Uses([])
"""Of a task without expressions."""


def uses_in(spec: TaskSpec) -> Uses:
    """The names that a task uses."""
    uses = uses_of(spec)
    return Uses(uses) if uses else NO_USES


class Scopes:
    """Makes the scopes of one run."""

    def __init__(self, table: Table, directory: RunDirectory) -> None:
        self._table: Final = table
        self._plan: Final = table.plan
        self._flow: Final = table.plan.spec
        self._outcomes: Final = Outcomes(table, directory)
        self._base: Final[Scope] = {
            "params": self._flow.params,
            "run": {"id": directory.run_id, "name": directory.name, "dir": os.fspath(directory.path)},
            "secrets": {},
        }
        self.exported: Final = {
            f"WFLPY_PARAM_{name.upper()}": text_of(value) for name, value in self._flow.params.items()
        }
        self.exported["WFLPY_RUN_ID"] = directory.run_id
        self.flow_env: Final = {name: text.render(self._base) for name, text in self._flow.env.items()}

    def of_group(self, group: Group, uses: Uses) -> Scope:
        """What all members of a group see: everything but their own values, their environment and outputs."""
        scope = {**self._base, "env": self.flow_env}
        absolute = group.spec.workdir is not None
        if "needs" in uses.roots:
            scope["needs"] = {
                name: self._result(number, fields, absolute=absolute)
                for name, fields in uses.needs.items()
                if (number := self._plan.group_number(name)) is not None
            }
        if uses.functions:
            states = [self._fired(name) for name in group.needs]
            scope["success"] = all(good for good, _ in states)
            scope["failure"] = any(state in _NOT_GOOD for _, state in states)
        return scope

    def of_member(self, group: Group, member: int, scope: Scope, uses: Uses) -> Scope:
        """What one member sees: what all do, its own values, its environment and the paths of its outputs."""
        own = dict(scope)
        if group.members is not None:
            own |= group.members.scope(member)
        if group.handler is not None and "error" in uses.roots:
            own["error"] = self.error(self._culprit(group, member))
        if group.spec.env:
            rendered = {name: text.render(own) for name, text in group.spec.env.items()}
            own["env"] = {**self.flow_env, **rendered}
        if "outputs" in uses.roots:
            source = self._plan.groups[group.owner] if group.owner >= 0 else group
            own["outputs"] = self.files(source.spec, own, absolute=group.spec.workdir is not None)
        return own

    def files(self, spec: TaskSpec, scope: Mapping[str, object], *, absolute: bool = False) -> dict[str, str]:
        """The paths of the files a task declares as outputs, as they are written in the flow."""
        paths: dict[str, str] = {}
        for name, output in spec.outputs.items():
            if isinstance(output, (FileOutput, JsonOutput)):
                path = (output.path if isinstance(output, FileOutput) else output.file).render(scope)
                paths[name] = joined(self._flow.base, path) if absolute else path
        return paths

    def error(self, outcome: TaskOutcome | None) -> dict[str, object]:
        """What a handler sees of the task that failed; nothing but None where none did."""
        seen: dict[str, object] = {}
        if outcome is None:
            seen.update(dict.fromkeys(_ERROR_NAMES))
            return seen
        values = (
            outcome.name,
            None if outcome.kind is None else str(outcome.kind),
            outcome.reason,
            outcome.exit_status,
            outcome.signal,
            outcome.attempts,
            outcome.log_tail(),
            None if outcome.stdout is None else os.fspath(outcome.stdout),
            None if outcome.stderr is None else os.fspath(outcome.stderr),
            self._failures(outcome),
        )
        seen.update(zip(_ERROR_NAMES, values, strict=True))
        return seen

    def _failures(self, outcome: TaskOutcome) -> int:
        number = self._plan.group_number(outcome.group)
        nodes = () if number is None else self._plan.groups[number].nodes
        return sum(self._table.states[node] in BROKEN for node in nodes)

    def _culprit(self, group: Group, member: int) -> TaskOutcome | None:
        """The node whose failure a handler is about."""
        table = self._table
        if group.owner < 0:
            return None if table.first_failure is None else self._outcomes.node(table.first_failure)
        owner = self._plan.groups[group.owner]
        if group.handler is HandlerKind.RECOVER:
            return self._outcomes.node(owner.first + member)
        failed = next((node for node in owner.nodes if table.states[node] in _NOT_GOOD), None)
        return None if failed is None else self._outcomes.node(failed)

    def _fired(self, name: str) -> tuple[bool, TaskState]:
        number = self._plan.group_number(name)
        if number is None:
            return True, TaskState.DONE
        state = self._table.group_state(number)
        return state in SUCCEEDED or number in self._table.allowed, state

    def _result(self, number: int, fields: set[str], *, absolute: bool) -> Scope:
        """``needs.<task>``, with the fields that are asked for; "" asks for all."""
        group = self._plan.groups[number]
        nodes = [self._outcomes.node(node) for node in group.nodes]
        single = group.members is None
        found: Scope = {"state": str(self._table.group_state(number))}
        if not fields.isdisjoint(("outputs", "")):
            found["outputs"] = self._outputs(group, nodes, absolute=absolute)
        for field, read in _FIELDS.items():
            if field in fields or "" in fields:
                values = [read(node) for node in nodes]
                found[field] = values[0] if single else values
        return found

    def _outputs(self, group: Group, nodes: list[TaskOutcome], *, absolute: bool) -> Scope:
        found: Scope = {}
        for name, output in group.spec.outputs.items():
            values = [node.outputs.get(name) for node in nodes]
            if absolute and isinstance(output, FileOutput):
                values = [joined(self._flow.base, value) if isinstance(value, str) else value for value in values]
            if group.members is not None:
                found[name] = values
            elif nodes[0].outputs:
                found[name] = values[0]
        return found


_ERROR_NAMES: Final[tuple[str, ...]] = (
    "task", "kind", "reason", "exit_status", "signal", "attempts", "log_tail", "stdout", "stderr", "count",
)  # fmt: skip


def stdout_of(outcome: TaskOutcome) -> str:
    """What a task printed, without the line breaks at its end."""
    if outcome.stdout is None:
        return ""
    try:
        with outcome.stdout.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _STDOUT_LIMIT))
            return file.read().decode(errors="replace").rstrip("\n")
    except OSError:
        return ""  # an empty log need not exist


_FIELDS: Final[dict[str, Callable[[TaskOutcome], object]]] = {
    "exit_status": lambda node: node.exit_status,
    "reason": lambda node: node.reason,
    "stdout": stdout_of,
    "value": lambda node: node.value,
}
"""What ``needs.<task>`` has besides its state and its outputs."""
