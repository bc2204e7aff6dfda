"""A plan as one JSON document, one task a line: the flow it was compiled from.

Reading compiles again. That is exact, since compiling depends on nothing but the flow, and a group of a million members
is one line. What holds its default is left out.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wflpy.dag.bodies import body_from, body_to
from wflpy.dag.collecting import seldom
from wflpy.dag.compiler import compile_plan
from wflpy.dag.errors import RunError, WorkflowError
from wflpy.dag.fields import FIELDS, env_from, env_to, origin_from
from wflpy.dag.shapes import is_mapping
from wflpy.dag.spec import FlowSpec, HandlerKind, TaskSpec
from wflpy.drmaa2 import DrmaaException
from wflpy.expr import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wflpy.dag.directory import RunDirectory
    from wflpy.dag.plan import Plan

FORMAT: Final = 1
"""Version of the document; a reader refuses a newer one."""

_dumps: Final = json.JSONEncoder(separators=(",", ":")).encode


def plan_to_json(plan: Plan) -> str:
    """The document as text, pickled functions included."""
    return "".join(plan_lines(plan, None))


def plan_from_json(text: str) -> Plan:
    """The plan of a document.

    Raises:
        RunError: it is not such a document, or one of another version.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise RunError(f"this is not a plan: {error}") from error
    return plan_from_document(document, None)


def read_plan(directory: RunDirectory) -> Plan:
    """The plan in the folder of a run.

    Raises:
        RunError: it is not there or cannot be read.
    """
    try:
        document = json.loads(directory.plan_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"the plan of run {directory.run_id} cannot be read: {error}") from error
    return plan_from_document(document, lambda digest: directory.payload(digest).read_bytes())


def plan_lines(plan: Plan, keep: Callable[[bytes], str] | None) -> Iterator[str]:
    """The document piece by piece; pickled functions are handed to ``keep``, or put into it where that is None."""
    spec, keep = plan.spec, keep or _inline
    yield f'{{"format":{FORMAT},"flow":{_dumps(_flow_to(spec, keep))},"tasks":{{'
    before = "\n"
    for name, task in spec.tasks.items():
        yield f"{before}{_dumps(name)}:{_dumps(_task_to(task, keep))}"
        before = ",\n"
    yield "\n}}\n"


def plan_from_document(document: object, fetch: Callable[[str], bytes] | None) -> Plan:
    """The plan of a document; ``fetch`` gives the pickled function of a digest.

    Raises:
        RunError: it is not such a document, or one of another version.
    """
    data: Any = document if is_mapping(document) else {}
    if data.get("format") != FORMAT:
        raise RunError(f"the plan has format {data.get('format')}; this version of wflpy reads {FORMAT}")
    try:
        with seldom():
            spec = _flow_from(data["flow"], data["tasks"], fetch or base64.b64decode)
        return compile_plan(spec)
    except (WorkflowError, ExpressionError, DrmaaException, OSError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"the plan cannot be read: {type(error).__name__}: {error}") from error


def _inline(payload: bytes) -> str:
    return base64.b64encode(payload).decode()


# -- flow and tasks ----------------------------------------------------------------------------------


def _flow_to(spec: FlowSpec, keep: Callable[[bytes], str]) -> dict[str, Any]:
    document: dict[str, Any] = {"name": spec.name, "base": str(spec.base)}
    if spec.params:
        document["params"] = spec.params
    if spec.env:
        document["env"] = env_to(spec.env)
    if spec.handlers:
        document["handlers"] = {str(kind): _task_to(task, keep) for kind, task in spec.handlers.items()}
    for key in ("description", "backend", "origin"):
        value = getattr(spec, key)
        if value is not None:
            document[key] = value
    if spec.strict_needs:
        document["strict_needs"] = True
    return document


def _flow_from(data: Mapping[str, Any], tasks: Mapping[str, Any], fetch: Callable[[str], bytes]) -> FlowSpec:
    return FlowSpec(
        name=data["name"],
        base=Path(data["base"]),
        tasks={name: _task_from(task, fetch) for name, task in tasks.items()},
        params=data.get("params", {}),
        env=env_from(data.get("env", {})),
        handlers={HandlerKind(kind): _task_from(task, fetch) for kind, task in data.get("handlers", {}).items()},
        description=data.get("description"),
        backend=data.get("backend"),
        origin=origin_from(data["origin"]) if "origin" in data else None,
        strict_needs=data.get("strict_needs", False),
    )


def _task_to(task: TaskSpec, keep: Callable[[bytes], str]) -> dict[str, Any]:
    document: dict[str, Any] = {"name": task.name, "body": body_to(task.body, keep)}
    for name, default, encode, _ in FIELDS:
        value = getattr(task, name)
        # Most fields of most tasks hold their default.
        if value is default or (not value and value == default):
            continue
        document[name] = value if encode is None else encode(value)
    if task.handlers:
        document["handlers"] = {str(kind): _task_to(handler, keep) for kind, handler in task.handlers.items()}
    return document


def _task_from(data: Mapping[str, Any], fetch: Callable[[str], bytes]) -> TaskSpec:
    fields: dict[str, Any] = {"name": data["name"], "body": body_from(data["body"], fetch)}
    for name, _, _, decode in FIELDS:
        if name in data:
            fields[name] = data[name] if decode is None else decode(data[name])
    if "handlers" in data:
        fields["handlers"] = {HandlerKind(kind): _task_from(one, fetch) for kind, one in data["handlers"].items()}
    return TaskSpec(**fields)
