"""What a flow says, as data: the one form that Python chains and YAML files are both turned into.

A `FlowSpec` is what `wflpy.dag.compile` reads. It is plain and unchecked: names may be unknown and edges
may form a cycle until it is compiled. Times are seconds, memory is bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from wflpy.expr import Expression, Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wflpy.drmaa2 import JobTemplate


class Origin(NamedTuple):
    """Where something was written."""

    file: str
    line: int
    column: int


class Edge(StrEnum):
    """When an edge fires: what the task at its start must have come to."""

    SUCCESS = "success"
    FAILURE = "failure"
    FINISHED = "finished"
    """Succeeded or failed, not skipped."""
    ANY = "any"
    """Whatever happened, skipped and cancelled included."""


class HandlerKind(StrEnum):
    """What a handler waits for."""

    ERROR = "on_error"
    SUCCESS = "on_success"
    ALWAYS = "always"
    RECOVER = "recover"
    FINALLY = "finally"
    """Of the flow only."""


# -- what runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """A program and its arguments, one by one; no shell."""

    argv: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """Text for a shell; every value put into it is quoted for the place where it lands."""

    text: Text
    shell: tuple[str, ...] | None = None
    """The program that reads the text (``("bash", "-eo", "pipefail", "-c")``); None is the default:
    that, where bash exists, else ``sh -e -c``."""


@dataclass(frozen=True, slots=True)
class Call:
    """A Python function run as a job."""

    function: str
    """``module:name``, or a name for people when ``payload`` holds the function itself."""
    args: tuple[object, ...] = ()
    """JSON values; Text and Expression stand for values known later, also inside lists and dicts."""
    kwargs: Mapping[str, object] = field(default_factory=dict[str, object])
    payload: bytes | None = None
    """The pickled function together with arguments that JSON cannot hold; None when it is importable."""
    python: str | None = None
    """The interpreter; None is the one that submits."""


@dataclass(frozen=True, slots=True)
class Submit:
    """A job template as it is."""

    template: JobTemplate


Body = Command | Shell | Call | Submit


# -- values that come out ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileOutput:
    """A file the task must have written; its value is the path."""

    path: Text


@dataclass(frozen=True, slots=True)
class JsonOutput:
    """A value read from a JSON file the task wrote."""

    file: Text
    path: str = ""
    """Dotted path into the document (``scores.0.rmse``); empty is the whole document."""


@dataclass(frozen=True, slots=True)
class StdoutOutput:
    """A value read from the task's standard output."""

    form: str = "text"
    """``text`` (stripped), ``line`` (the last one that is not empty), ``json``, or ``regex``."""
    pattern: str | None = None
    """For ``regex``: the first group of the last match, or the whole match."""


@dataclass(frozen=True, slots=True)
class ReturnOutput:
    """The value a called function returned, or a part of it."""

    path: str = ""


Output = FileOutput | JsonOutput | StdoutOutput | ReturnOutput


# -- how it runs -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a failed task is tried again, and when."""

    max: int = 0
    """Further attempts after the first."""
    delay: float = 0.0
    """Seconds before the first further attempt."""
    backoff: float = 1.0
    """Factor on the delay for each attempt after that."""
    max_delay: float | None = None
    jitter: float = 0.0
    """Each delay is stretched by a random share between 0 and this (0.1 = up to 10 %)."""
    when: tuple[str | int, ...] = ()
    """Failure kinds and exit statuses that are tried again; empty is all but what another attempt would only repeat:
    a cancellation, a refused submission, a value that cannot be worked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What one job asks for; None is no demand."""

    slots: int | None = None
    memory: int | None = None
    walltime: float | None = None
    gpus: int | None = None
    priority: int | None = None
    machine_os: str | None = None
    machine_arch: str | None = None
    machines: tuple[str, ...] | None = None


NO_RESOURCES = Resources()
"""No demand at all; what a task has that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Every combination of the axes' values; the last axis runs fastest."""

    axes: Mapping[str, tuple[object, ...]]
    exclude: tuple[Mapping[str, object], ...] = ()
    include: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much failure of a task, or of the members of a group, is allowed."""

    count: int | None = None
    share: float | None = None
    """0.01 = one in a hundred; with neither given any failure is allowed."""


@dataclass(slots=True, kw_only=True)
class TaskSpec:
    """One declared task."""

    name: str
    body: Body
    needs: dict[str, Edge] = field(default_factory=dict[str, Edge])
    when: Expression | None = None
    matrix: Matrix | None = None
    array: range | None = None
    items: tuple[object, ...] | None = None
    """``for_each`` over values known now; each member sees its own as ``item``."""
    max_parallel: int | None = None
    inputs: tuple[Text, ...] = ()
    outputs: dict[str, Output] = field(default_factory=dict[str, Output])
    env: dict[str, Text] = field(default_factory=dict[str, Text])
    workdir: Text | None = None
    stdin: Text | None = None
    stdout: Text | None = None
    stderr: Text | None = None
    join: bool | None = None
    image: str | None = None
    queue: str | None = None
    account: str | None = None
    backend: str | None = None
    resources: Resources = NO_RESOURCES
    retry: Retry | None = None
    timeout: float | None = None
    """Seconds per attempt, from RUNNING."""
    allow_failure: Tolerance | None = None
    handlers: dict[HandlerKind, TaskSpec] = field(default_factory=dict[HandlerKind, "TaskSpec"])
    tags: tuple[str, ...] = ()
    description: str | None = None
    template: JobTemplate | None = None
    """Raw DRMAA2 attributes that win over everything above."""
    origin: Origin | None = None


@dataclass(slots=True, kw_only=True)
class FlowSpec:
    """One declared flow."""

    name: str
    base: Path
    """The folder that relative paths, working directories and imports start from."""
    tasks: dict[str, TaskSpec] = field(default_factory=dict[str, TaskSpec])
    params: dict[str, object] = field(default_factory=dict[str, object])
    """Values by name, already given, converted and checked."""
    env: dict[str, Text] = field(default_factory=dict[str, Text])
    handlers: dict[HandlerKind, TaskSpec] = field(default_factory=dict[HandlerKind, TaskSpec])
    description: str | None = None
    backend: str | None = None
    origin: Origin | None = None
    strict_needs: bool = False
    """True (files): using ``needs.x`` without ``x`` in `needs` is a problem. False (Python): it adds the edge."""
