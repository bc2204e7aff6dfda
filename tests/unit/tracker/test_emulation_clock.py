"""Emulated waiting on the clock of the machine: one thread at most, none when nothing waits."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

import pytest

from wflpy.drmaa2 import FINAL_STATES, DrmaaCapability, JobInfo, JobState, JobStatus, JobTemplate, Version
from wflpy.testing import MemoryLedger
from wflpy.tracker import Ability, StateChange
from wflpy.tracker.emulation import EmulatingTracker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wflpy.drmaa2 import JobAction
    from wflpy.tracker import Ledger

SOON = timedelta(seconds=20)


@dataclass(frozen=True)
class InstantOptions:
    tracker: ClassVar[str] = "instant"


class InstantTracker(EmulatingTracker):
    """A backend whose jobs are done when they are submitted."""

    name: ClassVar[str] = "instant"
    options_type: ClassVar[type] = InstantOptions
    capabilities = frozenset((DrmaaCapability.BULK_JOBS_MAXPARALLEL, DrmaaCapability.JT_DEADLINE))
    abilities = frozenset((Ability.TEMPLATES,))

    def __init__(self, ledger: Ledger) -> None:
        self.ended: dict[str, JobInfo] = {}
        super().__init__(ledger)

    @classmethod
    def open(cls, session: str, options: object, ledger: Ledger) -> Self:
        tracker = cls(ledger)
        tracker.catch_up()
        return tracker

    @property
    def contact(self) -> str:
        return "instant"

    @property
    def drms_name(self) -> str:
        return "instant"

    @property
    def drms_version(self) -> Version:
        return Version("1", "0")

    def backend_check(self, template: JobTemplate) -> None:
        pass

    def backend_submit(self, job_id: str, template: JobTemplate, index: int | None) -> None:
        now = datetime.now(UTC)
        self.ended[job_id] = JobInfo(
            job_id=job_id, job_state=JobState.DONE, exit_status=0, dispatch_time=now, finish_time=now
        )

    def backend_states(self, job_ids: Collection[str]) -> dict[str, JobStatus]:
        return {job_id: JobStatus(JobState.DONE) for job_id in job_ids if job_id in self.ended}

    def backend_infos(self, job_ids: Collection[str]) -> dict[str, JobInfo]:
        return {job_id: self.ended[job_id] for job_id in job_ids if job_id in self.ended}

    def backend_control(self, job_id: str, action: JobAction) -> None:
        pass

    def backend_delete(self, job_id: str) -> None:
        self.ended.pop(job_id, None)

    def tell(self) -> None:
        """What the thread that watches a backend does."""
        self.backend_changed([StateChange(job_id, JobState.DONE, None, info) for job_id, info in self.ended.items()])


@pytest.fixture
def tracker() -> Iterator[InstantTracker]:
    tracker = InstantTracker.open("session", InstantOptions(), MemoryLedger())
    yield tracker
    tracker.close()
    assert _threads() == []


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "wflpy-instant"]


def test_jobs_start_at_their_time_in_one_thread_that_ends(tracker: InstantTracker) -> None:
    start = datetime.now(UTC) + timedelta(milliseconds=300)
    told: list[str] = []

    def hear(_: object) -> None:
        told.append(threading.current_thread().name)

    tracker.subscribe(hear)
    jobs = [tracker.submit(JobTemplate(remote_command="x", start_time=start), f"job{n}") for n in range(5)]
    assert len(_threads()) == 1
    for thread in _threads():
        thread.join(20)
    tracker.tell()
    for job in jobs:
        assert tracker.wait(job, SOON, FINAL_STATES).state is JobState.DONE
        assert (tracker.info(job).dispatch_time or start) >= start
    for thread in _threads():
        thread.join(20)
    assert _threads() == []
    assert set(told) == {"wflpy-instant"}, "news come from the thread of the clock, never from who submits"


def test_an_array_goes_on_by_itself(tracker: InstantTracker) -> None:
    array = tracker.submit_array(JobTemplate(remote_command="x"), range(1, 6), 2, "array")
    jobs = tracker.array_job_ids(array)
    while len(tracker.ended) < 5:
        before = len(tracker.ended)
        tracker.tell()
        for thread in _threads():
            thread.join(20)
        assert len(tracker.ended) - before <= 2
    tracker.tell()
    assert {status.state for status in tracker.states(jobs).values()} == {JobState.DONE}


def test_nothing_starts_after_close(tracker: InstantTracker) -> None:
    start = datetime.now(UTC) + timedelta(milliseconds=300)
    tracker.submit(JobTemplate(remote_command="x", start_time=start), "job")
    tracker.close()
    tracker.close()
    assert _threads() == []
    assert tracker.ended == {}


def test_a_job_that_is_due_on_reopening_starts(tracker: InstantTracker) -> None:
    ledger = MemoryLedger()
    first = InstantTracker.open("session", InstantOptions(), ledger)
    first.submit(JobTemplate(remote_command="x", start_time=datetime.now(UTC) + timedelta(milliseconds=30)), "job")
    first.close()
    second = InstantTracker.open("session", InstantOptions(), ledger)
    for thread in _threads():
        thread.join(20)
    assert list(second.ended) == ["job"]
    second.close()
