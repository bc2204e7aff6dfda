"""How a workflow reads in Python: `Flow`, its tasks, references between them, and running it.

Every name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wflpy.expr import Expression as Expression
    from wflpy.expr import Text as Text
    from wflpy.flow.execution import FlowRun as FlowRun
    from wflpy.flow.execution import start_run as start_run
    from wflpy.flow.flow import Flow as Flow
    from wflpy.flow.references import Reference as Reference
    from wflpy.flow.references import array as array
    from wflpy.flow.references import error as error
    from wflpy.flow.references import item as item
    from wflpy.flow.references import matrix as matrix
    from wflpy.flow.references import outputs as outputs
    from wflpy.flow.references import params as params
    from wflpy.flow.references import run as run
    from wflpy.flow.results import FlowResult as FlowResult
    from wflpy.flow.results import TaskResult as TaskResult
    from wflpy.flow.sources import from_json as from_json
    from wflpy.flow.sources import from_return as from_return
    from wflpy.flow.sources import from_stdout as from_stdout
    from wflpy.flow.task import Task as Task
    from wflpy.flow.units import UnitError as UnitError

_MODULES: Final = {
    "execution": ("FlowRun", "start_run"),
    "flow": ("Flow",),
    "references": ("Reference", "array", "error", "item", "matrix", "outputs", "params", "run"),
    "results": ("FlowResult", "TaskResult"),
    "sources": ("from_json", "from_return", "from_stdout"),
    "task": ("Task",),
    "units": ("UnitError",),
}

_HOME: Final = {
    "Expression": "wflpy.expr",
    "Text": "wflpy.expr",
    **{name: f"wflpy.flow.{module}" for module, names in _MODULES.items() for name in names},
}


def __getattr__(name: str) -> object:
    if name == "__all__":  # asked for by `from wflpy.flow import *`
        return sorted(_HOME)
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'wflpy.flow' has no attribute {name!r}", name=name)
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
