"""The options of a task: one table for the keywords of every verb and for the methods of a handle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict

from wflpy.dag.codes import Code
from wflpy.dag.spec import Edge, FileOutput, JsonOutput, Matrix, Resources, Retry, ReturnOutput, StdoutOutput, Tolerance
from wflpy.drmaa2 import JobTemplate
from wflpy.flow.demands import (
    Duration,
    ResourceOptions,
    RetryOptions,
    resources_of,
    retry_of,
    seconds,
    tolerance_of,
    whole,
    word,
    words,
)
from wflpy.flow.guards import is_mapping, is_row
from wflpy.flow.mistakes import mistake
from wflpy.flow.names import unknown
from wflpy.flow.sources import JsonSource, output_of
from wflpy.flow.spread import check_alone, indices_of, matrix_of, values_of
from wflpy.flow.wiring import Value, Wiring

if TYPE_CHECKING:
    from wflpy.dag.spec import TaskSpec
    from wflpy.expr import Expression
    from wflpy.flow.references import Reference
    from wflpy.flow.task import Task

OutputValue = Value | JsonSource | FileOutput | JsonOutput | StdoutOutput | ReturnOutput
"""What may be declared as an output: a path, `from_json`, `from_stdout`, `from_return`."""

EdgeName = Literal["success", "failure", "finished", "any"]
"""What the earlier task must have come to."""


class TaskOptions(TypedDict, total=False):
    """The keywords that every verb takes; most are methods of the handle as well, with the same meaning."""

    name: str
    """Its name in logs, in ``needs`` and in results; made from the command when left out."""
    outputs: Mapping[str, OutputValue]
    """What it gives out, by name."""
    inputs: Sequence[Value] | Value
    """Files it reads; one that is another task's output adds the edge."""
    after: Task | Sequence[Task]
    """Tasks that must have succeeded."""
    when: str | Expression | Reference
    """Whether it runs, in the expression language: ``"params.refresh"``."""
    matrix: Mapping[str, Iterable[object]] | Matrix
    array: str | range
    for_each: Iterable[object]
    max_parallel: int
    """How many members run at a time."""
    env: Mapping[str, Value]
    workdir: Value
    stdin: Value
    stdout: Value
    stderr: Value
    join: bool
    """True: standard error goes where standard output goes."""
    image: str
    queue: str
    account: str
    backend: str
    resources: ResourceOptions | Resources
    retry: int | RetryOptions | Retry
    timeout: Duration
    """For each attempt, from when it runs."""
    allow_failure: bool | int | str | Tolerance
    tags: Sequence[str] | str
    description: str
    template: JobTemplate
    """Attributes of the DRMAA2 job template, as they are; they win over all else."""


Setter = Callable[["TaskSpec", Wiring, Any], None]


def apply(spec: TaskSpec, wiring: Wiring, option: str, value: object) -> None:
    """Give a task one option.

    Raises:
        WorkflowError: there is no such option, or the value does not fit it.
    """
    setter = OPTIONS.get(option)
    if setter is None:
        raise mistake(unknown("there is no option", option, OPTIONS))
    setter(spec, wiring, value)


def _text(field: str) -> Setter:
    def set_text(spec: TaskSpec, wiring: Wiring, value: object) -> None:
        setattr(spec, field, wiring.text(value, field))

    return set_text


def _word(field: str) -> Setter:
    def set_word(spec: TaskSpec, _: Wiring, value: object) -> None:
        setattr(spec, field, word(value, field))

    return set_word


def _set_outputs(spec: TaskSpec, wiring: Wiring, value: object) -> None:
    if not is_mapping(value):
        raise mistake(f"outputs are {value!r}", "a mapping of names: {'table': 'data/clean.csv'}")
    spec.outputs = {
        word(name, "the name of an output"): output_of(output, str(name), wiring) for name, output in value.items()
    }


