"""The JobInfo filter, one rule after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import InvalidArgumentException, JobInfo, JobState, SlotInfo, check_filter, matches, set_attributes

# For filters that are wrong on purpose, or whose attributes are only known when the test runs.
any_info: Any = JobInfo

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

INFO = JobInfo(
    job_id="17",
    job_name="Train",
    exit_status=0,
    terminating_signal="SIGKILL",
    annotation="killed",
    job_state=JobState.DONE,
    job_sub_state="swapped",
    allocated_machines=[SlotInfo("node1", 2), SlotInfo("node2"), SlotInfo("node3", 1), SlotInfo("node3", 2)],
    submission_machine="login",
    job_owner="ada",
    slots=5,
    queue_name="short",
    wallclock_time=timedelta(seconds=90),
    cpu_time=timedelta(seconds=60),
    submission_time=NOON,
    dispatch_time=NOON + SECOND,
    finish_time=NOON + 2 * SECOND,
    extensions={"slurm_qos": "high", "slurm_nice": "5"},
)


@pytest.mark.parametrize(
    ("attribute", "other"),
    [
        ("job_id", "1"),
        ("job_name", "train"),
        ("submission_machine", "Login"),
        ("job_owner", "ada "),
        ("queue_name", ""),
        ("terminating_signal", "KILL"),
        ("job_sub_state", "swap"),
        ("exit_status", 1),
        ("slots", 4),
        ("job_state", JobState.FAILED),
    ],
)
def test_equality(attribute: Any, other: Any) -> None:
    assert matches(any_info(**{attribute: getattr(INFO, attribute)}), INFO)
    assert not matches(any_info(**{attribute: other}), INFO)


@pytest.mark.parametrize("attribute", ["wallclock_time", "cpu_time"])
def test_at_least_that_much(attribute: Any) -> None:
    own = getattr(INFO, attribute)
    assert matches(any_info(**{attribute: own}), INFO)
    assert matches(any_info(**{attribute: own - SECOND}), INFO)
    assert not matches(any_info(**{attribute: own + SECOND}), INFO)


@pytest.mark.parametrize("attribute", ["submission_time", "dispatch_time", "finish_time"])
def test_at_that_time_or_later(attribute: Any) -> None:
    own = getattr(INFO, attribute)
    assert matches(any_info(**{attribute: own.astimezone(timezone(timedelta(hours=5)))}), INFO)
    assert matches(any_info(**{attribute: own - SECOND}), INFO)
    assert not matches(any_info(**{attribute: own + SECOND}), INFO)


def test_the_annotation_is_ignored() -> None:
    assert matches(JobInfo(annotation="anything"), INFO)
    assert matches(JobInfo(annotation="anything"), JobInfo())


@pytest.mark.parametrize(
    ("machines", "expected"),
    [
        ([], True),
        ([SlotInfo("node1")], True),
        ([SlotInfo("node2"), SlotInfo("node1")], True),
        ([SlotInfo("node1", 1)], True),
        ([SlotInfo("node1", 2)], True),
        ([SlotInfo("node1", 3)], False),
        ([SlotInfo("node2", 0)], False),
        ([SlotInfo("node3", 3)], True),
        ([SlotInfo("node3", 4)], False),
        ([SlotInfo("node4")], False),
        ([SlotInfo("node1"), SlotInfo("node4")], False),
    ],
)
def test_the_machines_are_among_those_of_the_job(machines: Any, expected: Any) -> None:
    assert matches(JobInfo(allocated_machines=machines), INFO) is expected


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ({}, True),
        ({"slurm_qos": "high"}, True),
        ({"slurm_qos": "low"}, False),
        ({"slurm_qos": "high", "slurm_x": "1"}, False),
    ],
)
def test_every_extension_is_equal(extensions: Any, expected: Any) -> None:
    assert matches(JobInfo(extensions=extensions), INFO) is expected


@pytest.mark.parametrize("attribute", [name for name, _ in set_attributes(INFO) if name != "annotation"])
def test_a_job_without_the_attribute_does_not_match(attribute: Any) -> None:
    assert not matches(any_info(**{attribute: getattr(INFO, attribute)}), replace(INFO, **{attribute: None}))


def test_empty_collections_match_a_job_that_has_none() -> None:
    assert matches(JobInfo(allocated_machines=[], extensions={}), JobInfo())


@given(st.sets(st.sampled_from([name for name, _ in set_attributes(INFO)])), st.booleans())
def test_set_attributes_are_combined_by_and(attributes: Any, spoilt: bool) -> None:
    wanted = any_info(**{name: getattr(INFO, name) for name in attributes})
    assert matches(wanted, INFO)
    assert matches(JobInfo(), replace(INFO, **dict.fromkeys(attributes)))
    if spoilt:
        assert not matches(replace(wanted, job_id="other"), INFO)


def test_a_state_that_is_never_reported_is_refused() -> None:
    states = {JobState.QUEUED, JobState.RUNNING, JobState.DONE, JobState.FAILED}
    check_filter(JobInfo(job_state=JobState.RUNNING), states)
    check_filter(JobInfo(job_state=JobState.UNDETERMINED), states)
    check_filter(JobInfo(job_state=JobState.SUSPENDED))
    check_filter(JobInfo())
    with pytest.raises(InvalidArgumentException, match="jobState SUSPENDED is never reported") as caught:
        check_filter(JobInfo(job_state=JobState.SUSPENDED), states)
    assert caught.value.attributes == ("jobState",)


@pytest.mark.parametrize(
    ("wanted", "attribute"),
    [
        (any_info(job_id=17), "jobId"),
        (any_info(slots="4"), "slots"),
        (any_info(job_state=7), "jobState"),
        (any_info(cpu_time=60), "cpuTime"),
        (any_info(submission_time=NOON.replace(tzinfo=None)), "submissionTime"),
        (any_info(allocated_machines=["node1"]), "allocatedMachines"),
        (any_info(extensions={"a": 1}), "extensions"),
    ],
)
def test_values_that_cannot_be_compared_are_refused(wanted: Any, attribute: Any) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        check_filter(wanted)
    assert caught.value.attributes == (attribute,)
