"""Resource limits of the processes to be started.

A process starts with the limits of the keeper. Where a job is to have others, a shell sets them and becomes the job's
program: there is no other way to set limits between fork and exec without slowing down every start.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SHELL: Final = b"/bin/sh"

_OPTIONS: Final = {
    "RLIMIT_CORE": ("c", 512),
    "RLIMIT_CPU": ("t", 1),
    "RLIMIT_DATA": ("d", 1024),
    "RLIMIT_FSIZE": ("f", 512),
    "RLIMIT_NOFILE": ("n", 1),
    "RLIMIT_STACK": ("s", 1024),
    "RLIMIT_AS": ("v", 1024),
}
"""Limit -> its letter for ulimit, and the size of its unit."""

TEMPLATE_LIMITS: Final = {
    "CORE_FILE_SIZE": ("RLIMIT_CORE", 1024),
    "DATA_SIZE": ("RLIMIT_DATA", 1024),
    "FILE_SIZE": ("RLIMIT_FSIZE", 1024),
    "OPEN_FILES": ("RLIMIT_NOFILE", 1),
    "STACK_SIZE": ("RLIMIT_STACK", 1024),
    "VIRTUAL_MEMORY": ("RLIMIT_AS", 1024),
}
"""Key of resource_limits -> the limit it sets, and the size of its unit."""


def current() -> dict[str, list[int]]:
    """The limits of this process by name, soft and hard; -1 is none."""
    names = [name for name in _OPTIONS if hasattr(resource, name)]
    return {name: list(resource.getrlimit(getattr(resource, name))) for name in names}


def of_submitter(submitter: Mapping[str, list[int]], own: Mapping[str, list[int]]) -> str:
    """Shell commands that set the limits of the submitter where they are not those of the keeper.

    Args:
        submitter: the limits of the process that submitted the job.
        own: the limits of the keeper.
    """
    commands: list[str] = []
    for name, (soft, hard) in submitter.items():
        mine = own.get(name)
        if mine is not None and mine != [soft, hard]:
            ceiling = _lower(hard, mine[1])
            commands += [_set("S", name, _lower(soft, ceiling)), _set("H", name, ceiling)]
    return "".join(commands)


def of_template(template: Mapping[str, Any], submitter: Mapping[str, list[int]], own: Mapping[str, list[int]]) -> str:
    """Shell commands that set the limits of a template; those that are not limits of processes are left out.

    Args:
        template: its ``resource_limits``.
        submitter: the limits of the process that submitted the job.
        own: the limits of the keeper.
    """
    commands: list[str] = []
    for key, value in template.items():
        if key in TEMPLATE_LIMITS:
            name, unit = TEMPLATE_LIMITS[key]
            ceiling = _lower(submitter.get(name, [-1, -1])[1], own.get(name, [-1, -1])[1])
            commands.append(_set("S", name, _lower(int(value) * unit, ceiling)))
    return "".join(commands)


def _set(kind: str, name: str, value: int) -> str:
    letter, unit = _OPTIONS[name]
    return f"ulimit -{kind} -{letter} {'unlimited' if value < 0 else value // unit}; "


def _lower(one: int, other: int) -> int:
    return max(one, other) if one < 0 or other < 0 else min(one, other)
