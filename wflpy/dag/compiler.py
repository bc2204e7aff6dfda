"""From a FlowSpec to a Plan: names resolved, edges found, groups expanded, everything that is wrong told at once."""

from __future__ import annotations

import gc
from itertools import repeat
from typing import TYPE_CHECKING, Final

from wflpy.dag.checks import handler_problems, name_problem, task_problems
from wflpy.dag.codes import Code
from wflpy.dag.errors import Problem, WorkflowError
from wflpy.dag.expansion import members_of
from wflpy.dag.files import FileCheck
from wflpy.dag.naming import NameCheck
from wflpy.dag.plan import Group, Link, Plan
from wflpy.dag.spec import Edge, HandlerKind
from wflpy.drmaa2.suggestion import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.dag.members import Members
    from wflpy.dag.spec import FlowSpec, TaskSpec

_CIRCLES: Final = 20
"""Most circles that are told at once."""
_STEPS: Final = 10
"""Most tasks of a circle that are told by name."""
_SUGGESTIONS: Final = 20

_Path = tuple[str | int, ...]
_NO_NEEDS: Final[Mapping[str, Edge]] = {}


def compile_plan(spec: FlowSpec) -> Plan:
    """The plan of a flow. The flow must not be changed afterwards: the plan refers to it.

    Raises:
        WorkflowError: with every problem of its references, in the order of the definition.
    """
    # What is built here stays; collecting garbage meanwhile costs more than the whole compilation.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _Compiler(spec).plan()
    finally:
        if collecting:
            gc.enable()


