"""From a task to the templates of its jobs: what is the same for all members is worked out once."""

from __future__ import annotations

import math
import os
import shutil
from typing import TYPE_CHECKING, Any, Final

from wflpy.dag.calls import call_argv
from wflpy.dag.directory import file_stem
from wflpy.dag.fitting import granted
from wflpy.dag.members import ArrayMembers
from wflpy.dag.plan import node_name
from wflpy.dag.scope import NO_USES, Scopes, uses_in
from wflpy.dag.shapes import is_list, is_mapping, joined
from wflpy.dag.spec import NO_RESOURCES, Call, Command, Resources, Shell, Submit
from wflpy.dag.table import Streams
from wflpy.drmaa2 import CpuArchitecture, JobTemplate, OperatingSystem, ResourceLimit
from wflpy.drmaa2.attributes import set_attributes
from wflpy.tracker import Files

if TYPE_CHECKING:
    from wflpy.dag.directory import RunDirectory
    from wflpy.dag.plan import Group
    from wflpy.dag.scope import Scope
    from wflpy.dag.spec import TaskSpec
    from wflpy.dag.table import Table
    from wflpy.expr import Text
    from wflpy.tracker import JobTracker

_KB: Final = 1024
_BASH: Final = ("bash", "-eo", "pipefail", "-c")
_PROBING: Final = 'if command -v bash >/dev/null 2>&1; then exec bash -eo pipefail -c "$1"; else exec sh -e -c "$1"; fi'
"""For places of which it is not known whether they have bash."""
_LAZY_OUTPUT: Final = {"process": {"process_lazy_output": "true"}}
"""How a tracker is told that a log nobody wrote to need not exist."""


class Kitchen:
    """What all recipes of a run share."""

    def __init__(self, table: Table, directory: RunDirectory, tracker: JobTracker) -> None:
        self.directory: Final = directory
        self.scopes: Final = Scopes(table, directory)
        self.base: Final = os.fspath(table.plan.spec.base.absolute())
        self.logs: Final = os.fspath(directory.logs)
        self.tracker: Final = tracker
        self.granted: Final = granted(tracker)
        self.gives_wallclock = True
        """False once the backend has refused to limit the time of a job; the run's own timers remain."""
        self.extensions: Final = _LAZY_OUTPUT.get(tracker.name)
        self.plain_fields: Final[dict[str, Any]] = {"working_directory": self.base}
        """Of jobs that ask for nothing."""
        if self.extensions:
            self.plain_fields["extensions"] = self.extensions
        self.plain_env: Final = {**self.scopes.flow_env, **self.scopes.exported}
        """Of tasks with no variables of their own."""
        local = tracker.files is Files.SHARED and "image" not in self.granted
        self.shell: Final = _BASH if local and shutil.which("bash") else ("sh", "-e", "-c") if local else None


class Recipe:
    """How the jobs of one group are made."""

    __slots__ = ("_argv", "_env", "_fields", "_kitchen", "_scope", "_streams", "group", "uses")

    def __init__(self, kitchen: Kitchen, group: Group) -> None:
        spec = group.spec
        self.group: Final = group
        self._kitchen = kitchen
        self._scope: Scope | None = None
        self._argv = _literal_argv(spec)
        self.uses: Final = NO_USES if self._argv and _has_no_texts(spec) else uses_in(spec)
        self._env = None if spec.env else kitchen.plain_env
        self._streams = bool(spec.stdin or spec.stdout or spec.stderr or spec.join)
        self._fields = _fixed_fields(kitchen, spec)

    def scope(self, member: int) -> Scope:
        """What the expressions of one member see.

        Raises:
            EvaluationError: an environment variable or the path of an output has no value.
        """
        if self._scope is None:
            self._scope = self._kitchen.scopes.of_group(self.group, self.uses)
        return self._kitchen.scopes.of_member(self.group, member, self._scope, self.uses)

    def template(self, member: int, attempt: int) -> tuple[JobTemplate, Streams | None]:
        """The template for one attempt of one member, and where its output goes if not to its logs.

        Raises:
            ExpressionError: a value it needs cannot be worked out.
        """
        group, kitchen = self.group, self._kitchen
        name = node_name(group, member)
        scope = None
        if self._argv is None or self._env is None or self.uses.roots:
            scope = self.scope(member)
        fields = dict(self._fields)
        stem = f"{kitchen.logs}/{file_stem(name)}.{attempt}."
        fields["job_name"] = name
        fields["output_path"] = stem + "out"
        fields["error_path"] = stem + "err"
        fields["job_environment"] = self._environment(name, member, scope)
        if group.spec.workdir is not None:
            fields["working_directory"] = joined(kitchen.base, group.spec.workdir.render(scope or {}))
        argv = self._argv or self._dynamic_argv(scope or {}, name, attempt)
        if argv:
            fields["remote_command"] = argv[0]
            if len(argv) > 1:
                fields["args"] = argv[1:]
        streams = self._redirect(fields, scope or {}) if self._streams else None
        template = JobTemplate(**fields)
        spec = group.spec
        if spec.template is None and not isinstance(spec.body, Submit):
            return template, streams
        return _with_raw_fields(template, spec, streams)

    def _environment(self, name: str, member: int, scope: Scope | None) -> dict[str, str]:
        if self._env is not None:
            environment = dict(self._env)
        else:
            own: Any = (scope or {})["env"]
            environment = {**own, **self._kitchen.scopes.exported}
        environment["WFLPY_TASK"] = name
        members = self.group.members
        if isinstance(members, ArrayMembers):
            index = str(members.indices[member])
            environment["WFLPY_TASK_INDEX"] = environment["TASK_ID"] = index
            environment["DRMAA_INDEX_VAR"] = "WFLPY_TASK_INDEX"
        return environment

    def _dynamic_argv(self, scope: Scope, name: str, attempt: int) -> list[str]:
        body = self.group.spec.body
        if isinstance(body, Command):
            return [word for text in body.argv for word in text.arguments(scope)]
        if isinstance(body, Shell):
            return _shell_argv(
                body, body.text.render_shell(scope), self._kitchen, has_image=bool(self.group.spec.image)
            )
        if isinstance(body, Call):
            return call_argv(body, scope, self._kitchen.directory, self._kitchen.base, name, attempt)
        return []

    def _redirect(self, fields: dict[str, Any], scope: Scope) -> Streams:
        """Send the streams that the task names to its own files."""
        spec = self.group.spec
        if spec.stdin is not None:
            fields["input_path"] = self._path(spec.stdin, scope)
        stdout = None if spec.stdout is None else self._path(spec.stdout, scope)
        stderr = None if spec.stderr is None else self._path(spec.stderr, scope)
        joined = bool(spec.join) or (stdout is not None and stdout == stderr)
        if stdout is not None:
            fields["output_path"] = stdout
        if joined:
            fields["join_files"] = True
            del fields["error_path"]
        elif stderr is not None:
            fields["error_path"] = stderr
        return Streams(stdout, None if joined else stderr, joined)

    def _path(self, text: Text, scope: Scope) -> str:
        return joined(self._kitchen.base, text.render(scope))


