"""Bulk jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import (
    FINAL_STATES,
    PARAMETRIC_INDEX,
    DrmaaCapability,
    InvalidArgumentException,
    JobAction,
    JobInfo,
    JobState,
)
from wflpy.testing.contract.chapter import Chapter
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from wflpy.testing.site import Site


def _most_at_once(infos: list[JobInfo]) -> int:
    """The largest number of jobs that ran at the same time; an end comes before a start of the same moment."""
    moments = sorted(
        [(info.dispatch_time, 1) for info in infos if info.dispatch_time]
        + [(info.finish_time, -1) for info in infos if info.finish_time]
    )
    running = most = 0
    for _, step in moments:
        running += step
        most = max(most, running)
    return most


class Arrays(Chapter):
    """runBulkJobs (8.2.7), JobArray (8.5), the index in variables (8.6)."""

    def test_an_array_has_one_job_per_index_in_order(self, site: Site) -> None:
        array = site.array(range(1, 6), "exit", 0)
        jobs = site.tracker.array_job_ids(array)
        assert len(set(jobs)) == 5
        assert site.tracker.job_ids() == jobs
        assert site.tracker.array_ids() == [array]
        for job in jobs:
            site.done(job)

    def test_indices_go_in_steps_and_reach_the_job(self, site: Site) -> None:
        site.needs_shared_files()
        indices = range(3, 12, 4)
        array = site.array(indices, "print", PARAMETRIC_INDEX, output_path=f"{site.folder}/out.{PARAMETRIC_INDEX}")
        for job in site.tracker.array_job_ids(array):
            site.done(job)
        written = {path.name: path.read_text() for path in site.folder.glob("out.*")}
        assert written == {f"out.{index}": f"{index}\n" for index in indices}

    @pytest.mark.parametrize(
        "way",
        [("variable", "WFLPY_TASK_INDEX"), ("indirect", "DRMAA_INDEX_VAR"), ("variable", "TASK_ID")],
        ids=["own", "indirect", "alias"],
    )
    def test_a_job_finds_its_index_in_the_environment(self, site: Site, way: tuple[str, str]) -> None:
        site.needs_shared_files()
        array = site.array(range(2, 5), *way, output_path=f"{site.folder}/out.{PARAMETRIC_INDEX}")
        jobs = site.tracker.array_job_ids(array)
        for job in jobs:
            site.done(job)
        assert [(site.folder / f"out.{index}").read_text() for index in range(2, 5)] == ["2", "3", "4"]

    def test_a_job_of_an_array_knows_its_own_id(self, site: Site) -> None:
        site.needs_shared_files()
        array = site.array(range(1, 3), "variable", "WFLPY_JOB_ID", output_path=f"{site.folder}/{PARAMETRIC_INDEX}")
        jobs = site.tracker.array_job_ids(array)
        for job in jobs:
            site.done(job)
        assert [(site.folder / f"{index}").read_text() for index in (1, 2)] == jobs

    def test_names_and_variables_take_the_index(self, site: Site) -> None:
        site.needs_shared_files()
        fields: dict[str, Any] = {
            "job_name": f"part {PARAMETRIC_INDEX}",
            "job_environment": {"PART": f"no. {PARAMETRIC_INDEX}"},
            "output_path": f"{site.folder}/{PARAMETRIC_INDEX}",
        }
        array = site.array(range(1, 3), "variable", "PART", **fields)
        names = [site.done(job).job_name for job in site.tracker.array_job_ids(array)]
        assert names == ["part 1", "part 2"]
        assert [(site.folder / f"{index}").read_text() for index in (1, 2)] == ["no. 1", "no. 2"]

    def test_one_job_may_fail_alone(self, site: Site) -> None:
        array = site.array(range(1, 4), "exit", PARAMETRIC_INDEX)
        statuses = [site.ended(job).exit_status for job in site.tracker.array_job_ids(array)]
        assert statuses == [1, 2, 3]

    def test_no_more_than_max_parallel_run_at_once(self, site: Site) -> None:
        site.needs(DrmaaCapability.BULK_JOBS_MAXPARALLEL)
        gates = [site.gate(f"gate{index}") for index in range(1, 7)]
        array = site.array(range(1, 7), "wait", f"{site.folder}/gate{PARAMETRIC_INDEX}", limit=2)
        jobs = site.tracker.array_job_ids(array)
        assert len(jobs) == 6
        for job, gate in zip(jobs, gates, strict=True):
            gate.await_job()
            states = [status.state for status in site.tracker.states(jobs).values()]
            assert states.count(JobState.RUNNING) <= 2
            site.harness.pass_time(1)
            gate.open()
            site.done(job)
        assert _most_at_once(list(site.tracker.infos(jobs).values())) <= 2

    def test_an_undeclared_max_parallel_is_ignored(self, site: Site) -> None:
        site.lacks(DrmaaCapability.BULK_JOBS_MAXPARALLEL)
        gate = site.gate()
        jobs = site.tracker.array_job_ids(site.array(range(1, 3), "wait", gate, limit=1))
        for job in jobs:
            site.started(job)

    def test_a_terminated_job_makes_room_for_the_next(self, site: Site) -> None:
        site.needs(DrmaaCapability.BULK_JOBS_MAXPARALLEL)
        gate = site.gate()
        array = site.array(range(1, 4), "wait", gate, limit=1)
        jobs = site.tracker.array_job_ids(array)
        site.started(jobs[0])
        site.control(jobs[1], JobAction.TERMINATE)
        site.control(jobs[0], JobAction.TERMINATE)
        site.started(jobs[2])
        gate.open()
        site.done(jobs[2])
        assert [site.ended(job).job_sub_state for job in jobs[:2]] == [Cause.TERMINATED, Cause.TERMINATED]

    def test_a_held_array_is_released_job_by_job(self, site: Site) -> None:
        array = site.array(range(1, 4), "exit", 0, submit_as_hold=True)
        jobs = site.tracker.array_job_ids(array)
        assert {status.state for status in site.tracker.states(jobs).values()} == {JobState.QUEUED_HELD}
        site.control(jobs[1], JobAction.RELEASE)
        site.done(jobs[1])
        assert [site.state(job) for job in jobs] == [JobState.QUEUED_HELD, JobState.DONE, JobState.QUEUED_HELD]
        assert site.tracker.control_many([jobs[0], jobs[2]], JobAction.RELEASE) == {}
        for job in jobs:
            site.done(job)

    def test_the_same_key_is_the_same_array(self, site: Site) -> None:
        site.needs_shared_files()
        mark, key = site.folder / "mark", site.key()
        template = site.template("append", mark, "ran")
        array = site.tracker.submit_array(template, range(1, 4), None, key)
        assert site.tracker.submit_array(template, range(1, 4), None, key) == array
        assert site.tracker.find([key]) == {key: array}
        for job in site.tracker.array_job_ids(array):
            site.done(job)
        assert mark.read_text() == "ran\n" * 3

    def test_an_array_is_submitted_as_a_whole_or_not_at_all(self, site: Site) -> None:
        """8.2.7: a rejected template leaves no job behind."""
        other = site.submit("exit", 0)
        with pytest.raises(InvalidArgumentException):
            site.array(range(1, 4), "exit", 0, extensions={"nosuchtracker_key": "x"})
        assert site.tracker.job_ids() == [other]
        assert site.tracker.array_ids() == []

    def test_an_unknown_array_is_refused(self, site: Site) -> None:
        job = site.submit("exit", 0)
        for array in ("no-such-array", job):
            with pytest.raises(InvalidArgumentException, match=array):
                site.tracker.array_job_ids(array)

    def test_an_array_goes_with_its_last_job(self, site: Site) -> None:
        array = site.array(range(1, 4), "exit", 0)
        jobs = site.tracker.array_job_ids(array)
        for job in jobs:
            site.done(job)
        site.tracker.delete(jobs[1])
        assert site.tracker.array_job_ids(array) == [jobs[0], jobs[2]]
        site.tracker.delete(jobs[0])
        site.tracker.delete(jobs[2])
        assert site.tracker.array_ids() == []
        with pytest.raises(InvalidArgumentException):
            site.tracker.array_job_ids(array)

    def test_a_reopened_session_knows_its_arrays(self, site: Site) -> None:
        gate = site.gate()
        with site.harness.open(site.folder) as tracker:
            array = tracker.submit_array(site.template("wait", gate), range(1, 4), None, site.key())
            jobs = tracker.array_job_ids(array)
        with site.harness.open(site.folder) as again:
            assert again.array_ids() == [array]
            assert again.array_job_ids(array) == jobs
            gate.open()
            for job in jobs:
                assert again.wait(job, site.soon, FINAL_STATES).state is JobState.DONE