def _set_inputs(spec: TaskSpec, wiring: Wiring, value: object) -> None:
    each = value if is_row(value) else (value,)
    spec.inputs = (*spec.inputs, *(wiring.text(one, "an input") for one in each))


def _set_after(_: TaskSpec, wiring: Wiring, value: object) -> None:
    for task in value if is_row(value) else (value,):
        wiring.after(task, Edge.SUCCESS)


def _set_when(spec: TaskSpec, wiring: Wiring, value: object) -> None:
    spec.when = wiring.expression(value)


def _set_matrix(spec: TaskSpec, _: Wiring, value: object) -> None:
    check_alone(spec, "matrix")
    spec.matrix = matrix_of(value)


def _set_array(spec: TaskSpec, _: Wiring, value: object) -> None:
    check_alone(spec, "array")
    spec.array = indices_of(value)


def _set_items(spec: TaskSpec, _: Wiring, value: object) -> None:
    check_alone(spec, "for_each")
    spec.items = values_of(value, "the list of for_each")


def _set_max_parallel(spec: TaskSpec, _: Wiring, value: object) -> None:
    spec.max_parallel = whole(value, "max_parallel", 1)


def _set_env(spec: TaskSpec, wiring: Wiring, value: object) -> None:
    spec.env = {**spec.env, **environment_of(value, wiring)}


def environment_of(value: object, wiring: Wiring) -> dict[str, Any]:
    """Environment variables as texts, by name."""
    if not is_mapping(value):
        raise mistake(f"env is {value!r}", "a mapping of variables: {'OMP_NUM_THREADS': 4}")
    for name in value:
        if not isinstance(name, str) or not name or "=" in name or "\0" in name:
            raise mistake(f"{name!r} cannot be the name of an environment variable", "letters, digits and _")
    return {str(name): wiring.text(one, f"the variable {name}") for name, one in value.items()}


def _set_join(spec: TaskSpec, _: Wiring, value: object) -> None:
    if not isinstance(value, bool):
        raise mistake(f"join is {value!r}", "True or False")
    spec.join = value


def _set_resources(spec: TaskSpec, _: Wiring, value: object) -> None:
    spec.resources = resources_of(value, spec.resources)


def _set_retry(spec: TaskSpec, _: Wiring, value: object) -> None:
    spec.retry = retry_of(value)


def _set_timeout(spec: TaskSpec, _: Wiring, value: object) -> None:
    spec.timeout = seconds(value, "timeout")
    if spec.timeout == 0:
        raise mistake("timeout is 0", "leave it out for no limit")


def _set_allow_failure(spec: TaskSpec, _: Wiring, value: object) -> None:
    spec.allow_failure = tolerance_of(value)


def _set_tags(spec: TaskSpec, _: Wiring, value: object) -> None:
    spec.tags = tuple(dict.fromkeys((*spec.tags, *words(value, "a tag"))))


def _set_template(spec: TaskSpec, _: Wiring, value: object) -> None:
    if not isinstance(value, JobTemplate):
        raise mistake(f"template is {value!r}", "a JobTemplate(...)", code=Code.BAD_VALUE)
    spec.template = value.copy()


OPTIONS: Final[Mapping[str, Setter]] = {
    "account": _word("account"),
    "after": _set_after,
    "allow_failure": _set_allow_failure,
    "array": _set_array,
    "backend": _word("backend"),
    "description": _word("description"),
    "env": _set_env,
    "for_each": _set_items,
    "image": _word("image"),
    "inputs": _set_inputs,
    "join": _set_join,
    "matrix": _set_matrix,
    "max_parallel": _set_max_parallel,
    "outputs": _set_outputs,
    "queue": _word("queue"),
    "resources": _set_resources,
    "retry": _set_retry,
    "stderr": _text("stderr"),
    "stdin": _text("stdin"),
    "stdout": _text("stdout"),
    "tags": _set_tags,
    "template": _set_template,
    "timeout": _set_timeout,
    "when": _set_when,
    "workdir": _text("workdir"),
}
"""Every option besides ``name``, which a task has from the start."""
