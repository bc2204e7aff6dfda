"""Whether the names in expressions have a value where they stand, and which edges they bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.dag.codes import Code
from wflpy.dag.errors import Problem
from wflpy.dag.spec import Call, Edge, FileOutput, FlowSpec, HandlerKind, JsonOutput, TaskSpec
from wflpy.dag.uses import Use, env_uses, uses_of
from wflpy.drmaa2.suggestion import did_you_mean
from wflpy.expr import Expression, Known, NameProblem, Text, check_names, check_shell
from wflpy.expr.paths import path_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Path = tuple[str | int, ...]

_RUN: Final[Known] = {"id": None, "name": None, "dir": None}
_ERROR: Final[Known] = dict.fromkeys(
    ("task", "kind", "reason", "exit_status", "signal", "attempts", "log_tail", "stdout", "stderr", "count")
)
_RESULT: Final = ("state", "exit_status", "stdout", "reason")
_SEES_ERROR: Final = frozenset((HandlerKind.ERROR, HandlerKind.ALWAYS, HandlerKind.RECOVER, HandlerKind.FINALLY))
_SUGGESTIONS: Final = 20
"""A suggestion looks at every task; after so many problems nobody reads them."""


class NameCheck:
    """Checks the names of one flow; problems are gathered."""

    def __init__(self, flow: FlowSpec, problems: list[Problem]) -> None:
        self._flow = flow
        self._problems = problems
        self._params: Known = dict.fromkeys(flow.params)
        self._env: Known = dict.fromkeys(flow.env)
        self._results: dict[str, Known] = {}

    def flow_env(self) -> None:
        """Check the environment of the flow, which sees parameters and the run alone."""
        found: list[Use] = []
        env_uses(found, self._flow.env, ("env",))
        known: Known = {"params": self._params, "run": _RUN}
        for path, text in found:
            self._check(text, known, path, None)

    def task(self, spec: TaskSpec, needs: Mapping[str, Edge], path: _Path) -> Mapping[str, Edge]:
        """Check a task; returns what it needs, with the edges that its expressions add."""
        uses = uses_of(spec)
        if not uses:
            return needs
        needs = self._with_implied(spec, needs, uses, path)
        known = self._known(spec, needs)
        for place, text in uses:
            self._check(text, self._known_at(place, known), (*path, *place), spec)
        return needs

    def handler(
        self, spec: TaskSpec, kind: HandlerKind, owner: TaskSpec | None, seen: Iterable[str], path: _Path
    ) -> None:
        """Check a handler; it sees the results of ``seen``, and of a single owner its outputs."""
        uses = uses_of(spec)
        if not uses:
            return
        known = self._known(spec, dict.fromkeys(seen, Edge.ANY))
        if kind in _SEES_ERROR:
            known["error"] = _ERROR
        if owner is not None:
            # One handler serves the whole group; only `recover` runs once for each member.
            member = kind is HandlerKind.RECOVER
            known |= _member_names(owner) if member else {}
            known["outputs"] = _own_files(owner) if member or not _is_group(owner) else {}
        for place, text in uses:
            self._check(text, self._known_at(place, known), (*path, *place), spec)

    def _known_at(self, place: _Path, known: dict[str, Known | None]) -> Known:
        # A variable may use those of the flow, not its neighbours, so that their order means nothing.
        return {**known, "env": self._env} if place[0] == "env" else known

    def _known(self, spec: TaskSpec, needs: Iterable[str]) -> dict[str, Known | None]:
        env = {**self._env, **dict.fromkeys(spec.env)} if spec.env else self._env
        results = {name: self._result(name) for name in needs if name in self._flow.tasks}
        return {
            "params": self._params,
            "env": env,
            "needs": results,
            "outputs": _own_files(spec),
            "run": _RUN,
            **_member_names(spec),
        }

    def _result(self, name: str) -> Known:
        known = self._results.get(name)
        if known is None:
            spec = self._flow.tasks[name]
            names = (*_RESULT, "value") if isinstance(spec.body, Call) else _RESULT
            known = self._results[name] = {**dict.fromkeys(names), "outputs": dict.fromkeys(spec.outputs)}
        return known

    def _with_implied(
        self, spec: TaskSpec, needs: Mapping[str, Edge], uses: list[Use], path: _Path
    ) -> Mapping[str, Edge]:
        implied: dict[str, Edge] = {}
        for place, text in uses:
            for name in text.names:
                if name[0] != "needs" or len(name) < 2 or name[1] in needs or name[1] in implied:
                    continue
                used = name[1]
                if used not in self._flow.tasks:
                    continue  # told with the other names
                implied[used] = Edge.SUCCESS
                if used == spec.name:
                    self._add(Code.SELF_REFERENCE, f"task '{used}' uses its own result", (*path, *place), spec)
                elif self._flow.strict_needs:
                    message = f"task '{spec.name}' uses needs.{used}, but does not need '{used}'"
                    self._add(Code.NOT_NEEDED, message, (*path, *place), spec, f"add '{used}' to its needs")
        return {**needs, **implied} if implied else needs

    def _check(self, text: Text | Expression, known: Known, path: _Path, spec: TaskSpec | None) -> None:
        where = f"of task '{spec.name}'" if spec else f"of flow '{self._flow.name}'"
        for problem in check_names(text.names, known):
            code, hint = self._code_and_hint(problem)
            self._add(code, f"{problem.message}, in ${{{{ {path_source(problem.path)} }}}} {where}", path, spec, hint)
        if path[-1] == "run" and isinstance(text, Text):
            for place in check_shell(text):
                self._add(Code.BAD_SHELL, place.message, path, spec)

    def _code_and_hint(self, problem: NameProblem) -> tuple[Code, str | None]:
        root, depth = problem.path[0], problem.depth
        if root == "needs" and depth == 1:
            hint = problem.hint
            if (hint is None or not hint.startswith("a hyphen")) and len(self._problems) < _SUGGESTIONS:
                hint = did_you_mean(problem.path[1], self._flow.tasks).strip(" ()") or hint
            return Code.UNKNOWN_TASK, hint
        if (root == "needs" and depth == 3) or (root == "outputs" and depth == 1):
            return Code.UNKNOWN_OUTPUT, problem.hint
        return Code.UNKNOWN_NAME, problem.hint

    def _add(self, code: Code, message: str, path: _Path, spec: TaskSpec | None, hint: str | None = None) -> None:
        origin = (spec.origin if spec else None) or self._flow.origin
        self._problems.append(Problem(code, message, path, origin, hint))


def _is_group(spec: TaskSpec) -> bool:
    return spec.matrix is not None or spec.array is not None or spec.items is not None


def _member_names(spec: TaskSpec) -> dict[str, Known | None]:
    if spec.matrix is not None:
        return {"matrix": dict.fromkeys(name for row in (spec.matrix.axes, *spec.matrix.include) for name in row)}
    if spec.array is not None:
        return {"array": {"index": None}}
    return {"item": None} if spec.items is not None else {}


def _own_files(spec: TaskSpec) -> Known:
    return {name: None for name, output in spec.outputs.items() if isinstance(output, (FileOutput, JsonOutput))}
