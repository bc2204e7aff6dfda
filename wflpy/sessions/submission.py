"""How jobs get from a template to the tracker, so that none is lost on the way and none is submitted twice.

A tracker that does not keep its jobs by itself is told a key that was written down before; if this process ends before
the answer was written down too, whoever opens the session next asks the tracker what became of the key.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2 import (
    PARAMETRIC_INDEX,
    PLACES,
    DeniedByDrmsException,
    DrmaaException,
    InvalidArgumentException,
    JobTemplate,
    OutOfResourceException,
    TryLaterException,
    UnsupportedAttributeException,
    UnsupportedOperationException,
    check_supported,
    check_template,
    expand_index,
    normalised_limits,
)
from wflpy.sessions.keys import new_keys
from wflpy.tracker.arrays import expanded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wflpy.sessions.connection import Connection
    from wflpy.tracker import Submission

REFUSALS: Final = (
    DeniedByDrmsException,
    InvalidArgumentException,
    OutOfResourceException,
    TryLaterException,
    UnsupportedAttributeException,
    UnsupportedOperationException,
)
"""What says for certain that no job came of a submission. After anything else, one may have."""

MOST_ELEMENTS: Final = 1_000_000
"""Jobs of one array. More are a mistake; they would use up the memory before anybody could say so."""

_NO_INDEX: Final = 0
"""PARAMETRIC_INDEX of a job that is part of no array."""

_placed: Final = attrgetter(*PLACES)


def checked(connection: Connection, template: JobTemplate) -> JobTemplate:
    """The template if the tracker may be asked to run it, with its limits under their plain names.

    Raises:
        InvalidArgumentException: names every attribute that is wrong.
        UnsupportedAttributeException: names every optional attribute that the tracker does not have.
    """
    given: Any = template
    if not isinstance(given, JobTemplate):
        text = f"a job is described by a JobTemplate, not by {type(given).__name__}"
        raise InvalidArgumentException(text, attributes=("jobTemplate",), tracker=connection.tracker_name)
    check_template(template)
    check_supported(template, connection.capabilities, connection.tracker_name)
    if template.resource_limits:
        template = template.copy()
        template.resource_limits = normalised_limits(template.resource_limits or {})
    return template


def _single(template: JobTemplate) -> JobTemplate:
    """The template of a job that is part of no array."""
    return expand_index(template, _NO_INDEX) if any(map(_holds_index, _placed(template))) else template


def _holds_index(value: str | list[str] | dict[str, str] | None) -> bool:
    if not value:
        return False
    if isinstance(value, dict):
        return PARAMETRIC_INDEX in "".join((*value, *value.values()))
    return PARAMETRIC_INDEX in (value if isinstance(value, str) else "".join(value))


def submit(connection: Connection, template: JobTemplate, key: str) -> tuple[str, JobTemplate]:
    """Submit one job; its id, and a copy of the template as it was submitted."""
    copy = _single(checked(connection, template))
    if copy is template:
        copy = template.copy()
    log = connection.log
    if log is None or not connection.records_first:
        job_id = connection.tracker.submit(copy, key)
        if log is not None:
            log.note({key: job_id})
        return job_id, copy
    log.intend(((copy, key),))
    try:
        job_id = connection.tracker.submit(copy, key)
    except REFUSALS:
        log.withdraw((key,))
        raise
    log.accept({key: job_id})
    return job_id, copy


def submit_many(
    connection: Connection, templates: Sequence[JobTemplate], keys: Sequence[str] | None
) -> list[str | DrmaaException]:
    """Submit several jobs, which must not be changed any more; per job its id or why there is none."""
    if keys is None:
        keys = new_keys(len(templates))
    elif len(keys) != len(templates):
        text = f"there are {len(templates)} templates but {len(keys)} keys"
        raise InvalidArgumentException(text, attributes=("keys",))
    outcomes: list[str | DrmaaException] = []
    fit: list[Submission] = []
    places: list[int] = []
    for template, key in zip(templates, keys, strict=True):
        try:
            fit.append((_single(checked(connection, template)), key))
        except DrmaaException as refusal:
            outcomes.append(refusal)
        else:
            places.append(len(outcomes))
            outcomes.append(key)
    answers = _recorded(connection, fit) if fit else []
    for place, answer in zip(places, answers, strict=True):
        outcomes[place] = answer
    return outcomes


def _recorded(connection: Connection, submissions: list[Submission]) -> list[str | DrmaaException]:
    log = connection.log
    if log is not None and connection.records_first:
        log.intend(submissions)
    answers = _answers(connection, submissions)
    accepted = {key: answer for (_, key), answer in zip(submissions, answers, strict=True) if isinstance(answer, str)}
    if log is None:
        return answers
    if not connection.records_first:
        log.note(accepted)
        return answers
    if accepted:
        log.accept(accepted)
    if len(accepted) < len(answers):
        log.withdraw(key for (_, key), answer in zip(submissions, answers, strict=True) if isinstance(answer, REFUSALS))
    return answers


def _answers(connection: Connection, submissions: list[Submission]) -> list[str | DrmaaException]:
    try:
        return connection.tracker.submit_many(submissions)
    except DrmaaException as failure:
        # Some may have been submitted before it failed.
        keys = [key for _, key in submissions]
        try:
            found = connection.tracker.find(keys)
        except DrmaaException:
            found = {}
        return [found.get(key, failure) for key in keys]


def submit_array(
    connection: Connection, template: JobTemplate, indices: range, max_parallel: int | None, key: str
) -> tuple[str, JobTemplate]:
    """Submit one job per index, all or none; the array's id, and a copy of the template."""
    if len(indices) > MOST_ELEMENTS:
        text = f"an array of {len(indices):,} jobs is too large: at most {MOST_ELEMENTS:,} can be submitted at once"
        raise InvalidArgumentException(text, attributes=("endIndex",), tracker=connection.tracker_name)
    copy = checked(connection, template)
    if copy is template:
        copy = template.copy()
    _check_staging(copy, indices)
    log = connection.log
    if log is None or not connection.records_first:
        array_id = connection.tracker.submit_array(copy, indices, max_parallel, key)
        if log is not None:
            log.note_array(key, array_id)
        return array_id, copy
    log.intend_array(key, copy, indices)
    try:
        array_id = connection.tracker.submit_array(copy, indices, max_parallel, key)
    except REFUSALS:
        log.withdraw((key,))
        raise
    log.accept_array(key, array_id, _elements(connection, array_id, indices))
    return array_id, copy


def recover(connection: Connection) -> None:
    """Write down the ids of jobs whose submitter ended, or lost touch, between the tracker's answer and the store.

    Keys that the tracker does not know stay: their submission may be under way in another process.
    """
    log = connection.log
    if log is None or not connection.records_first:
        return
    jobs, arrays = log.open_keys()
    if not jobs and not arrays:
        return
    found = connection.tracker.find([*jobs, *arrays])
    log.accept({key: found[key] for key in jobs if key in found})
    for key, indices in arrays.items():
        if key in found:
            log.accept_array(key, found[key], _elements(connection, found[key], indices))


def _elements(connection: Connection, array_id: str, indices: range) -> dict[int, str]:
    """Index -> job of an array; empty when jobs of it were reaped, so that it cannot be told which are left."""
    job_ids = connection.tracker.array_job_ids(array_id)
    return dict(zip(indices, job_ids, strict=True)) if len(job_ids) == len(indices) else {}


def _check_staging(template: JobTemplate, indices: range) -> None:
    """Only the paths of staging can become wrong by an index: two of them may become one."""
    if template.stage_in_files or template.stage_out_files:
        for _, one in expanded(template, indices):
            if one is template:
                return
