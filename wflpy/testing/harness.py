"""How the conformance suite reaches a tracker: the one thing its author writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wflpy.testing.ledger import MemoryLedger

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wflpy.drmaa2 import JobTemplate
    from wflpy.tracker import JobTracker


class Harness(ABC):
    """One tracker under test. A new one is made for every test.

    Attributes:
        name: of the tracker, for messages.
        timeout: seconds within which what should happen soon has happened.
        slots: how many slots the opened tracker has; None when unknown or without limit.
    """

    name: str
    timeout: float = 30.0
    slots: int | None = None

    def __init__(self) -> None:
        self._ledgers: dict[str, MemoryLedger] = {}

    def unavailable(self) -> str | None:
        """Why the tracker cannot be tested on this machine; None when it can."""
        return None

    @abstractmethod
    def open(self, workdir: Path, session: str = "contract") -> AbstractContextManager[JobTracker]:
        """A tracker of this session, closed when the context is left.

        The same folder and session again reach the same jobs. ``workdir`` is the folder of this test, seen by the jobs
        where `Files.SHARED` is declared.
        """

    @abstractmethod
    def template(self, command: str, *args: str, **fields: Any) -> JobTemplate:
        """A template that runs this command line, with whatever else the tracker needs, an image for example."""

    def ledger(self, session: str) -> MemoryLedger:
        """The ledger of a session, the same one whenever it is opened."""
        return self._ledgers.setdefault(session, MemoryLedger())

    def home(self) -> Path:
        """What HOME_DIRECTORY stands for."""
        return Path.home()

    def now(self) -> datetime:
        """The time the tracker goes by."""
        return datetime.now(UTC)

    def pass_time(self, seconds: float) -> None:  # noqa: B027  real time passes by itself
        """Turn the clock of the tracker, if it has one that can be turned."""

    def outage(self) -> AbstractContextManager[None] | None:
        """While the context is entered the backend cannot be reached; None when that cannot be arranged."""
        return None

    def release(self, gate: Path) -> None:
        """Create the file that jobs wait for."""
        gate.touch()
