"""The harness of the process tracker."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wflpy.drmaa2 import JobTemplate
from wflpy.testing import Harness
from wflpy_trackers.process import ProcessOptions, ProcessTracker

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from wflpy.tracker import JobTracker


class ProcessHarness(Harness):
    """The process tracker in the home of the test."""

    name = "process"
    timeout = 20.0
    slots = 4

    def unavailable(self) -> str | None:
        return None if os.name == "posix" else f"no POSIX processes on {os.name}"

    @contextmanager
    def open(self, workdir: Path, session: str = "contract") -> Generator[JobTracker]:
        tracker = ProcessTracker.open(session, ProcessOptions(slots=self.slots, grace=0.5), self.ledger(session))
        try:
            yield tracker
        finally:
            tracker.close()

    def template(self, command: str, *args: str, **fields: Any) -> JobTemplate:
        return JobTemplate(remote_command=command, args=list(args), **fields)
