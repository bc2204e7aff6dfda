"""What a tracker does not have is refused, never ignored."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import (
    FINAL_STATES,
    DrmaaCapability,
    DrmCommunicationException,
    InvalidArgumentException,
    JobAction,
    JobState,
    UnsupportedAttributeException,
)
from wflpy.testing.contract.chapter import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.testing.site import Site
    from wflpy.tracker import JobTracker

OPTIONAL: dict[str, tuple[DrmaaCapability, Any]] = {
    "email": (DrmaaCapability.JT_EMAIL, ["someone@example.org"]),
    "email_on_started": (DrmaaCapability.JT_EMAIL, True),
    "email_on_terminated": (DrmaaCapability.JT_EMAIL, True),
    "stage_in_files": (DrmaaCapability.JT_STAGING, {"/a": "/b"}),
    "stage_out_files": (DrmaaCapability.JT_STAGING, {"/a": "/b"}),
    "max_slots": (DrmaaCapability.JT_MAXSLOTS, 1),
    "accounting_id": (DrmaaCapability.JT_ACCOUNTINGID, "project"),
    "deadline_time": (DrmaaCapability.JT_DEADLINE, None),
}


QUESTIONS: dict[str, Callable[[JobTracker, str], object]] = {
    "state": lambda tracker, job: tracker.state(job),
    "info": lambda tracker, job: tracker.info(job),
    "terminate": lambda tracker, job: tracker.control(job, JobAction.TERMINATE),
    "wait": lambda tracker, job: tracker.wait(job, None, FINAL_STATES),
}
"""What needs the backend to be answered."""


class Refusals(Chapter):
    """Unsupported attributes (5.7, chapter 6) and values that can never be met."""

    @pytest.mark.parametrize("attribute", OPTIONAL)
    def test_an_optional_attribute_is_taken_or_refused_as_declared(self, site: Site, attribute: str) -> None:
        capability, value = OPTIONAL[attribute]
        if value is None:
            value = site.harness.now() + timedelta(hours=1)
        template = site.template("exit", 0, submit_as_hold=True, **{attribute: value})
        if capability in site.tracker.capabilities:
            assert site.tracker.submit(template, site.key()) in site.tracker.job_ids()
            return
        with pytest.raises(UnsupportedAttributeException) as refusal:
            site.tracker.submit(template, site.key())
        assert len(refusal.value.attributes) == 1
        assert site.tracker.job_ids() == []

    @pytest.mark.parametrize(
        ("spelled", "field"),
        [
            ("queueName", {"queue_name": "no-such-queue"}),
            ("reservationId", {"reservation_id": "no-such-reservation"}),
            ("minPhysMemory", {"min_phys_memory": 2**50}),
            ("candidateMachines", {"candidate_machines": ["no-such-machine"]}),
            ("extensions[nosuchtracker_key]", {"extensions": {"nosuchtracker_key": "x"}}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    @pytest.mark.parametrize("held", [False, True], ids=["at-once", "held"])
    def test_what_can_never_be_met_is_refused_and_named(
        self, site: Site, spelled: str, field: dict[str, Any], held: bool
    ) -> None:
        with pytest.raises(InvalidArgumentException) as refusal:
            site.submit("exit", 0, submit_as_hold=held, **field)
        assert refusal.value.attributes == (spelled,)
        assert site.tracker.job_ids() == []

    def test_an_extension_of_another_tracker_is_ignored(self, site: Site) -> None:
        other = "slurm" if site.tracker.name != "slurm" else "docker"
        site.done(site.submit("exit", 0, extensions={f"{other}_anything": "x"}))

    def test_a_refused_job_leaves_the_others_of_its_batch(self, site: Site) -> None:
        good, bad = site.template("exit", 0), site.template("exit", 0, queue_name="no-such-queue")
        first, refusal, last = site.tracker.submit_many([(one, site.key()) for one in (good, bad, good)])
        assert isinstance(refusal, InvalidArgumentException)
        assert isinstance(first, str)
        assert isinstance(last, str)
        site.done(first)
        site.done(last)

    def test_an_unreachable_backend_is_told_and_changes_nothing(self, site: Site) -> None:
        gate = site.gate()
        job = site.submit("wait", gate)
        gate.await_job()
        outage = site.harness.outage()
        if outage is None:
            pytest.skip(f"the backend of {site.harness.name} cannot be made unreachable")
        with outage:
            for ask in QUESTIONS.values():
                with pytest.raises(DrmCommunicationException) as failure:
                    ask(site.tracker, job)
                assert failure.value.transient
            with pytest.raises(DrmCommunicationException):
                site.submit("exit", 0)
        assert site.state(job) is JobState.RUNNING
        gate.open()
        site.done(job)
