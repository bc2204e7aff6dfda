"""Which task writes which file: two writers of one file are a mistake, and who reads a file waits for its writer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wflpy.dag.codes import Code
from wflpy.dag.errors import Problem
from wflpy.dag.shapes import joined
from wflpy.dag.spec import Edge, FileOutput, JsonOutput
from wflpy.expr import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.dag.members import Members
    from wflpy.dag.spec import FlowSpec, Output, TaskSpec
    from wflpy.expr import Text

_KNOWN = frozenset(("params", "matrix", "array", "item"))
"""Names that have a value before anything ran."""


class FileCheck:
    """The files that the tasks of one flow declare."""

    def __init__(self, flow: FlowSpec, problems: list[Problem]) -> None:
        self._flow = flow
        self._base = os.fspath(flow.base)
        self._problems = problems
        self._writers: dict[str, TaskSpec] = {}

    def __bool__(self) -> bool:
        """Whether any task declares a file that is known beforehand."""
        return bool(self._writers)

    def writes(self, spec: TaskSpec, members: Members | None) -> None:
        """Take note of the outputs of a task."""
        for name, output in spec.outputs.items():
            if isinstance(output, FileOutput):
                self._writes(spec, name, output.path, members)
            elif isinstance(output, JsonOutput) and not any(output.file == text for text in _files(spec, output)):
                self._writes(spec, name, output.file, members)

    def _writes(self, spec: TaskSpec, name: str, text: Text, members: Members | None) -> None:
        own: set[str] = set()
        for member, path in enumerate(self._paths(text, members)):
            writer = self._writers.setdefault(path, spec)
            shown = os.path.relpath(path, self._base)
            if writer is not spec and not _either_or(writer, spec):
                message = f"tasks '{writer.name}' and '{spec.name}' both write {shown}"
                self._add(message, spec, name, "give one of them another name")
                return
            if path in own and members is not None:
                message = f"several members of task '{spec.name}' write {shown}, {members.label(member)} among them"
                self._add(message, spec, name, "put what differs into the name: matrix, array.index or item")
                return
            own.add(path)

    def _add(self, message: str, spec: TaskSpec, name: str, hint: str) -> None:
        path = ("tasks", spec.name, "outputs", name)
        self._problems.append(Problem(Code.SAME_FILE, message, path, spec.origin, hint))

    def sources(self, spec: TaskSpec, members: Members | None) -> dict[str, str]:
        """The tasks that write inputs of this one, each with the first such file."""
        found: dict[str, str] = {}
        for text in spec.inputs:
            for path in self._paths(text, members):
                writer = self._writers.get(path)
                if writer is not None and writer is not spec:
                    found.setdefault(writer.name, os.path.relpath(path, self._base))
        return found

    def _paths(self, text: Text, members: Members | None) -> Iterator[str]:
        """The absolute paths a text stands for; none where they are known only when the flow runs."""
        if text.is_literal:
            path = text.render({})
            for _ in range(1 if members is None or not path else min(2, len(members))):
                yield self._absolute(path)
            return
        if not _KNOWN.issuperset(name[0] for name in text.names):
            return
        scope: dict[str, object] = {"params": self._flow.params}
        try:
            for member in range(1 if members is None else len(members)):
                yield self._absolute(text.render({**scope, **members.scope(member)} if members else scope))
        except EvaluationError:
            return  # told when the names are checked, or when the task runs

    def _absolute(self, path: str) -> str:
        return os.path.normpath(joined(self._base, path))


def _files(spec: TaskSpec, but: Output) -> list[Text]:
    """The files a task declares, up to one output: several values may be read from one file."""
    texts: list[Text] = []
    for output in spec.outputs.values():
        if output is but:
            break
        if isinstance(output, FileOutput):
            texts.append(output.path)
        elif isinstance(output, JsonOutput):
            texts.append(output.file)
    return texts


def _either_or(one: TaskSpec, other: TaskSpec) -> bool:
    """Whether only one of two tasks can run: one stands in where the other failed, or both have conditions."""
    if one.when is not None and other.when is not None:
        return True
    return Edge.FAILURE in (one.needs.get(other.name), other.needs.get(one.name))
