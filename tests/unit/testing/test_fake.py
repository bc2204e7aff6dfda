"""The fake tracker: scripts, the clock a test turns, and faults."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import (
    FINAL_STATES,
    CpuArchitecture,
    DeniedByDrmsException,
    DrmCommunicationException,
    InvalidArgumentException,
    InvalidStateException,
    JobAction,
    JobState,
    JobTemplate,
    OperatingSystem,
    ResourceLimit,
    TryLaterException,
)
from wflpy.testing import FakeInstallation, FakeOptions, FakeProcess, FakeTracker, MemoryLedger, Script
from wflpy.tracker import Cause, StateChange

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from wflpy.testing.scripts import Steps

SOON = timedelta(seconds=20)


class Fake:
    """One tracker with its installation."""

    def __init__(self, options: FakeOptions) -> None:
        self.tracker = FakeTracker.open("session", options, MemoryLedger())
        self.installation = self.tracker.installation
        self.clock = self.installation.clock
        self._keys = count()

    def run(self, command: str = "run", **fields: Any) -> str:
        template = JobTemplate(remote_command=command, **fields)
        return self.tracker.submit(template, f"key{next(self._keys)}")

    def state(self, job_id: str) -> str:
        return self.tracker.state(job_id).state.name


@pytest.fixture
def fake() -> Iterator[Callable[..., Fake]]:
    opened: list[Fake] = []

    def open_fake(**options: Any) -> Fake:
        opened.append(Fake(FakeOptions(**options)))
        return opened[-1]

    yield open_fake
    for one in opened:
        one.tracker.close()


# Without scripts


def test_commands_end_at_once_and_well(fake: Callable[..., Fake]) -> None:
    one = fake()
    info = one.tracker.info(one.run(job_name="name", working_directory="/nowhere", output_path="/nowhere/out"))
    assert (info.job_state, info.exit_status, info.job_name, info.slots) == (JobState.DONE, 0, "name", 1)
    assert info.submission_time == info.dispatch_time == info.finish_time == one.clock.now()


def test_what_ends_at_once_looks_like_what_goes_through_the_queue(fake: Callable[..., Fake]) -> None:
    one = fake()
    quick, slow = one.run(job_name="name"), one.run(job_name="name", queue_name="default")
    infos = one.tracker.infos([quick, slow])
    assert infos[quick] == replace(infos[slow], job_id=quick)


def test_without_auto_commands_run_until_they_are_told_to_finish(fake: Callable[..., Fake]) -> None:
    one = fake(auto=False)
    jobs = [one.run() for _ in range(3)]
    assert [one.state(job) for job in jobs] == ["RUNNING"] * 3
    one.installation.finish(jobs[0])
    one.installation.finish(jobs[1], exit_status=3)
    one.installation.finish(jobs[2], signal="SIGSEGV")
    assert [one.state(job) for job in jobs] == ["DONE", "FAILED", "FAILED"]
    assert one.tracker.info(jobs[1]).exit_status == 3
    assert one.tracker.info(jobs[2]).terminating_signal == "SIGSEGV"
    with pytest.raises(InvalidStateException):
        one.installation.finish(jobs[0])


# Scripts


def test_a_script_runs_on_the_clock(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.script("run", Script(duration=10, exit_status=3))
    job = one.run()
    one.clock.advance(9.999)
    assert one.state(job) == "RUNNING"
    one.clock.advance(0.001)
    info = one.tracker.info(job)
    assert (info.job_state, info.exit_status) == (JobState.FAILED, 3)
    assert info.wallclock_time == timedelta(seconds=10)


def test_each_start_takes_the_next_script_and_the_last_one_stays(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.script("run", Script(exit_status=1), Script(signal="SIGKILL"), Script())
    assert [one.state(one.run()) for _ in range(4)] == ["FAILED", "FAILED", "DONE", "DONE"]


def test_a_start_failure_is_told_with_its_cause(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.script("run", Script(start_failure=Cause.PROGRAM_NOT_FOUND, annotation="no such program 'run'"))
    info = one.tracker.info(one.run())
    assert (info.job_sub_state, info.annotation) == (Cause.PROGRAM_NOT_FOUND, "no such program 'run'")
    assert (info.dispatch_time, info.exit_status) == (None, None)


def test_a_script_writes_its_files(fake: Callable[..., Fake], tmp_path: Path) -> None:
    one = fake()
    one.installation.script("run", Script(output="out\n", error="err\n"))
    fields = {"working_directory": str(tmp_path), "output_path": "o", "error_path": "e"}
    one.run(**fields)
    one.run(**fields, join_files=True)
    assert (tmp_path / "o").read_text() == "out\nout\nerr\n"
    assert (tmp_path / "e").read_text() == "err\n"


def test_a_program_may_be_a_generator(fake: Callable[..., Fake], tmp_path: Path) -> None:
    one = fake()
    seen: list[tuple[list[str], str, int | None]] = []
    gate = tmp_path / "gate"

    def program(process: FakeProcess) -> Steps:
        seen.append((process.args, process.environment["X"], process.index))
        yield 5
        yield gate.exists
        yield 5
        return "SIGUSR1"

    one.installation.script("run", program)
    job = one.run(args=["a"], job_environment={"X": "1"})
    one.clock.advance(100)
    assert one.state(job) == "RUNNING"
    gate.touch()
    one.installation.settle()
    assert one.state(job) == "RUNNING"
    one.clock.advance(5)
    assert one.tracker.info(job).terminating_signal == "SIGUSR1"
    assert seen == [(["a"], "1", None)]


def test_time_stands_still_for_a_suspended_job(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.script("run", Script(duration=10))
    job = one.run(resource_limits={ResourceLimit.WALLCLOCK_TIME: "15"})
    one.clock.advance(4)
    one.tracker.control(job, JobAction.SUSPEND)
    one.clock.advance(100)
    one.tracker.control(job, JobAction.RESUME)
    one.clock.advance(5.9)
    assert one.state(job) == "RUNNING"
    one.clock.advance(0.1)
    info = one.tracker.info(job)
    assert (info.job_state, info.wallclock_time) == (JobState.DONE, timedelta(seconds=10))


def test_a_requeued_job_begins_anew(fake: Callable[..., Fake]) -> None:
    one = fake(slots=1)
    one.installation.script("run", Script(duration=10))
    job, other = one.run(), one.run(priority=1)
    one.clock.advance(5)
    began = one.tracker.info(job).dispatch_time
    one.installation.requeue(job)
    assert (one.state(job), one.state(other)) == ("REQUEUED", "RUNNING")
    one.tracker.control(job, JobAction.HOLD)
    one.clock.advance(10)
    assert (one.state(job), one.state(other)) == ("REQUEUED_HELD", "DONE")
    one.tracker.control(job, JobAction.RELEASE)
    one.clock.advance(9)
    assert one.state(job) == "RUNNING"
    one.clock.advance(1)
    info = one.tracker.info(job)
    assert (info.job_state, info.dispatch_time) == (JobState.DONE, began)


def test_the_grace_lies_between_the_signals(fake: Callable[..., Fake]) -> None:
    one = fake(grace=3)
    one.installation.script("run", Script(forever=True, ignores_terminate=True))
    job = one.run()
    one.tracker.control(job, JobAction.TERMINATE)
    one.clock.advance(2.9)
    assert one.state(job) == "RUNNING"
    one.clock.advance(0.1)
    assert one.tracker.info(job).terminating_signal == "SIGKILL"


def test_slots_are_given_back_whatever_way_a_job_ends(fake: Callable[..., Fake]) -> None:
    one = fake(slots=2)
    one.installation.script("run", Script(forever=True))
    one.installation.script("bad", Script(start_failure=Cause.START_FAILED))
    first = one.run(min_slots=2)
    waiting = [one.run(min_slots=2) for _ in range(3)]
    one.run("bad")
    one.tracker.control(first, JobAction.TERMINATE)
    one.tracker.control(waiting[1], JobAction.TERMINATE)
    one.installation.vanish(waiting[0])
    assert [one.state(job) for job in waiting] == ["UNDETERMINED", "FAILED", "RUNNING"]
    one.installation.finish(waiting[2])
    assert one.state(one.run(min_slots=2)) == "RUNNING"


def test_more_slots_are_taken_when_they_are_free(fake: Callable[..., Fake]) -> None:
    one = fake(slots=4, auto=False)
    wide = one.run(min_slots=1, max_slots=3)
    narrow = one.run(min_slots=1, max_slots=3)
    assert [one.tracker.info(job).slots for job in (wide, narrow)] == [3, 1]


# Sessions and installations


def test_an_installation_belongs_to_a_contact_and_a_home(
    fake: Callable[..., Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fake(contact="a", slots=3)
    assert fake(contact="a").installation is first.installation is FakeInstallation.at("a")
    assert fake(contact="b").installation is not first.installation
    monkeypatch.setenv("WFLPY_HOME", "/elsewhere")
    assert FakeInstallation.at("a") is not first.installation
    assert first.installation.slots == 3


def test_jobs_of_another_session_are_seen_by_the_monitor_only(fake: Callable[..., Fake]) -> None:
    one = fake()
    other = FakeTracker.open("other", FakeOptions(), MemoryLedger())
    mine, theirs = one.run(), other.submit(JobTemplate(remote_command="run"), "key")
    other.close()
    assert one.tracker.job_ids() == [mine]
    assert set(one.tracker.all_job_ids()) == {mine, theirs}
    assert [queue.name for queue in one.tracker.all_queues()] == ["default"]
    (machine,) = one.tracker.all_machines()
    assert machine.name == "fakehost"
    assert machine.available


# What cannot be had


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("queueName", {"queue_name": "lang"}),
        ("jobCategory", {"job_category": "x"}),
        ("reservationId", {"reservation_id": "x"}),
        ("candidateMachines", {"candidate_machines": ["elsewhere"]}),
        ("minSlots", {"min_slots": 5}),
        ("minPhysMemory", {"min_phys_memory": 2**40}),
        ("machineOS", {"machine_os": OperatingSystem.AIX}),
        ("machineArch", {"machine_arch": CpuArchitecture.ALPHA}),
        ("resourceLimits[CPU_TIME]", {"resource_limits": {ResourceLimit.CPU_TIME: "1"}}),
        ("extensions[fake_x]", {"extensions": {"fake_x": "1"}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_never_be_met_is_refused(fake: Callable[..., Fake], name: str, field: dict[str, Any]) -> None:
    one = fake(slots=4, queues=("default", "long"))
    with pytest.raises(InvalidArgumentException) as refusal:
        one.run(**field)
    assert refusal.value.attributes == (name,)


def test_what_is_trivially_met_is_taken(fake: Callable[..., Fake]) -> None:
    one = fake(slots=4, queues=("default", "long"))
    job = one.run(
        queue_name="long",
        candidate_machines=["elsewhere", "fakehost"],
        min_slots=4,
        min_phys_memory=1,
        machine_os=OperatingSystem.LINUX,
        machine_arch=CpuArchitecture.X64,
        extensions={"slurm_qos": "x"},
    )
    info = one.tracker.info(job)
    assert (info.job_state, info.queue_name, info.slots) == (JobState.DONE, "long", 4)


def test_options_of_another_tracker_are_refused() -> None:
    with pytest.raises(InvalidArgumentException, match="takes FakeOptions, not str"):
        FakeTracker.open("session", "fake", MemoryLedger())


# Faults


def test_an_unreachable_installation_says_so_and_goes_on(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.script("run", Script(duration=5))
    job = one.run()
    one.installation.faults.unreachable = True
    questions: list[Callable[[], object]] = [
        one.run,
        one.tracker.job_ids,
        one.tracker.array_ids,
        lambda: one.tracker.state(job),
        lambda: one.tracker.info(job),
        lambda: one.tracker.find(["key0"]),
        lambda: one.tracker.control(job, JobAction.TERMINATE),
        lambda: one.tracker.delete(job),
        lambda: one.tracker.wait(job, None, FINAL_STATES),
        lambda: FakeTracker.open("session", FakeOptions(), MemoryLedger()),
    ]
    for question in questions:
        with pytest.raises(DrmCommunicationException) as failure:
            question()
        assert failure.value.transient
    one.clock.advance(10)
    one.installation.faults.unreachable = False
    assert one.state(job) == "DONE"


def test_submissions_are_refused_as_often_as_wanted(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.faults.refuse(TryLaterException("busy"), times=2)
    one.installation.faults.refuse(DeniedByDrmsException("no"))
    outcomes = one.tracker.submit_many([(JobTemplate(remote_command="run"), str(number)) for number in range(5)])
    assert [type(outcome) for outcome in outcomes] == [
        TryLaterException, TryLaterException, DeniedByDrmsException, str, str,
    ]  # fmt: skip
    one.installation.faults.refuse(TryLaterException("busy"))
    with pytest.raises(TryLaterException):
        one.tracker.submit_array(JobTemplate(remote_command="run"), range(1, 3), None, "array")
    assert len(one.tracker.job_ids()) == 2


def test_a_lost_answer_leaves_a_job_that_the_key_finds(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.faults.lose_answers()
    with pytest.raises(DrmCommunicationException):
        one.run()
    (job,) = one.tracker.job_ids()
    assert one.tracker.find(["key0"]) == {"key0": job}
    assert one.tracker.submit(JobTemplate(remote_command="run"), "key0") == job


def test_a_job_may_vanish(fake: Callable[..., Fake]) -> None:
    one = fake(auto=False)
    job = one.run()
    one.installation.vanish(job)
    info = one.tracker.info(job)
    assert (info.job_state, info.job_sub_state) == (JobState.UNDETERMINED, Cause.LOST)
    assert info.annotation
    assert one.tracker.wait(job, None, {JobState.DONE}).state is JobState.UNDETERMINED


def test_events_may_come_twice(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.faults.duplicate_events = True
    told: list[StateChange] = []
    one.tracker.subscribe(told.extend)
    one.run()
    one.installation.settle()
    assert [change.state.name for change in told] == ["QUEUED"] * 2 + ["RUNNING"] * 2 + ["DONE"] * 2


# Delivery


def test_all_is_delivered_when_the_clock_has_been_turned(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.script("run", Script(duration=1))
    told: list[StateChange] = []
    one.tracker.subscribe(told.extend)
    for number in range(1, 20):
        one.run()
        one.clock.advance(1)
        assert len(told) == 3 * number


def test_changes_come_from_a_thread_of_their_own_in_batches(fake: Callable[..., Fake]) -> None:
    one = fake()
    batches: list[tuple[str, int]] = []
    one.tracker.subscribe(lambda changes: batches.append((threading.current_thread().name, len(changes))))
    one.tracker.submit_many([(JobTemplate(remote_command="run"), str(number)) for number in range(100)])
    one.installation.settle()
    assert batches == [("wflpy-fake-session", 300)]


def test_a_subscriber_that_blocks_does_not_block_submission(fake: Callable[..., Fake]) -> None:
    one = fake()
    go_on = threading.Event()

    def wait(_: object) -> None:
        go_on.wait(20)

    one.tracker.subscribe(wait)
    for _ in range(10):
        one.run()
    assert len(one.tracker.job_ids()) == 10
    go_on.set()


def test_nothing_is_delivered_and_no_thread_started_while_nobody_listens(fake: Callable[..., Fake]) -> None:
    one = fake()
    before = set(threading.enumerate())
    job = one.run()
    assert one.tracker.wait(job, None, FINAL_STATES).state is JobState.DONE
    assert set(threading.enumerate()) == before


def test_a_waiter_is_woken_by_whoever_turns_the_clock(fake: Callable[..., Fake]) -> None:
    one = fake()
    one.installation.script("run", Script(duration=1))
    job = one.run()
    with _turning(one):
        assert one.tracker.wait(job, SOON, FINAL_STATES).state is JobState.DONE


@contextmanager
def _turning(one: Fake) -> Generator[None]:
    thread = threading.Thread(target=lambda: one.clock.advance(1))
    thread.start()
    yield
    thread.join()


# Weight and speed


def test_the_fake_tracker_needs_no_pytest() -> None:
    program = (
        "import sys; from wflpy.tracker import tracker_class; tracker_class('fake'); "
        "from wflpy.testing import FakeClock, PlainFakeTracker, Script, Harness; sys.exit('pytest' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-I", "-c", program], check=False).returncode == 0


def test_a_hundred_thousand_jobs_are_a_matter_of_seconds(fake: Callable[..., Fake]) -> None:
    """The exact speed is for the benchmark to tell; this finds what grows faster than the number of jobs."""
    one = fake()
    ended = [0]
    one.tracker.subscribe(lambda changes: ended.__setitem__(0, ended[0] + sum(c.info is not None for c in changes)))
    template = JobTemplate(remote_command="true", args=["x"])

    def run(first: int, number: int) -> float:
        begun = time.perf_counter()
        for start in range(first, first + number, 500):
            one.tracker.submit_many([(template, f"w{key}") for key in range(start, start + 500)])
        one.installation.settle()
        return time.perf_counter() - begun

    run(0, 5_000)
    early = run(5_000, 10_000)
    run(15_000, 10_000)
    late = run(25_000, 10_000)
    assert ended == [35_000]
    assert late < 4 * early + 0.2
