"""What a tracker declares beyond the standard's own capabilities, and the words for how jobs fail."""

from __future__ import annotations

from enum import StrEnum


class Ability(StrEnum):
    """Something a tracker can do that `DrmaaCapability` has no word for.

    Declared, never discovered by failing: an operation whose ability is not declared raises
    UnsupportedOperationException, whatever the state of the job.
    """

    SUSPEND = "suspend"
    """suspend and resume of a running job."""
    HOLD_NATIVE = "hold_native"
    """hold and release by the backend itself (otherwise emulated before the backend knows the job)."""
    QUEUES = "queues"
    """There are queues; ``queue_name`` may be set."""
    REQUEUE = "requeue"
    """REQUEUED and REQUEUED_HELD may be reported; ``rerunnable`` has an effect."""
    PRIORITY = "priority"
    """``priority`` orders waiting jobs."""
    SLOTS = "slots"
    """``min_slots`` counts against a limited number of slots."""
    START_TIME = "start_time"
    """``start_time`` is honoured by the backend itself."""
    NATIVE_ARRAYS = "native_arrays"
    """A bulk job is one call to the backend."""
    OUTPUT = "output"
    """The tracker is an `OutputReader`."""
    MONITOR = "monitor"
    """The tracker is a `Monitor`."""
    RESERVE = "reserve"
    """The tracker is a `Reserver`."""
    TEMPLATES = "templates"
    """The tracker is a `TemplateKeeper`."""
    RUSAGE = "rusage"
    """JobInfo.cpu_time is measured."""
    DEADLINE_NATIVE = "deadline_native"
    """``deadline_time`` is honoured by the backend or the job's own runner, whether or not a client is there."""
    IMAGES = "images"
    """Jobs run in container images."""
    GPUS = "gpus"
    """Jobs can ask for GPUs."""


class Files(StrEnum):
    """Where a job's files are."""

    SHARED = "shared"
    """The job sees the submitter's files under the same paths."""
    COPIED = "copied"
    """Files reach the job only by staging."""


class Cause(StrEnum):
    """Why a job is FAILED or UNDETERMINED, as ``job_sub_state`` of that state.

    Absent (None) for a job that ended by its own exit status or signal. The sentence for people is in
    JobInfo.annotation, with paths and numbers.
    """

    PROGRAM_NOT_FOUND = "program_not_found"
    PROGRAM_NOT_EXECUTABLE = "program_not_executable"
    WORKING_DIRECTORY = "working_directory"
    INPUT_FILE = "input_file"
    OUTPUT_FILE = "output_file"
    START_FAILED = "start_failed"
    TERMINATED = "terminated"
    DEADLINE = "deadline"
    WALLCLOCK_TIME = "wallclock_time"
    CPU_TIME = "cpu_time"
    OUT_OF_MEMORY = "out_of_memory"
    STAGING = "staging"
    NODE_FAILURE = "node_failure"
    PREEMPTED = "preempted"
    REBOOT = "reboot"
    LOST = "lost"