def _has_no_texts(spec: TaskSpec) -> bool:
    """Whether no expression can stand anywhere but in the command."""
    return not (spec.env or spec.outputs or spec.inputs or spec.when or spec.workdir or spec.stdin) and not (
        spec.stdout or spec.stderr
    )


def _literal_argv(spec: TaskSpec) -> list[str] | None:
    """The words of a command that holds no expression; None for everything else."""
    body = spec.body
    if not isinstance(body, Command):
        return None
    words: list[str] = []
    for text in body.argv:
        parts = text.parts
        if len(parts) == 1 and isinstance(parts[0], str):
            words.append(parts[0])
        elif parts:
            return None
        else:
            words.append("")
    return words


def _shell_argv(body: Shell, text: str, kitchen: Kitchen, *, has_image: bool) -> list[str]:
    if body.shell is not None:
        return [*body.shell, text]
    if kitchen.shell is None or has_image:
        return ["sh", "-c", _PROBING, "sh", text]
    return [*kitchen.shell, text]


def _fixed_fields(kitchen: Kitchen, spec: TaskSpec) -> dict[str, Any]:
    """The attributes that are the same for all members."""
    if spec.resources is NO_RESOURCES and spec.timeout is None and not (spec.queue or spec.account or spec.image):
        return kitchen.plain_fields
    fields = dict(kitchen.plain_fields)
    if spec.queue is not None and "queue" in kitchen.granted:
        fields["queue_name"] = spec.queue
    if spec.account is not None and "account" in kitchen.granted:
        fields["accounting_id"] = spec.account
    if spec.image is not None and "image" in kitchen.granted:
        fields["job_category"] = spec.image
    if spec.resources is not NO_RESOURCES:
        fields |= _demands(spec.resources)
        if spec.resources.gpus and "gpus" in kitchen.granted:
            own = {f"{kitchen.tracker.name}_gpus": str(spec.resources.gpus)}
            fields["extensions"] = {**(kitchen.extensions or {}), **own}
    limit = _wallclock(spec)
    if limit is not None and kitchen.gives_wallclock:
        fields["resource_limits"] = {str(ResourceLimit.WALLCLOCK_TIME): str(limit)}
    return fields


def _demands(resources: Resources) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if resources.slots is not None:
        fields["min_slots"] = resources.slots
    if resources.memory is not None:
        fields["min_phys_memory"] = math.ceil(resources.memory / _KB)
    if resources.priority is not None:
        fields["priority"] = resources.priority
    if resources.machines is not None:
        fields["candidate_machines"] = list(resources.machines)
    if resources.machine_os is not None:
        fields["machine_os"] = _member(OperatingSystem, resources.machine_os, OperatingSystem.from_system_name)
    if resources.machine_arch is not None:
        fields["machine_arch"] = _member(CpuArchitecture, resources.machine_arch, CpuArchitecture.from_machine_name)
    return fields


def _member(enumeration: Any, name: str, otherwise: Any) -> Any:
    """The member by its own name, or by the one that ``uname`` prints."""
    return enumeration.__members__.get(name.upper()) or otherwise(name)


def _wallclock(spec: TaskSpec) -> int | None:
    """Whole seconds after which the backend may end a job: what is asked for, and never more than the timeout."""
    given = [limit for limit in (spec.timeout, spec.resources.walltime) if limit is not None]
    return math.ceil(min(given)) if given else None


def _with_raw_fields(
    template: JobTemplate, spec: TaskSpec, streams: Streams | None
) -> tuple[JobTemplate, Streams | None]:
    """The attributes that were given raw win; environments and extensions are put together."""
    sources = [spec.body.template] if isinstance(spec.body, Submit) else []
    for source in (*sources, spec.template):
        for name, value in set_attributes(source) if source is not None else ():
            setattr(template, name, _merged(getattr(template, name), value))
            if name in ("output_path", "error_path", "join_files"):
                streams = streams or Streams()
                streams = Streams(
                    template.output_path if name == "output_path" else streams.stdout,
                    template.error_path if name == "error_path" else streams.stderr,
                    bool(template.join_files),
                )
    return template, streams


def _merged(ours: object, given: object) -> object:
    """The attribute that was given; a copy, and with our entries where both are dictionaries."""
    if is_mapping(given):
        return {**ours, **given} if is_mapping(ours) else dict(given)
    return list(given) if is_list(given) else given
