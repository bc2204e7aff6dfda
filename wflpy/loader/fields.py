"""The types of values in a workflow file: what reads each, and what the schema says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic_core import core_schema

from wflpy.dag.checks import NAME
from wflpy.dag.spec import Edge, Tolerance
from wflpy.drmaa2 import CpuArchitecture, OperatingSystem
from wflpy.expr import Expression, Text
from wflpy.flow.units import duration, size
from wflpy.loader.readers import (
    PARAM_TYPES,
    member,
    read_causes,
    read_condition,
    read_data,
    read_literal,
    read_mapping,
    read_name,
    read_needs,
    read_number,
    read_param_type,
    read_raw_mapping,
    read_run,
    read_scalar,
    read_scalars,
    read_share,
    read_string,
    read_strings,
    read_text,
    read_texts,
    read_tolerance,
    read_variable,
    read_whole,
    unit,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Reads:
    """The annotation of a type: how its values are read, and the schema of what stands in the file.

    The type itself is never looked at, so it may be anything.
    """

    def __init__(self, read: Callable[[Any], object], schema: dict[str, Any]) -> None:
        self._read = read
        self._schema = schema

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, schema: object, handler: object) -> dict[str, Any]:
        return dict(self._schema)


_TEXT: Final = {"type": ["string", "number", "boolean"]}
_TEXTS: Final = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_DURATION: Final = {"type": "string", "description": "30s, 1h30m, 01:30:00, PT1H"}
_SIZE: Final = {"type": "string", "description": "8GB (10^9), 512MiB (2^20)"}
_RANGE: Final = {"type": ["string", "integer"], "description": "1-100, 1-100:2"}
_SHARE: Final = {"type": ["number", "string"]}

Literal = Annotated[str, Reads(read_literal, _TEXT)]
Name = Annotated[str, Reads(read_name, {"type": "string", "pattern": f"^{NAME.pattern}$"})]
String = Annotated[str, Reads(read_string, _TEXT)]
Strings = Annotated[tuple[str, ...], Reads(read_strings, _TEXTS)]
Templated = Annotated[Text, Reads(read_text, _TEXT)]
TemplatedList = Annotated[tuple[Text, ...], Reads(read_texts, _TEXTS)]
Condition = Annotated[Expression, Reads(read_condition, {"type": ["string", "boolean"]})]
Whole = Annotated[int, Reads(read_whole, {"type": "integer"})]
Number = Annotated[float, Reads(read_number, {"type": "number"})]
Share = Annotated[float, Reads(read_share, _SHARE)]
Duration = Annotated[float, Reads(unit(duration), _DURATION)]
Size = Annotated[int, Reads(unit(size), _SIZE)]
System = Annotated[str, Reads(member(OperatingSystem, "operating system"), {"enum": [*OperatingSystem.__members__]})]
Architecture = Annotated[
    str, Reads(member(CpuArchitecture, "processor architecture"), {"enum": [*CpuArchitecture.__members__]})
]
Allowance = Annotated[Tolerance | None, Reads(read_tolerance, {"type": ["boolean", "integer", "string"]})]
Needs = Annotated[
    dict[str, Edge],
    Reads(
        read_needs,
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "additionalProperties": {"enum": [str(edge) for edge in Edge]}},
            ]
        },
    ),
]
Run = Annotated[Text | tuple[Text, ...], Reads(read_run, _TEXTS)]
Causes = Annotated[tuple[str | int, ...], Reads(read_causes, _TEXTS)]
Scalar = Annotated[object, Reads(read_scalar, {"type": ["string", "number", "boolean", "null"]})]
Scalars = Annotated[list[object], Reads(read_scalars, {"type": "array", "items": _TEXT})]
ParamType = Annotated[str, Reads(read_param_type, {"enum": list(PARAM_TYPES)})]
Data = Annotated[object, Reads(read_data, {})]
Mapping = Annotated[dict[str, object], Reads(read_mapping, {"type": "object"})]
RawMapping = Annotated[dict[str, object], Reads(read_raw_mapping, {"type": "object"})]
Variable = Annotated[str, Reads(read_variable, {"type": "string"})]
Environment = dict[Variable, Templated | None]
IndexRange = Annotated[str, Reads(read_string, _RANGE)]
