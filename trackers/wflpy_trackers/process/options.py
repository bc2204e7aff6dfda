"""Options of the process tracker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOptions:
    """Options of the process tracker."""

    tracker: ClassVar[str] = "process"

    slots: int | None = field(
        default=None,
        metadata={"help": "how many slots there are; as many as CPUs if none. The first who opens the home decides"},
    )
    grace: float = field(default=5.0, metadata={"help": "seconds between SIGTERM and SIGKILL when a job is ended"})
    home: str | None = field(
        default=None,
        metadata={"help": "folder with queue and job log; none for WFLPY_HOME and its default", "contact": True},
    )
