"""The keys of a workflow file: the one model behind reading a file, its schema and its reference page."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from wflpy.loader.fields import (
    Allowance,
    Architecture,
    Causes,
    Condition,
    Data,
    Duration,
    Environment,
    IndexRange,
    Literal,
    Mapping,
    Name,
    Needs,
    Number,
    ParamType,
    RawMapping,
    Reads,
    Run,
    Scalar,
    Scalars,
    Share,
    Size,
    String,
    Strings,
    System,
    Templated,
    TemplatedList,
    Whole,
)
from wflpy.loader.shells import read_shell

Shell = Annotated[tuple[str, ...], Reads(read_shell, {"anyOf": [{"type": "string"}, {"type": "array"}]})]


class _Closed(BaseModel):
    """A mapping that has no keys but these."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())


def _mapping_of(key: str) -> BeforeValidator:
    """A scalar is short for a mapping with this one key."""

    def expand(value: object) -> object:
        return {key: value} if isinstance(value, str) else value

    return BeforeValidator(expand)


class ResourcesKeys(_Closed):
    """What one job asks for."""

    slots: Whole | None = None
    """Processor cores, or what the backend counts as slots."""
    memory: Size | None = None
    """8GB is 10^9 bytes each, 8GiB 2^30."""
    walltime: Duration | None = None
    """Time asked of a scheduler; `timeout` is what ends a task."""
    gpus: Whole | None = None
    priority: Whole | None = None
    """In the words of the backend."""
    machine_os: System | None = None
    machine_arch: Architecture | None = None
    machines: Strings | None = None
    """Names of machines it may run on."""


class RetryKeys(_Closed):
    """How often a failed task is tried again; a number alone is `max`."""

    max: Whole | None = None
    """Further attempts after the first."""
    delay: Duration | None = None
    """Before the first further attempt."""
    backoff: Number | None = None
    """Factor on the delay for each attempt after that."""
    max_delay: Duration | None = None
    jitter: Share | None = None
    """Each delay is stretched by a random share up to this."""
    when: Causes | None = None
    """Kinds of failure and exit statuses that are tried again; all by default."""


class OutputKeys(_Closed):
    """Where a value that a task gives out is found; text alone is the path of a file."""

    file: Templated | None = None
    """A file the task writes; the value is its path."""
    from_json: Annotated[Templated | None, Field(alias="json")] = None
    """A JSON file the task writes; the value is in it, at `path`."""
    path: Literal | None = None
    """Dotted path into the JSON file; the whole document by default."""
    stdout: Literal | None = None
    """What is printed: `text`, its last `line`, `json`, or what matches `regex`."""
    pattern: String | None = None
    """The regular expression: the first group of its last match, or the whole match."""
    returned: Annotated[Literal | None, Field(alias="return")] = None
    """What the called function returns, or the part of it at a dotted path."""


Retry = Annotated[RetryKeys, _mapping_of("max")]
Output = Annotated[OutputKeys, _mapping_of("file")]


class _Placing(_Closed):
    """How and where something runs; also what `defaults` may give to tasks."""

    shell: Shell | None = None
    """The shell that reads `run`: a name such as `bash`, or a program and its arguments."""
    env: Environment | None = None
    workdir: Templated | None = None
    """Relative to the folder of the file."""
    image: Literal | None = None
    queue: Literal | None = None
    account: Literal | None = None
    backend: Literal | None = None
    """One of `backends`, or the name of a tracker."""
    resources: ResourcesKeys | None = None
    retry: Retry | None = None
    timeout: Duration | None = None
    """For each attempt, from when it runs."""
    tags: Strings | None = None
    drmaa2: RawMapping | None = None
    """Attributes of the DRMAA2 job template by their Python names; they win over all other keys."""


class BodyKeys(_Placing):
    """Something that runs: a task or a handler."""

    run: Run | None = None
    """Text for the shell, or a list: a program and its arguments, without a shell."""
    call: Literal | None = None
    """A Python function, `module:function`, run as a job."""
    arguments: Annotated[Mapping | None, Field(alias="with")] = None
    """Arguments of the function, by name."""
    when: Condition | None = None
    """Whether it runs: an expression without `${{ }}`."""
    inputs: TemplatedList | None = None
    """Files it reads; one that is another task's output adds the edge."""
    stdin: Templated | None = None
    stdout: Templated | None = None
    stderr: Templated | None = None
    description: String | None = None


Handler = Annotated[BodyKeys, _mapping_of("run")]


class TaskKeys(BodyKeys):
    """One task; text alone is `run`."""

    needs: Needs | None = None
    """Tasks that come before: one, a list, or a mapping to success, failure, finished or any."""
    matrix: Mapping | None = None
    """Every combination of the axes' values; also `include` and `exclude`."""
    foreach: Data | None = None
    """One member for every value of a list; `item` is its own."""
    array: IndexRange | None = None
    """Indices of one DRMAA2 bulk job: `1-5000`, `1-100:2`."""
    max_parallel: Whole | None = None
    outputs: dict[str, Output] | None = None
    allow_failure: Allowance = None
    on_error: Handler | None = None
    on_success: Handler | None = None
    always: Handler | None = None
    recover: Handler | None = None


Task = Annotated[TaskKeys, _mapping_of("run")]


class DefaultsKeys(_Placing):
    """What tasks have that do not say otherwise; null in a task takes it away."""

    max_parallel: Whole | None = None
    allow_failure: Allowance = None
    on_error: Handler | None = None
    on_success: Handler | None = None
    always: Handler | None = None


class ParamKeys(_Closed):
    """A parameter; with neither `default` nor a value given for a run it is an error."""

    type: ParamType
    default: Scalar = None
    min: Scalar = None
    """The least value allowed."""
    max: Scalar = None
    """The greatest value allowed."""
    choices: Scalars | None = None
    """The only values allowed."""
    description: String | None = None


class BackendKeys(BaseModel):
    """A named backend: a tracker and its options, which also hold for tasks that run there."""

    model_config = ConfigDict(extra="allow", arbitrary_types_allowed=True, protected_namespaces=())

    type: Literal
    """The name of a tracker, as `wflpy trackers` lists them."""


class FlowKeys(_Closed):
    """A workflow file. Keys that begin with `x-` are ignored."""

    wfl: Whole
    """Version of the format: 1. The first key of the file."""
    name: Name | None = None
    """What runs are called after; by default the name of the file."""
    description: String | None = None
    params: dict[str, ParamKeys] | None = None
    env: Environment | None = None
    """Environment variables of every task."""
    defaults: DefaultsKeys | None = None
    backends: dict[str, BackendKeys] | None = None
    """Backends by names of one's own, for `backend` and `--backend`."""
    backend: Literal | None = None
    """Where the flow runs unless the command line says otherwise."""
    tasks: dict[str, Task]
    """The tasks by name."""
    on_error: Handler | None = None
    """Runs when the flow has failed."""
    on_success: Handler | None = None
    """Runs when the flow has succeeded."""
    last: Annotated[Handler | None, Field(alias="finally")] = None
    """Runs at the very end, whatever the flow came to."""


LATER: Final[dict[type[BaseModel], frozenset[str]]] = {
    FlowKeys: frozenset({"include", "secrets", "templates"}),
    TaskKeys: frozenset({"cache", "extends", "interpreter", "notebook", "script", "stage_in", "stage_out"}),
    RetryKeys: frozenset({"grow"}),
}
"""Keys of the format that are not read yet."""
