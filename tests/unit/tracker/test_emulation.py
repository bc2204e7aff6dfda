"""Hold, start time, deadline and arrays over a backend that only runs jobs: what the conformance suite cannot reach."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import (
    FINAL_STATES,
    PARAMETRIC_INDEX,
    DeniedByDrmsException,
    DrmCommunicationException,
    JobAction,
    JobState,
    JobStatus,
    JobTemplate,
    TryLaterException,
    UnsupportedOperationException,
)
from wflpy.testing import FakeInstallation, FakeOptions, MemoryLedger, PlainFakeTracker, Script
from wflpy.tracker import Cause, StateChange
from wflpy.tracker.entries import WAITING_FOR_CLIENT

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from wflpy.testing import FakeClock

SOON = timedelta(seconds=20)
WAITING = JobStatus(JobState.QUEUED, WAITING_FOR_CLIENT)
RUN = JobTemplate(remote_command="run")


class World:
    """An installation where ``run`` takes a minute, and one ledger."""

    def __init__(self) -> None:
        self.installation = FakeInstallation.at("emulation")
        self.installation.script("run", Script(duration=60))
        self.ledger = MemoryLedger()

    @property
    def clock(self) -> FakeClock:
        return self.installation.clock

    @contextmanager
    def open(self) -> Generator[PlainFakeTracker]:
        tracker = PlainFakeTracker.open("session", FakeOptions(contact="emulation"), self.ledger)
        try:
            self.installation.settle()
            yield tracker
        finally:
            tracker.close()

    def known(self) -> list[str]:
        """The jobs that the backend has."""
        return self.installation.job_ids()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def tracker(world: World) -> Iterator[PlainFakeTracker]:
    with world.open() as tracker:
        yield tracker


def _states(tracker: PlainFakeTracker, job_ids: Sequence[str]) -> list[str]:
    return [status.state.name for status in tracker.states(job_ids).values()]


def _array(tracker: PlainFakeTracker, count: int, limit: int | None, **fields: Any) -> list[str]:
    template = JobTemplate(remote_command="run", **fields)
    return tracker.array_job_ids(tracker.submit_array(template, range(1, count + 1), limit, "array"))


# Waiting on this side


def test_a_job_that_waits_is_not_known_to_the_backend(world: World, tracker: PlainFakeTracker) -> None:
    held = tracker.submit(JobTemplate(remote_command="run", submit_as_hold=True), "held")
    later = tracker.submit(JobTemplate(remote_command="run", start_time=world.clock.now() + timedelta(hours=1)), "late")
    assert tracker.states([held, later]) == {held: JobStatus(JobState.QUEUED_HELD), later: WAITING}
    assert world.known() == []


def test_a_job_that_waits_for_its_start_can_be_held(world: World, tracker: PlainFakeTracker) -> None:
    start = world.clock.now() + timedelta(seconds=10)
    job = tracker.submit(JobTemplate(remote_command="run", start_time=start), "job")
    tracker.control(job, JobAction.HOLD)
    world.clock.advance(20)
    assert tracker.state(job) == JobStatus(JobState.QUEUED_HELD)
    tracker.control(job, JobAction.RELEASE)
    world.installation.settle()
    assert tracker.state(job).state is JobState.RUNNING


def test_a_job_that_waits_at_the_backend_cannot_be_held(world: World) -> None:
    options = FakeOptions(contact="narrow", slots=1, auto=False)
    tracker = PlainFakeTracker.open("session", options, world.ledger)
    tracker.submit(RUN, "first")
    job = tracker.submit(RUN, "second")
    assert tracker.state(job) == JobStatus(JobState.QUEUED)
    with pytest.raises(UnsupportedOperationException, match="job second cannot be held any more"):
        tracker.control(job, JobAction.HOLD)
    later = tracker.submit(
        JobTemplate(remote_command="x", start_time=tracker.installation.clock.now() + timedelta(hours=1)), "later"
    )
    refusals = tracker.control_many([job, later], JobAction.HOLD)
    assert (list(refusals), tracker.state(later).state) == ([job], JobState.QUEUED_HELD)
    with pytest.raises(UnsupportedOperationException, match="cannot suspend"):
        tracker.control_many([job], JobAction.SUSPEND)
    tracker.close()


def test_the_submission_is_when_it_was_accepted_and_stays(world: World, tracker: PlainFakeTracker) -> None:
    accepted = world.clock.now()
    job = tracker.submit(JobTemplate(remote_command="run", submit_as_hold=True), "job")
    world.clock.advance(5)
    tracker.control(job, JobAction.RELEASE)
    world.clock.advance(100)
    info = tracker.info(job)
    assert (info.job_state, info.submission_time) == (JobState.DONE, accepted)
    assert info.dispatch_time == accepted + timedelta(seconds=5)


def test_a_template_is_given_back_as_it_was_submitted(world: World, tracker: PlainFakeTracker) -> None:
    template = JobTemplate(
        remote_command="run",
        args=[PARAMETRIC_INDEX],
        submit_as_hold=True,
        start_time=world.clock.now(),
        deadline_time=world.clock.now() + timedelta(hours=1),
    )
    array = tracker.submit_array(template, range(1, 3), None, "array")
    assert tracker.template(array) == template
    assert tracker.template(tracker.array_job_ids(array)[1]).args == ["2"]
    job = tracker.submit(RUN, "job")
    tracker.template(job).remote_command = "changed"
    assert tracker.template(job) == RUN


# Nobody there


def test_what_fell_due_while_nobody_was_there_happens_on_reopening(world: World) -> None:
    now = world.clock.now()
    with world.open() as tracker:
        start = tracker.submit(JobTemplate(remote_command="run", start_time=now + timedelta(seconds=10)), "start")
        deadline = now + timedelta(seconds=10)
        missed = JobTemplate(remote_command="run", submit_as_hold=True, deadline_time=deadline)
        tracker.submit(missed, "missed")
        held = tracker.submit(JobTemplate(remote_command="run", submit_as_hold=True), "held")
    world.clock.advance(20)
    assert world.known() == []
    with world.open() as tracker:
        assert world.known() == ["start"]
        assert tracker.state(start).state is JobState.RUNNING
        assert tracker.info("missed").job_sub_state == Cause.DEADLINE
        assert tracker.state(held).state is JobState.QUEUED_HELD


def test_a_deadline_ends_a_running_job_when_somebody_comes_back(world: World) -> None:
    with world.open() as tracker:
        deadline = world.clock.now() + timedelta(seconds=10)
        job = tracker.submit(JobTemplate(remote_command="run", deadline_time=deadline), "job")
    world.clock.advance(20)
    with world.open() as tracker:
        info = tracker.info(job)
        assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.DEADLINE)
        assert "deadline" in (info.annotation or "")


def test_an_array_goes_on_where_it_was(world: World) -> None:
    with world.open() as tracker:
        jobs = _array(tracker, 5, 2)
        assert world.known() == jobs[:2]
    world.clock.advance(100)
    assert world.known() == jobs[:2]
    with world.open() as tracker:
        assert _states(tracker, jobs) == ["DONE", "DONE", "RUNNING", "RUNNING", "QUEUED"]
        world.clock.advance(60)
        assert _states(tracker, jobs) == ["DONE"] * 4 + ["RUNNING"]
        world.clock.advance(60)
        assert _states(tracker, jobs) == ["DONE"] * 5


def test_a_limit_holds_on_reopening_whatever_comes_first(world: World) -> None:
    with world.open() as tracker:
        jobs = _array(tracker, 4, 2)
        world.clock.advance(1)
        tracker.control(jobs[2], JobAction.HOLD)
        tracker.control(jobs[0], JobAction.TERMINATE)
        world.installation.settle()
        assert _states(tracker, jobs) == ["FAILED", "RUNNING", "QUEUED_HELD", "RUNNING"]
        tracker.control(jobs[2], JobAction.RELEASE)
    with world.open() as tracker:
        assert _states(tracker, jobs) == ["FAILED", "RUNNING", "QUEUED", "RUNNING"]


def test_the_end_that_nobody_saw_is_told_on_reopening_only_if_asked(world: World) -> None:
    with world.open() as tracker:
        job = tracker.submit(RUN, "job")
    world.clock.advance(100)
    with world.open() as tracker:
        assert tracker.wait(job, SOON, FINAL_STATES).state is JobState.DONE
        assert tracker.info(job).finish_time is not None


# Throttle


def test_jobs_of_an_array_go_one_after_the_other(world: World, tracker: PlainFakeTracker) -> None:
    jobs = _array(tracker, 4, 1)
    for place in range(4):
        assert _states(tracker, jobs) == ["DONE"] * place + ["RUNNING"] + ["QUEUED"] * (3 - place)
        world.clock.advance(60)
    assert _states(tracker, jobs) == ["DONE"] * 4


def test_a_held_job_of_an_array_lets_the_next_go_first(world: World, tracker: PlainFakeTracker) -> None:
    jobs = _array(tracker, 3, 1)
    tracker.control(jobs[1], JobAction.HOLD)
    world.clock.advance(60)
    assert _states(tracker, jobs) == ["DONE", "QUEUED_HELD", "RUNNING"]
    tracker.control(jobs[1], JobAction.RELEASE)
    world.clock.advance(60)
    assert _states(tracker, jobs) == ["DONE", "RUNNING", "DONE"]


def test_an_array_with_a_start_time_waits_as_a_whole(world: World, tracker: PlainFakeTracker) -> None:
    jobs = _array(tracker, 3, 2, start_time=world.clock.now() + timedelta(seconds=10))
    assert world.known() == []
    world.clock.advance(10)
    assert _states(tracker, jobs) == ["RUNNING", "RUNNING", "QUEUED"]


# A backend that refuses


def test_a_refused_job_does_not_exist(world: World, tracker: PlainFakeTracker) -> None:
    world.installation.faults.refuse(DeniedByDrmsException("no"))
    with pytest.raises(DeniedByDrmsException):
        tracker.submit(RUN, "job")
    assert tracker.job_ids() == []
    assert tracker.submit(RUN, "job") == "job"


def test_a_job_that_is_refused_after_it_waited_has_failed(world: World, tracker: PlainFakeTracker) -> None:
    job = tracker.submit(JobTemplate(remote_command="run", submit_as_hold=True), "job")
    world.installation.faults.refuse(DeniedByDrmsException("no room for you"))
    tracker.control(job, JobAction.RELEASE)
    info = tracker.info(job)
    assert (info.job_state, info.job_sub_state) == (JobState.FAILED, Cause.START_FAILED)
    assert info.annotation == "the backend refused it: no room for you"


def test_a_backend_that_is_busy_is_asked_again_with_growing_pauses(world: World, tracker: PlainFakeTracker) -> None:
    job = tracker.submit(JobTemplate(remote_command="run", submit_as_hold=True), "job")
    world.installation.faults.refuse(TryLaterException("busy"), times=3)
    tracker.control(job, JobAction.RELEASE)
    for pause in (1, 2, 4):
        assert tracker.state(job) == WAITING
        world.clock.advance(pause - 0.5)
        assert tracker.state(job) == WAITING
        world.clock.advance(0.5)
    assert tracker.state(job).state is JobState.RUNNING


def test_a_job_that_waits_for_a_busy_backend_can_be_terminated(world: World, tracker: PlainFakeTracker) -> None:
    job = tracker.submit(JobTemplate(remote_command="run", submit_as_hold=True), "job")
    world.installation.faults.refuse(TryLaterException("busy"))
    tracker.control(job, JobAction.RELEASE)
    tracker.control(job, JobAction.TERMINATE)
    world.clock.advance(10)
    assert world.known() == []
    assert tracker.info(job).job_sub_state == Cause.TERMINATED


@pytest.mark.parametrize("good", [0, 1, 3])
def test_one_refused_job_takes_the_whole_array_back(
    world: World, tracker: PlainFakeTracker, monkeypatch: pytest.MonkeyPatch, good: int
) -> None:
    """8.2.7"""
    told: list[StateChange] = []
    tracker.subscribe(told.extend)
    submit = tracker.backend_submit
    left = [DeniedByDrmsException("no more"), *[None] * good]

    def refuse(job_id: str, template: JobTemplate, index: int | None) -> None:
        refusal = left.pop()
        if refusal is not None:
            raise refusal
        submit(job_id, template, index)

    monkeypatch.setattr(tracker, "backend_submit", refuse)
    with pytest.raises(DeniedByDrmsException, match="no more"):
        tracker.submit_array(RUN, range(1, 6), None, "array")
    world.installation.settle()
    assert (tracker.job_ids(), tracker.array_ids(), tracker.find(["array"])) == ([], [], {})
    assert told == []
    assert dict(world.ledger.records("pending")) == {}
    assert len(world.known()) == good, "they are ended, not forgotten, at the backend"


def test_an_array_goes_on_when_the_backend_is_busy(world: World, tracker: PlainFakeTracker) -> None:
    world.installation.faults.refuse(TryLaterException("busy"), times=2)
    jobs = _array(tracker, 3, None)
    assert _states(tracker, jobs) == ["QUEUED", "QUEUED", "RUNNING"]
    world.clock.advance(1)
    assert _states(tracker, jobs) == ["RUNNING"] * 3


# A backend that cannot be reached


def test_a_lost_answer_leaves_one_job(world: World, tracker: PlainFakeTracker) -> None:
    world.installation.faults.lose_answers()
    with pytest.raises(DrmCommunicationException):
        tracker.submit(RUN, "job")
    assert tracker.find(["job"]) == {"job": "job"}
    assert tracker.submit(RUN, "job") == "job"
    assert world.known() == ["job"]
    assert tracker.job_ids() == ["job"]


def test_a_submission_that_never_arrived_leaves_no_job_and_can_be_repeated(
    world: World, tracker: PlainFakeTracker
) -> None:
    world.installation.faults.refuse(TryLaterException("busy"))
    with pytest.raises(TryLaterException):
        tracker.submit(RUN, "job")
    assert (tracker.find(["job"]), tracker.job_ids()) == ({}, [])
    assert tracker.submit(RUN, "job") == "job"
    assert tracker.job_ids() == ["job"]


def test_a_lost_answer_is_cleared_up_on_reopening(world: World) -> None:
    with world.open() as tracker:
        world.installation.faults.lose_answers()
        with pytest.raises(DrmCommunicationException):
            tracker.submit(RUN, "job")
    with world.open() as tracker:
        assert tracker.job_ids() == ["job"]
        assert tracker.state("job").state is JobState.RUNNING


def test_a_deadline_is_kept_when_the_backend_is_back(world: World, tracker: PlainFakeTracker) -> None:
    deadline = world.clock.now() + timedelta(seconds=10)
    job = tracker.submit(JobTemplate(remote_command="run", deadline_time=deadline), "job")
    world.installation.faults.unreachable = True
    world.clock.advance(11)
    world.installation.faults.unreachable = False
    world.clock.advance(1)
    assert tracker.info(job).job_sub_state == Cause.DEADLINE


def test_a_job_that_ends_before_its_deadline_is_left_alone(world: World, tracker: PlainFakeTracker) -> None:
    deadline = world.clock.now() + timedelta(seconds=90)
    job = tracker.submit(JobTemplate(remote_command="run", deadline_time=deadline), "job")
    world.clock.advance(200)
    assert tracker.info(job).job_state is JobState.DONE


# A backend that forgets


def test_a_job_that_the_backend_forgot_is_undetermined_and_no_wait_hangs(world: World) -> None:
    with world.open() as tracker:
        job = tracker.submit(RUN, "job")
    record = dict(world.ledger.records("pending")["job"])
    world.ledger.put("pending", "other", record)
    with world.open() as tracker:
        assert tracker.state("other") == JobStatus(JobState.UNDETERMINED, Cause.LOST)
        assert tracker.wait("other", None, FINAL_STATES).state is JobState.UNDETERMINED
        assert "knows this job no more" in (tracker.info("other").annotation or "")
        assert tracker.state(job).state is JobState.RUNNING


def test_the_end_of_a_job_is_known_after_the_backend_forgot_it(world: World, tracker: PlainFakeTracker) -> None:
    job = tracker.submit(RUN, "job")
    world.clock.advance(100)
    info = tracker.info(job)
    tracker.backend_delete(job)
    assert tracker.info(job) == info
    tracker.delete(job)
    assert tracker.job_ids() == []


# What is told


def test_the_story_of_a_job_that_waited_is_told_once(world: World, tracker: PlainFakeTracker) -> None:
    told: list[StateChange] = []
    tracker.subscribe(told.extend)
    start = world.clock.now() + timedelta(seconds=10)
    job = tracker.submit(JobTemplate(remote_command="run", submit_as_hold=True, start_time=start), "job")
    tracker.control(job, JobAction.RELEASE)
    world.clock.advance(100)
    assert [(change.state.name, change.sub_state) for change in told] == [
        ("QUEUED_HELD", None),
        ("QUEUED", WAITING_FOR_CLIENT),
        ("RUNNING", None),
        ("DONE", None),
    ]
    assert told[-1].info == tracker.info(job)


def test_a_job_that_is_deleted_at_once_is_still_told_once(world: World, tracker: PlainFakeTracker) -> None:
    world.installation.script("run", Script())
    told: list[StateChange] = []
    tracker.subscribe(told.extend)
    for number in range(50):
        job = tracker.submit(RUN, f"job{number}")
        tracker.wait(job, SOON, FINAL_STATES)
        tracker.delete(job)
    world.installation.settle()
    assert [change.job_id for change in told if change.state in FINAL_STATES] == [f"job{n}" for n in range(50)]


def test_events_that_come_twice_are_told_once(world: World, tracker: PlainFakeTracker) -> None:
    world.installation.faults.duplicate_events = True
    told: list[StateChange] = []
    tracker.subscribe(told.extend)
    tracker.submit(RUN, "job")
    world.clock.advance(100)
    assert [change.state.name for change in told] == ["QUEUED", "RUNNING", "DONE"]


# Threads


def test_there_is_no_thread_while_nothing_waits(world: World) -> None:
    before = set(threading.enumerate())
    with world.open() as tracker:
        tracker.job_ids()
        assert set(threading.enumerate()) == before


def test_several_threads_submit_and_wait(tracker: PlainFakeTracker, world: World) -> None:
    world.installation.script("run", Script())
    ends: list[JobState] = []

    def work(name: str) -> None:
        for number in range(20):
            job = tracker.submit(JobTemplate(remote_command="run", submit_as_hold=bool(number % 2)), f"{name}-{number}")
            if number % 2:
                tracker.control(job, JobAction.RELEASE)
            ends.append(tracker.wait(job, SOON, FINAL_STATES).state)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ends == [JobState.DONE] * 80
