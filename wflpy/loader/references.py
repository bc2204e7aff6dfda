"""From what the compiler finds wrong to mistakes of the file; what only follows from another mistake is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wflpy.dag.codes import Code
from wflpy.dag.compiler import compile_plan
from wflpy.dag.errors import WorkflowError
from wflpy.loader.mistakes import Mistake

if TYPE_CHECKING:
    from wflpy.dag.errors import Problem
    from wflpy.dag.spec import FlowSpec
    from wflpy.loader.tree import Path

_DECLARES: Final = {
    "array": "{{ array",
    "env": "{{ env",
    "foreach": "{{ item",
    "matrix": "{{ matrix",
    "needs": "needs.",
    "outputs": "{{ outputs",
}
"""Keys of a task, and how what they declare is told of when they are absent."""
_FILES: Final = frozenset({"array", "foreach", "matrix", "outputs"})
"""Keys that decide which files a task writes."""
_ROWS: Final = frozenset({"exclude", "include"})
_FLOW_WIDE: Final = {("env",): "'env'", ("params",): "'params'"}
EXPRESSION: Final = re.compile(r"\$\{\{ (.*?) \}\}|uses (needs\S*),")
"""How an expression is quoted in a message."""


def reference_mistakes(spec: FlowSpec, known: frozenset[Path]) -> list[Mistake]:
    """What is wrong with the references of a flow.

    Args:
        spec: the flow.
        known: paths of what is wrong already.
    """
    try:
        compile_plan(spec)
    except WorkflowError as error:
        return [_mistake(problem) for problem in error.problems if not _follows(problem, known)]
    return []


def _mistake(problem: Problem) -> Mistake:
    hint = problem.hint
    if hint and hint.startswith("did you mean"):
        hint = hint.replace('"', "'")
    return Mistake(problem.code, problem.message, problem.path, hint)


def _follows(problem: Problem, known: frozenset[Path]) -> bool:
    if not known:
        return False
    if problem.code == Code.EMPTY_FLOW:
        return any(path[0] == "tasks" for path in known)
    message = problem.message
    if any(path in known and word in message for path, word in _FLOW_WIDE.items()):
        return True
    if problem.path[:1] != ("tasks",):
        return False
    mine = [path for path in known if path[:2] == problem.path[:2]]
    if any(len(path) < 3 for path in mine):
        return True
    wrong = {str(path[2]) for path in mine}
    if problem.code == Code.SAME_FILE:
        return not _FILES.isdisjoint(wrong)
    if problem.code == Code.BAD_MATRIX:  # rows of a matrix fit no axis that could not be read
        return "matrix" in wrong and problem.path[3:4] != () and problem.path[3] in _ROWS
    return problem.code in _OF_NAMES and any(_DECLARES.get(key, "\n") in message for key in wrong)


_OF_NAMES: Final = frozenset({Code.UNKNOWN_NAME, Code.NOT_NEEDED, Code.UNKNOWN_OUTPUT, Code.UNKNOWN_TASK})
