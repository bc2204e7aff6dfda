"""How the conformance suite reaches a tracker: the one thing its author writes."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wflpy.drmaa2 import JobTemplate
from wflpy.store import MemoryLedger

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

    from wflpy.tracker import JobTracker


class Harness:
    """One tracker under test. A new one is made for every test.

    Attributes:
        name: of the tracker, for messages.
        tracker: its class.
        timeout: seconds within which what should happen soon has happened.
        slots: how many slots the opened tracker has; None when unknown or without limit.
    """

    name: str
    tracker: type[JobTracker]
    timeout: float = 30.0
    slots: int | None = None

    def __init__(self) -> None:
        self._ledgers: dict[str, MemoryLedger] = {}

    def unavailable(self) -> str | None:
        """Why the tracker cannot be tested on this machine; None when it can."""
        return None

    def options(self, workdir: Path) -> object:  # noqa: ARG002  for those who keep something there
        """The options the tracker is opened with; its defaults, unless this is overridden."""
        return self.tracker.options_type()

    @contextmanager
    def open(self, workdir: Path, session: str = "contract") -> Generator[JobTracker]:
        """A tracker of this session, closed when the context is left.

        The same folder and session again reach the same jobs. ``workdir`` is the folder of this test, seen by the jobs
        where `Files.SHARED` is declared.
        """
        tracker = self.tracker.open(session, self.options(workdir), self.ledger(session))
        try:
            yield tracker
        finally:
            tracker.close()

    def template(self, command: str, *args: str, **fields: Any) -> JobTemplate:
        """A template that runs this command line, with whatever else the tracker needs, an image for example."""
        return JobTemplate(remote_command=command, args=list(args), **fields)

    def ledger(self, session: str) -> MemoryLedger:
        """The ledger of a session, the same one whenever it is opened."""
        return self._ledgers.setdefault(session, MemoryLedger())

    def home(self) -> Path:
        """What HOME_DIRECTORY stands for."""
        return Path.home()

    def now(self) -> datetime:
        """The time the tracker goes by."""
        return datetime.now(UTC)

    def pass_time(self, seconds: float) -> None:
        """Turn the clock of the tracker, if it has one that can be turned; real time passes by itself."""

    def outage(self) -> AbstractContextManager[None] | None:
        """While the context is entered the backend cannot be reached; None when that cannot be arranged."""
        return None

    def requeue(self, job_id: str) -> bool:  # noqa: ARG002  for those who can
        """Have the backend put a running job back in its queue, where it stays; False when that cannot be arranged."""
        return False

    def lose(self, job_id: str) -> bool:  # noqa: ARG002  for those who can
        """Have the backend lose a job, so that it becomes UNDETERMINED; False when that cannot be arranged."""
        return False

    def release(self, gate: Path) -> None:
        """Create the file that jobs wait for."""
        gate.touch()
