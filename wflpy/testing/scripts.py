"""What commands do on a fake installation: data for the usual, generator functions for the rest."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import resolve_directories
from wflpy.tracker import Cause
from wflpy.tracker.arrays import job_variables
from wflpy.tracker.launch import StartFailure

if TYPE_CHECKING:
    from wflpy.drmaa2 import JobTemplate

Steps = Generator[float | Callable[[], bool], None, int | str | None]
"""A program on its way: it yields seconds to let pass on the clock of the installation, or a condition to wait for
(looked at again whenever something happens), and returns its exit status or the name of the signal that ended it."""


class FakeProcess:
    """A job as the program in it sees it; a program must not call the installation or a tracker.

    Attributes:
        job_id: its id.
        index: its index in an array, or None.
        command: the program.
        args: its arguments, placeholders resolved.
        environment: the variables of the template and those by which a job learns who it is, nothing else.
        working_directory: where it runs.
        stdin: the text of its input file; empty without one.
        ignores_terminate: set it to True for a program that is deaf to SIGTERM.
    """

    def __init__(self, job_id: str, index: int | None, template: JobTemplate) -> None:
        home = str(Path.home())
        own = template.job_environment or {}
        self.job_id = job_id
        self.index = index
        self.command = template.remote_command or ""
        self.working_directory = resolve_directories(template.working_directory or str(Path.cwd()), home, "")
        self.args = [resolve_directories(arg, home, self.working_directory) for arg in template.args or ()]
        self.environment = {
            **{name: resolve_directories(value, home, self.working_directory) for name, value in own.items()},
            **job_variables(job_id, index, own),
        }
        self.ignores_terminate = False
        self._require_working_directory()
        self.stdin = self._read(template.input_path)
        self._output = self._opened(template.output_path)
        self._error = self._output if template.join_files else self._opened(template.error_path)

    def write(self, text: str) -> None:
        """Append to standard output."""
        _append(self._output, text)

    def write_error(self, text: str) -> None:
        """Append to standard error."""
        _append(self._error, text)

    def _require_working_directory(self) -> None:
        if not Path(self.working_directory).is_dir():
            text = f"working directory {self.working_directory!r} does not exist"
            raise StartFailure(Cause.WORKING_DIRECTORY, text)

    def _path(self, text: str) -> Path:
        return Path(self.working_directory, resolve_directories(text, str(Path.home()), self.working_directory))

    def _read(self, path: str | None) -> str:
        if path is None:
            return ""
        try:
            return self._path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise StartFailure(Cause.INPUT_FILE, f"input file {path!r} cannot be read: {error.strerror}") from error

    def _opened(self, path: str | None) -> Path | None:
        if path is None:
            return None
        try:
            with self._path(path).open("a", encoding="utf-8"):
                return self._path(path)
        except OSError as error:
            text = f"output file {path!r} cannot be written: {error.strerror}"
            raise StartFailure(Cause.OUTPUT_FILE, text) from error


def _append(path: Path | None, text: str) -> None:
    if path is not None and text:
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text)


@dataclass(slots=True, frozen=True, kw_only=True)
class Script:
    """What a command does, as data. Without arguments: it ends at once with exit status 0."""

    exit_status: int = 0
    """How it ends."""
    signal: str | None = None
    """Name of the signal that ends it instead, such as ``SIGSEGV``."""
    duration: float = 0.0
    """Seconds it runs, on the clock of the installation."""
    output: str = ""
    """What it writes to standard output when it starts."""
    error: str = ""
    """What it writes to standard error when it starts."""
    start_failure: Cause | None = None
    """Why it cannot be started."""
    annotation: str | None = None
    """The sentence that goes with ``start_failure``."""
    ignores_terminate: bool = False
    """Deaf to SIGTERM: ends by SIGKILL after the grace of the installation."""
    forever: bool = False
    """Runs until it is told to finish or is terminated."""

    def __call__(self, process: FakeProcess) -> Steps:
        """Play it."""
        if self.start_failure is not None:
            raise StartFailure(self.start_failure, self.annotation or f"{process.command!r} cannot be started")
        process.ignores_terminate = self.ignores_terminate
        process.write(self.output)
        process.write_error(self.error)
        if self.duration:
            yield self.duration
        if self.forever:
            yield never
        return self.signal or self.exit_status


def never() -> bool:
    """A condition that does not come true."""
    return False


Program = Callable[[FakeProcess], Steps]
"""A `Script`, or a generator function that takes a `FakeProcess`."""

AT_ONCE: Final = Script()
"""What a command without a script does where all jobs end by themselves; it touches no file."""

FOREVER: Final = Script(forever=True)
"""What a command without a script does where a test lets jobs end; it touches no file."""
