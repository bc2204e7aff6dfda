"""What a keeper knows: sessions, submissions, jobs. Small objects, since there are many and the ended ones stay."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from wflpy_trackers._local.waiting import Candidate, Throttle
from wflpy_trackers._local.wire import encode_text
from wflpy_trackers._local.words import (
    DONE,
    FAILED,
    QUEUED,
    QUEUED_HELD,
    REQUEUED,
    REQUEUED_HELD,
    RUNNING,
    SUSPENDED,
    UNDETERMINED,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wflpy_trackers._local.loop import Timer
    from wflpy_trackers._local.outputs import Output
    from wflpy_trackers._local.peers import Peer

FINAL: Final = frozenset((UNDETERMINED, DONE, FAILED))
WAITING: Final = frozenset((QUEUED, REQUEUED))
HELD: Final = frozenset((QUEUED_HELD, REQUEUED_HELD))
STARTED: Final = frozenset((RUNNING, SUSPENDED))
BUSY: Final = WAITING | STARTED
"""States of a job for which a keeper stays."""

Usage = tuple[float, float, int, int, int, int, int, int, int]
"""User and system seconds, largest resident set in KB, then counts: minor and major page faults, blocks read and
written, voluntary and involuntary context switches."""


class Context:
    """What a job takes over from the process that submitted it."""

    __slots__ = ("environment", "grace", "home", "limits", "number", "prelude", "raw", "umask")

    def __init__(self, number: int, raw: bytes, values: dict[str, Any]) -> None:
        self.number = number
        self.raw = raw
        """As it came from the client."""
        self.environment = {os.fsencode(name): os.fsencode(value) for name, value in values["environment"].items()}
        self.home = str(values["home"])
        self.umask = int(values["umask"])
        self.grace = float(values["grace"])
        """Seconds between SIGTERM and SIGKILL when a job is ended."""
        self.limits: dict[str, list[int]] = values["limits"]
        """Resource limits by name: soft and hard; -1 is none."""
        self.prelude: str | None = None
        """Shell commands that set them; empty if they are those of the keeper, None if nobody has looked."""


class Session:
    """The jobs of one session."""

    __slots__ = ("arrays", "events", "ids", "jobs", "label", "name", "watchers")

    def __init__(self, name: str | None) -> None:
        self.name = name
        """None once it was forgotten: its jobs are dropped when they end."""
        self.label = encode_text(name)
        self.jobs: dict[str, Job] = {}
        self.arrays: dict[str, Array] = {}
        self.ids: dict[str, str] = {}
        """Key -> id of the job or array."""
        self.watchers: list[Peer] = []
        self.events: list[str] = []
        """Not told to the watchers yet."""


class Submission:
    """What was asked for: one job, or all jobs of an array."""

    __slots__ = (
        "body",
        "context",
        "directory",
        "held",
        "job_name",
        "key",
        "length",
        "max_slots",
        "min_slots",
        "number",
        "offset",
        "priority",
        "session",
        "start",
        "time",
        "wallclock",
    )

    def __init__(self, number: int, session: Session, context: Context, time: float, head: list[Any]) -> None:
        self.number = number
        self.session = session
        self.context = context
        self.time = time
        self.key: str = head[0]
        self.min_slots: int = head[1]
        self.max_slots: int = head[2]
        self.priority: int = head[3]
        self.held: bool = head[4]
        self.start: float | None = head[5]
        """Earliest start, seconds since the epoch."""
        self.wallclock: int | None = head[6]
        """Seconds it may run."""
        self.job_name: str | None = head[7]
        self.directory: str | None = head[8]
        """Directory of the submitter, for a template without one; None if it was gone."""
        self.body: bytes | None = None
        """The template as JSON. Dropped when a single job has started: from then on it is read from the log."""
        self.offset = 0
        self.length = 0
        """Where its line is in the log."""


class Run:
    """A process of a job, while there is one."""

    __slots__ = (
        "adopted",
        "cause",
        "earliest",
        "kill",
        "latest",
        "limit",
        "outputs",
        "pid",
        "reaped",
        "since",
        "text",
        "told",
    )

    def __init__(self, pid: int, earliest: int, latest: int, *, adopted: bool = False) -> None:
        self.pid = pid
        self.earliest = earliest
        self.latest = latest
        """Clock ticks since boot between which it started."""
        self.adopted = adopted
        """Whether it is no child of this keeper, so that its exit status may be unknown."""
        self.since: float | None = None
        """Monotonic time at which it began or went on to run; None while suspended."""
        self.cause: str | None = None
        """Why it is being ended, if it is."""
        self.text: str | None = None
        self.kill: Timer | None = None
        """Will send SIGKILL."""
        self.limit: Timer | None = None
        """Will end it for its wall-clock limit."""
        self.outputs: Sequence[Output] = ()
        """Output files that may get their names later."""
        self.told = False
        """Whether somebody has told it to end: who says it again wants it gone at once."""
        self.reaped = False
        """Whether its first process was waited for, and only others of its group may be left."""


class Job(Candidate):
    """One job and what became of it."""

    __slots__ = (
        "annotation",
        "cause",
        "changed",
        "dispatched",
        "job_id",
        "ran",
        "run",
        "slots",
        "state",
        "status",
        "usage",
    )

    asked: Submission

    def __init__(self, job_id: str, asked: Submission, state: int, index: int = 0, array: Array | None = None) -> None:
        super().__init__(asked, index, array)
        self.job_id = job_id
        self.state = state
        self.cause: str | None = None
        self.annotation: str | None = None
        self.changed = asked.time
        """When it entered its state."""
        self.dispatched: float | None = None
        self.slots = 0
        self.ran = 0.0
        """Seconds of running before `Run.since`."""
        self.status: int | None = None
        """As ``wait`` gives it; None if it never ran or nobody knows."""
        self.usage: Usage | None = None
        self.run: Run | None = None


class Array(Throttle["Job"]):
    """A bulk job."""

    __slots__ = ("array_id", "asked", "indices", "jobs")

    def __init__(self, array_id: str, asked: Submission, indices: range, max_parallel: int | None) -> None:
        super().__init__(max_parallel)
        self.array_id = array_id
        self.asked = asked
        state = QUEUED_HELD if asked.held else QUEUED
        self.indices = indices
        self.jobs = {index: Job(f"{array_id}.{index}", asked, state, index, self) for index in indices}
        """By index; deleted ones are left out."""
