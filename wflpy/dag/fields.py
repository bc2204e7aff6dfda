"""The fields of a task as JSON values, and back: one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wflpy.dag.bodies import text_from, text_to
from wflpy.dag.spec import (
    NO_RESOURCES,
    Edge,
    FileOutput,
    JsonOutput,
    Matrix,
    Origin,
    Output,
    Resources,
    Retry,
    ReturnOutput,
    StdoutOutput,
    Tolerance,
)
from wflpy.drmaa2 import JobTemplate
from wflpy.drmaa2.codec import from_dict, to_dict
from wflpy.expr import Expression, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def env_to(env: Mapping[str, Text]) -> dict[str, Any]:
    return {name: text_to(text) for name, text in env.items()}


def env_from(data: Mapping[str, Any]) -> dict[str, Text]:
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


def origin_from(data: list[Any]) -> Origin:
    return Origin(*data)


_EMPTY: Final[dict[str, Any]] = {}

FIELDS: Final[tuple[tuple[str, Any, Callable[[Any], Any] | None, Callable[[Any], Any] | None], ...]] = (
    ("needs", _EMPTY, dict, _needs_from),
    ("when", None, str, Expression.parse),
    ("matrix", None, _matrix_to, _matrix_from),
    ("array", None, _array_to, _array_from),
    ("items", None, list, tuple),
    ("max_parallel", None, None, None),
    ("inputs", (), _texts_to, _texts_from),
    ("outputs", _EMPTY, _outputs_to, _outputs_from),
    ("env", _EMPTY, env_to, env_from),
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
    ("origin", None, list, origin_from),
)
"""Name, default, how it is written and how it is read; None where JSON holds it as it is."""
