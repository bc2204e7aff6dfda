"""The words that keeper, log and client have in common, as plain values: the keeper loads nothing of wflpy.

Numbers of states are those of `wflpy.drmaa2.JobState`, causes those of `wflpy.tracker.Cause`; a test compares them.
"""

from __future__ import annotations

from typing import Final

PROTOCOL: Final = 1
"""What keeper and client say to each other; another number means: do not talk."""

LOG_FORMAT: Final = 1
"""How the job log is written."""

UNDETERMINED: Final = 0
QUEUED: Final = 1
QUEUED_HELD: Final = 2
RUNNING: Final = 3
SUSPENDED: Final = 4
REQUEUED: Final = 5
REQUEUED_HELD: Final = 6
DONE: Final = 7
FAILED: Final = 8

PROGRAM_NOT_FOUND: Final = "program_not_found"
PROGRAM_NOT_EXECUTABLE: Final = "program_not_executable"
WORKING_DIRECTORY: Final = "working_directory"
INPUT_FILE: Final = "input_file"
OUTPUT_FILE: Final = "output_file"
START_FAILED: Final = "start_failed"
TERMINATED: Final = "terminated"
WALLCLOCK_TIME: Final = "wallclock_time"
REBOOT: Final = "reboot"
LOST: Final = "lost"

HOME_MARK: Final = "$DRMAA2_HOME_DIR$"
WORKING_MARK: Final = "$DRMAA2_WORKING_DIR$"
INDEX_MARK: Final = b"$DRMAA2_INDEX$"
ANY_MARK: Final = b"$DRMAA2_"

JOB_ID_VARIABLE: Final = "WFLPY_JOB_ID"
INDEX_VARIABLE: Final = "WFLPY_TASK_INDEX"
KEY_VARIABLE: Final = "WFLPY_JOB_KEY"
"""Environment variable with the key of a job: by it a keeper knows a process whose start was not written down."""

LAZY_OUTPUT: Final = "process_lazy_output"
"""Extension: ``true`` removes output files of the job that are still empty when it ends."""

RUNS: Final = "runs"
ANOTHER: Final = "another"
"""What a keeper that was just started tells its starter: it is at work, or another one holds the lock."""
