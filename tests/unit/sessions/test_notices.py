"""The order of what is told about a job, whatever comes in, and which events are dropped first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import ARROWS, FINAL_STATES, DrmaaEvent, JobState, JobStatus
from wflpy.sessions.notices import Backlog, Course, Notice
from wflpy.tracker import StateChange

STATES = st.sampled_from(JobState)


@given(st.none() | STATES, st.lists(st.tuples(STATES, st.sampled_from([None, "a", "b"]))), st.integers(1, 4))
def test_what_is_told_is_a_walk_along_the_arrows(
    found: JobState | None, heard: list[tuple[JobState, str | None]], limit: int
) -> None:
    course = Course(None if found is None else JobStatus(found))
    backlog = Backlog(limit)
    for state, sub_state in heard:
        for event in course.hear(StateChange("1", state, sub_state)):
            backlog.put(Notice(event, "s", "1", course, state))
    previous = found
    while (notice := backlog.get()) is not None:
        for notification in notice.notifications():
            assert notification.job_state is not None
            if notification.event is DrmaaEvent.NEW_STATE:
                assert notification.job_state in ARROWS[previous]
                previous = notification.job_state
            else:
                assert previous is None or notification.job_state is previous
    if found in FINAL_STATES:
        assert previous is found


def notice(event: DrmaaEvent, job_id: str) -> Notice:
    return Notice(event, None, job_id, Course(), JobState.RUNNING)


def test_the_least_important_oldest_is_dropped_first() -> None:
    backlog = Backlog(3)
    new, moved, changed = DrmaaEvent.NEW_STATE, DrmaaEvent.MIGRATED, DrmaaEvent.ATTRIBUTE_CHANGE
    arrivals = [new, changed, changed, moved, new, new, new]
    assert [backlog.put(notice(event, str(number))) for number, event in enumerate(arrivals)] == [False] * 3 + [
        True
    ] * 4
    assert backlog.dropped == 4
    assert [left.job_id for left in iter(backlog.get, None)] == ["4", "5", "6"]
    assert backlog.get() is None


def test_the_oldest_is_taken_first_whatever_it_is() -> None:
    backlog = Backlog(5)
    for number, event in enumerate([*DrmaaEvent, DrmaaEvent.NEW_STATE]):
        backlog.put(notice(event, str(number)))
    assert [left.job_id for left in iter(backlog.get, None)] == ["0", "1", "2", "3"]
