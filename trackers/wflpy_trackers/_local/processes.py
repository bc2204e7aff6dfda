"""Processes of this machine: who a process is, and what can be known of one that is not a child."""

# The keeper does not load pathlib.
# ruff: noqa: PTH112, PTH123, PTH208
from __future__ import annotations

import contextlib
import os
import struct
import time
from typing import TYPE_CHECKING, Final

from wflpy_trackers._local.words import JOB_ID_VARIABLE, KEY_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERTZ: Final = os.sysconf("SC_CLK_TCK")
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

_AFTER_NAME: Final = 2
"""Number of the first field of /proc/PID/stat after the name, counted from 0."""
_STATE, _GROUP, _UTIME, _CSTIME, _STARTTIME, _EXIT_CODE = 2, 4, 13, 16, 21, 51
"""Fields of /proc/PID/stat, counted from 0."""

_GET_INFO: Final = 0xC0_40_FF_0B
"""PIDFD_GET_INFO for the first 64 bytes of struct pidfd_info (linux/pidfd.h)."""
_WANT_EXIT: Final = 1 << 3
_INFO: Final = struct.Struct("=QQ11Ii")
"""mask, cgroup id, eleven numbers of ids, wait status."""


def boot_id() -> str:
    """The name of this boot of the machine; empty where there is none."""
    with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()
    return ""


def ticks() -> int:
    """Clock ticks since boot, as the start times of processes are counted."""
    return int(time.clock_gettime(_CLOCK) * _HERTZ)


def open_process(pid: int, earliest: int, latest: int) -> int | None:
    """A pidfd of the process with this number, if it was started between these ticks and not reaped."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return None
    if is_process(pid, earliest, latest):
        return descriptor
    os.close(descriptor)
    return None


def is_process(pid: int, earliest: int, latest: int) -> bool:
    """Whether the process with this number was started between these ticks; a zombie counts."""
    fields = _stat(pid)
    return fields is not None and earliest <= int(fields[_STARTTIME - _AFTER_NAME]) <= latest


def cpu_seconds(pid: int) -> float | None:
    """User and system time of a process and of the children it waited for."""
    fields = _stat(pid)
    if fields is None:
        return None
    return sum(map(int, fields[_UTIME - _AFTER_NAME : _CSTIME - _AFTER_NAME + 1])) / _HERTZ


def has_group(group: int) -> bool:
    """Whether a process group has any member; those that have ended and were not reaped yet count."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def live_groups() -> set[int]:
    """The process groups with a member that has not ended. Where there is no /proc: none, so nobody waits for one."""
    groups: set[int] = set()
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        fields = _stat(int(name)) if name.isdecimal() else None
        if fields is not None and fields[_STATE - _AFTER_NAME] not in (b"Z", b"X"):
            groups.add(int(fields[_GROUP - _AFTER_NAME]))
    return groups


def is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal."""
    fields = _stat(pid)
    return fields is not None and fields[_STATE - _AFTER_NAME] == b"T"


def marked(keys: Mapping[str, str]) -> dict[str, int]:
    """Processes by the job whose variables they carry.

    Args:
        keys: job id -> key, for the jobs that are looked for.
    """
    wanted = {
        (
            b"%s=%s" % (JOB_ID_VARIABLE.encode(), job_id.encode()),
            b"%s=%s" % (KEY_VARIABLE.encode(), key.encode()),
        ): job_id
        for job_id, key in keys.items()
    }
    found: dict[str, int] = {}
    for name in os.listdir("/proc") if wanted and os.path.isdir("/proc") else ():
        if not name.isdecimal():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                variables = set(file.read().split(b"\0"))
        except OSError:
            continue
        for marks, job_id in wanted.items():
            # The first process of a job leads its session; those it started carry the same variables.
            if variables.issuperset(marks) and _leads_session(int(name)):
                found[job_id] = int(name)
    return found


def start_ticks(pid: int) -> int | None:
    """When a process was started; None if there is none of this number."""
    fields = _stat(pid)
    return None if fields is None else int(fields[_STARTTIME - _AFTER_NAME])


def exit_status(pidfd: int) -> int | None:
    """The wait status of a process that has ended and been reaped by somebody; None if the kernel does not tell.

    Linux tells since 6.15, whoever the parent was, if the pidfd was opened before the process was reaped.
    """
    import fcntl

    request = bytearray(_INFO.size)
    _INFO.pack_into(request, 0, _WANT_EXIT, *(0,) * 13)
    try:
        fcntl.ioctl(pidfd, _GET_INFO, request)
    except OSError:
        return None
    mask, *_, status = _INFO.unpack(request)
    return int(status) if mask & _WANT_EXIT else None


def zombie_status(pid: int) -> int | None:
    """The wait status of a process that has ended and was not reaped yet, whoever is its parent; None if unknown."""
    fields = _stat(pid)
    if fields is None or fields[_STATE - _AFTER_NAME] != b"Z" or not _is_plainly_ours(pid):
        return None
    return int(fields[_EXIT_CODE - _AFTER_NAME])


def _is_plainly_ours(pid: int) -> bool:
    """Whether all ids of a process are ours: the kernel shows 0 instead of the status of a process that is not."""
    expected = {b"Uid": b"%d" % os.getuid(), b"Gid": b"%d" % os.getgid()}
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            rows = dict(line.split(b":", 1) for line in file.read().splitlines() if b":" in line)
    except OSError:
        return False
    return all(set(rows.get(name, b"?").split()) == {number} for name, number in expected.items())


def _leads_session(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except OSError:
        return False


def _stat(pid: int) -> list[bytes] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name may hold anything, even a parenthesis.
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return None
