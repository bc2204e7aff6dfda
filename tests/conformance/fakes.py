"""The harnesses of the fake trackers: what the shell text of the suite does, played in memory."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wflpy.testing import FakeInstallation, FakeOptions, FakeProcess, FakeTracker, PlainFakeTracker, StartFailure
from wflpy.testing.harness import Harness
from wflpy.tracker import Cause, JobTracker

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime

    from wflpy.testing.scripts import Steps


def _exit(_: FakeProcess, status: str) -> Steps:
    yield from ()
    return int(status)


def _kill(_: FakeProcess, signal: str) -> Steps:
    yield from ()
    return f"SIG{signal}"


def _print(process: FakeProcess, *words: str) -> Steps:
    yield from ()
    process.write("".join(f"{word}\n" for word in words))
    return 0


def _print_both(process: FakeProcess, first: str, error: str, last: str) -> Steps:
    yield from ()
    process.write(f"{first}\n")
    process.write_error(f"{error}\n")
    process.write(f"{last}\n")
    return 0


def _copy(process: FakeProcess) -> Steps:
    yield from ()
    process.write(process.stdin)
    return 0


def _directory(process: FakeProcess) -> Steps:
    yield from ()
    process.write(f"{Path(process.working_directory).resolve()}\n")
    return 0


def _variable(process: FakeProcess, name: str) -> Steps:
    yield from ()
    process.write(process.environment.get(name, "(unset)"))
    return 0


def _indirect(process: FakeProcess, name: str) -> Steps:
    return _variable(process, process.environment.get(name, ""))


def _append(_: FakeProcess, path: str, text: str) -> Steps:
    yield from ()
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")
    return 0


def _wait(_: FakeProcess, gate: str, status: str = "0") -> Steps:
    Path(f"{gate}.started").touch()
    yield Path(gate).exists
    return int(status)


def _pass(_: FakeProcess, first: str, second: str) -> Steps:
    for gate in (first, second):
        Path(f"{gate}.started").touch()
        yield Path(gate).exists
    return 0


def _deaf(process: FakeProcess, gate: str) -> Steps:
    process.ignores_terminate = True
    return _wait(process, gate)


BEHAVIOURS: dict[str, Callable[..., Steps]] = {
    "exit": _exit,
    "kill": _kill,
    "print": _print,
    "print_both": _print_both,
    "copy": _copy,
    "directory": _directory,
    "variable": _variable,
    "indirect": _indirect,
    "append": _append,
    "wait": _wait,
    "pass": _pass,
    "deaf": _deaf,
    "graceful": _wait,
}


def shell(process: FakeProcess) -> Steps:
    """``sh -c TEXT NAME ARGUMENTS``, by the name."""
    _, _, name, *args = process.args
    return BEHAVIOURS[name](process, *args)


def missing(process: FakeProcess) -> Steps:
    """Any other program."""
    if Path(process.command).exists():
        raise StartFailure(Cause.PROGRAM_NOT_EXECUTABLE, f"{process.command!r} is not executable")
    raise StartFailure(Cause.PROGRAM_NOT_FOUND, f"there is no program {process.command!r}")


class FakeHarness(Harness):
    """The fake tracker."""

    name = "fake"
    timeout = 5.0
    slots: int | None = 4
    tracker: type[JobTracker] = FakeTracker

    def __init__(self) -> None:
        super().__init__()
        self._installation: FakeInstallation | None = None
        self._contact = ""
        self._others = 0

    @property
    def installation(self) -> FakeInstallation:
        """What stands behind all trackers of this test."""
        assert self._installation is not None
        return self._installation

    def options(self, workdir: Path) -> object:
        self._contact = str(workdir)
        self._installation = FakeInstallation.at(self._contact, slots=self.slots)
        self._installation.script("sh", shell)
        self._installation.otherwise = missing
        return self.tracker.options_type(contact=self._contact)

    def now(self) -> datetime:
        return super().now() if self._installation is None else self._installation.clock.now()

    def pass_time(self, seconds: float) -> None:
        self.installation.clock.advance(seconds)

    @contextmanager
    def outage(self) -> Generator[None]:
        self.installation.faults.unreachable = True
        try:
            yield
        finally:
            self.installation.faults.unreachable = False

    def requeue(self, job_id: str) -> bool:
        # More urgent jobs take all the slots before it could have one again.
        others = FakeTracker.open("others", FakeOptions(contact=self._contact), self.ledger("others"))
        blocker = self.template("sh", "-c", "", "wait", f"{self._contact}/never", priority=1000)
        for _ in range(self.slots or 0):
            self._others += 1
            others.submit(blocker, f"other{self._others}")
        others.close()
        self.installation.requeue(job_id)
        return True

    def lose(self, job_id: str) -> bool:
        if job_id not in self.installation.job_ids():
            return False
        self.installation.vanish(job_id)
        return True

    def release(self, gate: Path) -> None:
        super().release(gate)
        self.installation.settle()


class PlainFakeHarness(FakeHarness):
    """The fake tracker over a backend that only runs jobs."""

    name = "plain-fake"
    slots = None
    tracker = PlainFakeTracker
