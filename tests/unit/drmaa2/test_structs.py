"""What every structure owes: all attributes, unset at first, by value, equal by content."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

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
    JobStatus,
    JobTemplate,
    Kind,
    MachineInfo,
    OperatingSystem,
    QueueInfo,
    ReservationInfo,
    ReservationTemplate,
    SlotInfo,
    Struct,
    Version,
    from_dict,
    set_attributes,
    spec_name,
    to_dict,
)

# Names of the standard and of Python, written out.
ATTRIBUTES = {
    Version: "major major minor minor",
    QueueInfo: "name name extensions extensions",
    MachineInfo: (
        "name name available available sockets sockets coresPerSocket cores_per_socket threadsPerCore threads_per_core "
        "load load physMemory phys_memory virtMemory virt_memory machineOS machine_os "
        "machineOSVersion machine_os_version machineArch machine_arch extensions extensions"
    ),
    SlotInfo: "machineName machine_name slots slots",
    JobInfo: (
        "jobId job_id jobName job_name exitStatus exit_status terminatingSignal terminating_signal "
        "annotation annotation jobState job_state jobSubState job_sub_state allocatedMachines allocated_machines "
        "submissionMachine submission_machine jobOwner job_owner slots slots queueName queue_name "
        "wallclockTime wallclock_time cpuTime cpu_time submissionTime submission_time dispatchTime dispatch_time "
        "finishTime finish_time extensions extensions"
    ),
    ReservationInfo: (
        "reservationId reservation_id reservationName reservation_name reservedStartTime reserved_start_time "
        "reservedEndTime reserved_end_time usersACL users_acl reservedSlots reserved_slots "
        "reservedMachines reserved_machines extensions extensions"
    ),
    JobTemplate: (
        "remoteCommand remote_command args args submitAsHold submit_as_hold rerunnable rerunnable "
        "jobEnvironment job_environment workingDirectory working_directory jobCategory job_category email email "
        "emailOnStarted email_on_started emailOnTerminated email_on_terminated jobName job_name inputPath input_path "
        "outputPath output_path errorPath error_path joinFiles join_files reservationId reservation_id "
        "queueName queue_name minSlots min_slots maxSlots max_slots priority priority "
        "candidateMachines candidate_machines minPhysMemory min_phys_memory machineOS machine_os "
        "machineArch machine_arch startTime start_time deadlineTime deadline_time stageInFiles stage_in_files "
        "stageOutFiles stage_out_files resourceLimits resource_limits accountingId accounting_id extensions extensions"
    ),
    ReservationTemplate: (
        "reservationName reservation_name startTime start_time endTime end_time duration duration "
        "minSlots min_slots maxSlots max_slots jobCategory job_category usersACL users_acl "
        "candidateMachines candidate_machines minPhysMemory min_phys_memory machineOS machine_os "
        "machineArch machine_arch extensions extensions"
    ),
    DrmaaNotification: ("event event jobId job_id sessionName session_name jobState job_state extensions extensions"),
}

_zones = st.one_of(st.just(UTC), st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))))
_texts = st.text(max_size=12).filter(lambda text: "\0" not in text)
_whole = st.integers(-(2**63), 2**63)
_times = st.datetimes(datetime.fromisoformat("0001-01-03"), datetime.fromisoformat("9999-12-28"), timezones=_zones)
_slots = st.builds(SlotInfo, st.none() | _texts, st.none() | _whole)
_versions = st.builds(Version, st.none() | _texts, st.none() | _texts)

VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: _texts,
    Kind.FLAG: st.booleans(),
    Kind.NUMBER: _whole,
    Kind.REAL: st.floats(allow_nan=False, allow_infinity=False),
    Kind.STRINGS: st.lists(_texts, max_size=4),
    Kind.DICTIONARY: st.dictionaries(_texts, _texts, max_size=4),
    Kind.LIMITS: st.dictionaries(_texts, _texts, max_size=4),
    Kind.TIME: _times,
    Kind.TIME_OR_NOW: st.just(NOW) | _times,
    Kind.AMOUNT: st.timedeltas(timedelta(days=-36_500), timedelta(days=36_500)),
    Kind.SLOTS: st.lists(_slots, max_size=3),
    Kind.VERSION: _versions,
    Kind.SYSTEM: st.sampled_from(OperatingSystem),
    Kind.ARCHITECTURE: st.sampled_from(CpuArchitecture),
    Kind.STATE: st.sampled_from(JobState),
    Kind.EVENT: st.sampled_from(DrmaaEvent),
}


def structs(*types: type) -> st.SearchStrategy[Any]:
    """Any of these structures with any attributes set to any values."""
    return st.one_of(
        [
            st.builds(struct, **{attribute.name: st.none() | VALUES[attribute.kind] for attribute in SCHEMAS[struct]})
            for struct in types
        ]
    )


every_struct = structs(*ATTRIBUTES)
every_template = structs(JobTemplate, ReservationTemplate)


@pytest.mark.parametrize("struct", ATTRIBUTES, ids=lambda struct: struct.__name__)
def test_a_structure_has_exactly_the_attributes_of_the_standard_in_its_order(struct: Any) -> None:
    words = ATTRIBUTES[struct].split()
    expected = list(zip(words[1::2], words[::2], strict=True))
    assert [(attribute.name, attribute.spec_name) for attribute in SCHEMAS[struct]] == expected
    assert [field.name for field in dataclasses.fields(struct)] == [name for name, _ in expected]
    assert [spec_name(name) for name, _ in expected] == [spelled for _, spelled in expected]


@pytest.mark.parametrize("struct", ATTRIBUTES, ids=lambda struct: struct.__name__)
def test_nothing_is_set_at_first(struct: Any) -> None:
    assert set_attributes(struct()) == []


@pytest.mark.parametrize("struct", set(ATTRIBUTES) - {JobTemplate, ReservationTemplate}, ids=lambda s: s.__name__)
def test_infos_are_read_only(struct: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(struct(), SCHEMAS[struct][0].name, "other")


@pytest.mark.parametrize("struct", ATTRIBUTES, ids=lambda struct: struct.__name__)
def test_a_misspelt_attribute_is_refused_at_once(struct: Any) -> None:
    with pytest.raises((AttributeError, TypeError)):
        struct().remote_comand = "x"


@pytest.mark.parametrize("struct", set(ATTRIBUTES) - {Version, SlotInfo}, ids=lambda struct: struct.__name__)
def test_attributes_are_given_by_name(struct: Any) -> None:
    with pytest.raises(TypeError):
        struct("x")


def test_version_and_slot_info_may_be_given_by_place() -> None:
    assert Version("2", "1") == Version(major="2", minor="1")
    assert SlotInfo("node1", 4) == SlotInfo(machine_name="node1", slots=4)


@pytest.mark.parametrize(
    ("text", "expected", "printed"),
    [("6.1.0-18-amd64", ("6", "1"), "6.1"), ("10", ("10", "0"), "10.0"), (" 23.02.5\n", ("23", "02"), "23.02")],
)
def test_a_version_is_read_from_text(text: str, expected: Any, printed: Any) -> None:
    version = Version.parse(text)
    assert (version.major, version.minor) == expected
    assert str(version) == printed


def test_a_status_without_detail() -> None:
    assert JobStatus(JobState.DONE) == (JobState.DONE, None)


def test_a_template_prints_what_is_set_and_nothing_else() -> None:
    template = JobTemplate(remote_command="a'; echo foo", args=[], submit_as_hold=False, start_time=NOW)
    expected = 'JobTemplate(remote_command="a\'; echo foo", args=[], submit_as_hold=False, start_time=NOW)'
    assert str(template) == expected
    assert str(ReservationTemplate(min_slots=2)) == "ReservationTemplate(min_slots=2)"


@given(every_template)
def test_a_copy_is_equal_and_shares_nothing(template: Any) -> None:
    twin = template.copy()
    assert twin == template
    assert type(twin) is type(template)
    for name, value in set_attributes(template):
        if isinstance(value, list):
            getattr(twin, name).append("more")
            assert getattr(template, name) != getattr(twin, name)
        elif isinstance(value, dict):
            getattr(twin, name)["more\n"] = "more"
            assert getattr(template, name) != getattr(twin, name)


@given(every_struct)
def test_structures_survive_pickles_and_deep_copies(struct: Any) -> None:
    assert pickle.loads(pickle.dumps(struct)) == struct
    assert copy.deepcopy(struct) == struct


@given(every_struct)
def test_structures_survive_the_way_to_json_and_back(struct: Struct) -> None:
    text = json.dumps(to_dict(struct), allow_nan=False)
    assert from_dict(type(struct), json.loads(text)) == struct


@given(every_struct)
def test_only_what_is_set_is_written(struct: Any) -> None:
    assert list(to_dict(struct)) == [spec_name(name) for name, _ in set_attributes(struct)]


@given(every_template)
def test_what_is_written_shares_nothing(template: Any) -> None:
    before = template.copy()
    for value in to_dict(template).values():
        if isinstance(value, (list, dict)):
            value.clear()
    assert template == before


@given(every_struct, st.text(max_size=8))
def test_an_unknown_key_is_always_refused(struct: Struct, key: str) -> None:
    data = to_dict(struct)
    known = {attribute.spec_name for attribute in SCHEMAS[type(struct)]}
    if key not in known:
        with pytest.raises(InvalidArgumentException) as caught:
            from_dict(type(struct), {**data, key: 1})
        assert caught.value.attributes == (key,)
