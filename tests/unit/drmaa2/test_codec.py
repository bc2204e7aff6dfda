"""How each kind of value is written, and how what does not fit is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from wflpy.drmaa2 import (
    INFINITE_TIME,
    NOW,
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
    ResourceLimit,
    SlotInfo,
    Version,
    from_dict,
    to_dict,
)

# For structures that are wrong on purpose.
any_template: Any = JobTemplate
any_reservation: Any = ReservationTemplate
any_info: Any = JobInfo


def test_a_template_in_full_words() -> None:
    template = JobTemplate(
        remote_command="/bin/sh",
        args=["-c", "a'; echo foo"],
        submit_as_hold=False,
        min_slots=0,
        email=[],
        machine_os=OperatingSystem.LINUX,
        machine_arch=CpuArchitecture.PPC64LE,
        start_time=NOW,
        deadline_time=datetime(2030, 1, 31, 12, 0, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
        resource_limits={ResourceLimit.CPU_TIME: "5"},
        extensions={"docker_user": "1000"},
    )
    assert to_dict(template) == {
        "remoteCommand": "/bin/sh",
        "args": ["-c", "a'; echo foo"],
        "submitAsHold": False,
        "email": [],
        "minSlots": 0,
        "machineOS": "LINUX",
        "machineArch": "PPC64LE",
        "startTime": "NOW",
        "deadlineTime": "2030-01-31T12:00:00-03:30",
        "resourceLimits": {"CPU_TIME": "5"},
        "extensions": {"docker_user": "1000"},
    }


def test_an_info_in_full_words() -> None:
    info = JobInfo(
        job_state=JobState.REQUEUED_HELD,
        allocated_machines=[SlotInfo("node1", 2), SlotInfo("node2")],
        wallclock_time=timedelta(seconds=90),
        cpu_time=timedelta(seconds=1, milliseconds=500),
    )
    assert to_dict(info) == {
        "jobState": "REQUEUED_HELD",
        "allocatedMachines": [{"machineName": "node1", "slots": 2}, {"machineName": "node2"}],
        "wallclockTime": 90,
        "cpuTime": 1.5,
    }


def test_nested_and_event() -> None:
    assert to_dict(MachineInfo(machine_os_version=Version("6", "1"))) == {
        "machineOSVersion": {"major": "6", "minor": "1"}
    }
    assert to_dict(DrmaaNotification(event=DrmaaEvent.MIGRATED)) == {"event": "MIGRATED"}


def test_amounts_of_whole_seconds_are_whole_numbers() -> None:
    assert type(to_dict(JobInfo(cpu_time=timedelta(seconds=3)))["cpuTime"]) is int


def test_the_longest_amount_can_be_read_back_but_for_its_fraction() -> None:
    data = to_dict(ReservationTemplate(duration=INFINITE_TIME))
    assert from_dict(ReservationTemplate, data).duration == INFINITE_TIME - timedelta(microseconds=999_999)


def test_reading_takes_numbers_of_enumerations_and_of_limits_and_none() -> None:
    template = from_dict(
        JobTemplate,
        {"machineOS": 3, "machineArch": 16, "resourceLimits": {"CPU_TIME": 5}, "queueName": None, "args": None},
    )
    assert template == JobTemplate(
        machine_os=OperatingSystem.LINUX, machine_arch=CpuArchitecture.PPC64LE, resource_limits={"CPU_TIME": "5"}
    )


def test_reading_takes_z_for_utc_and_keeps_the_offset() -> None:
    assert from_dict(JobTemplate, {"startTime": "2030-01-31T12:00:00Z"}).start_time == datetime(
        2030, 1, 31, 12, tzinfo=UTC
    )
    read = from_dict(JobTemplate, {"startTime": "2030-01-31T12:00:00+05:30"}).start_time
    assert isinstance(read, datetime)
    assert read.utcoffset() == timedelta(hours=5, minutes=30)


@pytest.mark.parametrize(
    ("struct", "data", "attribute", "words"),
    [
        (JobTemplate, {"remotecommand": "x"}, "remotecommand", 'did you mean "remoteCommand"?'),
        (JobTemplate, {"min_slots": 1}, "min_slots", 'did you mean "minSlots"?'),
        (JobTemplate, {"zzz": 1}, "zzz", "is not an attribute"),
        (JobTemplate, {"zzz": None}, "zzz", "is not an attribute"),
        (JobTemplate, {"remoteCommand": 5}, "remoteCommand", "must be a string, not int"),
        (JobTemplate, {"remoteCommand": "a\0"}, "remoteCommand", "NUL"),
        (JobTemplate, {"args": "ls -l"}, "args", "must be a list of strings, not str"),
        (JobTemplate, {"args": ["ls", 1]}, "args", "but contains int"),
        (JobTemplate, {"jobEnvironment": {"A": 1}}, "jobEnvironment", "but contains int"),
        (JobTemplate, {"jobEnvironment": ["A"]}, "jobEnvironment", "must be a dictionary of strings, not list"),
        (JobTemplate, {"submitAsHold": 1}, "submitAsHold", "True or False"),
        (JobTemplate, {"minSlots": True}, "minSlots", "whole number"),
        (JobTemplate, {"minSlots": 1.0}, "minSlots", "whole number"),
        (JobTemplate, {"minSlots": "4"}, "minSlots", "whole number"),
        (JobTemplate, {"machineOS": "LINUXX"}, "machineOS", 'did you mean "LINUX"?'),
        (JobTemplate, {"machineOS": 99}, "machineOS", "OperatingSystem, not 99"),
        (JobTemplate, {"machineOS": True}, "machineOS", "OperatingSystem, not True"),
        (JobTemplate, {"startTime": "2030-01-31T12:00:00"}, "startTime", "offset"),
        (JobTemplate, {"startTime": "now"}, "startTime", "ISO 8601"),
        (JobTemplate, {"deadlineTime": "NOW"}, "deadlineTime", "ISO 8601"),
        (JobTemplate, {"deadlineTime": 3}, "deadlineTime", "ISO 8601"),
        (JobTemplate, {"resourceLimits": {"CPU_TIME": 1.5}}, "resourceLimits", "whole number"),
        (JobTemplate, {"resourceLimits": 3}, "resourceLimits", "dictionary of limits, not int"),
        (ReservationTemplate, {"duration": "1h"}, "duration", "number of seconds"),
        (ReservationTemplate, {"duration": 1e300}, "duration", "number of seconds"),
        (ReservationTemplate, {"duration": float("nan")}, "duration", "number of seconds"),
        (JobInfo, {"allocatedMachines": {"a": 1}}, "allocatedMachines", "list of machines, not dict"),
        (JobInfo, {"allocatedMachines": ["node1"]}, "allocatedMachines", "attributes of SlotInfo, not str"),
        (JobInfo, {"allocatedMachines": [{"slot": 1}]}, "allocatedMachines", 'did you mean "slots"?'),
        (MachineInfo, {"load": "high"}, "load", "must be a number, not str"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(struct: Any, data: Any, attribute: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        from_dict(struct, data)
    assert caught.value.attributes == (attribute,)
    assert attribute in str(caught.value)
    assert words in str(caught.value)
    assert struct.__name__ in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        from_dict(JobTemplate, {"Args": [], "minSlots": "4", "jobName": "fine", "startTime": "soon"})
    assert caught.value.attributes == ("Args", "minSlots", "startTime")


@pytest.mark.parametrize(
    ("template", "attribute"),
    [
        (JobTemplate(start_time=datetime(2030, 1, 1)), "startTime"),  # noqa: DTZ001  the missing zone is the point
        (any_template(machine_os=3), "machineOS"),
        (any_template(args=5), "args"),
        (any_template(resource_limits=["CPU_TIME"]), "resourceLimits"),
        (any_reservation(duration=60), "duration"),
        (any_info(allocated_machines=["node1"]), "allocatedMachines"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(template: Any, attribute: Any) -> None:
    with pytest.raises(InvalidArgumentException, match="cannot be written") as caught:
        to_dict(template)
    assert attribute in caught.value.attributes


def test_only_structures_are_written() -> None:
    any_dict: Any = {}
    with pytest.raises(InvalidArgumentException, match="dict is not a structure of the standard"):
        to_dict(any_dict)
