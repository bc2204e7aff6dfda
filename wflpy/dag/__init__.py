"""Plans and how they run: a `FlowSpec` is compiled to a frozen `Plan`, an `Engine` drives it over a job session.

Every name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wflpy.dag.codes import Code as Code
    from wflpy.dag.compiler import compile_plan as compile_plan
    from wflpy.dag.engine import Engine as Engine
    from wflpy.dag.errors import Problem as Problem
    from wflpy.dag.errors import RunError as RunError
    from wflpy.dag.errors import TaskFailed as TaskFailed
    from wflpy.dag.errors import WorkflowError as WorkflowError
    from wflpy.dag.events import EventKind as EventKind
    from wflpy.dag.events import Observer as Observer
    from wflpy.dag.events import RunEvent as RunEvent
    from wflpy.dag.graph import graph_of as graph_of
    from wflpy.dag.outcomes import GroupOutcome as GroupOutcome
    from wflpy.dag.outcomes import Outcome as Outcome
    from wflpy.dag.outcomes import RunResult as RunResult
    from wflpy.dag.outcomes import TaskOutcome as TaskOutcome
    from wflpy.dag.plan import Group as Group
    from wflpy.dag.plan import Plan as Plan
    from wflpy.dag.runs import RunDirectory as RunDirectory
    from wflpy.dag.runs import RunRecord as RunRecord
    from wflpy.dag.runs import RunSummary as RunSummary
    from wflpy.dag.runs import list_runs as list_runs
    from wflpy.dag.runs import open_run as open_run
    from wflpy.dag.settings import RunSettings as RunSettings
    from wflpy.dag.signals import run_signals as run_signals
    from wflpy.dag.spec import Call as Call
    from wflpy.dag.spec import Command as Command
    from wflpy.dag.spec import Edge as Edge
    from wflpy.dag.spec import FileOutput as FileOutput
    from wflpy.dag.spec import FlowSpec as FlowSpec
    from wflpy.dag.spec import HandlerKind as HandlerKind
    from wflpy.dag.spec import JsonOutput as JsonOutput
    from wflpy.dag.spec import Matrix as Matrix
    from wflpy.dag.spec import Origin as Origin
    from wflpy.dag.spec import Resources as Resources
    from wflpy.dag.spec import Retry as Retry
    from wflpy.dag.spec import ReturnOutput as ReturnOutput
    from wflpy.dag.spec import Shell as Shell
    from wflpy.dag.spec import StdoutOutput as StdoutOutput
    from wflpy.dag.spec import Submit as Submit
    from wflpy.dag.spec import TaskSpec as TaskSpec
    from wflpy.dag.spec import Tolerance as Tolerance
    from wflpy.dag.states import FailureKind as FailureKind
    from wflpy.dag.states import RunState as RunState
    from wflpy.dag.states import TaskState as TaskState

_MODULES: Final = {
    "codes": ("Code",),
    "compiler": ("compile_plan",),
    "engine": ("Engine",),
    "errors": ("Problem", "RunError", "TaskFailed", "WorkflowError"),
    "events": ("EventKind", "Observer", "RunEvent"),
    "graph": ("graph_of",),
    "outcomes": ("GroupOutcome", "Outcome", "RunResult", "TaskOutcome"),
    "plan": ("Group", "Plan"),
    "runs": ("RunDirectory", "RunRecord", "RunSummary", "list_runs", "open_run"),
    "settings": ("RunSettings",),
    "signals": ("run_signals",),
    "spec": (
        "Call", "Command", "Edge", "FileOutput", "FlowSpec", "HandlerKind", "JsonOutput", "Matrix", "Origin",
        "Resources", "Retry", "ReturnOutput", "Shell", "StdoutOutput", "Submit", "TaskSpec", "Tolerance",
    ),
    "states": ("FailureKind", "RunState", "TaskState"),
}  # fmt: skip

_HOME: Final = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "__all__":  # asked for by `from wflpy.dag import *`
        return sorted(_HOME)
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'wflpy.dag' has no attribute {name!r}", name=name)
    value: object = getattr(import_module(f"wflpy.dag.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
