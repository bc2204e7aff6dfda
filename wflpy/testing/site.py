"""What a test of TrackerContract holds in its hand: one folder, one opened tracker, and verbs for both."""

from __future__ import annotations

import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Final

import pytest

from wflpy.drmaa2 import (
    FINAL_STATES,
    DrmaaException,
    InvalidArgumentException,
    JobAction,
    JobInfo,
    JobState,
    JobStatus,
    ResourceLimit,
)
from wflpy.testing.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from wflpy.testing.harness import Harness
    from wflpy.tracker import JobTracker, StateChange

STARTED: Final = frozenset((JobState.RUNNING, *FINAL_STATES))
"""What a wait for the start waits for."""


class Site(Ground):
    """One test's folder and tracker.

    Attributes:
        tracker: opened for the session ``contract``.
    """

    def __init__(self, harness: Harness, folder: Path) -> None:
        super().__init__(harness, folder)
        self._stack: Final = ExitStack()
        self._keys = 0
        self.tracker: Final[JobTracker] = self.open()

    # -- the tracker ---------------------------------------------------------------------------------

    @property
    def declaring(self) -> JobTracker:
        """The open tracker."""
        return self.tracker

    def open(self, session: str = "contract") -> JobTracker:
        """Another tracker, closed at the end of the test."""
        return self._stack.enter_context(self.harness.open(self.folder, session))

    def needs_limit(self, limit: ResourceLimit) -> None:
        """Skip the test where this limit is refused, by its name, as one that cannot be enforced (5.7.25)."""
        try:
            job = self.submit("exit", 0, resource_limits={limit: "3600"}, submit_as_hold=True)
        except InvalidArgumentException as refusal:
            if refusal.attributes != (f"resourceLimits[{limit}]",):
                raise
            pytest.skip(f"{self.harness.name} refuses the limit {limit}")
        self.control(job, JobAction.TERMINATE)

    # -- submitting ----------------------------------------------------------------------------------

    def key(self) -> str:
        """A key that was not used before in this test."""
        self._keys += 1
        digits = "abcdefghijklmnopqrstuvwxyz234567"
        return "w" + "".join(digits[(self._keys >> (5 * place)) & 31] for place in range(23, -1, -1))

    def submit(self, behaviour: str, *args: object, **fields: Any) -> str:
        """Submit a job that does this."""
        return self.tracker.submit(self.template(behaviour, *args, **fields), self.key())

    def array(self, indices: range, behaviour: str, *args: object, limit: int | None = None, **fields: Any) -> str:
        """Submit one job that does this for every index."""
        return self.tracker.submit_array(self.template(behaviour, *args, **fields), indices, limit, self.key())

    # -- waiting -------------------------------------------------------------------------------------

    def wait(self, job_id: str, states: Collection[JobState]) -> JobStatus:
        """Wait until the job is in one of the states."""
        return self.tracker.wait(job_id, self.soon, states)

    def started(self, job_id: str) -> None:
        """Wait until the job is RUNNING."""
        assert self.wait(job_id, STARTED).state is JobState.RUNNING

    def ended(self, job_id: str) -> JobInfo:
        """Wait for the end of the job; its final snapshot."""
        status = self.wait(job_id, FINAL_STATES)
        info = self.tracker.info(job_id)
        assert (info.job_state, info.job_sub_state) == (status.state, status.sub_state)
        return info

    def done(self, job_id: str) -> JobInfo:
        """Wait for the end of a job that must succeed."""
        info = self.ended(job_id)
        assert (info.job_state, info.exit_status) == (JobState.DONE, 0), info
        return info

    def state(self, job_id: str) -> JobState:
        """The state of the job now."""
        return self.tracker.state(job_id).state

    def output(self, behaviour: str, *args: object, **fields: Any) -> str:
        """What a job that does this writes to stdout."""
        path = self.folder / f"stdout{self._keys}"
        self.done(self.submit(behaviour, *args, output_path=str(path), **fields))
        return path.read_text(encoding="utf-8")

    def control(self, job_id: str, action: JobAction) -> None:
        """Have an action carried out."""
        self.tracker.control(job_id, action)

    def listen(self, tracker: JobTracker | None = None) -> Listener:
        """Note every state change from now on."""
        listener = Listener(self.harness.timeout)
        subscription = (tracker or self.tracker).subscribe(listener.hear)
        listener.cancel = subscription.cancel
        self._stack.callback(subscription.cancel)
        return listener

    # -- the end -------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Open every gate, end every job, close every tracker; nothing of the tracker's is left."""
        self.open_gates()
        with suppress(DrmaaException), self.harness.open(self.folder) as tracker:
            for job_id in tracker.job_ids():
                with suppress(DrmaaException):
                    tracker.control(job_id, JobAction.TERMINATE)
        self._stack.close()
        self.check_threads()


class Listener:
    """Notes state changes."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._changed = threading.Condition()
        self._changes: list[StateChange] = []
        self.cancel: Callable[[], None] = lambda: None

    def hear(self, changes: Sequence[StateChange]) -> None:
        """Take note of a batch."""
        with self._changed:
            self._changes.extend(changes)
            self._changed.notify_all()

    def of(self, job_id: str) -> list[StateChange]:
        """The changes of a job so far."""
        with self._changed:
            return [change for change in self._changes if change.job_id == job_id]

    def ended(self, job_id: str) -> list[StateChange]:
        """The changes of a job, once a final one has come."""
        with self._changed:
            heard = self._changed.wait_for(lambda: self._has_ended(job_id), self._timeout)
        assert heard, f"no final state of {job_id} within {self._timeout} s: {self.of(job_id)}"
        return self.of(job_id)

    def _has_ended(self, job_id: str) -> bool:
        return any(change.job_id == job_id and change.state in FINAL_STATES for change in self._changes)
