"""Waiting without polling: state changes come in on one side, waiters and subscribers stand on the other.

A tracker lets `states` answer with a new state *before* it publishes it; a waiter is registered *before* it asks. So a
change is either in the answer or comes as a notification, and no wake-up is lost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.drmaa2 import (
    FINAL_STATES,
    InvalidArgumentException,
    InvalidSessionException,
    JobInfo,
    JobState,
    JobStatus,
    TimeoutException,
)

if TYPE_CHECKING:
    from datetime import timedelta

Ask = Callable[[Collection[str]], Mapping[str, JobStatus]]
"""The states of these jobs, now."""

First = Callable[[Sequence[str]], str]
"""Which of several jobs that are all in a wanted state got there first."""


class StateChange(NamedTuple):
    """One fact about one job, as a tracker learned it."""

    job_id: str
    state: JobState
    sub_state: str | None = None
    info: JobInfo | None = None
    """The final snapshot; always given with DONE, FAILED and UNDETERMINED."""
    time: float = 0.0
    """Seconds since the epoch: when it happened, or was seen."""


Deliver = Callable[[Sequence[StateChange]], None]


class Subscription:
    """A callback that is being served; `cancel` ends it and waits for a delivery in progress."""

    __slots__ = ("_watch",)

    def __init__(self, watch: StateWatch) -> None:
        self._watch = watch

    def cancel(self) -> None:
        """Deliver nothing more, from the moment this returns. Twice is fine, and so is from inside the callback."""
        self._watch.remove(self)


class _Waiter:
    """One thread that waits for one of several jobs."""

    __slots__ = ("found", "open_jobs", "ready", "states")

    def __init__(self, job_ids: Collection[str], states: Collection[JobState]) -> None:
        self.states = states
        self.open_jobs = set(job_ids)
        self.found: tuple[str, JobStatus] | None = None
        self.ready = threading.Event()

    def see(self, job_id: str, status: JobStatus) -> None:
        """Take note of a state; the first one that ends the wait is kept."""
        if self.found is not None or job_id not in self.open_jobs:
            return
        if status.state in self.states:
            self.end(job_id, status)
        elif status.state in FINAL_STATES:
            self.open_jobs.discard(job_id)
            if not self.open_jobs:
                self.end(job_id, status)

    def end(self, job_id: str, status: JobStatus) -> None:
        """The wait is over."""
        self.found = (job_id, status)
        self.ready.set()


class StateWatch:
    """Where a tracker publishes what it learns, and where everyone who waits is woken.

    All methods may be called from several threads.
    """

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        # Re-entrant, so that a callback may subscribe and cancel.
        self._delivery: Final = threading.RLock()
        self._waiters: dict[str, set[_Waiter]] = {}
        self._subscribers: dict[Subscription, Deliver] = {}
        self._closed = False

    @property
    def is_heard(self) -> bool:
        """Whether anybody waits or subscribes; if not, a change that `states` already tells need not be published."""
        return bool(self._waiters or self._subscribers)

    def publish(self, changes: Sequence[StateChange]) -> None:
        """Wake waiters and call subscribers, in the order of the changes.

        The changes must already be what `states` answers. Call it outside of locks that `submit` or `states` take. An
        exception of a subscriber is logged, and the others are served. After `close` nothing happens.
        """
        with self._delivery:
            with self._lock:
                if self._closed:
                    return
                if self._waiters:
                    self._wake(changes)
            for subscription, deliver in tuple(self._subscribers.items()):
                if subscription in self._subscribers:
                    _deliver(deliver, changes)

    def _wake(self, changes: Sequence[StateChange]) -> None:
        waiters = self._waiters
        for change in changes:
            for waiter in waiters.get(change.job_id, ()):
                waiter.see(change.job_id, JobStatus(change.state, change.sub_state))

    def wait_any(
        self,
        job_ids: Sequence[str],
        timeout: timedelta | None,
        states: Collection[JobState],
        ask: Ask,
        first: First | None = None,
    ) -> tuple[str, JobStatus]:
        """Block until one job is in one of ``states``, or none can be any more.

        The states are asked for once, after the waiter is registered, so that no change is missed. ``first`` chooses
        among several jobs that are there already; without it, the order of ``job_ids`` does.

        Raises:
            TimeoutException: the time is over.
            InvalidSessionException: the tracker was closed meanwhile, or before.
            InvalidArgumentException: there are no jobs to wait for.
        """
        if not job_ids:
            raise InvalidArgumentException("there are no jobs to wait for", attributes=("jobs",))
        deadline = None if timeout is None else time.monotonic() + timeout.total_seconds()
        unique = dict.fromkeys(job_ids)
        waiter = _Waiter(unique, states)
        self._register(waiter)
        try:
            now = ask(unique)
            there = [job_id for job_id in unique if now[job_id].state in states]
            if there:
                # Older than anything that was published since the registration.
                chosen = there[0] if first is None or len(there) == 1 else first(there)
                return chosen, now[chosen]
            with self._lock:
                for job_id in unique:
                    waiter.see(job_id, now[job_id])
            waiter.ready.wait(_remaining(deadline))
        finally:
            self._unregister(waiter, unique)
        if waiter.found is not None:
            return waiter.found
        if self._closed:
            raise InvalidSessionException("the session was closed while a thread waited in it")
        raise _timed_out(list(unique), states, timeout)

    def subscribe(self, deliver: Deliver) -> Subscription:
        """Call ``deliver`` with every batch of changes from now on."""
        subscription = Subscription(self)
        with self._delivery:
            self._subscribers[subscription] = deliver
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """End a subscription; one that has ended is ignored."""
        with self._delivery:
            self._subscribers.pop(subscription, None)

    def close(self) -> None:
        """Wake every waiting thread with InvalidSessionException; later waits raise it too. Twice is fine."""
        with self._lock:
            self._closed = True
            for waiters in self._waiters.values():
                for waiter in waiters:
                    waiter.ready.set()

    def _register(self, waiter: _Waiter) -> None:
        with self._lock:
            if self._closed:
                raise InvalidSessionException("the session is closed")
            for job_id in waiter.open_jobs:
                self._waiters.setdefault(job_id, set()).add(waiter)

    def _unregister(self, waiter: _Waiter, job_ids: Collection[str]) -> None:
        with self._lock:
            for job_id in job_ids:
                waiters = self._waiters[job_id]
                waiters.discard(waiter)
                if not waiters:
                    del self._waiters[job_id]


def _remaining(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    remaining = max(0.0, deadline - time.monotonic())
    # An event cannot wait for more than about 292 years; longer means for ever.
    return None if remaining > threading.TIMEOUT_MAX else remaining


def _deliver(deliver: Deliver, changes: Sequence[StateChange]) -> None:
    try:
        deliver(changes)
    except Exception:
        import logging

        logging.getLogger("wflpy.tracker").exception("a subscriber of state changes failed; the others are served")


def _timed_out(job_ids: list[str], states: Collection[JobState], timeout: timedelta | None) -> TimeoutException:
    wanted = " or ".join(state.name for state in sorted(states))
    if len(job_ids) == 1:
        text = f"job {job_ids[0]} did not reach {wanted} within {timeout}"
        return TimeoutException(text, pending=job_ids, job_id=job_ids[0])
    return TimeoutException(f"none of {len(job_ids)} jobs reached {wanted} within {timeout}", pending=job_ids)