class _Compiler:
    """One compilation."""

    def __init__(self, spec: FlowSpec) -> None:
        self.spec = spec
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.groups: list[Group] = []
        self.numbers: dict[str, int] = {}
        self.names = NameCheck(spec, self.problems)
        self.files = FileCheck(spec, self.problems)
        self.size = 0

    def plan(self) -> Plan:
        self._add_groups()
        successors, waits = self._link()
        self._refuse_circles(successors, waits)
        if self.problems:
            order = {name: number for number, name in enumerate(self.spec.tasks)}
            raise WorkflowError(problems=sorted(self.problems, key=lambda problem: _place(problem, order)))
        return Plan(self.spec, tuple(self.groups), successors, waits, self.size, tuple(self.notes))

    # -- groups --------------------------------------------------------------------------------------

    def _add_groups(self) -> None:
        if not self.spec.tasks:
            message = f"flow '{self.spec.name}' has no task"
            self.problems.append(Problem(Code.EMPTY_FLOW, message, ("tasks",), self.spec.origin))
        self.names.flow_env()
        for name, task in self.spec.tasks.items():
            self._add_task(name, task)
        for kind, handler in self.spec.handlers.items():
            self._add_handler(handler, kind, (str(kind),), str(kind), None, -1)

    def _add_task(self, name: str, task: TaskSpec) -> None:
        path = ("tasks", name)
        problem = name_problem(name, task, self.spec)
        if problem:
            self.problems.append(problem)
        self.problems.extend(task_problems(task, path))
        members = members_of(task, path, self.problems)
        number = len(self.groups)
        # One object for equal numbers: without groups and handlers they all are, and there may be very many.
        number = self.numbers[name] = self.size if self.size == number else number
        handlers = range(number + 1, number + 1 + len(task.handlers))
        self._append(Group(name, task, self.size, members, None, -1, tuple(handlers)))
        for kind, handler in task.handlers.items():
            each = members if kind is HandlerKind.RECOVER else None
            self._add_handler(handler, kind, (*path, str(kind)), f"{name}.{kind}", each, number)
        if task.outputs:
            self.files.writes(task, members)

    def _add_handler(
        self, handler: TaskSpec, kind: HandlerKind, path: _Path, name: str, members: Members | None, owner: int
    ) -> None:
        self.problems.extend(task_problems(handler, path))
        self.problems.extend(handler_problems(handler, kind, path, of_flow=owner < 0))
        self._append(Group(name, handler, self.size, members, kind, owner))

    def _append(self, group: Group) -> None:
        self.groups.append(group)
        self.size += group.size

    # -- edges ---------------------------------------------------------------------------------------

    def _link(self) -> tuple[tuple[tuple[Link, ...], ...], tuple[int, ...]]:
        successors: list[list[Link]] = [[] for _ in self.groups]
        waits = [0] * len(self.groups)
        for number, group in enumerate(self.groups):
            if group.handler is not None:
                self._check_handler(group)
                continue
            needs = self._needs_of(group)
            if not needs:
                continue
            if needs is not group.spec.needs:
                self.groups[number] = group._replace(implied=needs)
            waits[number] = self._link_to(self.numbers[group.name], group, needs, successors)
        # One tuple for all those nobody waits for.
        return tuple([tuple(links) if links else () for links in successors]), tuple(waits)

    def _needs_of(self, group: Group) -> Mapping[str, Edge]:
        task = group.spec
        needs = self.names.task(task, task.needs, ("tasks", group.name))
        if task.inputs and self.files:
            for writer, path in self.files.sources(task, group.members).items():
                if writer not in needs:
                    needs = {**needs, writer: Edge.SUCCESS}
                    self.notes.append(f"'{group.name}' waits for '{writer}', which writes its input {path}")
        return needs

    def _link_to(self, number: int, group: Group, needs: Mapping[str, Edge], successors: list[list[Link]]) -> int:
        count = 0
        link = Link(number, Edge.SUCCESS)
        for name, edge in needs.items():
            source = self.numbers.get(name)
            if source is None or source == number:
                self._refuse_edge(group, name)
                continue
            # Edges that say the same are one object: hundreds of thousands of them are nothing rare.
            if edge is not link.edge:
                link = Link(number, edge)
            successors[source].append(link)
            count += 1
        return count

    def _refuse_edge(self, group: Group, name: str) -> None:
        if name == group.name and name not in group.spec.needs:
            return  # told with its expressions
        path = ("tasks", group.name, "needs", name)
        origin = group.spec.origin
        if name == group.name:
            message = f"task '{name}' needs itself"
            self.problems.append(Problem(Code.SELF_REFERENCE, message, path, origin, "remove it from its needs"))
            return
        hint = did_you_mean(name, self.numbers).strip(" ()") if len(self.problems) < _SUGGESTIONS else None
        message = f"task '{group.name}' needs '{name}', which does not exist"
        self.problems.append(Problem(Code.UNKNOWN_TASK, message, path, origin, hint or None))

    def _check_handler(self, group: Group) -> None:
        kind = group.handler or HandlerKind.ALWAYS
        if group.owner < 0:
            self.names.handler(group.spec, kind, None, self.spec.tasks, (str(kind),))
            return
        owner = self.groups[group.owner]
        path = ("tasks", owner.name, str(kind))
        self.names.handler(group.spec, kind, owner.spec, (*owner.needs, owner.name), path)

    # -- circles -------------------------------------------------------------------------------------

    def _refuse_circles(self, successors: tuple[tuple[Link, ...], ...], waits: tuple[int, ...]) -> None:
        left = list(waits)
        ready = [number for number, count in enumerate(left) if not count]
        for number in ready:  # grows while it is read
            for target, _ in successors[number]:
                left[target] -= 1
                if not left[target]:
                    ready.append(target)
        if len(ready) == len(left):
            return
        from wflpy.dag.graph import circles

        knotted = [number for number, count in enumerate(left) if count]
        edges = [
            edge for number in knotted for edge in zip(repeat(number), (link.target for link in successors[number]))
        ]
        for count, circle in enumerate(circles(edge for edge in edges if left[edge[1]])):
            if count < _CIRCLES:
                self._tell_circle([self.groups[number] for number in circle])

    def _tell_circle(self, circle: list[Group]) -> None:
        first = circle[0]
        names = [group.name for group in circle]
        if len(names) > _STEPS:
            names[_STEPS // 2 : -_STEPS // 2] = [f"({len(names) - _STEPS:,} more)"]
        steps = " -> ".join((*names, first.name))
        message = f"tasks wait for each other in a circle: {steps}"
        path = ("tasks", first.name, "needs", circle[-1].name)
        hint = f"'{first.name}' must not wait for '{circle[-1].name}', or another of these edges must go"
        self.problems.append(Problem(Code.CYCLE, message, path, first.spec.origin, hint))


def _place(problem: Problem, order: Mapping[str, int]) -> int:
    """Where in the definition a problem is: its tasks come first, in their order."""
    path = problem.path
    return order.get(str(path[1]), -1) if len(path) > 1 and path[0] == "tasks" else len(order)
