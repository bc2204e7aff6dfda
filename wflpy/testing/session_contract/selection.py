"""Finding jobs: getJobs and its filter."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import ZERO_TIME, InvalidArgumentException, JobInfo, JobState, SlotInfo
from wflpy.testing.session_contract.chapter import SessionChapter
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from wflpy.sessions import Job
    from wflpy.testing.session_site import SessionSite

MOMENT = timedelta(milliseconds=1)


def _three(site: SessionSite) -> tuple[Job, Job, Job]:
    """A held one, one that is DONE, one that has FAILED with status 3."""
    return site.held(job_name="held"), site.ended(job_name="done"), site.ended(3, job_name="Failed")


def _filter(attribute: str, value: object) -> JobInfo:
    """A filter for one attribute, by its name."""
    fields: dict[str, Any] = {attribute: value}
    return JobInfo(**fields)


class Selection(SessionChapter):
    """getJobs (8.2.4) and JobInfo as a filter (5.5)."""

    def test_without_a_filter_there_are_all_jobs(self, site: SessionSite) -> None:
        """8.2.4: those of arrays too."""
        assert site.session.get_jobs() == []
        single = site.held()
        array = site.bulk(1, 2, 1, "exit", 0, submit_as_hold=True)
        assert site.session.get_jobs() == [single, *array.jobs]
        assert site.session.get_jobs(None) == site.session.get_jobs()

    def test_an_empty_filter_matches_everything(self, site: SessionSite) -> None:
        """5.5: what is unset is a wildcard."""
        jobs = _three(site)
        assert site.session.get_jobs(JobInfo()) == [*jobs]

    def test_no_match_is_an_empty_list(self, site: SessionSite) -> None:
        """8.2.4"""
        site.held()
        assert site.session.get_jobs(JobInfo(job_id="no-such-job")) == []
        assert site.session.get_jobs(JobInfo(job_name="no such name")) == []

    def test_jobs_are_found_by_id_name_state_and_exit_status(self, site: SessionSite) -> None:
        """5.5.1, 5.5.2, 5.5.3, 5.5.6: equal, case-sensitive."""
        held, done, failed = _three(site)
        find = site.session.get_jobs
        assert find(JobInfo(job_id=done.job_id)) == [done]
        assert find(JobInfo(job_name="done")) == [done]
        assert find(JobInfo(job_name="failed")) == []
        assert find(JobInfo(job_state=JobState.QUEUED_HELD)) == [held]
        assert find(JobInfo(job_state=JobState.FAILED)) == [failed]
        assert find(JobInfo(exit_status=3)) == [failed]
        assert find(JobInfo(exit_status=0)) == [done]

    def test_set_attributes_must_all_match(self, site: SessionSite) -> None:
        """5.5"""
        _, done, _ = _three(site)
        assert site.session.get_jobs(JobInfo(job_name="done", job_state=JobState.DONE, exit_status=0)) == [done]
        assert site.session.get_jobs(JobInfo(job_name="done", exit_status=3)) == []

    def test_the_annotation_is_ignored(self, site: SessionSite) -> None:
        """5.5.5"""
        jobs = _three(site)
        assert site.session.get_jobs(JobInfo(annotation="whatever")) == [*jobs]

    @pytest.mark.parametrize("attribute", ["terminating_signal", "submission_machine", "job_owner", "queue_name"])
    def test_texts_are_compared_for_equality(self, site: SessionSite, attribute: str) -> None:
        """5.5.4, 5.5.9, 5.5.10, 5.5.12: a job that lacks the attribute does not match."""
        jobs = [site.held(), site.ended(), site.run("kill", "USR1")]
        values = {job: getattr(site.end_of(job) if job is not jobs[0] else job.get_info(), attribute) for job in jobs}
        for value in {value for value in values.values() if value is not None}:
            expected = [job for job in jobs if values[job] == value]
            assert site.session.get_jobs(_filter(attribute, value)) == expected
        assert site.session.get_jobs(_filter(attribute, "no such thing")) == []

    def test_a_signal_is_found(self, site: SessionSite) -> None:
        """5.5.4 (A10)"""
        site.ended(3)
        killed = site.run("kill", "USR1")
        site.end_of(killed)
        assert site.session.get_jobs(JobInfo(terminating_signal="SIGUSR1")) == [killed]

    @pytest.mark.parametrize("attribute", ["wallclock_time", "cpu_time"])
    def test_amounts_are_at_least_those_asked_for(self, site: SessionSite, attribute: str) -> None:
        """5.5.13, 5.5.14: the consumption of a job that never ran is unset, and matches nothing."""
        held, done, failed = _three(site)
        value: timedelta | None = getattr(done.get_info(), attribute)
        if value is None:
            pytest.skip(f"{site.harness.name} does not report {attribute}")
        least = _filter(attribute, ZERO_TIME)
        assert site.session.get_jobs(least) == [done, failed]
        assert held not in site.session.get_jobs(least)
        assert done in site.session.get_jobs(_filter(attribute, value))
        assert site.session.get_jobs(_filter(attribute, timedelta(days=1))) == []

    @pytest.mark.parametrize("attribute", ["submission_time", "dispatch_time", "finish_time"])
    def test_times_are_at_or_after_those_asked_for(self, site: SessionSite, attribute: str) -> None:
        """5.5.15 to 5.5.17"""
        early = site.ended()
        site.harness.pass_time(1)
        late = site.ended()
        held = site.held()
        rest = [held] if attribute == "submission_time" else []
        first, second = (getattr(job.get_info(), attribute) for job in (early, late))
        assert first < second
        assert site.session.get_jobs(_filter(attribute, first)) == [early, late, *rest]
        assert site.session.get_jobs(_filter(attribute, first + (second - first) / 2)) == [late, *rest]
        assert site.session.get_jobs(_filter(attribute, second + timedelta(days=1))) == []

    def test_machines_are_at_least_those_asked_for(self, site: SessionSite) -> None:
        """5.5.8: a superset with at least as many slots; unset slots and an empty list match."""
        held, done, failed = _three(site)
        used = done.get_info().allocated_machines
        assert used
        find = site.session.get_jobs
        assert find(JobInfo(allocated_machines=used)) == [done, failed]
        assert find(JobInfo(allocated_machines=[SlotInfo(machine_name=used[0].machine_name)])) == [done, failed]
        assert find(JobInfo(allocated_machines=[SlotInfo(machine_name=used[0].machine_name, slots=9999)])) == []
        assert find(JobInfo(allocated_machines=[*used, SlotInfo(machine_name="no-such-machine")])) == []
        assert find(JobInfo(allocated_machines=[])) == [held, done, failed]

    def test_slots_are_compared_for_equality(self, site: SessionSite) -> None:
        """5.5.11"""
        site.held()
        done = site.ended()
        slots = done.get_info().slots
        if slots is None:
            pytest.skip(f"{site.harness.name} does not report slots")
        assert site.session.get_jobs(JobInfo(slots=slots)) == [done]
        assert site.session.get_jobs(JobInfo(slots=slots + 1)) == []

    @pytest.mark.parametrize(
        ("state", "ability"),
        [
            (JobState.SUSPENDED, Ability.SUSPEND),
            (JobState.REQUEUED, Ability.REQUEUE),
            (JobState.REQUEUED_HELD, Ability.REQUEUE),
        ],
        ids=lambda value: value.name,
    )
    def test_a_state_that_is_never_reported_is_refused(
        self, site: SessionSite, state: JobState, ability: Ability
    ) -> None:
        """5.5.6, 8.1 (G30)"""
        if site.has(ability):
            assert site.session.get_jobs(JobInfo(job_state=state)) == []
            return
        with pytest.raises(InvalidArgumentException) as refusal:
            site.session.get_jobs(JobInfo(job_state=state))
        assert refusal.value.attributes == ("jobState",)

    def test_undetermined_may_always_be_asked_for(self, site: SessionSite) -> None:
        """5.5.6 (A35)"""
        site.held()
        assert site.session.get_jobs(JobInfo(job_state=JobState.UNDETERMINED)) == []

    def test_an_unknown_sub_state_matches_nothing(self, site: SessionSite) -> None:
        """5.5.7"""
        site.held()
        assert site.session.get_jobs(JobInfo(job_sub_state="no such detail")) == []

    def test_extensions_are_compared_as_text(self, site: SessionSite) -> None:
        """5.5"""
        site.held()
        assert site.session.get_jobs(JobInfo(extensions={"nosuchtracker_key": "x"})) == []

    @pytest.mark.parametrize(
        ("wrong", "attribute"),
        [({"exit_status": "3"}, "exitStatus"), ({"job_state": "DONE"}, "jobState"), ({"job_name": 3}, "jobName")],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_value_of_the_wrong_kind_is_refused(
        self, site: SessionSite, wrong: dict[str, Any], attribute: str
    ) -> None:
        """8.2.4"""
        with pytest.raises(InvalidArgumentException) as refusal:
            site.session.get_jobs(JobInfo(**wrong))
        assert refusal.value.attributes == (attribute,)

    def test_what_is_no_filter_is_refused(self, site: SessionSite) -> None:
        """8.2.4"""
        wrong: Any = {"jobState": "DONE"}
        with pytest.raises(InvalidArgumentException) as refusal:
            site.session.get_jobs(wrong)
        assert refusal.value.attributes == ("filter",)
