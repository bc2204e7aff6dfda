"""What the tests of the process tracker share: opening it, jobs as lines of shell, its keeper from outside."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from wflpy.drmaa2 import JobInfo, JobState, JobStatus, JobTemplate
from wflpy.testing import MemoryLedger
from wflpy_trackers._local.launch import place_of
from wflpy_trackers.process import ProcessOptions, ProcessTracker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENDED = (JobState.DONE, JobState.FAILED, JobState.UNDETERMINED)
PATIENCE = timedelta(seconds=20)

_numbers = count(1)


def new_key() -> str:
    return f"w{os.getpid()}x{next(_numbers)}"


def shell(text: str, *args: object, **fields: Any) -> JobTemplate:
    return JobTemplate(remote_command="/bin/sh", args=["-c", text, "sh", *map(str, args)], **fields)


class Site:
    """One session of the process tracker in the home of a test."""

    def __init__(self, home: Path, session: str = "s", **options: Any) -> None:
        self.home = home
        options.setdefault("grace", 0.3)
        self.tracker = ProcessTracker.open(session, ProcessOptions(home=str(home), **options), MemoryLedger())

    def submit(self, template: JobTemplate) -> str:
        return self.tracker.submit(template, new_key())

    def run(self, text: str, *args: object, **fields: Any) -> str:
        return self.submit(shell(text, *args, **fields))

    def wait(self, job: str, *states: JobState) -> JobStatus:
        return self.tracker.wait(job, PATIENCE, states or ENDED)

    def ended(self, job: str) -> JobInfo:
        self.wait(job)
        return self.tracker.info(job)

    def state(self, job: str) -> JobState:
        return self.tracker.state(job).state


class KeeperProcess:
    """The keeper of a home, seen from outside."""

    def __init__(self, home: Path) -> None:
        self.folder = place_of(home).folder

    @property
    def log(self) -> Path:
        return self.folder / "jobs.log"

    def records(self) -> list[list[Any]]:
        return [json.loads(line.partition(b"\t")[0]) for line in self.log.read_bytes().splitlines()]

    @property
    def published(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "lock").read_text())
        return found

    @property
    def pid(self) -> int:
        return int(self.published["pid"])

    def is_there(self) -> bool:
        if not (self.folder / "lock").exists():
            return False
        with (self.folder / "lock").open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.send(signal.SIGKILL)
        until(lambda: not self.is_there())

    def stop(self) -> None:
        if self.is_there():
            with suppress(ProcessLookupError, ValueError, FileNotFoundError):
                self.send(signal.SIGTERM)
            until(lambda: not self.is_there())


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Look again and again; for what cannot be waited for, such as processes of others."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def is_alive(pid: int) -> bool:
    """Whether there is such a process and it is no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
