"""The enumerations of the standard, with the numbers of its C binding (GFD.231 chapter 4 and 8.1, GFD.230 chapter 5).

No enumeration has a member for "not set": that is ``None`` everywhere.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class JobState(IntEnum):
    """The state of a job as the standard names it (GFD.231 8.1)."""

    UNDETERMINED = 0
    """Cannot be determined, for good: asking again will not help. A failure to ask is an exception, not this state."""
    QUEUED = 1
    """Eligible, waits for execution."""
    QUEUED_HELD = 2
    """On hold by system, administrator or user."""
    RUNNING = 3
    """Executes on a host."""
    SUSPENDED = 4
    """Execution is suspended by user, system or administrator."""
    REQUEUED = 5
    """Was running, was put back in the queue, may run again."""
    REQUEUED_HELD = 6
    """Was running, was put back in the queue and is on hold."""
    DONE = 7
    """Finished without error."""
    FAILED = 8
    """Ended abnormally."""

    # Plain attributes of each member, filled in once below: these questions are asked for every state change.
    is_queued: bool
    """True in QUEUED and QUEUED_HELD."""
    is_started: bool
    """True in RUNNING, SUSPENDED, REQUEUED and REQUEUED_HELD."""
    is_terminated: bool
    """True in DONE and FAILED. UNDETERMINED is in no group, though it is never left either."""

    def __new__(cls, value: int) -> JobState:
        member = int.__new__(cls, value)
        member._value_ = value
        member.is_queued = value in (1, 2)
        member.is_started = value in (3, 4, 5, 6)
        member.is_terminated = value in (7, 8)
        return member


class OperatingSystem(IntEnum):
    """The operating system of a machine (GFD.231 4.1)."""

    OTHER_OS = 0
    AIX = 1
    BSD = 2
    LINUX = 3
    HPUX = 4
    IRIX = 5
    MACOS = 6
    SUNOS = 7
    TRU64 = 8
    UNIXWARE = 9
    WIN = 10
    """Windows 95, 98 and Me."""
    WINNT = 11
    """Every Windows with the NT kernel."""

    @classmethod
    def from_system_name(cls, name: str) -> OperatingSystem:
        """The member for a name as ``uname -s`` or a container engine reports it; OTHER_OS if unknown."""
        known = name.lower()
        return cls.BSD if known.endswith("bsd") else cls[_SYSTEM_NAMES.get(known, "OTHER_OS")]

    @classmethod
    def current(cls) -> OperatingSystem:
        """The operating system this process runs on."""
        import platform

        return cls.from_system_name(platform.system())


class CpuArchitecture(IntEnum):
    """The instruction set a machine currently operates with (GFD.231 4.2)."""

    OTHER_CPU = 0
    ALPHA = 1
    ARM = 2
    ARM64 = 3
    CELL = 4
    PARISC = 5
    PARISC64 = 6
    X86 = 7
    X64 = 8
    IA64 = 9
    MIPS = 10
    MIPS64 = 11
    PPC = 12
    PPC64 = 13
    SPARC = 14
    SPARC64 = 15
    PPC64LE = 16
    """Listed after PPC64 in the standard, but numbered last (GFD.230 chapter 5)."""

    @classmethod
    def from_machine_name(cls, name: str) -> CpuArchitecture:
        """The member for a name as ``uname -m`` or a container engine reports it; OTHER_CPU if unknown."""
        return cls[_MACHINE_NAMES.get(name.lower(), "OTHER_CPU")]

    @classmethod
    def current(cls) -> CpuArchitecture:
        """The architecture of the system this process runs on: a 32-bit system on a 64-bit processor is X86."""
        import platform

        return cls.from_machine_name(platform.machine())


class DrmaaEvent(IntEnum):
    """What a notification is about (GFD.231 8.3)."""

    NEW_STATE = 0
    """The job entered a new state."""
    MIGRATED = 1
    """The job moved to another execution host."""
    ATTRIBUTE_CHANGE = 2
    """A monitored attribute of the job changed."""


class DrmaaCapability(IntEnum):
    """An optional feature of the standard that a tracker may declare (GFD.231 4.3)."""

    ADVANCE_RESERVATION = 0
    """Reservation sessions and reservations work."""
    RESERVE_SLOTS = 1
    """Reservations count slots; without it they cover whole machines."""
    CALLBACK = 2
    """Events reach a registered callback."""
    BULK_JOBS_MAXPARALLEL = 3
    """``max_parallel`` of bulk jobs is honoured; without it, it is ignored."""
    JT_EMAIL = 4
    """``email``, ``email_on_started`` and ``email_on_terminated``."""
    JT_STAGING = 5
    """``stage_in_files`` and ``stage_out_files``."""
    JT_DEADLINE = 6
    """``deadline_time``."""
    JT_MAXSLOTS = 7
    """``max_slots`` of a job template."""
    JT_ACCOUNTINGID = 8
    """``accounting_id``."""
    RT_STARTNOW = 9
    """``start_time`` of a reservation template may be NOW."""
    RT_DURATION = 10
    """``duration`` of a reservation template, the sliding window included."""
    RT_MACHINEOS = 11
    """``machine_os`` of a reservation template."""
    RT_MACHINEARCH = 12
    """``machine_arch`` of a reservation template."""


class ResourceLimit(StrEnum):
    """A key of ``resource_limits`` (GFD.231 5.7.25). Memory is in KB of 1024 bytes, time in seconds.

    ``ResourceLimit("DRMAA2_CPU_TIME")`` is CPU_TIME too: the C binding writes all but one of them with this prefix.
    """

    CORE_FILE_SIZE = "CORE_FILE_SIZE"
    """Largest core file, KB; 0 switches core files off."""
    CPU_TIME = "CPU_TIME"
    """CPU seconds of all processes of the job; it may be ended after them."""
    DATA_SIZE = "DATA_SIZE"
    """Largest data segment of a process, KB."""
    FILE_SIZE = "FILE_SIZE"
    """Largest file a process may write, KB."""
    OPEN_FILES = "OPEN_FILES"
    """Number of files a process may have open."""
    STACK_SIZE = "STACK_SIZE"
    """Largest stack of a process, KB."""
    VIRTUAL_MEMORY = "VIRTUAL_MEMORY"
    """Largest address space of a process, KB."""
    WALLCLOCK_TIME = "WALLCLOCK_TIME"
    """Seconds the job may run; it may be ended after them."""

    @classmethod
    def _missing_(cls, value: object) -> ResourceLimit | None:
        if isinstance(value, str) and value.startswith("DRMAA2_"):
            return cls.__members__.get(value.removeprefix("DRMAA2_"))
        return None


class JobAction(StrEnum):
    """A control operation on a job (GFD.231 8.4.4): what a tracker is told to do with it."""

    SUSPEND = "suspend"
    RESUME = "resume"
    HOLD = "hold"
    RELEASE = "release"
    TERMINATE = "terminate"


_SYSTEM_NAMES = {
    "aix": "AIX",
    "darwin": "MACOS",
    "dragonfly": "BSD",
    "hp-ux": "HPUX",
    "irix": "IRIX",
    "irix64": "IRIX",
    "linux": "LINUX",
    "macos": "MACOS",
    "osf1": "TRU64",
    "solaris": "SUNOS",
    "sunos": "SUNOS",
    "unixware": "UNIXWARE",
    "windows": "WINNT",
}

_MACHINE_NAMES = {
    "aarch64": "ARM64",
    "alpha": "ALPHA",
    "amd64": "X64",
    "arm": "ARM",
    "arm64": "ARM64",
    "armv5tel": "ARM",
    "armv6l": "ARM",
    "armv7l": "ARM",
    "armv8l": "ARM",
    "i386": "X86",
    "i486": "X86",
    "i586": "X86",
    "i686": "X86",
    "i86pc": "X86",
    "ia64": "IA64",
    "mips": "MIPS",
    "mips64": "MIPS64",
    "parisc": "PARISC",
    "parisc64": "PARISC64",
    "ppc": "PPC",
    "ppc64": "PPC64",
    "ppc64le": "PPC64LE",
    "sparc": "SPARC",
    "sparc64": "SPARC64",
    "x64": "X64",
    "x86": "X86",
    "x86_64": "X64",
}
