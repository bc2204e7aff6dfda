"""Every member of every enumeration with the number the C binding gives it."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any

import pytest

from wflpy.drmaa2 import (
    CpuArchitecture,
    DrmaaCapability,
    DrmaaEvent,
    JobAction,
    JobState,
    OperatingSystem,
    ResourceLimit,
)

NUMBERS = {
    JobState: "UNDETERMINED QUEUED QUEUED_HELD RUNNING SUSPENDED REQUEUED REQUEUED_HELD DONE FAILED",
    OperatingSystem: "OTHER_OS AIX BSD LINUX HPUX IRIX MACOS SUNOS TRU64 UNIXWARE WIN WINNT",
    CpuArchitecture: (
        "OTHER_CPU ALPHA ARM ARM64 CELL PARISC PARISC64 X86 X64 IA64 MIPS MIPS64 PPC PPC64 SPARC SPARC64 PPC64LE"
    ),
    DrmaaEvent: "NEW_STATE MIGRATED ATTRIBUTE_CHANGE",
    DrmaaCapability: (
        "ADVANCE_RESERVATION RESERVE_SLOTS CALLBACK BULK_JOBS_MAXPARALLEL JT_EMAIL JT_STAGING JT_DEADLINE JT_MAXSLOTS "
        "JT_ACCOUNTINGID RT_STARTNOW RT_DURATION RT_MACHINEOS RT_MACHINEARCH"
    ),
}


@pytest.mark.parametrize("enumeration", NUMBERS, ids=lambda enumeration: enumeration.__name__)
def test_members_count_from_zero_in_the_order_of_the_c_binding(enumeration: Any) -> None:
    assert [(member.name, member.value) for member in enumeration] == [
        (name, number) for number, name in enumerate(NUMBERS[enumeration].split())
    ]


def test_ppc64le_is_numbered_last() -> None:
    assert CpuArchitecture.PPC64LE.value == 16


@pytest.mark.parametrize(
    ("state", "group"),
    [
        ("UNDETERMINED", None),
        ("QUEUED", "queued"),
        ("QUEUED_HELD", "queued"),
        ("RUNNING", "started"),
        ("SUSPENDED", "started"),
        ("REQUEUED", "started"),
        ("REQUEUED_HELD", "started"),
        ("DONE", "terminated"),
        ("FAILED", "terminated"),
    ],
)
def test_each_state_is_in_one_group_and_undetermined_in_none(state: Any, group: Any) -> None:
    member = JobState[state]
    groups = {"queued": member.is_queued, "started": member.is_started, "terminated": member.is_terminated}
    assert [name for name, inside in groups.items() if inside] == ([group] if group else [])


@pytest.mark.parametrize("state", JobState)
def test_states_survive_copies_and_pickles_as_themselves(state: Any) -> None:
    assert pickle.loads(pickle.dumps(state)) is state
    assert copy.deepcopy(state) is state
    assert JobState(int(state)) is state


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Linux", "LINUX"),
        ("linux", "LINUX"),
        ("Darwin", "MACOS"),
        ("Windows", "WINNT"),
        ("windows", "WINNT"),
        ("FreeBSD", "BSD"),
        ("OpenBSD", "BSD"),
        ("NetBSD", "BSD"),
        ("SunOS", "SUNOS"),
        ("AIX", "AIX"),
        ("Haiku", "OTHER_OS"),
        ("", "OTHER_OS"),
    ],
)
def test_systems_by_the_names_they_report(name: str, expected: Any) -> None:
    assert OperatingSystem.from_system_name(name) is OperatingSystem[expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x86_64", "X64"),
        ("amd64", "X64"),
        ("AMD64", "X64"),
        ("i386", "X86"),
        ("i686", "X86"),
        ("aarch64", "ARM64"),
        ("arm64", "ARM64"),
        ("armv6l", "ARM"),
        ("armv7l", "ARM"),
        ("alpha", "ALPHA"),
        ("ia64", "IA64"),
        ("mips", "MIPS"),
        ("mips64", "MIPS64"),
        ("parisc", "PARISC"),
        ("parisc64", "PARISC64"),
        ("ppc", "PPC"),
        ("ppc64", "PPC64"),
        ("ppc64le", "PPC64LE"),
        ("sparc", "SPARC"),
        ("sparc64", "SPARC64"),
        ("riscv64", "OTHER_CPU"),
        ("s390x", "OTHER_CPU"),
        ("loongarch64", "OTHER_CPU"),
        ("", "OTHER_CPU"),
    ],
)
def test_architectures_by_the_names_they_report(name: str, expected: Any) -> None:
    assert CpuArchitecture.from_machine_name(name) is CpuArchitecture[expected]


def test_current_asks_the_running_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        __import__("sys").modules, "platform", SimpleNamespace(system=lambda: "SunOS", machine=lambda: "sparc64")
    )
    assert OperatingSystem.current() is OperatingSystem.SUNOS
    assert CpuArchitecture.current() is CpuArchitecture.SPARC64


LIMITS = [
    "CORE_FILE_SIZE",
    "CPU_TIME",
    "DATA_SIZE",
    "FILE_SIZE",
    "OPEN_FILES",
    "STACK_SIZE",
    "VIRTUAL_MEMORY",
    "WALLCLOCK_TIME",
]


def test_the_eight_limits_are_their_own_names() -> None:
    assert [str(limit) for limit in ResourceLimit] == LIMITS


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_known_with_the_prefix_of_the_c_binding(name: str) -> None:
    assert ResourceLimit(f"DRMAA2_{name}") is ResourceLimit(name)


@pytest.mark.parametrize("name", ["DRMAA2_", "DRMAA2_DRMAA2_CPU_TIME", "cpu_time", "CPU", "", 3, None])
def test_other_names_are_no_limit(name: str) -> None:
    with pytest.raises(ValueError, match="is not a valid ResourceLimit"):
        ResourceLimit(name)


def test_actions() -> None:
    assert [str(action) for action in JobAction] == ["suspend", "resume", "hold", "release", "terminate"]
