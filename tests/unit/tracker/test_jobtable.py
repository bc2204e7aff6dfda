"""Jobs as the ledger has them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import PARAMETRIC_INDEX, JobInfo, JobState, JobTemplate
from wflpy.testing import MemoryLedger
from wflpy.tracker import Cause
from wflpy.tracker.entries import Array, Entry, Phase
from wflpy.tracker.jobtable import JobTable

NOW = datetime(2100, 1, 1, tzinfo=UTC)
TEMPLATE = JobTemplate(remote_command="x", args=[PARAMETRIC_INDEX])


def _array(array_id: str, indices: range) -> tuple[Array, list[Entry]]:
    array = Array(array_id, TEMPLATE, indices, 2)
    return array, [Entry(job_id, Phase.WAITING, NOW, None, array) for job_id in array.job_ids()]


@given(
    st.sampled_from(Phase),
    st.datetimes(timezones=st.just(UTC)),
    st.none() | st.tuples(st.sampled_from(Cause), st.text()),
    st.none() | st.integers(0, 255),
)
def test_a_job_is_read_back_as_it_was_written(
    phase: Phase, submitted: datetime, doom: tuple[Cause, str] | None, status: int | None
) -> None:
    ledger = MemoryLedger()
    info = None if status is None else JobInfo(job_id="job", job_state=JobState.FAILED, exit_status=status)
    entry = Entry("job", phase, submitted, TEMPLATE, None, info, doom)
    JobTable(ledger).save(entry)
    assert JobTable(ledger).refresh() == {"job": entry}
    assert JobTable(ledger).entry("job") == entry


def test_what_is_known_here_is_brought_up_to_date_in_place() -> None:
    ledger = MemoryLedger()
    mine, theirs = JobTable(ledger), JobTable(ledger)
    entry = Entry("job", Phase.HELD, NOW, TEMPLATE, attempts=3)
    mine.save(entry)
    other = theirs.entry("job")
    assert other is not None
    other.phase = Phase.HANDED
    theirs.save(other)
    assert mine.fresh("job") is entry
    assert (entry.phase, entry.attempts) == (Phase.HANDED, 3)
    theirs.remove(other)
    assert mine.fresh("job") is None
    assert mine.entry("job") is None


def test_an_array_is_there_as_long_as_a_job_of_it() -> None:
    ledger = MemoryLedger()
    table = JobTable(ledger)
    array, entries = _array("array", range(1, 10, 4))
    table.add_array(array, entries)
    again = JobTable(ledger)
    assert again.arrays() == ["array"]
    assert [entry.index for entry in again.members(array)] == [1, 5, 9]
    assert again.members(array)[1].expanded().args == ["5"]
    for entry in entries:
        assert table.array("array") == array
        table.remove(entry)
    assert JobTable(ledger).array("array") is None
    assert JobTable(ledger).arrays() == []


def test_an_array_whose_jobs_were_not_written_down_is_not_there() -> None:
    ledger = MemoryLedger()
    array, entries = _array("array", range(1, 3))
    JobTable(ledger).add_array(array, [])
    assert JobTable(ledger).arrays() == []
    JobTable(ledger).add_array(array, entries)
    assert JobTable(ledger).arrays() == ["array"]


def test_dropping_a_large_array_takes_time_by_the_job() -> None:
    table = JobTable(MemoryLedger())
    array, entries = _array("array", range(1, 20_001))
    table.add_array(array, entries)
    for entry in entries:
        table.remove(entry)
    assert table.refresh() == {}
