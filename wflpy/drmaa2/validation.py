"""What every submission of a job checks, whatever the tracker (GFD.231 5.7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2.attributes import set_attributes
from wflpy.drmaa2.constants import HOME_DIRECTORY
from wflpy.drmaa2.errors import InvalidArgumentException
from wflpy.drmaa2.limits import limit_problems, normalised_limits
from wflpy.drmaa2.placeholders import placeholder_problems
from wflpy.drmaa2.problems import Problem, raise_problems
from wflpy.drmaa2.templates import JobTemplate
from wflpy.drmaa2.values import value_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_EMPTY: Final = (
    ("remote_command", "remoteCommand"),
    ("working_directory", "workingDirectory"),
    ("job_category", "jobCategory"),
    ("input_path", "inputPath"),
    ("output_path", "outputPath"),
    ("error_path", "errorPath"),
    ("reservation_id", "reservationId"),
    ("queue_name", "queueName"),
)


def check_template(template: JobTemplate, now: datetime | None = None) -> None:
    """Do nothing if a tracker may be asked to run this; only what is set is looked at.

    Types, characters no host can represent, times without a zone, placeholders, slots, limits, relative working
    directories and deadlines in the past are checked. Whether the tracker has an optional attribute is the question of
    `check_supported`.

    Args:
        template: the template.
        now: the time of the submission; the current time if None.

    Raises:
        InvalidArgumentException: names every attribute that is wrong.
    """
    given: Any = template
    if not isinstance(given, JobTemplate):
        raise InvalidArgumentException(f"a job is described by a JobTemplate, not by {type(given).__name__}")
    # The later checks rely on the types.
    values = set_attributes(template)
    problems = value_problems(JobTemplate, values)
    if not problems:
        problems = [*_problems(template, now), *placeholder_problems(values)]
    raise_problems("job template", problems)


def checked_copy(template: JobTemplate, now: datetime | None = None) -> JobTemplate:
    """A copy of a template that passes `check_template`, with its resource limits under their plain names.

    Raises:
        InvalidArgumentException: names every attribute that is wrong.
    """
    check_template(template, now)
    copy = template.copy()
    if copy.resource_limits:
        copy.resource_limits = normalised_limits(copy.resource_limits)
    return copy


def _problems(template: JobTemplate, now: datetime | None) -> Iterator[Problem]:
    if template.remote_command is None and template.job_category is None:
        yield Problem("remoteCommand", "must be set, or a jobCategory that stands for a command")
    for name, spelled in _NOT_EMPTY:
        if getattr(template, name) == "":
            yield Problem(spelled, "must not be empty; leave it unset instead")
    directory = template.working_directory
    if directory and not directory.startswith(("/", HOME_DIRECTORY)):
        yield Problem("workingDirectory", f"must be an absolute path or begin with HOME_DIRECTORY, not {directory!r}")
    if template.job_environment:
        yield from _environment_problems(template.job_environment)
    yield from count_problems(template.min_slots, template.max_slots, template.min_phys_memory)
    if template.resource_limits:
        yield from limit_problems(template.resource_limits)
    deadline = template.deadline_time
    if deadline is not None and deadline <= (now or datetime.now(UTC)):
        yield Problem("deadlineTime", f"is in the past, {deadline.isoformat()}, so the job could never run")


def _environment_problems(environment: dict[str, Any]) -> Iterator[Problem]:
    if "" in environment:
        yield Problem("jobEnvironment", "must not contain a variable without a name")
    if "=" in "".join(environment):
        name = next(name for name in environment if "=" in name)
        yield Problem("jobEnvironment", f'must not contain a variable with "=" in its name, such as {name!r}')


def count_problems(min_slots: int | None, max_slots: int | None, min_phys_memory: int | None) -> Iterator[Problem]:
    """What is wrong with numbers that job templates and reservation templates have in common."""
    least = 1 if min_slots is None else min_slots
    if least < 1:
        yield Problem("minSlots", f"must be at least 1, not {least}")
    if max_slots is not None and max_slots < max(least, 1):
        yield Problem("maxSlots", f"must be at least minSlots, {max(least, 1)}, not {max_slots}")
    if min_phys_memory is not None and min_phys_memory < 0:
        yield Problem("minPhysMemory", f"must not be negative, {min_phys_memory} KB")
