"""What a submission refuses whatever the tracker, and that it says which attribute is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import (
    HOME_DIRECTORY,
    NOW,
    PARAMETRIC_INDEX,
    SCHEMAS,
    WORKING_DIRECTORY,
    CpuArchitecture,
    InvalidArgumentException,
    JobTemplate,
    Kind,
    OperatingSystem,
    ResourceLimit,
    check_template,
    checked_copy,
)

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
# For templates that are wrong on purpose.
any_template: Any = JobTemplate

NAIVE = datetime(2030, 1, 31, 12)  # noqa: DTZ001  the missing zone is the point

FULL = JobTemplate(
    remote_command="a'; echo foo",
    args=["", "new\nline", "--x=$HOME"],
    submit_as_hold=True,
    rerunnable=False,
    job_environment={"A": "", "B": "x=y\n"},
    working_directory=f"{HOME_DIRECTORY}/ünïcode",
    job_category="image:latest",
    email=["ada@example.org"],
    email_on_started=True,
    email_on_terminated=False,
    job_name="",
    input_path="relative/in",
    output_path=f"{WORKING_DIRECTORY}/{PARAMETRIC_INDEX}",
    error_path="/dev/null",
    join_files=True,
    reservation_id="r1",
    queue_name="short",
    min_slots=2,
    max_slots=2,
    priority=-5,
    candidate_machines=["node1"],
    min_phys_memory=0,
    machine_os=OperatingSystem.LINUX,
    machine_arch=CpuArchitecture.X64,
    start_time=NOW,
    deadline_time=NOON + timedelta(seconds=1),
    stage_in_files={"in": "in"},
    stage_out_files={"out": "out"},
    resource_limits={"CPU_TIME": "10"},
    accounting_id="",
    extensions={"docker_user": "0"},
)


def refusal(template: Any) -> InvalidArgumentException:
    """The exception a template is refused with."""
    with pytest.raises(InvalidArgumentException) as caught:
        check_template(template, NOON)
    assert all(attribute in str(caught.value) for attribute in caught.value.attributes)
    return caught.value


def test_a_full_and_hostile_template_passes() -> None:
    assert [name for name in JobTemplate.__dataclass_fields__ if getattr(FULL, name) is None] == []
    check_template(FULL, NOON)


def test_one_command_is_enough() -> None:
    check_template(JobTemplate(remote_command="true"))
    check_template(JobTemplate(job_category="image"))


@pytest.mark.parametrize("given", [None, "ls -l", {"remoteCommand": "ls"}])
def test_only_a_template_is_one(given: Any) -> None:
    assert type(given).__name__ in str(refusal(given))


WRONG = [
    (any_template(), "remoteCommand", "must be set"),
    (any_template(remote_command=""), "remoteCommand", "must not be empty"),
    (any_template(remote_command="x", working_directory=""), "workingDirectory", "must not be empty"),
    (any_template(remote_command="x", working_directory="relative"), "workingDirectory", "absolute"),
    (any_template(remote_command="x", working_directory="./x"), "workingDirectory", "absolute"),
    (any_template(remote_command="x", working_directory=f"{PARAMETRIC_INDEX}/x"), "workingDirectory", "absolute"),
    (any_template(remote_command="x", working_directory=WORKING_DIRECTORY), "workingDirectory", "absolute"),
    (any_template(remote_command="x", input_path=""), "inputPath", "must not be empty"),
    (any_template(remote_command="x", output_path=""), "outputPath", "must not be empty"),
    (any_template(remote_command="x", error_path=""), "errorPath", "must not be empty"),
    (any_template(remote_command="x", queue_name=""), "queueName", "must not be empty"),
    (any_template(remote_command="x", job_category=""), "jobCategory", "must not be empty"),
    (any_template(remote_command="x", reservation_id=""), "reservationId", "must not be empty"),
    (any_template(remote_command="x", job_environment={"": "1"}), "jobEnvironment", "without a name"),
    (any_template(remote_command="x", job_environment={"A=B": "1"}), "jobEnvironment", "'A=B'"),
    (any_template(remote_command="x", min_slots=0), "minSlots", "at least 1, not 0"),
    (any_template(remote_command="x", max_slots=0), "maxSlots", "minSlots, 1, not 0"),
    (any_template(remote_command="x", min_slots=4, max_slots=3), "maxSlots", "minSlots, 4, not 3"),
    (any_template(remote_command="x", min_phys_memory=-1), "minPhysMemory", "negative"),
    (any_template(remote_command="x", deadline_time=NOON), "deadlineTime", "in the past"),
    (any_template(remote_command="x", deadline_time=NAIVE), "deadlineTime", "time zone"),
    (any_template(remote_command="x", start_time=NAIVE), "startTime", "time zone"),
    (any_template(remote_command="x", deadline_time=NOW), "deadlineTime", "must be a datetime, not Now"),
    (any_template(remote_command="x", queue_name=PARAMETRIC_INDEX), "queueName", "does not take PARAMETRIC_INDEX"),
    (any_template(remote_command="x", args=[f"a{HOME_DIRECTORY}"]), "args", "only at the start"),
    (any_template(remote_command="x", machine_os=3), "machineOS", "OperatingSystem, not int"),
    (any_template(remote_command="x", machine_arch="X64"), "machineArch", "CpuArchitecture, not str"),
    (any_template(remote_command="x", args=("a",)), "args", "list of strings, not tuple"),
    (any_template(remote_command="x", args=["a", None]), "args", "but contains NoneType"),
    (any_template(remote_command="x", job_environment={"A": 1}), "jobEnvironment", "but contains int"),
    (any_template(remote_command="x", job_environment={1: "A"}), "jobEnvironment", "but contains int"),
    (any_template(remote_command="x", submit_as_hold=1), "submitAsHold", "True or False"),
    (any_template(remote_command="x", min_slots=True), "minSlots", "whole number, not bool"),
    (any_template(remote_command="x", priority=1.0), "priority", "whole number, not float"),
    (any_template(remote_command="x", resource_limits={"CPU": "1"}), "resourceLimits[CPU]", "is not a limit"),
]


@pytest.mark.parametrize(("template", "attribute", "words"), WRONG)
def test_one_mistake(template: Any, attribute: Any, words: str) -> None:
    error = refusal(template)
    assert error.attributes == (attribute,)
    assert words in str(error)


def test_no_value_of_the_environment_is_told() -> None:
    error = refusal(any_template(remote_command="x", job_environment={"TOKEN": "secret\0", "A": "secret"}))
    assert "secret" not in str(error)


TEXTUAL = [a for a in SCHEMAS[JobTemplate] if a.kind in {Kind.TEXT, Kind.STRINGS, Kind.DICTIONARY}]


@pytest.mark.parametrize("attribute", TEXTUAL, ids=lambda attribute: attribute.name)
def test_no_host_knows_a_nul(attribute: Any) -> None:
    shapes = {Kind.TEXT: "/a\0b", Kind.STRINGS: ["a", "b\0"], Kind.DICTIONARY: {"a": "\0b"}}
    error = refusal(any_template(**{"remote_command": "x", attribute.name: shapes[attribute.kind]}))
    assert error.attributes == (attribute.spec_name,)
    assert "NUL" in str(error)


@pytest.mark.parametrize("attribute", [a for a in TEXTUAL if a.kind is Kind.DICTIONARY], ids=lambda a: a.name)
def test_no_host_knows_a_nul_in_a_key(attribute: Any) -> None:
    error = refusal(any_template(**{"remote_command": "x", attribute.name: {"a\0": "b"}}))
    assert error.attributes == (attribute.spec_name,)


@pytest.mark.parametrize("attribute", SCHEMAS[JobTemplate], ids=lambda attribute: attribute.name)
def test_every_attribute_refuses_another_type(attribute: Any) -> None:
    error = refusal(any_template(**{"remote_command": "x", attribute.name: object()}))
    assert error.attributes == (attribute.spec_name,)
    assert "not object" in str(error)


def test_all_mistakes_are_told_at_once_types_first() -> None:
    error = refusal(any_template(min_slots=0, max_slots=-1, working_directory="x", job_environment={"": "", "=": ""}))
    assert error.attributes == ("remoteCommand", "workingDirectory", "jobEnvironment", "minSlots", "maxSlots")
    error = refusal(any_template(min_slots="0", args="x", working_directory="x"))
    assert error.attributes == ("args", "minSlots")


def test_a_deadline_is_compared_with_the_clock_when_no_time_is_given() -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    with pytest.raises(InvalidArgumentException, match="in the past"):
        check_template(JobTemplate(remote_command="x", deadline_time=past))
    check_template(JobTemplate(remote_command="x", deadline_time=past + timedelta(hours=1)))


def test_a_start_in_the_past_is_fine() -> None:
    check_template(JobTemplate(remote_command="x", start_time=NOON - timedelta(days=1)), NOON)


# -- limits ------------------------------------------------------------------------------------------


def test_limits_are_written_in_one_way() -> None:
    template: JobTemplate = any_template(
        remote_command="x",
        args=["a"],
        resource_limits={
            "DRMAA2_CPU_TIME": "0010",
            ResourceLimit.OPEN_FILES: 64,
            "CORE_FILE_SIZE": "000",
            "WALLCLOCK_TIME": "9" * 5_000,
        },
    )
    before = template.copy()
    copy = checked_copy(template)
    assert copy.resource_limits == {
        "CPU_TIME": "10",
        "OPEN_FILES": "64",
        "CORE_FILE_SIZE": "0",
        "WALLCLOCK_TIME": "9" * 5_000,
    }
    assert {type(key) for key in copy.resource_limits or ()} == {str}
    assert template == before
    assert copy.args is not template.args


@pytest.mark.parametrize(
    "value", ["", "-1", "+1", "1.5", "1h", " 1", "1 ", "unlimited", "٣", "1_000", -1, 1.0, True, None]
)
def test_a_limit_is_a_whole_number(value: Any) -> None:
    error = refusal(any_template(remote_command="x", resource_limits={"WALLCLOCK_TIME": value}))
    assert error.attributes == ("resourceLimits[WALLCLOCK_TIME]",)
    assert '"3600" seconds' in str(error)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("CPUTIME", 'did you mean "CPU_TIME"?'),
        ("cpu_time", 'did you mean "CPU_TIME"?'),
        ("", "known are CORE_FILE_SIZE, CPU_TIME"),
    ],
)
def test_an_unknown_limit_is_named(key: Any, words: str) -> None:
    error = refusal(any_template(remote_command="x", resource_limits={key: "1"}))
    assert error.attributes == (f"resourceLimits[{key}]",)
    assert words in str(error)


@pytest.mark.parametrize("limits", [{3: "1"}, {None: "1"}, {ResourceLimit.CPU_TIME: "1", 3: "1"}])
def test_names_of_limits_are_strings(limits: Any) -> None:
    error = refusal(any_template(remote_command="x", resource_limits=limits))
    assert error.attributes == ("resourceLimits",)


def test_a_limit_may_be_repeated_but_not_contradicted() -> None:
    check_template(JobTemplate(remote_command="x", resource_limits={"CPU_TIME": "1", "DRMAA2_CPU_TIME": "01"}))
    error = refusal(any_template(remote_command="x", resource_limits={"CPU_TIME": "1", "DRMAA2_CPU_TIME": "2"}))
    assert error.attributes == ("resourceLimits[DRMAA2_CPU_TIME]",)


@given(st.dictionaries(st.sampled_from(ResourceLimit), st.integers(0, 10**12)), st.booleans(), st.booleans())
def test_however_limits_are_written_they_mean_the_same(limits: Any, prefixed: bool, as_text: bool) -> None:
    written = {
        f"DRMAA2_{limit}" if prefixed else limit: f"{number:015}" if as_text else number
        for limit, number in limits.items()
    }
    copy = checked_copy(any_template(remote_command="x", resource_limits=written))
    assert copy.resource_limits == {str(limit): str(number) for limit, number in limits.items()}


def test_a_checked_copy_is_refused_like_its_template() -> None:
    with pytest.raises(InvalidArgumentException, match="deadlineTime"):
        checked_copy(JobTemplate(remote_command="x", deadline_time=NOON), NOON)
    assert checked_copy(FULL, NOON) == FULL
