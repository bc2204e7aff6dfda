"""Bulk jobs and job arrays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from wflpy.drmaa2 import (
    PARAMETRIC_INDEX,
    DrmaaCapability,
    InvalidArgumentException,
    InvalidStateException,
    JobState,
    UnsupportedAttributeException,
)
from wflpy.testing.contract.refusals import OPTIONAL
from wflpy.testing.session_contract.chapter import SessionChapter
from wflpy.testing.session_site import SESSION

if TYPE_CHECKING:
    from wflpy.testing.session_site import SessionSite

WRONG: Final[dict[str, tuple[tuple[Any, Any, Any], str]]] = {
    "begin 0": ((0, 3, 1), "beginIndex"),
    "begin negative": ((-2, 3, 1), "beginIndex"),
    "end before begin": ((3, 2, 1), "endIndex"),
    "step 0": ((1, 3, 0), "step"),
    "step negative": ((3, 1, -1), "endIndex"),
    "begin no number": (("1", 3, 1), "beginIndex"),
    "end a fraction": ((1, 2.5, 1), "endIndex"),
    "step a truth": ((1, 3, True), "step"),
}
"""What is wrong -> begin, end and step, and the argument at fault."""


class Bulk(SessionChapter):
    """runBulkJobs (8.2.7), getJobArray (8.2.5), JobArray (8.5), indirect environment variables (8.6)."""

    @pytest.mark.parametrize(
        ("begin", "end", "step", "indices"),
        [(1, 1, 1, [1]), (1, 4, 1, [1, 2, 3, 4]), (3, 11, 4, [3, 7, 11]), (2, 9, 3, [2, 5, 8]), (5, 6, 100, [5])],
    )
    def test_there_is_one_job_per_index_in_order(
        self, site: SessionSite, begin: int, end: int, step: int, indices: list[int]
    ) -> None:
        """8.2.7: begin, begin + step, ...; the last may be below end (B4, B9); 8.5.2: whatever their state."""
        array = site.bulk(begin, end, step, "exit", PARAMETRIC_INDEX)
        assert len({job.job_id for job in array.jobs}) == len(indices)
        assert [site.end_of(job).exit_status for job in array.jobs] == indices
        assert site.session.get_jobs() == array.jobs

    @pytest.mark.parametrize("wrong", WRONG)
    def test_wrong_indices_are_refused_and_nothing_is_submitted(self, site: SessionSite, wrong: str) -> None:
        """8.2.7 (B1, B2, B3, A5)"""
        indices, argument = WRONG[wrong]
        with pytest.raises(InvalidArgumentException) as refusal:
            site.bulk(*indices, "exit", 0)
        assert refusal.value.attributes == (argument,)
        assert site.session.get_jobs() == []

    def test_each_job_equals_the_template_but_for_the_index(self, site: SessionSite) -> None:
        """8.2.7, 8.4.3 (B5)"""
        fields: dict[str, Any] = {"job_name": f"part {PARAMETRIC_INDEX}", "submit_as_hold": True, "priority": 2}
        array = site.bulk(4, 5, 1, "print", f"<{PARAMETRIC_INDEX}>", **fields)
        for index, job in zip((4, 5), array.jobs, strict=True):
            expected = site.template("print", f"<{index}>", **{**fields, "job_name": f"part {index}"})
            assert job.job_template == expected
            assert job.get_info().job_name == f"part {index}"

    def test_the_template_of_the_array_is_the_submitted_one(self, site: SessionSite) -> None:
        """8.5.4: placeholders unexpanded, and by value (A16)."""
        template = site.template("print", PARAMETRIC_INDEX, submit_as_hold=True)
        kept = template.copy()
        array = site.session.run_bulk_jobs(template, 1, 2)
        template.args = None
        array.job_template.args = None
        assert array.job_template == kept
        again = site.another_manager().open_job_session(SESSION).get_job_array(array.job_array_id)
        assert again.job_template == kept

    @pytest.mark.parametrize("fields", [{"queue_name": "no-such-queue"}, {"min_slots": 0}, {"args": ["a\0b"]}], ids=str)
    def test_a_rejected_template_leaves_no_job(self, site: SessionSite, fields: dict[str, Any]) -> None:
        """8.2.7: all or none (B6)."""
        template = site.template("exit", 0)
        for name, value in fields.items():
            setattr(template, name, value)
        with pytest.raises(InvalidArgumentException):
            site.session.run_bulk_jobs(template, 1, 3)
        assert site.session.get_jobs() == []

    @pytest.mark.parametrize("attribute", OPTIONAL)
    def test_an_unsupported_attribute_leaves_no_job(self, site: SessionSite, attribute: str) -> None:
        """5.7, 8.2.7 (B6, G17)"""
        capability, value = OPTIONAL[attribute]
        site.lacks(capability)
        value = site.harness.now() + timedelta(hours=1) if value is None else value
        with pytest.raises(UnsupportedAttributeException):
            site.bulk(1, 3, 1, "exit", 0, **{attribute: value})
        assert site.session.get_jobs() == []

    def test_max_parallel_is_kept_or_ignored_as_declared(self, site: SessionSite) -> None:
        """8.2.7 (B7, A8)"""
        gate = site.gate()
        array = site.session.run_bulk_jobs(site.template("wait", gate), 1, 2, max_parallel=1)
        first, second = array.jobs
        first.wait_started(site.soon)
        if site.has(DrmaaCapability.BULK_JOBS_MAXPARALLEL):
            assert second.state is JobState.QUEUED
        gate.open()
        for job in array.jobs:
            assert site.end_of(job).job_state is JobState.DONE
        if site.has(DrmaaCapability.BULK_JOBS_MAXPARALLEL):
            begin, end = second.get_info().dispatch_time, first.get_info().finish_time
            assert begin is not None
            assert end is not None
            assert begin >= end

    @pytest.mark.parametrize("wrong", [0, -1])
    def test_a_max_parallel_below_one_is_refused_or_ignored_as_declared(self, site: SessionSite, wrong: int) -> None:
        """8.2.7 (B7, B8, A8)"""
        template = site.template("exit", 0)
        if not site.has(DrmaaCapability.BULK_JOBS_MAXPARALLEL):
            assert len(site.session.run_bulk_jobs(template, 1, 2, max_parallel=wrong).jobs) == 2
            return
        with pytest.raises(InvalidArgumentException) as refusal:
            site.session.run_bulk_jobs(template, 1, 2, max_parallel=wrong)
        assert refusal.value.attributes == ("maxParallel",)
        assert site.session.get_jobs() == []

    def test_an_array_has_an_id_and_a_session(self, site: SessionSite) -> None:
        """8.5.1, 8.5.3"""
        first, second = (site.bulk(1, 1, 1, "exit", 0, submit_as_hold=True) for _ in range(2))
        assert first.job_array_id
        assert first.job_array_id != second.job_array_id
        assert first.session_name == SESSION

    def test_an_array_is_found_by_its_id(self, site: SessionSite) -> None:
        """8.2.5, 1.3: equal and hashable (A24), 8.2.7: known to all when the call returns (B10)."""
        array = site.bulk(1, 2, 1, "exit", 0, submit_as_hold=True)
        elsewhere = site.another_manager().open_job_session(SESSION)
        assert elsewhere.get_job_array(array.job_array_id) == array
        assert {job.state for job in elsewhere.get_jobs()} == {JobState.QUEUED_HELD}
        found = site.session.get_job_array(array.job_array_id)
        assert found == array
        assert len({found, array}) == 1
        assert found.jobs == array.jobs

    def test_an_unknown_array_is_refused(self, site: SessionSite) -> None:
        """8.2.5"""
        job = site.held()
        for unknown in ("no-such-array", job.job_id):
            with pytest.raises(InvalidArgumentException) as refusal:
                site.session.get_job_array(unknown)
            assert refusal.value.attributes == ("jobArrayId",)

    def test_an_array_of_another_session_is_refused(self, site: SessionSite) -> None:
        """8.2.5"""
        array = site.bulk(1, 2, 1, "exit", 0, submit_as_hold=True)
        with pytest.raises(InvalidArgumentException):
            site.manager.create_job_session("other").get_job_array(array.job_array_id)

    def test_an_array_whose_jobs_were_all_reaped_is_unknown(self, site: SessionSite) -> None:
        """8.2.5, 8.5.6: the object stays valid, the session no longer contains it (A29)."""
        array = site.bulk(1, 2, 1, "exit", 0)
        for job in array.jobs:
            site.end_of(job)
        array.reap()
        assert array.jobs == []
        array.reap()
        with pytest.raises(InvalidArgumentException):
            site.session.get_job_array(array.job_array_id)
        with pytest.raises(InvalidStateException):
            array.terminate()

    def test_reaped_jobs_vanish_from_their_array(self, site: SessionSite) -> None:
        """8.5.6: those that have ended are taken, the others skipped."""
        array = site.bulk(1, 3, 1, "exit", 0, submit_as_hold=True)
        first, second, third = array.jobs
        second.release()
        site.end_of(second)
        array.reap()
        assert array.jobs == [first, third]
        assert site.session.get_jobs() == [first, third]
        assert site.session.get_job_array(array.job_array_id).jobs == [first, third]

    @pytest.mark.parametrize(
        ("way", "written"),
        [("DRMAA_INDEX_VAR", ["5", "7"]), ("DRMAA_JOB_ID", None)],
        ids=["index", "id"],
    )
    def test_jobs_learn_who_they_are_by_the_names_of_the_standard(
        self, site: SessionSite, way: str, written: list[str] | None
    ) -> None:
        """8.6, 8.2.7: variables that hold the names of variables (B11, I1, I2, I4)."""
        site.needs_shared_files()
        array = site.bulk(5, 7, 2, "indirect", way, output_path=f"{site.folder}/{PARAMETRIC_INDEX}")
        for job in array.jobs:
            site.end_of(job)
        found = [(site.folder / f"{index}").read_text() for index in (5, 7)]
        assert found == (written or [job.job_id for job in array.jobs])

    @pytest.mark.parametrize("name", ["DRMAA_INDEX_VAR", "DRMAA_JOB_ID"])
    def test_variables_of_the_application_win(self, site: SessionSite, name: str) -> None:
        """8.6 (I6)"""
        site.needs_shared_files()
        fields: dict[str, Any] = {"job_environment": {name: "mine"}, "output_path": f"{site.folder}/{PARAMETRIC_INDEX}"}
        array = site.bulk(1, 2, 1, "variable", name, **fields)
        for job in array.jobs:
            site.end_of(job)
        assert [(site.folder / f"{index}").read_text() for index in (1, 2)] == ["mine", "mine"]

    def test_a_single_job_has_an_id_and_no_index(self, site: SessionSite) -> None:
        """8.6 (I1, I3)"""
        site.needs_shared_files()
        out, none = site.folder / "out", site.folder / "none"
        job = site.run("indirect", "DRMAA_JOB_ID", output_path=str(out))
        site.end_of(job)
        site.end_of(site.run("variable", "DRMAA_INDEX_VAR", output_path=str(none)))
        assert (out.read_text(), none.read_text()) == (job.job_id, "(unset)")
