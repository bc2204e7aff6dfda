"""The parameters of a flow: which values they may have, and those of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.flow.guards import is_mapping
from wflpy.flow.mistakes import mistake
from wflpy.flow.names import check_name, unknown
from wflpy.flow.spread import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.dag.spec import FlowSpec


def checked_parameters(params: object) -> dict[str, object]:
    """Parameters by name, with values that JSON can hold.

    Raises:
        WorkflowError: they are no mapping, a name is no name, or a value cannot be used.
    """
    if not is_mapping(params):
        raise mistake(f"params are {params!r}", "a mapping of names: {'rows': 5000}")
    return {check_name(name, "parameter"): plain(value, f"the parameter '{name}'") for name, value in params.items()}


def values_for(spec: FlowSpec, params: Mapping[str, object] | None) -> dict[str, object]:
    """The declared parameters of a flow, with other values for some of them.

    Raises:
        WorkflowError: there is no such parameter, or the value is of another kind than the declared one.
    """
    values = checked_parameters(params or {})
    for name, value in values.items():
        if name not in spec.params:
            raise mistake(unknown("there is no parameter", name, spec.params))
        _check_kind(name, value, spec.params[name])
    return {**spec.params, **values}


def _check_kind(name: str, value: object, declared: object) -> None:
    wider = isinstance(declared, float) and type(value) is int
    if declared is None or type(value) is type(declared) or wider:
        return
    raise mistake(
        f"the parameter '{name}' is a {type(declared).__name__}, and {value!r} is a {type(value).__name__}",
        "pass a value of the same kind",
    )
