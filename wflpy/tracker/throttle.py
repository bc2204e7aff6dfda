"""How many jobs of one array are under way at once."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


class Throttle:
    """Lets jobs of an array go in index order, never more than ``limit`` at a time; None for any number."""

    __slots__ = ("_limit", "_under_way", "_waiting")

    def __init__(self, limit: int | None) -> None:
        self._limit: Final = limit
        self._waiting: Final[list[tuple[int, str]]] = []
        self._under_way: Final[set[str]] = set()

    def wait(self, index: int, job_id: str) -> None:
        """Let a job wait for its turn."""
        heapq.heappush(self._waiting, (index, job_id))

    def enter(self, job_id: str) -> None:
        """A job is under way already."""
        self._under_way.add(job_id)

    def leave(self, job_id: str) -> None:
        """A job is not under way any more: it has ended, or is on hold again."""
        self._under_way.discard(job_id)

    def admitted(self, is_waiting: Callable[[str], bool]) -> list[str]:
        """The jobs whose turn it is now; they are under way. Those that no longer wait are passed over."""
        admitted: list[str] = []
        while self._waiting and (self._limit is None or len(self._under_way) < self._limit):
            _, job_id = heapq.heappop(self._waiting)
            if job_id not in self._under_way and is_waiting(job_id):
                self._under_way.add(job_id)
                admitted.append(job_id)
        return admitted
