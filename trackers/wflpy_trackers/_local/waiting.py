"""Who runs next: slots, and the queue of the jobs that wait for them. Pure data, no clock and no process.

Higher priority comes first, within a priority the job submitted first, within an array the lower index. The head of the
queue waits until enough slots are free and nothing passes it meanwhile: small jobs cannot starve a big one. An array
that already runs as many jobs as it may is not in anybody's way.
"""

from __future__ import annotations

import heapq
from typing import Any, Final, Generic, Protocol, TypeVar

C = TypeVar("C", bound="Candidate")


class Demand(Protocol):
    """What a submission wants."""

    @property
    def number(self) -> int:
        """Rises with every submission."""
        ...

    @property
    def priority(self) -> int:
        """Higher comes first."""
        ...

    @property
    def min_slots(self) -> int:
        """Slots it needs."""
        ...

    @property
    def max_slots(self) -> int:
        """Slots it takes if they are free; at least ``min_slots``."""
        ...


class Throttle(Generic[C]):
    """What the jobs of one array have in common while they wait."""

    __slots__ = ("listed", "max_parallel", "running", "waiting")

    def __init__(self, max_parallel: int | None) -> None:
        self.max_parallel = max_parallel
        """None for no limit."""
        self.running = 0
        """Jobs of the array that hold slots."""
        self.waiting: list[C] = []
        """A heap by index; jobs that were taken out again are skipped."""
        self.listed = False
        """Whether the array stands in the queue."""

    @property
    def is_open(self) -> bool:
        """Whether one more of its jobs may run."""
        return self.max_parallel is None or self.running < self.max_parallel


class Candidate:
    """A job in the eyes of the queue."""

    __slots__ = ("asked", "index", "queued", "throttle")

    def __init__(self, asked: Demand, index: int = 0, throttle: Throttle[Any] | None = None) -> None:
        self.asked = asked
        self.index = index
        """In its array; 0 for a job that is not part of one."""
        self.throttle = throttle
        """None for a job that is not part of an array."""
        self.queued = False
        """Whether it is in the queue."""

    def __lt__(self, other: Candidate) -> bool:
        return self.index < other.index


class Queue(Generic[C]):
    """The jobs that may start as soon as there are slots for them, and the slots."""

    def __init__(self, total: int) -> None:
        self.total = total
        """Slots there are."""
        self.free = total
        """Slots nobody holds; negative after `resize` to fewer than are held."""
        self._heads: Final[list[tuple[int, int, C]]] = []

    def resize(self, total: int) -> None:
        """Have another number of slots."""
        self.free += total - self.total
        self.total = total

    def add(self, job: C) -> None:
        """Let a job wait for slots; one that waits already is left alone."""
        if job.queued:
            return
        job.queued = True
        throttle = job.throttle
        if throttle is None:
            self._list(job)
            return
        heapq.heappush(throttle.waiting, job)
        self._relist(throttle)

    def remove(self, job: C) -> None:
        """Take a job out again; one that does not wait is left alone."""
        job.queued = False

    def take(self) -> tuple[C, int] | None:
        """The job that is to start now with the slots it gets; None if the head has to wait or nobody waits."""
        job = self.peek() if self.free > 0 else None
        if job is None or job.asked.min_slots > self.free:
            return None
        return self._granted(job)

    def peek(self) -> C | None:
        """The job that will be the next to start; None if nobody waits."""
        while self._heads:
            job = self._first_of(self._heads[0][2])
            if job is not None:
                return job
            heapq.heappop(self._heads)
        return None

    def give_back(self, job: C, slots: int) -> None:
        """The job no longer runs: its slots are free, and so is its place in the array."""
        self.free += slots
        if job.throttle is not None:
            job.throttle.running -= 1
            self._relist(job.throttle)

    def occupy(self, job: C, slots: int) -> None:
        """A job runs that was not taken from this queue."""
        self.free -= slots
        if job.throttle is not None:
            job.throttle.running += 1

    @property
    def is_empty(self) -> bool:
        """Whether nobody waits for slots; jobs that were taken out may make it say no for a while."""
        return not self._heads

    def _first_of(self, head: C) -> C | None:
        """The job that stands at this place: the head itself, or the first of its array; None if the place is void."""
        throttle: Throttle[C] | None = head.throttle
        if throttle is None:
            return head if head.queued else None
        waiting = throttle.waiting
        while waiting and not waiting[0].queued:
            heapq.heappop(waiting)
        if waiting and throttle.is_open:
            return waiting[0]
        throttle.listed = False
        return None

    def _granted(self, job: C) -> tuple[C, int]:
        if job.throttle is None:
            heapq.heappop(self._heads)
        else:
            heapq.heappop(job.throttle.waiting)
        job.queued = False
        slots = min(job.asked.max_slots, self.free)
        self.occupy(job, slots)
        return job, slots

    def _relist(self, throttle: Throttle[C]) -> None:
        if not throttle.listed and throttle.is_open and throttle.waiting:
            throttle.listed = True
            self._list(throttle.waiting[0])

    def _list(self, head: C) -> None:
        heapq.heappush(self._heads, (-head.asked.priority, head.asked.number, head))
