"""Whether the names of an expression exist, told before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, Union

from wflpy.drmaa2.suggestion import did_you_mean
from wflpy.expr.paths import known_text, path_source

SCOPE_NAMES: Final = ("params", "env", "matrix", "array", "item", "needs", "outputs", "error", "run", "secrets")
"""What an expression may begin with."""

Known = Mapping[str, Union["Known", None]]
"""The names there are: a mapping lists all that may follow, None leaves open what follows."""


class NameProblem(NamedTuple):
    """A path that leads nowhere."""

    path: tuple[str, ...]
    """The path as it was written."""
    depth: int
    """Which of its steps does not exist; 0 is the first."""
    message: str
    hint: str | None
    """What to write instead, if that is known."""
    known: tuple[str, ...]
    """What may stand there."""


def check_names(names: Iterable[tuple[str, ...]], known: Known) -> list[NameProblem]:
    """The paths among ``names`` that do not exist in ``known``, in their order."""
    paths = list(names)
    roots = {path[0] for path in paths}
    problems: list[NameProblem] = []
    explained: set[str] = set()
    for path in paths:
        problem = _check_path(path, known)
        if problem is None or path[0] in explained:
            continue
        whole = _hyphenated(problem, roots)
        if whole is not None:
            explained.update(whole.split("-")[1:])
            spelled = path_source((*path[:-1], whole))
            problem = problem._replace(hint=f"a hyphen is a minus here: write {spelled}")
        problems.append(problem)
    return problems


def _check_path(path: tuple[str, ...], known: Known) -> NameProblem | None:
    level: Known | None = known
    for depth, name in enumerate(path):
        if level is None:
            return None
        if name not in level:
            return _problem(path, depth, level)
        level = level[name]
    return None


def _problem(path: tuple[str, ...], depth: int, level: Known) -> NameProblem:
    name, names = path[depth], tuple(level)
    if depth == 0:
        message = f"unknown name '{name}'"
        if name in SCOPE_NAMES:
            message = f"'{name}' is not known here"
    else:
        message = f"'{path_source(path[:depth])}' has no '{name}'"
    suggestion = did_you_mean(name, names).strip(" ()")
    return NameProblem(path, depth, message, suggestion or known_text(names), names)


def _hyphenated(problem: NameProblem, roots: set[str]) -> str | None:
    """The known name that was meant where ``needs.my-task.outputs`` reads as a difference."""
    first = problem.path[-1]
    if problem.depth != len(problem.path) - 1:
        return None
    for name in problem.known:
        head, *tail = name.split("-")
        if tail and head == first and all(part in roots or not part.isidentifier() for part in tail):
            return name
    return None
