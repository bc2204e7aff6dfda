"""Why something failed, in one exact sentence: facts from the backend, and nothing that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.dag.spec import Shell
from wflpy.dag.states import FailureKind
from wflpy.dag.table import Ending
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from wflpy.dag.spec import TaskSpec
    from wflpy.drmaa2 import DrmaaException, JobInfo

SIGNALS: Final = {
    "SIGABRT": "aborted",
    "SIGALRM": "alarm clock",
    "SIGBUS": "bus error: memory or a mapped file is not there",
    "SIGFPE": "arithmetic error",
    "SIGHUP": "hangup",
    "SIGILL": "illegal instruction",
    "SIGINT": "interrupted",
    "SIGKILL": "by force, as kill -9 and the out-of-memory killer do",
    "SIGPIPE": "wrote to a pipe that nobody reads",
    "SIGQUIT": "quit",
    "SIGSEGV": "segmentation fault",
    "SIGSYS": "bad system call",
    "SIGTERM": "told to end",
    "SIGTRAP": "trap",
    "SIGUSR1": "user signal 1",
    "SIGUSR2": "user signal 2",
    "SIGXCPU": "CPU time limit exceeded",
    "SIGXFSZ": "file size limit exceeded",
}
"""Signals in words."""

_CAUSES: Final[dict[str, tuple[FailureKind, str]]] = {
    Cause.PROGRAM_NOT_FOUND: (FailureKind.START_FAILED, "its program does not exist"),
    Cause.PROGRAM_NOT_EXECUTABLE: (FailureKind.START_FAILED, "its program cannot be executed"),
    Cause.WORKING_DIRECTORY: (FailureKind.START_FAILED, "its working directory cannot be used"),
    Cause.INPUT_FILE: (FailureKind.START_FAILED, "its input file cannot be read"),
    Cause.OUTPUT_FILE: (FailureKind.START_FAILED, "its output file cannot be written"),
    Cause.START_FAILED: (FailureKind.START_FAILED, "it could not be started"),
    Cause.TERMINATED: (FailureKind.CANCELLED, "terminated, and not by this run"),
    Cause.DEADLINE: (FailureKind.TIMEOUT, "did not end before its deadline"),
    Cause.WALLCLOCK_TIME: (FailureKind.TIMEOUT, "did not end within its wall clock limit"),
    Cause.CPU_TIME: (FailureKind.LIMIT, "used up its CPU time"),
    Cause.OUT_OF_MEMORY: (FailureKind.OUT_OF_MEMORY, "ran out of memory"),
    Cause.STAGING: (FailureKind.STAGING, "a file could not be copied"),
    Cause.NODE_FAILURE: (FailureKind.NODE_FAILURE, "its machine failed"),
    Cause.PREEMPTED: (FailureKind.PREEMPTED, "preempted by the backend"),
    Cause.REBOOT: (FailureKind.LOST, "its machine was restarted"),
    Cause.LOST: (FailureKind.LOST, "the backend lost it"),
}
"""How a job failed and what to say where the backend says nothing itself."""

_SHELL_STATUS: Final = {
    126: "the shell found a command that cannot be executed",
    127: "the shell did not find a command",
}
_SHELL_SIGNALS: Final = {
    129: "SIGHUP",
    130: "SIGINT",
    131: "SIGQUIT",
    132: "SIGILL",
    134: "SIGABRT",
    135: "SIGBUS",
    136: "SIGFPE",
    137: "SIGKILL",
    139: "SIGSEGV",
    141: "SIGPIPE",
    143: "SIGTERM",
}


def ending_of(info: JobInfo | None, sub_state: str | None, spec: TaskSpec) -> Ending:
    """How a job that is FAILED ended."""
    exit_status = info.exit_status if info else None
    signal = info.terminating_signal if info else None
    said = (info.annotation if info else None) or ""
    cause = sub_state or (info.job_sub_state if info else None)
    if cause == Cause.WALLCLOCK_TIME and ends_by_timeout(spec):
        return Ending(FailureKind.TIMEOUT, timeout_text(spec), exit_status, signal)
    if cause in _CAUSES:
        kind, otherwise = _CAUSES[cause]
        return Ending(kind, _one_line(said) or otherwise, exit_status, signal)
    if signal is not None:
        return Ending(FailureKind.SIGNAL, signal_text(signal), exit_status, signal)
    if exit_status is not None:
        return Ending(FailureKind.EXIT, exit_text(exit_status, spec), exit_status)
    return Ending(FailureKind.LOST, _one_line(said) or "failed, and the backend does not say how")


def lost_ending(info: JobInfo | None, sub_state: str | None) -> Ending:
    """How a job that is UNDETERMINED ended, as far as is known."""
    said = _one_line((info.annotation if info else None) or "")
    known = sub_state or (info.job_sub_state if info else None)
    # The sub-state is a word of the backend; a sentence of its own says more.
    why = said or (_CAUSES[known][1] if known in _CAUSES else known) or "the backend does not say why"
    return Ending(FailureKind.LOST, f"how it ended is not known: {why}")


def refused_ending(refusal: DrmaaException) -> Ending:
    """How a submission that the backend refused ended."""
    return Ending(
        FailureKind.SUBMIT_REJECTED, f"the backend refused it: {_one_line(str(refusal)) or type(refusal).__name__}"
    )


def signal_text(signal: str) -> str:
    """``killed by SIGSEGV (segmentation fault)``."""
    meaning = SIGNALS.get(signal)
    return f"killed by {signal}" + (f" ({meaning})" if meaning else "")


def exit_text(status: int, spec: TaskSpec) -> str:
    """``exit status 3``; where a shell ran, what its own statuses mean."""
    text = f"exit status {status}"
    if not isinstance(spec.body, Shell):
        return text
    if status in _SHELL_STATUS:
        return f"{text} ({_SHELL_STATUS[status]})"
    if status in _SHELL_SIGNALS:
        return f"{text} (a command in the shell was {signal_text(_SHELL_SIGNALS[status])})"
    return text


def ends_by_timeout(spec: TaskSpec) -> bool:
    """Whether the wall clock limit of its job is the task's timeout."""
    walltime = spec.resources.walltime
    return spec.timeout is not None and (walltime is None or spec.timeout <= walltime)


def timeout_text(spec: TaskSpec) -> str:
    """``did not end within its timeout of 2s``."""
    return f"did not end within its timeout of {duration_text(spec.timeout or 0.0)}"


def duration_text(seconds: float) -> str:
    """``0.5s``, ``2s``, ``1m30s``, ``2h``: as durations are written in workflow files."""
    if seconds < 60 or seconds % 1:
        return f"{seconds:g}s"
    hours, rest = divmod(int(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if count)


def _one_line(text: str) -> str:
    return " ".join(text.split())
