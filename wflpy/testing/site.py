"""What a test of the conformance suite holds in its hand: one folder, one opened tracker, and verbs for both."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from wflpy.drmaa2 import (
    FINAL_STATES,
    DrmaaCapability,
    DrmaaException,
    InvalidArgumentException,
    JobAction,
    JobInfo,
    JobState,
    JobStatus,
    JobTemplate,
    ResourceLimit,
)
from wflpy.testing.behaviours import command_line
from wflpy.tracker import Ability, Files, StateChange

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from wflpy.testing.harness import Harness
    from wflpy.tracker import JobTracker

STARTED: Final = frozenset((JobState.RUNNING, *FINAL_STATES))
"""What a wait for the start waits for."""


class Gate:
    """A file that jobs wait for."""

    def __init__(self, site: Site, path: Path) -> None:
        self._site = site
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def open(self) -> None:
        """Let the jobs end."""
        self._site.harness.release(self.path)

    def await_job(self) -> None:
        """Return when a job has come to the gate, its traps set."""
        self._site.await_that(self.path.with_name(self.path.name + ".started").exists, f"a job came to {self.path}")


class Site:
    """One test's folder and tracker.

    Attributes:
        harness: of the tracker.
        folder: of this test.
        tracker: opened for the session ``contract``.
    """

    def __init__(self, harness: Harness, folder: Path) -> None:
        self.harness: Final = harness
        self.folder: Final = folder
        self._stack: Final = ExitStack()
        self._gates: Final[list[Gate]] = []
        self._keys = 0
        self._threads: Final = set(threading.enumerate())
        self._others: Final[list[threading.Thread]] = []
        self.tracker: Final[JobTracker] = self.open()

    # -- the tracker ---------------------------------------------------------------------------------

    def open(self, session: str = "contract") -> JobTracker:
        """Another tracker, closed at the end of the test."""
        return self._stack.enter_context(self.harness.open(self.folder, session))

    def needs(self, *declared: Ability | DrmaaCapability) -> None:
        """Skip the test unless all of this is declared."""
        for one in declared:
            owned = self.tracker.abilities if isinstance(one, Ability) else self.tracker.capabilities
            if one not in owned:
                pytest.skip(f"{self.harness.name} does not declare {one.name}")

    def needs_shared_files(self) -> None:
        """Skip the test unless jobs see the files of this machine."""
        if self.tracker.files is not Files.SHARED:
            pytest.skip(f"jobs of {self.harness.name} do not see the files of this machine")

    def needs_limit(self, limit: ResourceLimit) -> None:
        """Skip the test where this limit is refused, by its name, as one that cannot be enforced (5.7.25)."""
        try:
            job = self.submit("exit", 0, resource_limits={limit: "3600"}, submit_as_hold=True)
        except InvalidArgumentException as refusal:
            if refusal.attributes != (f"resourceLimits[{limit}]",):
                raise
            pytest.skip(f"{self.harness.name} refuses the limit {limit}")
        self.control(job, JobAction.TERMINATE)

    def needs_slots(self) -> int:
        """How many slots there are; skips the test where they are not counted or not known."""
        self.needs(Ability.SLOTS)
        if self.harness.slots is None:
            pytest.skip(f"the harness of {self.harness.name} does not say how many slots there are")
        return self.harness.slots

    # -- submitting ----------------------------------------------------------------------------------

    def key(self) -> str:
        """A key that was not used before in this test."""
        self._keys += 1
        digits = "abcdefghijklmnopqrstuvwxyz234567"
        return "w" + "".join(digits[(self._keys >> (5 * place)) & 31] for place in range(23, -1, -1))

    def template(self, behaviour: str, *args: object, **fields: Any) -> JobTemplate:
        """The template of a job that does this, in the folder of the test."""
        return self.harness.template(
            *command_line(behaviour, *args), **{"working_directory": str(self.folder), **fields}
        )

    def submit(self, behaviour: str, *args: object, **fields: Any) -> str:
        """Submit a job that does this."""
        return self.tracker.submit(self.template(behaviour, *args, **fields), self.key())

    def array(self, indices: range, behaviour: str, *args: object, limit: int | None = None, **fields: Any) -> str:
        """Submit one job that does this for every index."""
        return self.tracker.submit_array(self.template(behaviour, *args, **fields), indices, limit, self.key())

    def gate(self, name: str = "gate") -> Gate:
        """A gate, opened at the end of the test at the latest."""
        gate = Gate(self, self.folder / name)
        self._gates.append(gate)
        return gate

    # -- waiting -------------------------------------------------------------------------------------

    @property
    def soon(self) -> timedelta:
        """How long what should happen soon may take."""
        return timedelta(seconds=self.harness.timeout)

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

    def await_that(self, holds: Callable[[], bool], what: str) -> None:
        """Return when it holds; for what no tracker tells, such as files."""
        end = time.monotonic() + self.harness.timeout
        while not holds():
            assert time.monotonic() < end, f"not within {self.harness.timeout} s: {what}"
            time.sleep(0.005)

    def listen(self, tracker: JobTracker | None = None) -> Listener:
        """Note every state change from now on."""
        listener = Listener(self.harness.timeout)
        subscription = (tracker or self.tracker).subscribe(listener.hear)
        listener.cancel = subscription.cancel
        self._stack.callback(subscription.cancel)
        return listener

    def meanwhile(self, action: Callable[[], Any]) -> Meanwhile:
        """Do something in another thread."""
        other = Meanwhile(action, self.harness.timeout)
        self._others.append(other.thread)
        return other

    # -- the end -------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Open every gate, end every job, close every tracker; nothing of the tracker's is left."""
        for gate in self._gates:
            gate.open()
        with suppress(DrmaaException), self.harness.open(self.folder) as tracker:
            for job_id in tracker.job_ids():
                with suppress(DrmaaException):
                    tracker.control(job_id, JobAction.TERMINATE)
        self._stack.close()
        for thread in self._others:
            thread.join(self.harness.timeout)
        left = [thread.name for thread in threading.enumerate() if thread not in self._threads]
        assert not left, f"threads left behind: {left}"


class Meanwhile:
    """Something that is done in another thread."""

    def __init__(self, action: Callable[[], Any], timeout: float) -> None:
        self._action = action
        self._timeout = timeout
        self._result: Any = None
        self._error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._result = self._action()
        except BaseException as error:  # noqa: BLE001  raised again by `result`
            self._error = error

    @property
    def is_going_on(self) -> bool:
        """Whether it is not done yet."""
        return self.thread.is_alive()

    def result(self) -> Any:
        """What it returned or raised, once it is done."""
        self.thread.join(self._timeout)
        assert not self.thread.is_alive(), f"not done within {self._timeout} s"
        if self._error is not None:
            raise self._error
        return self._result


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
