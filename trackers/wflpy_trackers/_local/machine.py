"""This machine, as the standard describes one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from wflpy.drmaa2 import CpuArchitecture, MachineInfo, OperatingSystem, Version

_KILOBYTE: Final = 1024


def machine_info() -> MachineInfo:
    """What is known of this machine now (GFD.231 5.3)."""
    # Imported late: it costs more than opening a session does.
    import psutil

    system = os.uname()
    memory = psutil.virtual_memory().total
    logical = psutil.cpu_count() or 1
    cores = psutil.cpu_count(logical=False) or logical
    sockets = _sockets()
    return MachineInfo(
        name=system.nodename,
        available=True,
        sockets=sockets,
        cores_per_socket=max(1, cores // sockets),
        threads_per_core=max(1, logical // cores),
        load=os.getloadavg()[0],
        phys_memory=memory // _KILOBYTE,
        virt_memory=(memory + psutil.swap_memory().total) // _KILOBYTE,
        machine_os=OperatingSystem.current(),
        machine_os_version=Version.parse(system.release),
        machine_arch=CpuArchitecture.current(),
    )


def physical_memory() -> int | None:
    """Installed memory in KB; None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _KILOBYTE
    except (OSError, ValueError):
        return None


def _sockets() -> int:
    with suppress(OSError), Path("/proc/cpuinfo").open() as file:
        return len({line for line in file if line.startswith("physical id")}) or 1
    return 1
