"""The harness of the process tracker."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.trackers.process.keepers import KeeperProcess
from wflpy.testing import Harness
from wflpy_trackers._local.words import LOG_FORMAT
from wflpy_trackers.process import ProcessOptions, ProcessTracker


class ProcessHarness(Harness):
    """The process tracker in the home of the test."""

    name = "process"
    tracker = ProcessTracker
    timeout = 20.0
    slots = 4
    _home = Path()

    def unavailable(self) -> str | None:
        return None if os.name == "posix" else f"no POSIX processes on {os.name}"

    def options(self, workdir: Path) -> object:
        self._home = workdir / "home"
        return ProcessOptions(slots=self.slots, grace=0.5)

    def lose(self, job_id: str) -> bool:
        """As if the machine had been started anew: the keeper dies, and its log ends with that of another boot."""
        keeper = KeeperProcess(self._home)
        if not any(record[:2] == ["p", job_id] for record in keeper.records()):
            return False
        keeper.kill()
        number, slots = max(record[4:] for record in keeper.records() if record[0] == "b")
        with keeper.log.open("a") as log:
            log.write(json.dumps(["b", "another boot", LOG_FORMAT, 0.0, number, slots]) + "\n")
        return True
