"""What a template may ask for, and how a program of this machine is started."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from wflpy.drmaa2 import (
    HOME_DIRECTORY,
    WORKING_DIRECTORY,
    CpuArchitecture,
    DrmaaCapability,
    InvalidArgumentException,
    JobTemplate,
    OperatingSystem,
    UnsupportedAttributeException,
)
from wflpy.tracker import Cause, Offer
from wflpy.tracker.launch import Launch, StartFailure

SOME = Offer(
    tracker="some",
    capabilities=(DrmaaCapability.JT_EMAIL,),
    queues=("long", "short"),
    categories=("mpi",),
    limits=("CPU_TIME",),
    extensions=("some_key",),
    machines=("here",),
    slots=4,
    memory=100,
    system=OperatingSystem.LINUX,
    architecture=CpuArchitecture.X64,
)
NOTHING = Offer(tracker="none")

MET: dict[str, Any] = {
    "queue_name": "long",
    "job_category": "mpi",
    "resource_limits": {"CPU_TIME": "1"},
    "extensions": {"some_key": "x", "slurm_qos": "of another tracker"},
    "candidate_machines": ["there", "here"],
    "min_slots": 4,
    "min_phys_memory": 100,
    "machine_os": OperatingSystem.LINUX,
    "machine_arch": CpuArchitecture.X64,
    "email": ["a@b.example"],
}

TOO_MUCH: dict[str, tuple[dict[str, Any], str]] = {
    "queueName": ({"queue_name": "lon"}, "'lon' is unknown (did you mean \"long\"?); there are long, short"),
    "jobCategory": ({"job_category": "x"}, "there are mpi"),
    "reservationId": ({"reservation_id": "1"}, "there are no reservations, so it must be unset"),
    "candidateMachines": ({"candidate_machines": ["there"]}, "known: here"),
    "minSlots": ({"min_slots": 5}, "is 5, but there are only 4 slots"),
    "minPhysMemory": ({"min_phys_memory": 101}, "is 101 KB, but there are only 100 KB"),
    "resourceLimits[FILE_SIZE]": ({"resource_limits": {"FILE_SIZE": "1"}}, "cannot be enforced; CPU_TIME can"),
    "machineOS": ({"machine_os": OperatingSystem.MACOS}, "is MACOS, but the machines are LINUX"),
    "machineArch": ({"machine_arch": CpuArchitecture.ARM64}, "is ARM64, but the machines are X64"),
    "extensions[some_other]": ({"extensions": {"some_other": "x"}}, "it takes some_key"),
}


def _template(**fields: Any) -> JobTemplate:
    return JobTemplate(remote_command="true", **fields)


def _of(fields: dict[str, Any]) -> JobTemplate:
    return JobTemplate(**fields)


def test_what_is_offered_can_be_asked_for() -> None:
    SOME.check(_template(**MET))
    NOTHING.check(_template())


@pytest.mark.parametrize("attribute", TOO_MUCH)
def test_more_than_is_offered_is_refused_and_named(attribute: str) -> None:
    fields, text = TOO_MUCH[attribute]
    with pytest.raises(InvalidArgumentException) as refusal:
        SOME.check(_template(**fields))
    assert refusal.value.attributes == (attribute,)
    assert refusal.value.tracker == "some"
    assert text in str(refusal.value)


def test_everything_that_is_too_much_is_named() -> None:
    with pytest.raises(InvalidArgumentException) as refusal:
        NOTHING.check(_template(**{**MET, "email": None, "extensions": None}))
    assert refusal.value.attributes == (
        "queueName", "jobCategory", "candidateMachines", "minPhysMemory", "resourceLimits[CPU_TIME]", "machineOS",
        "machineArch",
    )  # fmt: skip


def test_what_is_not_declared_is_unsupported() -> None:
    with pytest.raises(UnsupportedAttributeException) as refusal:
        NOTHING.check(_template(email=["a@b.example"], queue_name="long"))
    assert refusal.value.attributes == ("email",)


def test_what_is_unknown_cannot_be_too_much() -> None:
    Offer(tracker="some", memory=None, slots=None).check(_template(min_phys_memory=10**9, min_slots=10**9))


# Starting


def test_everything_in_a_launch_is_resolved(hostile_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    template = _template(
        args=[f"{HOME_DIRECTORY}/a", f"{WORKING_DIRECTORY}/b"],
        working_directory=str(hostile_path),
        job_environment={"PLACE": f"{WORKING_DIRECTORY}/c", "JOB_ID": "mine"},
        output_path="out",
    )
    launch = Launch.of(template, "7.2", 2)
    assert launch.command == ["true", "/home/somebody/a", f"{hostile_path}/b"]
    assert launch.directory == str(hostile_path)
    names = ("PLACE", "JOB_ID", "WFLPY_JOB_ID", "WFLPY_TASK_INDEX", "HOME")
    assert [launch.environment[name] for name in names] == [
        f"{hostile_path}/c", "mine", "7.2", "2", "/home/somebody",
    ]  # fmt: skip
    with launch.streams() as streams:
        assert Path(streams["stdout"].name) == hostile_path / "out"
        assert (streams["stdin"], streams["stderr"]) == (subprocess.DEVNULL, subprocess.DEVNULL)
    assert streams["stdout"].closed


def test_joined_streams_are_one_and_the_error_path_is_left_alone(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"output_path": "out", "error_path": "missing/err", "join_files": True}
    with Launch.of(_template(working_directory=str(tmp_path), **fields), "1").streams() as streams:
        assert streams["stderr"] is streams["stdout"]


@pytest.mark.parametrize(
    ("cause", "fields"),
    [
        (Cause.WORKING_DIRECTORY, {"working_directory": "/no/such/folder"}),
        (Cause.PROGRAM_NOT_FOUND, {"remote_command": "no-such-program-anywhere"}),
        (Cause.PROGRAM_NOT_FOUND, {"remote_command": "./no-such-program"}),
        (Cause.PROGRAM_NOT_EXECUTABLE, {"remote_command": "./text"}),
        (Cause.PROGRAM_NOT_EXECUTABLE, {"remote_command": "./"}),
        (Cause.INPUT_FILE, {"input_path": "missing"}),
        (Cause.OUTPUT_FILE, {"output_path": "missing/out"}),
        (Cause.OUTPUT_FILE, {"error_path": "missing/err"}),
    ],
)
def test_what_stands_against_a_start_is_named(cause: Cause, fields: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "text").write_text("x")
    (tmp_path / "text").chmod(0o600)
    template = _of({"remote_command": "true", "working_directory": str(tmp_path), **fields})
    with pytest.raises(StartFailure) as failure, Launch.of(template, "1").streams():
        pass
    assert failure.value.cause is cause
    assert next(iter(fields.values())) in failure.value.annotation


def test_a_program_is_looked_for_in_the_path_of_the_job(tmp_path: Path) -> None:
    program = tmp_path / "mine"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    template = JobTemplate(remote_command="mine", job_environment={"PATH": str(tmp_path)})
    assert Launch.of(template, "1").command == ["mine"]
