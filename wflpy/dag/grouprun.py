"""A group whose nodes are on their way through the backend."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wflpy.dag.plan import Group
    from wflpy.dag.recipe import Recipe


class GroupRun:
    """A group whose nodes are on their way."""

    __slots__ = ("active", "again", "cursor", "end", "failed", "group", "left", "limit", "number", "queued", "recipe")

    def __init__(self, number: int, group: Group, *, started: bool = False) -> None:
        self.number = number
        self.group = group
        self.end = group.first + group.size
        self.cursor = self.end if started else group.first
        """The next node that was never taken."""
        self.again: deque[int] = deque()
        """Nodes that are to run before those behind the cursor: further attempts, stand-ins."""
        self.left = group.size
        """Nodes that have not ended."""
        self.active = 0
        """Nodes that were taken and have not come back."""
        self.limit = group.spec.max_parallel or group.size
        self.failed = 0
        self.queued = False
        """Whether it stands in the queue of what may run."""
        self.recipe: Recipe | None = None
        """How its jobs are made; kept here for as long as it lasts."""

    @property
    def has_work(self) -> bool:
        """Whether a node could be taken now."""
        return self.active < self.limit and (bool(self.again) or self.cursor < self.end)

    def take(self) -> int:
        """The next node; only when `has_work`."""
        self.active += 1
        if self.again:
            return self.again.popleft()
        self.cursor += 1
        return self.cursor - 1

    @property
    def is_tolerated(self) -> bool:
        """Whether no more of it failed than is allowed."""
        tolerance = self.group.spec.allow_failure
        if tolerance is None:
            return False
        if tolerance.count is not None and self.failed > tolerance.count:
            return False
        return tolerance.share is None or self.failed <= tolerance.share * self.group.size
