"""How a job becomes a process: its directory, files, environment, program and limits.

Everything that can go wrong is done here rather than in the child, so that it can be told apart. The child itself is
made by `posix_spawn`, which does not copy the memory of the keeper.
"""

# The keeper does not load pathlib.
from __future__ import annotations

import errno
import os
import signal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wflpy_trackers._local import limits
from wflpy_trackers._local.failure import PASSING, StartFailure
from wflpy_trackers._local.files import open_input, open_output
from wflpy_trackers._local.processes import ticks
from wflpy_trackers._local.programs import Programs, check, explain
from wflpy_trackers._local.wire import decode
from wflpy_trackers._local.words import (
    ANY_MARK,
    HOME_MARK,
    INDEX_MARK,
    LAZY_OUTPUT,
    WORKING_DIRECTORY,
    WORKING_MARK,
)

if TYPE_CHECKING:
    from wflpy_trackers._local.jobs import Context, Job
    from wflpy_trackers._local.outputs import Output, Outputs

_ELSEWHERE: Final = {
    errno.ENOENT: "does not exist",
    errno.ENOTDIR: "is not a directory",
    errno.EACCES: "may not be entered",
}


class Started(NamedTuple):
    """A process that has begun."""

    pid: int
    earliest: int
    latest: int
    """Clock ticks since boot between which it did."""


class Draft(NamedTuple):
    """What a template says about the process, before anything was looked for or opened."""

    directory: str | None
    name: bytes
    """Of the program."""
    arguments: list[bytes]
    """The name among them."""
    environment: dict[bytes, bytes]
    streams: tuple[str | None, str | None, str | None]
    """Files for input, output and errors."""
    is_joined: bool
    is_lazy: bool
    limits: str | None
    """Shell commands that set the limits of the process."""


class Prepared(NamedTuple):
    """All that a process needs."""

    program: bytes
    arguments: list[bytes]
    environment: dict[bytes, bytes]
    actions: list[tuple[Any, ...]]
    opened: list[int]
    """Descriptors that are the job's alone once it has started."""
    outputs: list[Output]


