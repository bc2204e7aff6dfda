"""A callback that keeps what it is told, and how long the thread that calls it lives."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.drmaa2 import DrmaaNotification, JobState
    from wflpy.sessions import Job


class Recorder:
    """A callback that keeps what it is told; ``on_notify`` is called with each after that."""

    def __init__(self, on_notify: Callable[[DrmaaNotification], object] | None = None) -> None:
        self.told: list[DrmaaNotification] = []
        self._on_notify = on_notify
        self._changed = threading.Condition()

    def notify(self, notification: DrmaaNotification) -> None:
        with self._changed:
            self.told.append(notification)
            self._changed.notify_all()
        if self._on_notify is not None:
            self._on_notify(notification)

    def states(self, job: Job) -> list[JobState | None]:
        return [one.job_state for one in self.told if one.job_id == job.job_id]

    def await_state(self, job: Job, state: JobState) -> list[JobState | None]:
        """What was told of the job, once this state was."""
        with self._changed:
            assert self._changed.wait_for(lambda: state in self.states(job), 20), self.told
        return self.states(job)

    def await_last(self, job: Job, state: JobState) -> list[JobState | None]:
        """What was told of the job, once this was told last."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.states(job)[-1:] == [state], 5), (state, self.states(job))
        return self.states(job)

    def await_count(self, number: int) -> list[DrmaaNotification]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.told) >= number, 20), self.told
        return self.told


def event_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "wflpy-events"]
