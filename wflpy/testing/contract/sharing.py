"""Several trackers of one session, one after the other and at the same time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import FINAL_STATES, InvalidArgumentException, JobAction, JobState
from wflpy.testing.contract.chapter import Chapter

if TYPE_CHECKING:
    from wflpy.testing.site import Site


class Sharing(Chapter):
    """Sessions persist, and may be open more than once (7.1)."""

    def test_two_trackers_of_one_session_know_the_same_jobs(self, site: Site) -> None:
        gate = site.gate()
        other = site.open()
        job = site.submit("wait", gate)
        held = other.submit(site.template("exit", 0, submit_as_hold=True), site.key())
        gate.await_job()
        assert set(site.tracker.job_ids()) == set(other.job_ids()) == {job, held}
        assert other.state(job).state is JobState.RUNNING
        waiting = site.meanwhile(lambda: other.wait(job, site.soon, FINAL_STATES))
        gate.open()
        assert waiting.result().state is JobState.DONE
        assert other.info(job).exit_status == 0

    def test_another_session_knows_nothing_of_them(self, site: Site) -> None:
        job = site.submit("exit", 0, submit_as_hold=True)
        other = site.open("another")
        assert other.job_ids() == []
        with pytest.raises(InvalidArgumentException):
            other.state(job)

    def test_a_reopened_session_knows_jobs_that_wait_run_and_ended(self, site: Site) -> None:
        gate = site.gate()
        with site.harness.open(site.folder) as tracker:
            keys = [site.key() for _ in range(3)]
            held = tracker.submit(site.template("exit", 0, submit_as_hold=True), keys[0])
            running = tracker.submit(site.template("wait", gate, 5), keys[1])
            ended = tracker.submit(site.template("exit", 7), keys[2])
            tracker.wait(ended, site.soon, FINAL_STATES)
            gate.await_job()
        with site.harness.open(site.folder) as again:
            assert again.job_ids() == [held, running, ended]
            states = [JobState.QUEUED_HELD, JobState.RUNNING, JobState.FAILED]
            assert [status.state for status in again.states([held, running, ended]).values()] == states
            assert again.info(ended).exit_status == 7
            assert again.find(keys) == dict(zip(keys, [held, running, ended], strict=True))
            gate.open()
            assert again.wait(running, site.soon, FINAL_STATES).state is JobState.FAILED
            assert again.info(running).exit_status == 5
            again.control(held, JobAction.RELEASE)
            assert again.wait(held, site.soon, FINAL_STATES).state is JobState.DONE

    def test_a_job_that_ends_while_nobody_looks_has_its_exit_status(self, site: Site) -> None:
        gate = site.gate()
        site.submit("exit", 0)
        with site.harness.open(site.folder) as tracker:
            job = tracker.submit(site.template("wait", gate, 9), site.key())
            gate.await_job()
        site.tracker.close()
        gate.open()
        with site.harness.open(site.folder) as again:
            assert again.wait(job, site.soon, FINAL_STATES).state is JobState.FAILED
            assert again.info(job).exit_status == 9

    def test_closing_leaves_jobs_running(self, site: Site) -> None:
        gate = site.gate()
        with site.harness.open(site.folder) as tracker:
            job = tracker.submit(site.template("wait", gate), site.key())
            gate.await_job()
        assert site.state(job) is JobState.RUNNING
        gate.open()
        site.done(job)

    def test_closing_leaves_no_thread_and_can_be_done_twice(self, site: Site) -> None:
        site.tracker.close()
        before = set(threading.enumerate())
        with site.harness.open(site.folder) as tracker:
            tracker.subscribe(lambda _: None)
            job = tracker.submit(site.template("exit", 0), site.key())
            tracker.wait(job, site.soon, FINAL_STATES)
            tracker.close()
            tracker.close()
            left = [thread.name for thread in threading.enumerate() if thread not in before]
        assert not left

    def test_the_installation_is_named(self, site: Site) -> None:
        """7.1.1, 7.1.2, 8.2.1"""
        assert site.tracker.contact == site.open("another").contact
        assert site.tracker.drms_name
        assert site.tracker.drms_version.major
        assert isinstance(site.tracker.categories(), list)
