"""What trackers without native arrays share: ids, templates and variables of the jobs of an array.

An array of id ``7`` has jobs ``7.1``, ``7.2`` and so on: the id of a job tells its index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import DrmaaException, InvalidArgumentException, expand_index

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from wflpy.drmaa2 import JobTemplate

JOB_ID_VARIABLE: Final = "WFLPY_JOB_ID"
"""Environment variable that holds the id of the job; DRMAA_JOB_ID holds this name (GFD.231 8.6)."""

INDEX_VARIABLE: Final = "WFLPY_TASK_INDEX"
"""Environment variable that holds the index in an array; DRMAA_INDEX_VAR holds this name (GFD.231 8.6)."""


def element_id(array_id: str, index: int) -> str:
    """The id of the job of an array with this index."""
    return f"{array_id}.{index}"


def element_ids(array_id: str, indices: Iterable[int]) -> list[str]:
    """The ids of the jobs of an array, in the order of the indices."""
    return [f"{array_id}.{index}" for index in indices]


def split_id(job_id: str) -> tuple[str, int | None]:
    """The array and the index of a job; the id itself and None for a job that is not part of an array."""
    array_id, dot, index = job_id.rpartition(".")
    return (array_id, int(index)) if dot and index.isdecimal() else (job_id, None)


def expanded(template: JobTemplate, indices: Iterable[int]) -> Iterator[tuple[int, JobTemplate]]:
    """Each index with the template of its job: PARAMETRIC_INDEX replaced, all else equal (GFD.231 8.2.7).

    The templates are made while iterating and may be the given one itself where nothing is to be replaced.

    Raises:
        InvalidArgumentException: the template cannot be expanded for one of the indices.
    """
    return ((index, expand_index(template, index)) for index in indices)


def check_expansion(template: JobTemplate, indices: Iterable[int], check: Callable[[JobTemplate], None]) -> None:
    """Apply ``check`` to the template of every job, before any of them is submitted (GFD.231 8.2.7).

    A template without PARAMETRIC_INDEX is the same for every index and is checked once.

    Raises:
        InvalidArgumentException: and whatever ``check`` raises.
    """
    for _, one in expanded(template, indices):
        check(one)
        if one is template:
            return


def submit_elements(
    template: JobTemplate,
    indices: Iterable[int],
    submit: Callable[[int, JobTemplate], str],
    withdraw: Callable[[str], None],
) -> list[str]:
    """Submit one job per index, all of them or none, and return their ids (GFD.231 8.2.7).

    When one is refused, those before it are withdrawn, the latest first, and the refusal is raised.

    Args:
        template: what the jobs are; PARAMETRIC_INDEX is replaced.
        indices: their indices.
        submit: submits one and returns its id.
        withdraw: ends one and drops every record of it.

    Raises:
        DrmaaException: what ``submit`` raised, with a note about jobs that could not be withdrawn.
    """
    done: list[str] = []
    try:
        for index, one in expanded(template, indices):
            done.append(submit(index, one))
    except BaseException as refusal:
        left = [job_id for job_id in reversed(done) if not _withdrawn(withdraw, job_id)]
        if left:
            refusal.add_note(f"{len(left)} jobs submitted before could not be withdrawn: {', '.join(left[:5])}")
        raise
    return done


def _withdrawn(withdraw: Callable[[str], None], job_id: str) -> bool:
    try:
        withdraw(job_id)
    except DrmaaException:
        return False
    return True


def job_variables(job_id: str, index: int | None = None, defined: Container[str] = ()) -> dict[str, str]:
    """The environment variables by which a job learns who it is (GFD.231 8.6).

    DRMAA_JOB_ID and DRMAA_INDEX_VAR hold the *names* of the variables with the id and the index; JOB_ID and TASK_ID
    are aliases of those. The index variables are there in arrays only.

    Args:
        job_id: the id of the job.
        index: its index in an array; None when it is not part of one.
        defined: variables of the template, which win; WFLPY_JOB_ID and WFLPY_TASK_INDEX are ours always.
    """
    variables = {JOB_ID_VARIABLE: job_id, "DRMAA_JOB_ID": JOB_ID_VARIABLE, "JOB_ID": job_id}
    if index is not None:
        variables |= {INDEX_VARIABLE: str(index), "DRMAA_INDEX_VAR": INDEX_VARIABLE, "TASK_ID": str(index)}
    return {name: value for name, value in variables.items() if name.startswith("WFLPY_") or name not in defined}


def no_such_array(array_id: str, tracker: str) -> InvalidArgumentException:
    """The exception for an array that the session does not hold, or no longer."""
    text = f"this session holds no job array {array_id!r}, or all of its jobs were reaped"
    return InvalidArgumentException(text, attributes=("jobArrayId",), tracker=tracker)


def no_such_job(job_id: str, tracker: str) -> InvalidArgumentException:
    """The exception for a job that the session does not hold, or no longer."""
    text = f"this session holds no job {job_id!r}, or it was reaped"
    return InvalidArgumentException(text, attributes=("jobId",), job_id=job_id, tracker=tracker)
