"""What tests of the conformance suites stand on: one folder, gates for its jobs, other threads."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from wflpy.testing.behaviours import command_line
from wflpy.tracker import Ability, Files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wflpy.drmaa2 import DrmaaCapability, JobTemplate
    from wflpy.testing.harness import Harness
    from wflpy.tracker import JobTracker


class Gate:
    """A file that jobs wait for."""

    def __init__(self, ground: Ground, path: Path) -> None:
        self._ground = ground
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def open(self) -> None:
        """Let the jobs end."""
        self._ground.harness.release(self.path)

    def await_job(self) -> None:
        """Return when a job has come to the gate, its traps set."""
        self._ground.await_that(self.path.with_name(self.path.name + ".started").exists, f"a job came to {self.path}")


class Ground(ABC):
    """One test's folder and harness.

    Attributes:
        harness: of the tracker.
        folder: of this test.
    """

    def __init__(self, harness: Harness, folder: Path) -> None:
        self.harness: Final = harness
        self.folder: Final = folder
        self._gates: Final[list[Gate]] = []
        self._threads: Final = set(threading.enumerate())
        self._others: Final[list[threading.Thread]] = []

    @property
    @abstractmethod
    def declaring(self) -> JobTracker | type[JobTracker]:
        """What declares the abilities."""

    def has(self, declared: Ability | DrmaaCapability) -> bool:
        """Whether this is declared."""
        if isinstance(declared, Ability):
            return declared in self.declaring.abilities
        return declared in self.declaring.capabilities

    def needs(self, *declared: Ability | DrmaaCapability) -> None:
        """Skip the test unless all of this is declared."""
        for one in declared:
            if not self.has(one):
                pytest.skip(f"{self.harness.name} does not declare {one.name}")

    def lacks(self, declared: Ability | DrmaaCapability) -> None:
        """Skip the test if this is declared."""
        if self.has(declared):
            pytest.skip(f"{self.harness.name} declares {declared.name}")

    def needs_shared_files(self) -> None:
        """Skip the test unless jobs see the files of this machine."""
        if self.declaring.files is not Files.SHARED:
            pytest.skip(f"jobs of {self.harness.name} do not see the files of this machine")

    def needs_slots(self) -> int:
        """How many slots there are; skips the test where they are not counted or not known."""
        self.needs(Ability.SLOTS)
        if self.harness.slots is None:
            pytest.skip(f"the harness of {self.harness.name} does not say how many slots there are")
        return self.harness.slots

    def template(self, behaviour: str, *args: object, **fields: Any) -> JobTemplate:
        """The template of a job that does this, in the folder of the test."""
        return self.harness.template(
            *command_line(behaviour, *args), **{"working_directory": str(self.folder), **fields}
        )

    def gate(self, name: str = "gate") -> Gate:
        """A gate, opened at the end of the test at the latest."""
        gate = Gate(self, self.folder / name)
        self._gates.append(gate)
        return gate

    @property
    def soon(self) -> timedelta:
        """How long what should happen soon may take."""
        return timedelta(seconds=self.harness.timeout)

    def await_that(self, holds: Callable[[], bool], what: str) -> None:
        """Return when it holds; for what no tracker tells, such as files."""
        end = time.monotonic() + self.harness.timeout
        while not holds():
            assert time.monotonic() < end, f"not within {self.harness.timeout} s: {what}"
            time.sleep(0.005)

    def meanwhile(self, action: Callable[[], Any]) -> Meanwhile:
        """Do something in another thread."""
        other = Meanwhile(action, self.harness.timeout)
        self._others.append(other.thread)
        return other

    def open_gates(self) -> None:
        """Let every job end that waits for a gate."""
        for gate in self._gates:
            gate.open()

    def check_threads(self) -> None:
        """Fail if a thread is left behind."""
        for thread in self._others:
            thread.join(self.harness.timeout)
        left = [thread.name for thread in threading.enumerate() if thread not in self._threads]
        assert not left, f"threads left behind: {left}"


class Meanwhile:
    """Something that is done in another thread."""

    def __init__(self, action: Callable[[], Any], timeout: float) -> None:
        self._action = action
        self._timeout = timeout
        self._result: Any = None
        self._error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._result = self._action()
        except BaseException as error:  # noqa: BLE001  raised again by `result`
            self._error = error

    @property
    def is_going_on(self) -> bool:
        """Whether it is not done yet."""
        return self.thread.is_alive()

    def result(self) -> Any:
        """What it returned or raised, once it is done."""
        self.thread.join(self._timeout)
        assert not self.thread.is_alive(), f"not done within {self._timeout} s"
        if self._error is not None:
            raise self._error
        return self._result
