"""Which jobs a filter selects (GFD.231 5.5, 8.2.4)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2 import InvalidArgumentException, JobInfo, JobState, check_filter, matches, set_attributes
from wflpy.sessions import facts
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.sessions.connection import Connection

_NEEDS: Final = {
    JobState.SUSPENDED: Ability.SUSPEND,
    JobState.REQUEUED: Ability.REQUEUE,
    JobState.REQUEUED_HELD: Ability.REQUEUE,
}
"""States that not every tracker reports, and the ability of those that do."""

_CHEAP: Final = frozenset(("job_id", "job_state", "job_sub_state"))
"""What a filter may ask for without anybody having to fetch whole snapshots."""


def selected_ids(
    connection: Connection, list_ids: Callable[[Connection], list[str]], wanted: JobInfo | None
) -> list[str]:
    """Ids of the jobs that match, in the order in which they are listed.

    Args:
        connection: whose jobs.
        list_ids: lists all jobs there are.
        wanted: the filter; None for all.

    Raises:
        InvalidArgumentException: the filter holds a wrong value, or a state that the tracker never reports.
    """
    if wanted is None:
        return list_ids(connection)
    _check(connection, wanted)
    ids = [job_id for job_id in list_ids(connection) if wanted.job_id in (None, job_id)]
    asked = {name for name, _ in set_attributes(wanted)} - {"annotation"}
    if not ids or asked <= {"job_id"}:
        return ids
    found = _statuses(connection, ids) if asked <= _CHEAP else facts.known_infos(connection, ids)
    return [job_id for job_id, info in found.items() if matches(wanted, info)]


def checked_id(given: object, attribute: str) -> str:
    """The id of a job, an array or a reservation, as far as it can be one.

    Raises:
        InvalidArgumentException: it is no text.
    """
    if not isinstance(given, str):
        text = f"{attribute} must be a string, not {type(given).__name__}"
        raise InvalidArgumentException(text, attributes=(attribute,))
    return given


def checked_names(given: Any) -> frozenset[Any] | None:
    """Names of queues or machines, for looking up; None for all there are.

    Raises:
        InvalidArgumentException: it is no collection, or a single text.
    """
    if given is None:
        return None
    with suppress(TypeError):
        if not isinstance(given, str):
            return frozenset(given)
    text = f"names must be a list of names, not {type(given).__name__}"
    raise InvalidArgumentException(text, attributes=("names",))


def _check(connection: Connection, wanted: JobInfo) -> None:
    given: Any = wanted
    if not isinstance(given, JobInfo):
        text = f"filter must be a JobInfo, not {type(given).__name__}"
        raise InvalidArgumentException(text, attributes=("filter",))
    abilities = connection.abilities
    check_filter(wanted, [state for state in JobState if state not in _NEEDS or _NEEDS[state] in abilities])


def _statuses(connection: Connection, ids: list[str]) -> dict[str, JobInfo]:
    try:
        statuses = facts.states(connection, ids)
    except InvalidArgumentException:
        # Somebody reaped one of them meanwhile.
        return facts.known_infos(connection, ids)
    return {
        job_id: JobInfo(job_id=job_id, job_state=status.state, job_sub_state=status.sub_state)
        for job_id, status in statuses.items()
    }
