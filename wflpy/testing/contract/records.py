"""What is known of jobs, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import (
    FINAL_STATES,
    ZERO_TIME,
    InvalidArgumentException,
    InvalidStateException,
    JobAction,
    JobState,
)
from wflpy.testing.contract.chapter import Chapter
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.testing.site import Site
    from wflpy.tracker import JobTracker

QUESTIONS: dict[str, Callable[[JobTracker, str], object]] = {
    "state": lambda tracker, job: tracker.state(job),
    "states": lambda tracker, job: tracker.states([job]),
    "info": lambda tracker, job: tracker.info(job),
    "infos": lambda tracker, job: tracker.infos([job]),
    "hold": lambda tracker, job: tracker.control(job, JobAction.HOLD),
    "release": lambda tracker, job: tracker.control(job, JobAction.RELEASE),
    "terminate": lambda tracker, job: tracker.control(job, JobAction.TERMINATE),
    "delete": lambda tracker, job: tracker.delete(job),
    "wait": lambda tracker, job: tracker.wait(job, ZERO_TIME, FINAL_STATES),
}


class Records(Chapter):
    """JobInfo (5.5), reap (8.4.5), keys."""

    def test_a_job_that_waits_has_no_end_and_no_start(self, site: Site) -> None:
        job = site.submit("exit", 0, job_name="some name", submit_as_hold=True)
        info = site.tracker.info(job)
        assert (info.job_id, info.job_name, info.job_state) == (job, "some name", JobState.QUEUED_HELD)
        assert info.submission_time is not None
        assert (info.exit_status, info.terminating_signal, info.finish_time, info.dispatch_time) == (None,) * 4

    def test_a_job_that_runs_has_a_start(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("wait", gate)
        gate.await_job()
        info = site.tracker.info(job)
        assert (info.job_id, info.job_state, info.exit_status, info.finish_time) == (job, JobState.RUNNING, None, None)
        assert info.dispatch_time is not None
        assert info.submission_time is not None
        assert info.dispatch_time >= info.submission_time
        assert info.allocated_machines
        assert all(slot.machine_name for slot in info.allocated_machines)
        assert info.wallclock_time is not None
        assert info.wallclock_time >= ZERO_TIME

    def test_a_job_that_has_ended_has_everything(self, site: Site) -> None:
        info = site.done(site.submit("exit", 0, job_name="some name"))
        assert info.job_name == "some name"
        assert info.submission_time is not None
        assert info.dispatch_time is not None
        assert info.finish_time is not None
        assert info.submission_time <= info.dispatch_time <= info.finish_time
        assert info.submission_time.utcoffset() is not None
        assert info.wallclock_time is not None
        assert info.wallclock_time <= info.finish_time - info.submission_time
        assert (info.slots or 0) >= 1
        if Ability.RUSAGE in site.tracker.abilities:
            assert info.cpu_time is not None

    def test_the_final_snapshot_stays(self, site: Site) -> None:
        job = site.submit("exit", 3)
        first = site.ended(job)
        site.harness.pass_time(10)
        assert site.tracker.info(job) == first

    def test_states_and_infos_of_several_jobs_come_together(self, site: Site) -> None:
        jobs = [site.submit("exit", 0), site.submit("exit", 3), site.submit("exit", 0, submit_as_hold=True)]
        for job in jobs[:2]:
            site.ended(job)
        expected = dict(zip(jobs, (JobState.DONE, JobState.FAILED, JobState.QUEUED_HELD), strict=True))
        assert {job: status.state for job, status in site.tracker.states(jobs).items()} == expected
        assert {job: info.job_state for job, info in site.tracker.infos(jobs).items()} == expected

    def test_jobs_are_listed_in_the_order_of_their_submission(self, site: Site) -> None:
        jobs = [site.submit("exit", 0, submit_as_hold=bool(number % 2)) for number in range(6)]
        assert site.tracker.job_ids() == jobs

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_an_unknown_job_is_refused(self, site: Site, question: str) -> None:
        site.submit("exit", 0)
        with pytest.raises(InvalidArgumentException, match="no-such-job"):
            QUESTIONS[question](site.tracker, "no-such-job")

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_a_deleted_job_is_unknown(self, site: Site, question: str) -> None:
        job, other = site.submit("exit", 0), site.submit("exit", 3)
        site.done(job)
        site.tracker.delete(job)
        with pytest.raises(InvalidArgumentException, match=job):
            QUESTIONS[question](site.tracker, job)
        assert site.tracker.job_ids() == [other]

    def test_only_jobs_that_have_ended_can_be_deleted(self, site: Site) -> None:
        gate = site.gate()
        jobs = [site.submit("wait", gate), site.submit("exit", 0, submit_as_hold=True)]
        site.started(jobs[0])
        for job in jobs:
            with pytest.raises(InvalidStateException, match=job):
                site.tracker.delete(job)
        assert site.tracker.job_ids() == jobs

    def test_a_forgotten_session_has_no_ended_jobs(self, site: Site) -> None:
        """7.1.10: jobs are unaffected when their session is destroyed."""
        gate = site.gate()
        ended, running = site.submit("exit", 0), site.submit("wait", gate)
        site.done(ended)
        gate.await_job()
        site.tracker.forget()
        site.tracker.close()
        again = site.open()
        assert ended not in again.job_ids()
        if running in again.job_ids():
            assert again.state(running).state is JobState.RUNNING

    def test_a_deleted_job_is_not_found_by_its_key(self, site: Site) -> None:
        key = site.key()
        job = site.tracker.submit(site.template("exit", 0), key)
        site.done(job)
        site.tracker.delete(job)
        assert site.tracker.find([key]) == {}

    @pytest.mark.parametrize("held", [False, True], ids=["at-once", "held"])
    def test_the_same_key_is_the_same_job(self, site: Site, held: bool) -> None:
        mark, key = site.folder / "mark", site.key()
        template = site.template("append", mark, "ran", submit_as_hold=held)
        job = site.tracker.submit(template, key)
        assert site.tracker.submit(template, key) == job
        assert site.tracker.submit_many([(template, key)]) == [job]
        if held:
            site.control(job, JobAction.RELEASE)
        site.done(job)
        assert site.tracker.submit(template, key) == job
        assert site.tracker.job_ids() == [job]
        assert mark.read_text() == "ran\n"

    def test_jobs_are_found_by_their_keys(self, site: Site) -> None:
        keys = [site.key() for _ in range(3)]
        ran = site.tracker.submit(site.template("exit", 0), keys[0])
        held = site.tracker.submit(site.template("exit", 0, submit_as_hold=True), keys[1])
        site.done(ran)
        assert site.tracker.find(keys) == {keys[0]: ran, keys[1]: held}
        assert site.tracker.find([]) == {}

    def test_many_jobs_are_submitted_at_once(self, site: Site) -> None:
        keys = [site.key() for _ in range(20)]
        template = site.template("exit", 0)
        jobs = site.tracker.submit_many([(template, key) for key in keys])
        ids = [job for job in jobs if isinstance(job, str)]
        assert len(set(ids)) == len(keys)
        assert site.tracker.find(keys) == dict(zip(keys, ids, strict=True))
        for job in ids:
            site.done(job)
