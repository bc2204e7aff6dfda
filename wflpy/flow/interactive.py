"""One task of a flow, run now with what it needs: for notebooks and prompts.

What has already run in this process is not run again. Where its results are used, a stand-in takes its place in the
run: a job that gives out the same and does nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from wflpy.dag.compiler import compile_plan
from wflpy.dag.scope import uses_in
from wflpy.dag.spec import Call, Edge, FlowSpec, ReturnOutput, StdoutOutput, TaskSpec
from wflpy.flow.standins import command_like, value_like

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.flow.declarations import Declarations
    from wflpy.flow.execution import Backend
    from wflpy.flow.results import TaskResult

Needs = dict[str, dict[str, Edge]]
"""By task: what it needs, edges from references and files included."""


def run_one(
    declarations: Declarations, name: str, backend: Backend | None, options: Mapping[str, object] | None
) -> TaskResult:
    """Run one task with those it needs, and return what became of it.

    Raises:
        WorkflowError: the flow is wrong.
        DrmaaException: the backend cannot be used.
    """
    from wflpy.flow.execution import prepare_run

    spec = declarations.snapshot()
    needs = {group.name: dict(group.needs) for group in compile_plan(spec).groups if group.handler is None}
    done = _done(declarations, spec, needs, name)
    if name in done:
        return done[name]
    part = _part(spec, needs, done, name)
    chosen, given = declarations.backend(backend, options)
    run = prepare_run(
        replace(spec, tasks={**part.stand_ins, **part.tasks}, handlers={}),
        backend=chosen,
        options=given,
        observers=declarations.observers,
        callbacks={task: called for task, called in declarations.callbacks.items() if task in part.tasks},
    )
    result = run.drive(raise_on=True)
    declarations.ended.append((replace(spec, tasks={task: spec.tasks[task] for task in part.tasks}), result))
    return result[name]


def _done(declarations: Declarations, spec: FlowSpec, needs: Needs, name: str) -> dict[str, TaskResult]:
    """Of the task and those it needs, those that have succeeded and are, with what they need, as they were then."""
    done: dict[str, TaskResult] = {}
    for task in _in_order(needs, name):
        result = _known(declarations, spec, task)
        if result is not None and all(other in done for other in needs[task]):
            done[task] = result
    return done


def _known(declarations: Declarations, spec: FlowSpec, task: str) -> TaskResult | None:
    for earlier, result in reversed(declarations.ended):
        if task in earlier.tasks:
            same = earlier.tasks[task] == spec.tasks[task] and earlier.params == spec.params and earlier.env == spec.env
            return result[task] if same and result[task].ok else None
    return None


def _in_order(needs: Needs, name: str) -> list[str]:
    """The task and all it needs, what is needed first."""
    order: dict[str, None] = {}
    stack = [(name, False)]
    while stack:
        task, expanded = stack.pop()
        if expanded:
            order[task] = None
        elif task not in order:
            stack.append((task, True))
            stack.extend((other, False) for other in needs[task])
    return list(order)


class _Part(NamedTuple):
    tasks: dict[str, TaskSpec]
    """What is run."""
    stand_ins: dict[str, TaskSpec]
    """What stands for tasks that have run before."""


def _part(spec: FlowSpec, needs: Needs, done: dict[str, TaskResult], name: str) -> _Part:
    """What has to run for one task. A task that cannot be stood in for is taken out of ``done`` and runs again."""
    while True:
        names, used = _reach(spec, needs, done, name)
        stand_ins = {task: _stand_in(spec.tasks[task], done[task], fields) for task, fields in used.items() if fields}
        impossible = [task for task, twin in stand_ins.items() if twin is None]
        if not impossible:
            break
        for task in impossible:
            del done[task]
    twins = {task: twin for task, twin in stand_ins.items() if twin is not None}
    there = {*names, *twins}
    tasks = {
        task: replace(one, needs={other: edge for other, edge in needs[task].items() if other in there})
        for task, one in spec.tasks.items()
        if task in names
    }
    return _Part(tasks, twins)


def _reach(
    spec: FlowSpec, needs: Needs, done: Mapping[str, TaskResult], name: str
) -> tuple[set[str], dict[str, set[str]]]:
    """The tasks that have to run, and the fields they use of those that have run before."""
    names: set[str] = set()
    used: dict[str, set[str]] = {}
    todo = [name]
    while todo:
        task = todo.pop()
        if task in names:
            continue
        names.add(task)
        for other, edge in needs[task].items():
            if other not in done or edge is Edge.FAILURE:
                todo.append(other)
            else:
                used.setdefault(other, set()).update(_fields_used(spec.tasks[task], other))
    return names, {task: fields for task, fields in used.items() if task not in names}


def _fields_used(spec: TaskSpec, other: str) -> set[str]:
    """``outputs``, ``stdout``, ... of another task; ``""`` stands for all of them."""
    fields: set[str] = set()
    for user in (spec, *spec.handlers.values()):
        fields |= uses_in(user).needs.get(other, set())
    return fields


def _stand_in(spec: TaskSpec, result: TaskResult, fields: set[str]) -> TaskSpec | None:
    """A task that gives out what this one did, quickly; None if there is none.

    Files are where they were; what was printed or returned is given out again.
    """
    read = {type(output) for output in spec.outputs.values()}
    printed = not fields.isdisjoint(("stdout", "")) or StdoutOutput in read
    returned = not fields.isdisjoint(("value", "")) or ReturnOutput in read
    returned = returned and isinstance(spec.body, Call)
    if (printed and returned) or ((printed or returned) and result.members):
        return None
    body = value_like(result) if returned else command_like(result if printed else None)
    return TaskSpec(
        name=spec.name,
        body=body,
        matrix=spec.matrix,
        array=spec.array,
        items=spec.items,
        outputs=spec.outputs,
        env=spec.env,
        origin=spec.origin,
    )
