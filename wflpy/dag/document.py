"""A plan as one JSON document, one task a line: the flow it was compiled from.

Reading compiles again. That is exact, since compiling depends on nothing but the flow, and a group of a million members
is one line. What holds its default is left out.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wflpy.dag.bodies import body_from, body_to, text_from, text_to
from wflpy.dag.collecting import seldom
from wflpy.dag.compiler import compile_plan
from wflpy.dag.errors import RunError, WorkflowError
from wflpy.dag.shapes import is_mapping
from wflpy.dag.spec import (
    NO_RESOURCES,
    Edge,
    FileOutput,
    FlowSpec,
    HandlerKind,
    JsonOutput,
    Matrix,
    Origin,
    Output,
    Resources,
    Retry,
    ReturnOutput,
    StdoutOutput,
    TaskSpec,
    Tolerance,
)
from wflpy.drmaa2 import DrmaaException, JobTemplate
from wflpy.drmaa2.codec import from_dict, to_dict
from wflpy.expr import Expression, ExpressionError, Text

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
        document["env"] = _env_to(spec.env)
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
        env=_env_from(data.get("env", {})),
        handlers={HandlerKind(kind): _task_from(task, fetch) for kind, task in data.get("handlers", {}).items()},
        description=data.get("description"),
        backend=data.get("backend"),
        origin=_origin_from(data["origin"]) if "origin" in data else None,
        strict_needs=data.get("strict_needs", False),
    )


def _task_to(task: TaskSpec, keep: Callable[[bytes], str]) -> dict[str, Any]:
    document: dict[str, Any] = {"name": task.name, "body": body_to(task.body, keep)}
    for name, default, encode, _ in _FIELDS:
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
    for name, _, _, decode in _FIELDS:
        if name in data:
            fields[name] = data[name] if decode is None else decode(data[name])
    if "handlers" in data:
        fields["handlers"] = {HandlerKind(kind): _task_from(one, fetch) for kind, one in data["handlers"].items()}
    return TaskSpec(**fields)


# -- fields ------------------------------------------------------------------------------------------


def _env_to(env: Mapping[str, Text]) -> dict[str, Any]:
    return {name: text_to(text) for name, text in env.items()}


def _env_from(data: Mapping[str, Any]) -> dict[str, Text]:
    return {name: text_from(text) for name, text in data.items()}


def _needs_from(data: Mapping[str, str]) -> dict[str, Edge]:
    return {name: Edge(edge) for name, edge in data.items()}


def _texts_to(texts: tuple[Text, ...]) -> list[Any]:
    return [text_to(text) for text in texts]


def _texts_from(data: list[Any]) -> tuple[Text, ...]:
    return tuple(text_from(text) for text in data)


def _matrix_to(matrix: Matrix) -> dict[str, Any]:
    document: dict[str, Any] = {"axes": {name: list(values) for name, values in matrix.axes.items()}}
    if matrix.exclude:
        document["exclude"] = [dict(entry) for entry in matrix.exclude]
    if matrix.include:
        document["include"] = [dict(entry) for entry in matrix.include]
    return document


def _matrix_from(data: Mapping[str, Any]) -> Matrix:
    axes = {name: tuple(values) for name, values in data["axes"].items()}
    return Matrix(axes=axes, exclude=tuple(data.get("exclude", ())), include=tuple(data.get("include", ())))


def _outputs_to(outputs: Mapping[str, Output]) -> dict[str, Any]:
    return {name: _output_to(output) for name, output in outputs.items()}


def _output_to(output: Output) -> dict[str, Any]:
    if isinstance(output, FileOutput):
        return {"file": text_to(output.path)}
    if isinstance(output, JsonOutput):
        return {"json": text_to(output.file), "path": output.path}
    if isinstance(output, StdoutOutput):
        return {"stdout": output.form, "pattern": output.pattern}
    return {"return": output.path}


def _outputs_from(data: Mapping[str, Any]) -> dict[str, Output]:
    return {name: _output_from(output) for name, output in data.items()}


def _output_from(data: Mapping[str, Any]) -> Output:
    if "file" in data:
        return FileOutput(text_from(data["file"]))
    if "json" in data:
        return JsonOutput(text_from(data["json"]), data["path"])
    if "stdout" in data:
        return StdoutOutput(data["stdout"], data["pattern"])
    return ReturnOutput(data["return"])


def _struct_to(struct: Resources | Retry | Tolerance) -> dict[str, Any]:
    values = {name: getattr(struct, name) for name in struct.__slots__}
    return {name: value for name, value in values.items() if value is not None}


def _resources_from(data: Mapping[str, Any]) -> Resources:
    values: dict[str, Any] = dict(data)
    if "machines" in values:
        values["machines"] = tuple(values["machines"])
    found = Resources(**values)
    return NO_RESOURCES if found == NO_RESOURCES else found


def _retry_from(data: Mapping[str, Any]) -> Retry:
    values: dict[str, Any] = {**data, "when": tuple(data.get("when", ()))}
    return Retry(**values)


def _tolerance_from(data: Mapping[str, Any]) -> Tolerance:
    return Tolerance(**data)


def _array_to(indices: range) -> list[int]:
    return [indices.start, indices.stop, indices.step]


def _array_from(data: list[int]) -> range:
    return range(*data)


def _template_from(data: Mapping[str, Any]) -> JobTemplate:
    return from_dict(JobTemplate, data)


def _origin_from(data: list[Any]) -> Origin:
    return Origin(*data)


_EMPTY: Final[dict[str, Any]] = {}

_FIELDS: Final[tuple[tuple[str, Any, Callable[[Any], Any] | None, Callable[[Any], Any] | None], ...]] = (
    ("needs", _EMPTY, dict, _needs_from),
    ("when", None, str, Expression.parse),
    ("matrix", None, _matrix_to, _matrix_from),
    ("array", None, _array_to, _array_from),
    ("items", None, list, tuple),
    ("max_parallel", None, None, None),
    ("inputs", (), _texts_to, _texts_from),
    ("outputs", _EMPTY, _outputs_to, _outputs_from),
    ("env", _EMPTY, _env_to, _env_from),
    ("workdir", None, text_to, text_from),
    ("stdin", None, text_to, text_from),
    ("stdout", None, text_to, text_from),
    ("stderr", None, text_to, text_from),
    ("join", None, None, None),
    ("image", None, None, None),
    ("queue", None, None, None),
    ("account", None, None, None),
    ("backend", None, None, None),
    ("resources", NO_RESOURCES, _struct_to, _resources_from),
    ("retry", None, _struct_to, _retry_from),
    ("timeout", None, None, None),
    ("allow_failure", None, _struct_to, _tolerance_from),
    ("tags", (), list, tuple),
    ("description", None, None, None),
    ("template", None, to_dict, _template_from),
    ("origin", None, list, _origin_from),
)
"""Name, default, how it is written and how it is read; None where JSON holds it as it is."""