class Spawner:
    """Starts processes, in three steps, so that the log can be written before the last one."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs: Final = outputs
        self._programs: Final = Programs()
        self._limits: Final = limits.current()
        # What this process ignores, Python's own choices included, would be ignored by its children.
        self._defaults: Final = [
            number for number in signal.valid_signals() if signal.getsignal(number) is signal.SIG_IGN
        ]

    def draft(self, job: Job, body: bytes) -> Draft:
        """What the template of a job, given as JSON, says about its process.

        Raises:
            ValueError, TypeError, KeyError: the template is damaged.
        """
        template = _parsed(job, body)
        asked = job.asked
        context = asked.context
        arguments = [os.fsencode(template["remoteCommand"]), *map(os.fsencode, template.get("args") or ())]
        extensions: dict[str, str] | None = template.get("extensions")
        wanted: dict[str, str] | None = template.get("resourceLimits")
        if context.prelude is None:
            context.prelude = limits.of_submitter(context.limits, self._limits)
        prelude = context.prelude
        if wanted:
            prelude += limits.of_template(wanted, context.limits, self._limits)
        return Draft(
            template.get("workingDirectory") or asked.directory,
            arguments[0],
            arguments,
            _environment(job, template, context),
            (template.get("inputPath"), template.get("outputPath"), template.get("errorPath")),
            template.get("joinFiles") or False,
            extensions is not None and extensions.get(LAZY_OUTPUT) == "true",
            prelude or None,
        )

    def prepare(self, draft: Draft, umask: int) -> Prepared:
        """Find and open what the process needs.

        Leaves the working directory and the umask of this process changed; `settle` sets them back.

        Raises:
            StartFailure: it cannot be started.
            OSError: the machine is short of descriptors for the moment.
        """
        _enter(draft.directory)
        program = self._programs.find(draft.name, draft.environment.get(b"PATH"))
        arguments = draft.arguments
        if draft.limits is not None:
            check(program)  # from the shell there would be a mere 127
            script = os.fsencode(draft.limits + 'exec "$0" "$@"')
            program, arguments = limits.SHELL, [limits.SHELL, b"-c", script, program, *arguments[1:]]
        os.umask(umask)
        prepared = Prepared(program, arguments, draft.environment, [], [], [])
        try:
            self._connect(draft, umask, prepared)
        except BaseException:
            self.discard(prepared)
            raise
        return prepared

    def spawn(self, prepared: Prepared) -> Started:
        """Start the process.

        Raises:
            StartFailure: it cannot be started.
            OSError: the machine is short of processes or memory for the moment.
        """
        earliest = ticks()
        pid = self._spawn(prepared.program, prepared.arguments, prepared.environment, prepared.actions)
        for descriptor in prepared.opened:
            os.close(descriptor)
        return Started(pid, earliest, ticks())

    def discard(self, prepared: Prepared) -> None:
        """Let go of what was opened for a process that was not started."""
        for descriptor in prepared.opened:
            os.close(descriptor)
        self._outputs.ended(prepared.outputs)

    def settle(self) -> None:
        """Stand in no folder that somebody may want to remove, and make files for nobody else."""
        os.chdir("/")
        os.umask(0o077)

    def _connect(self, draft: Draft, umask: int, prepared: Prepared) -> None:
        """Connect the streams; one without a file stays what it is for the keeper: /dev/null."""
        source, target, errors = draft.streams
        actions = prepared.actions
        if source is not None:
            prepared.opened.append(open_input(source))
            actions.append((os.POSIX_SPAWN_DUP2, prepared.opened[-1], 0))
        if target is not None:
            actions.append((os.POSIX_SPAWN_DUP2, self._open(draft, target, umask, prepared), 1))
        if draft.is_joined or (errors is not None and errors == target):
            actions.append((os.POSIX_SPAWN_DUP2, 1, 2))
        elif errors is not None:
            actions.append((os.POSIX_SPAWN_DUP2, self._open(draft, errors, umask, prepared), 2))

    def _open(self, draft: Draft, path: str, umask: int, prepared: Prepared) -> int:
        if not draft.is_lazy:
            descriptor = open_output(path)
        else:
            whole = path if path.startswith("/") else f"{draft.directory}/{path}"
            descriptor, output = self._outputs.open(whole, umask)
            if output is not None:
                prepared.outputs.append(output)
        prepared.opened.append(descriptor)
        return descriptor

    def _spawn(
        self,
        program: bytes,
        arguments: list[bytes],
        environment: dict[bytes, bytes],
        actions: list[tuple[Any, ...]],
    ) -> int:
        try:
            return self._exec(program, arguments, environment, actions)
        except OSError as error:
            if error.errno in PASSING:
                raise
            self._programs.forget()
            if error.errno != errno.ENOEXEC:
                raise explain(program, error) from error
        # As execvp does it: text without a first line for the kernel is for the shell.
        try:
            return self._exec(limits.SHELL, [limits.SHELL, program, *arguments[1:]], environment, actions)
        except OSError as error:
            if error.errno in PASSING:
                raise
            raise explain(limits.SHELL, error) from error

    def _exec(
        self,
        program: bytes,
        arguments: list[bytes],
        environment: dict[bytes, bytes],
        actions: list[tuple[Any, ...]],
    ) -> int:
        return os.posix_spawn(
            program,
            arguments,
            environment,
            file_actions=actions,
            setsid=True,
            setsigmask=(),
            setsigdef=self._defaults,
        )


def _parsed(job: Job, body: bytes) -> dict[str, Any]:
    if INDEX_MARK in body:
        # Digits mean the same in every JSON string.
        body = body.replace(INDEX_MARK, b"%d" % job.index)
    template: dict[str, Any] = decode(body)
    if ANY_MARK in body:
        _resolve(template, job.asked.context.home, job.asked.directory or "/")
    return template


def _resolve(template: dict[str, Any], home: str, otherwise: str) -> None:
    """Replace the placeholders for directories at the start of values (GFD.231 5.7)."""
    working = str(template.get("workingDirectory") or otherwise)
    if working.startswith(HOME_MARK):
        working = template["workingDirectory"] = home + working.removeprefix(HOME_MARK)

    def resolved(text: str) -> str:
        if text.startswith(HOME_MARK):
            return home + text.removeprefix(HOME_MARK)
        return working + text.removeprefix(WORKING_MARK) if text.startswith(WORKING_MARK) else text

    for name in ("inputPath", "outputPath", "errorPath"):
        if name in template:
            template[name] = resolved(template[name])
    template["args"] = [resolved(text) for text in template.get("args") or ()]
    variables: dict[str, str] = template.get("jobEnvironment") or {}
    template["jobEnvironment"] = {name: resolved(text) for name, text in variables.items()}


def _enter(directory: str | None) -> None:
    if directory is None:
        text = "the directory of the submitting process did not exist when it submitted; set workingDirectory"
        raise StartFailure(WORKING_DIRECTORY, text)
    try:
        os.chdir(directory)
    except OSError as error:
        problem = _ELSEWHERE.get(error.errno or 0, f"cannot be entered: {error.strerror}")
        raise StartFailure(WORKING_DIRECTORY, f"working directory {directory!r} {problem}") from error


def _environment(job: Job, template: dict[str, Any], context: Context) -> dict[bytes, bytes]:
    """The submitter's variables, the template's, and those by which a job learns who it is (GFD.231 8.6)."""
    job_id = job.job_id.encode()
    environment = context.environment | {b"JOB_ID": job_id, b"DRMAA_JOB_ID": b"WFLPY_JOB_ID"}
    own = {b"WFLPY_JOB_ID": job_id, b"WFLPY_JOB_KEY": job.asked.key.encode()}
    if job.throttle is not None:
        index = b"%d" % job.index
        environment |= {b"TASK_ID": index, b"DRMAA_INDEX_VAR": b"WFLPY_TASK_INDEX"}
        own[b"WFLPY_TASK_INDEX"] = index
    variables: dict[str, str] | None = template.get("jobEnvironment")
    if variables:
        environment |= {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}
    environment |= own
    return environment
