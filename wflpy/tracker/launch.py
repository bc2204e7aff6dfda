"""What a backend that starts programs on this machine does with a template: everything resolved, checked and opened."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

from wflpy.drmaa2 import resolve_directories
from wflpy.tracker.ability import Cause
from wflpy.tracker.arrays import job_variables

if TYPE_CHECKING:
    from collections.abc import Generator

    from wflpy.drmaa2 import JobTemplate

Stream = IO[bytes] | int
"""An open file, or subprocess.DEVNULL."""

_MODES: Final = {Cause.INPUT_FILE: ("rb", "read"), Cause.OUTPUT_FILE: ("ab", "written")}


class StartFailure(Exception):
    """A job cannot be started: it becomes FAILED with this cause and annotation."""

    def __init__(self, cause: Cause, annotation: str) -> None:
        super().__init__(annotation)
        self.cause = cause
        self.annotation = annotation


@dataclass(frozen=True, slots=True)
class Launch:
    """A job as it is to be started here."""

    template: JobTemplate
    directory: str
    """Its working directory, which exists."""
    command: list[str]
    """The program and its arguments."""
    environment: dict[str, str]
    """That of this process, with the variables of the template and those by which a job learns who it is."""

    @classmethod
    def of(cls, template: JobTemplate, job_id: str, index: int | None = None) -> Self:
        """How to start the job of this template.

        Raises:
            StartFailure: the working directory or the program is missing, or the program cannot be executed.
        """
        home = str(Path.home())
        directory = resolve_directories(template.working_directory or str(Path.cwd()), home, "")
        if not Path(directory).is_dir():
            raise StartFailure(Cause.WORKING_DIRECTORY, f"working directory {directory!r} does not exist")
        own = template.job_environment or {}
        environment = {name: resolve_directories(value, home, directory) for name, value in own.items()}
        environment = {**os.environ, **environment, **job_variables(job_id, index, own)}
        program = template.remote_command or ""
        _check_program(program, directory, environment.get("PATH"))
        args = [resolve_directories(arg, home, directory) for arg in template.args or ()]
        return cls(template, directory, [program, *args], environment)

    @contextmanager
    def streams(self) -> Generator[dict[str, Any]]:
        """Standard input, output and error, open while the context is, as keywords of subprocess.

        Raises:
            StartFailure: one of them cannot be opened.
        """
        template = self.template
        with ExitStack() as files:
            stdin = self._opened(files, template.input_path, Cause.INPUT_FILE)
            stdout = self._opened(files, template.output_path, Cause.OUTPUT_FILE)
            joined = template.join_files is True
            stderr = stdout if joined else self._opened(files, template.error_path, Cause.OUTPUT_FILE)
            yield {"stdin": stdin, "stdout": stdout, "stderr": stderr}

    def _opened(self, files: ExitStack, path: str | None, cause: Cause) -> Stream:
        if path is None:
            return subprocess.DEVNULL
        mode, verb = _MODES[cause]
        try:
            place = Path(self.directory, resolve_directories(path, str(Path.home()), self.directory))
            file: IO[bytes] = files.enter_context(place.open(mode))  # unbuffered by whoever writes into it
        except OSError as error:
            text = f"{cause.replace('_', ' ')} {path!r} cannot be {verb}: {error.strerror}"
            raise StartFailure(cause, text) from error
        return file


def _check_program(program: str, directory: str, search: str | None) -> None:
    """A name without a slash is looked for in PATH, one with a slash below the working directory."""
    place = Path(directory, program) if "/" in program else None
    found = shutil.which(program, path=search) if place is None else place.exists()
    if not found:
        raise StartFailure(Cause.PROGRAM_NOT_FOUND, f"there is no program {program!r}")
    if place is not None and not (place.is_file() and os.access(place, os.X_OK)):
        raise StartFailure(Cause.PROGRAM_NOT_EXECUTABLE, f"{program!r} is not executable")
