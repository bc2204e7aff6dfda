"""Attributes by name and as text: what is there, what it is for, reading and writing (GFD.231 5.9)."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import (
    NOW,
    SCHEMAS,
    CpuArchitecture,
    DrmaaEvent,
    DrmaaNotification,
    InvalidArgumentException,
    JobInfo,
    JobState,
    JobTemplate,
    MachineInfo,
    OperatingSystem,
    ReservationTemplate,
    SlotInfo,
    TrackerUnavailable,
    Version,
)
from wflpy.sessions import DrmaaReflective, SessionManager, manager
from wflpy.testing.fake import FakeTracker
from wflpy.tracker import tracker_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.tracker import JobTracker

TIME = datetime(2030, 1, 31, 12, 0, 5, tzinfo=timezone(timedelta(hours=2)))


@pytest.fixture
def extended(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {JobTemplate: {"fake_speed": "How fast it pretends to be."}, JobInfo: {"fake_mood": "Its mood."}}
    monkeypatch.setattr(FakeTracker, "extensions", declared, raising=False)


@pytest.fixture
def reflective(extended: None) -> Iterator[SessionManager]:
    with SessionManager("fake") as made:
        yield made


# What there is


def test_all_kinds_of_sessions_and_the_manager_are_reflective(shelves: None) -> None:
    with SessionManager("reserving") as made:
        for one in (made, made.create_job_session(), made.create_reservation_session(), made.open_monitoring_session()):
            assert isinstance(one, DrmaaReflective)
            assert one.get_instance_value(JobTemplate(job_name="x"), "jobName") == "x"
            assert one.job_info_impl_spec == []


def test_the_manager_knows_the_extensions_of_all_trackers_and_a_session_its_own(
    extended: None, shelves: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_class("shelf"), "extensions", {JobTemplate: {"shelf_height": "x"}}, raising=False)
    with SessionManager() as made:
        assert {"fake_speed", "shelf_height"} <= set(made.job_template_impl_spec)
        assert made.job_template_impl_spec == sorted(made.job_template_impl_spec)
        assert made.create_job_session(contact="shelf").job_template_impl_spec == ["shelf_height"]
        session = made.create_job_session(contact="fake")
        assert session.job_template_impl_spec == ["fake_speed"]
        assert session.job_info_impl_spec == ["fake_mood"]
        assert session.reservation_template_impl_spec == session.reservation_info_impl_spec == []
        assert session.queue_info_impl_spec == session.machine_info_impl_spec == []
        assert session.notification_impl_spec == ["wflpy_synthesised"]
        template = JobTemplate()
        with pytest.raises(InvalidArgumentException, match="no attribute 'shelf_height'"):
            session.set_instance_value(template, "shelf_height", "3")
        made.set_instance_value(template, "shelf_height", "3")
        assert template.extensions == {"shelf_height": "3"}


def test_a_tracker_that_cannot_be_loaded_is_left_out(extended: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> type[JobTracker]:
        if name == "broken":
            raise TrackerUnavailable("no")
        return tracker_class(name)

    monkeypatch.setattr(manager, "tracker_names", lambda: ["broken", "fake"])
    monkeypatch.setattr(manager, "tracker_class", broken)
    assert SessionManager("fake").job_template_impl_spec == ["fake_speed"]


@pytest.mark.parametrize("struct", SCHEMAS, ids=lambda struct: struct.__name__)
def test_every_attribute_says_what_it_is_for(struct: type[Any], reflective: SessionManager) -> None:
    for attribute in SCHEMAS[struct]:
        purpose = reflective.describe_attribute(struct(), attribute.spec_name)
        assert purpose.endswith("."), attribute
        assert purpose == reflective.describe_attribute(struct(), attribute.name)


def test_extensions_say_what_they_are_for(reflective: SessionManager) -> None:
    assert reflective.describe_attribute(JobTemplate(), "fake_speed") == "How fast it pretends to be."
    assert "nobody saw" in reflective.describe_attribute(DrmaaNotification(), "wflpy_synthesised")
    foreign = JobTemplate(extensions={"unknown_key": "1"})
    assert reflective.describe_attribute(foreign, "unknown_key") == "an extension of another tracker"
    assert reflective.describe_attribute(JobTemplate(), "jobName") == "Name for people; need not be unique."


def test_attributes_have_a_purpose_though_the_source_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from wflpy.sessions import purposes

    def no_source(_: object) -> str:
        raise OSError

    monkeypatch.setattr("inspect.getsource", no_source)
    assert purposes.purposes(JobTemplate)["job_name"] == "jobName"


# Reading


@pytest.mark.parametrize(
    ("instance", "name", "text"),
    [
        (JobTemplate(), "jobName", None),
        (JobTemplate(job_name="a\nü"), "jobName", "a\nü"),
        (JobTemplate(job_name="a"), "job_name", "a"),
        (JobTemplate(args=["a", "ü"]), "args", '["a", "ü"]'),
        (JobTemplate(args=[]), "args", "[]"),
        (JobTemplate(job_environment={"A": "1"}), "jobEnvironment", '{"A": "1"}'),
        (JobTemplate(submit_as_hold=False), "submitAsHold", "false"),
        (JobTemplate(min_slots=3), "minSlots", "3"),
        (JobTemplate(machine_os=OperatingSystem.LINUX), "machineOS", "LINUX"),
        (JobTemplate(start_time=TIME), "startTime", "Thu, 31 Jan 2030 12:00:05 +0200"),
        (JobTemplate(start_time=NOW), "startTime", "NOW"),
        (JobTemplate(resource_limits={"CPU_TIME": "6"}), "resourceLimits", '{"CPU_TIME": "6"}'),
        (JobTemplate(extensions={"fake_speed": "9"}), "fake_speed", "9"),
        (JobTemplate(), "fake_speed", None),
        (JobTemplate(extensions={"fake_speed": "9"}), "extensions", '{"fake_speed": "9"}'),
        (ReservationTemplate(duration=timedelta(hours=1)), "duration", "3600"),
        (ReservationTemplate(users_acl=["me"]), "usersACL", '["me"]'),
        (JobInfo(job_state=JobState.DONE, exit_status=0), "jobState", "DONE"),
        (JobInfo(allocated_machines=[SlotInfo("a", 1)]), "allocatedMachines", '[{"machineName": "a", "slots": 1}]'),
        (JobInfo(cpu_time=timedelta(seconds=1.5)), "cpuTime", "1.5"),
        (MachineInfo(load=0.5, machine_arch=CpuArchitecture.X64), "load", "0.5"),
        (MachineInfo(machine_os_version=Version("6", "1")), "machineOSVersion", "6.1"),
        (SlotInfo("a", 2), "machineName", "a"),
        (Version("6", "1"), "minor", "1"),
        (DrmaaNotification(event=DrmaaEvent.MIGRATED), "event", "MIGRATED"),
    ],
    ids=str,
)
def test_a_value_is_read_as_text(instance: Any, name: str, text: str | None, reflective: SessionManager) -> None:
    assert reflective.get_instance_value(instance, name) == text


@pytest.mark.parametrize("name", ["nosuch", "jobname", "", "fake_sped", None, 5], ids=repr)
def test_an_unknown_name_is_refused(name: Any, reflective: SessionManager) -> None:
    uses: Any = (reflective.get_instance_value, reflective.describe_attribute)
    for use in uses:
        with pytest.raises(InvalidArgumentException, match="JobTemplate has no attribute") as caught:
            use(JobTemplate(), name)
        assert caught.value.attributes == (str(name),)
    with pytest.raises(InvalidArgumentException):
        reflective.set_instance_value(JobTemplate(), name, "1")


def test_a_misspelt_name_is_corrected(reflective: SessionManager) -> None:
    with pytest.raises(InvalidArgumentException, match='did you mean "jobName"'):
        reflective.get_instance_value(JobTemplate(), "jobname")


def test_what_is_no_structure_is_refused(reflective: SessionManager) -> None:
    nonsense: Any
    for nonsense in (None, 5, "x", JobTemplate):
        with pytest.raises(InvalidArgumentException, match="is not a structure of the standard"):
            reflective.get_instance_value(nonsense, "jobName")


def test_a_value_of_a_wrong_type_is_refused(reflective: SessionManager) -> None:
    wrong: Any = "yesterday"
    with pytest.raises(InvalidArgumentException) as caught:
        reflective.get_instance_value(JobTemplate(start_time=wrong), "startTime")
    assert caught.value.attributes == ("startTime",)


# Writing


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("jobName", "a'; echo foo", "a'; echo foo"),
        ("job_name", "x", "x"),
        ("args", '["a", "b"]', ["a", "b"]),
        ("jobEnvironment", '{"A": "1"}', {"A": "1"}),
        ("resourceLimits", '{"CPU_TIME": 6}', {"CPU_TIME": "6"}),
        ("submitAsHold", "true", True),
        ("minSlots", "3", 3),
        ("machineArch", "X64", CpuArchitecture.X64),
        ("startTime", "Thu, 31 Jan 2030 12:00:05 +0200", TIME),
        ("startTime", "2030-01-31T10:00:05Z", TIME),
        ("startTime", "NOW", NOW),
        ("deadlineTime", "2030-01-31T12:00:05+02:00", TIME),
    ],
    ids=str,
)
def test_a_value_is_set_from_text(name: str, text: str, value: object, reflective: SessionManager) -> None:
    template = JobTemplate()
    reflective.set_instance_value(template, name, text)
    expected = {"startTime": "start_time", "deadlineTime": "deadline_time"}.get(name)
    names = [field.name for field in fields(JobTemplate) if getattr(template, field.name) is not None]
    assert [getattr(template, one) for one in names] == [value]
    assert expected in (None, *names)
    reflective.set_instance_value(template, name, None)
    assert template == JobTemplate()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("args", "a b"),
        ("args", '{"a": 1}'),
        ("args", "[1]"),
        ("jobEnvironment", '["a"]'),
        ("submitAsHold", "yes"),
        ("minSlots", "many"),
        ("minSlots", "1.5"),
        ("machineOS", "Linux 6"),
        ("startTime", "tomorrow"),
        ("startTime", "2030-01-31T12:00:05"),
        ("startTime", "Thu, 31 Jan 2030 12:00:05 -0000"),
        ("deadlineTime", "NOW"),
    ],
)
def test_text_that_cannot_be_understood_is_refused(name: str, text: str, reflective: SessionManager) -> None:
    template = JobTemplate(job_name="x")
    with pytest.raises(InvalidArgumentException) as caught:
        reflective.set_instance_value(template, name, text)
    assert caught.value.attributes == (name,)
    assert template == JobTemplate(job_name="x")


def test_a_duration_is_a_number_of_seconds(reflective: SessionManager) -> None:
    template = ReservationTemplate()
    reflective.set_instance_value(template, "duration", "90.5")
    assert template.duration == timedelta(seconds=90.5)
    for wrong in ("1h", "nan", "inf", ""):
        with pytest.raises(InvalidArgumentException):
            reflective.set_instance_value(template, "duration", wrong)


def test_only_text_can_be_set(reflective: SessionManager) -> None:
    wrong: Any = 3
    with pytest.raises(InvalidArgumentException, match="must be given as text, not as int"):
        reflective.set_instance_value(JobTemplate(), "minSlots", wrong)


def test_extensions_are_set_and_taken_away_one_by_one(reflective: SessionManager) -> None:
    shared = {"docker_user": "me"}
    template = JobTemplate(extensions=shared)
    reflective.set_instance_value(template, "fake_speed", "fast")
    assert template.extensions == {"docker_user": "me", "fake_speed": "fast"}
    assert shared == {"docker_user": "me"}
    reflective.set_instance_value(template, "docker_user", None)
    reflective.set_instance_value(template, "fake_speed", None)
    assert template == JobTemplate()


@pytest.mark.parametrize(
    ("snapshot", "name"),
    [
        (JobInfo(job_name="x"), "jobName"),
        (MachineInfo(name="x"), "name"),
        (SlotInfo("x"), "machineName"),
        (Version("1", "0"), "major"),
        (DrmaaNotification(), "jobId"),
    ],
    ids=str,
)
def test_a_snapshot_cannot_be_changed(snapshot: Any, name: str, reflective: SessionManager) -> None:
    for value in ("y", None):
        with pytest.raises(InvalidArgumentException, match="is a snapshot"):
            reflective.set_instance_value(snapshot, name, value)


REFLECTIVE = SessionManager("fake")
TEXT = st.text(st.characters(exclude_characters="\0"))


@given(
    st.builds(
        JobTemplate,
        job_name=st.none() | TEXT,
        args=st.none() | st.lists(TEXT),
        job_environment=st.none() | st.dictionaries(TEXT, TEXT),
        rerunnable=st.none() | st.booleans(),
        priority=st.none() | st.integers(),
        machine_os=st.none() | st.sampled_from(OperatingSystem),
        start_time=st.none()
        | st.just(NOW)
        | st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  bounds are naive
            lambda time: time.replace(microsecond=0)
        ),
        extensions=st.none(),
    )
)
def test_what_is_read_can_be_set_again(template: JobTemplate) -> None:
    twin = JobTemplate()
    for attribute in SCHEMAS[JobTemplate]:
        REFLECTIVE.set_instance_value(
            twin, attribute.spec_name, REFLECTIVE.get_instance_value(template, attribute.spec_name)
        )
    assert twin == template
    assert json.dumps(REFLECTIVE.get_instance_value(template, "args")) is not None
