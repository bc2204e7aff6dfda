"""Numbers and names of a task that can be wrong whatever the others are, and what a handler may not have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wflpy.dag.codes import Code
from wflpy.dag.errors import Problem
from wflpy.dag.spec import NO_RESOURCES, Call, Command, HandlerKind, Retry, Shell, Submit
from wflpy.dag.states import FailureKind
from wflpy.drmaa2.suggestion import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.dag.spec import FlowSpec, TaskSpec

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
NAME_RULE: Final = "a letter or _ first, then letters, digits, _ and -, at most 100 characters"

_ONE_OR_MORE: Final = ("slots", "memory", "gpus")
_NOT_IN_HANDLERS: Final = ("needs", "matrix", "array", "items", "handlers", "max_parallel", "allow_failure", "outputs")
_YAML_NAME: Final = {"items": "foreach"}

_KINDS: Final = tuple(str(kind) for kind in FailureKind)

_TASK_HANDLERS: Final = frozenset((HandlerKind.ERROR, HandlerKind.SUCCESS, HandlerKind.ALWAYS, HandlerKind.RECOVER))
_FLOW_HANDLERS: Final = frozenset((HandlerKind.ERROR, HandlerKind.SUCCESS, HandlerKind.FINALLY))

_Path = tuple[str | int, ...]


def task_problems(spec: TaskSpec, path: _Path) -> Iterator[Problem]:
    """What is wrong with a task or a handler by itself."""
    body = spec.body
    if _is_empty(body):
        message = f"task '{spec.name}' has nothing to run"
        yield Problem(Code.EMPTY_COMMAND, message, (*path, "run"), spec.origin)
    if spec.max_parallel is not None and spec.max_parallel < 1:
        yield _number(spec, path, "max_parallel", spec.max_parallel, "at least 1")
    # A timeout may be as short as one likes, but not nothing.
    if spec.timeout is not None and not spec.timeout > 0:
        yield _number(spec, path, "timeout", spec.timeout, "more than 0 seconds")
    if spec.retry is not None:
        yield from _retry_problems(spec, spec.retry, path)
    if spec.resources is not NO_RESOURCES:
        yield from _resource_problems(spec, path)
    tolerance = spec.allow_failure
    if tolerance is not None:
        if tolerance.count is not None and tolerance.count < 0:
            yield _number(spec, path, "allow_failure", tolerance.count, "0 or more")
        if tolerance.share is not None and not 0 <= tolerance.share <= 1:
            yield _number(spec, path, "allow_failure", tolerance.share, "between 0 % and 100 %")


def _is_empty(body: object) -> bool:
    if isinstance(body, Command):
        return not body.argv or not body.argv[0].parts
    if isinstance(body, Shell):
        return not str(body.text).strip()
    if isinstance(body, Call):
        return not body.function
    return isinstance(body, Submit) and not body.template.remote_command


def _number(spec: TaskSpec, path: _Path, key: str, value: object, rule: str) -> Problem:
    message = f"{key} of task '{spec.name}' is {value}; it must be {rule}"
    return Problem(Code.BAD_VALUE, message, (*path, *key.split(".")), spec.origin)


def _retry_problems(spec: TaskSpec, retry: Retry, path: _Path) -> Iterator[Problem]:
    for key in ("max", "delay", "jitter", "max_delay"):
        value = getattr(retry, key)
        if value is not None and not value >= 0:
            yield _number(spec, path, f"retry.{key}", value, "0 or more")
    if not retry.backoff >= 1:
        yield _number(spec, path, "retry.backoff", retry.backoff, "1 or more")
    for cause in retry.when:
        if isinstance(cause, str) and cause not in _KINDS:
            message = f"retry.when of task '{spec.name}' has '{cause}', which is no way to fail"
            hint = did_you_mean(cause, _KINDS).strip(" ()") or f"known: {', '.join(_KINDS)}, and exit statuses"
            yield Problem(Code.BAD_VALUE, message, (*path, "retry", "when"), spec.origin, hint)


def _resource_problems(spec: TaskSpec, path: _Path) -> Iterator[Problem]:
    resources = spec.resources
    for key in _ONE_OR_MORE:
        value = getattr(resources, key)
        if value is not None and value < (0 if key == "gpus" else 1):
            yield _number(spec, path, f"resources.{key}", value, "0 or more" if key == "gpus" else "at least 1")
    if resources.walltime is not None and not resources.walltime > 0:
        yield _number(spec, path, "resources.walltime", resources.walltime, "more than 0 seconds")


def name_problem(name: str, spec: TaskSpec, flow: FlowSpec) -> Problem | None:
    """What is wrong with the name of a task."""
    if not NAME.fullmatch(name):
        message = f"{name!r} cannot be the name of a task"
        return Problem(Code.BAD_NAME, message, ("tasks", name), spec.origin, NAME_RULE)
    if flow.handlers and name in flow.handlers:
        message = f"a task cannot be called '{name}': the flow has a handler of that name"
        return Problem(Code.BAD_NAME, message, ("tasks", name), spec.origin)
    return None


def handler_problems(spec: TaskSpec, kind: HandlerKind, path: _Path, *, of_flow: bool) -> Iterator[Problem]:
    """What a handler has that only a task may have, and handlers where there are none of that kind."""
    if kind not in (_FLOW_HANDLERS if of_flow else _TASK_HANDLERS):
        message = f"a {'flow' if of_flow else 'task'} has no handler '{kind}'"
        allowed = ", ".join(sorted(_FLOW_HANDLERS if of_flow else _TASK_HANDLERS))
        yield Problem(Code.BAD_HANDLER, message, path, spec.origin, f"known: {allowed}")
    for key in _NOT_IN_HANDLERS:
        value = getattr(spec, key)
        if value is None or value == {}:
            continue
        shown = _YAML_NAME.get(key, key)
        message = f"the handler '{kind}' has '{shown}', which only a task can have"
        hint = "make it a task of its own that needs the other one" if key in ("needs", "matrix") else None
        yield Problem(Code.BAD_HANDLER, message, (*path, shown), spec.origin, hint)
