"""Waiting without polling."""

from __future__ import annotations

import logging
import signal
import threading
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import (
    FINAL_STATES,
    ZERO_TIME,
    InvalidArgumentException,
    InvalidSessionException,
    JobState,
    JobStatus,
    TimeoutException,
)
from wflpy.tracker import StateChange, StateWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

SOON = timedelta(seconds=20)
SHORT = timedelta(milliseconds=10)


class Backend:
    """States, and a watch that is told of every change; counts the questions."""

    def __init__(self, *job_ids: str) -> None:
        self.watch = StateWatch()
        self.now = {job_id: JobStatus(JobState.QUEUED) for job_id in job_ids}
        self.questions = 0

    def ask(self, job_ids: Collection[str]) -> dict[str, JobStatus]:
        self.questions += 1
        return {job_id: self.now[job_id] for job_id in job_ids}

    def change(self, job_id: str, state: JobState) -> None:
        self.now[job_id] = JobStatus(state)
        self.watch.publish([StateChange(job_id, state)])

    def wait(
        self,
        *job_ids: str,
        timeout: timedelta | None = SOON,
        states: Collection[JobState] = FINAL_STATES,
        first: Callable[[Sequence[str]], str] | None = None,
    ) -> tuple[str, JobStatus]:
        return self.watch.wait_any(job_ids, timeout, states, self.ask, first)


class Waiting:
    """A wait in another thread."""

    def __init__(self, wait: Callable[[], tuple[str, JobStatus]]) -> None:
        self._wait = wait
        self.found: tuple[str, JobStatus] | None = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.found = self._wait()
        except BaseException as error:  # noqa: BLE001  looked at by the test
            self.error = error

    def join(self) -> Waiting:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self


def _until_asked(backend: Backend, times: int = 1) -> None:
    end = time.monotonic() + 20
    while backend.questions < times:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_wait_ends_with_the_change_and_asks_once() -> None:
    backend = Backend("a")
    waiting = Waiting(lambda: backend.wait("a"))
    _until_asked(backend)
    backend.change("a", JobState.RUNNING)
    backend.change("a", JobState.DONE)
    assert waiting.join().found == ("a", JobStatus(JobState.DONE))
    assert backend.questions == 1


def test_a_state_that_is_there_already_ends_the_wait_at_once() -> None:
    backend = Backend("a", "b")
    backend.change("b", JobState.FAILED)
    assert backend.wait("a", "b", timeout=None) == ("b", JobStatus(JobState.FAILED))


def test_zero_asks_once() -> None:
    backend = Backend("a")
    with pytest.raises(TimeoutException, match="job a did not reach UNDETERMINED or DONE or FAILED within 0:00:00"):
        backend.wait("a", timeout=ZERO_TIME)
    assert backend.questions == 1


def test_the_jobs_that_are_not_there_are_named() -> None:
    backend = Backend("a", "b")
    with pytest.raises(TimeoutException, match="none of 2 jobs reached") as timeout:
        backend.wait("a", "b", "a", timeout=SHORT)
    assert timeout.value.pending == ("a", "b")


def test_an_endless_timeout_is_no_overflow() -> None:
    backend = Backend("a")
    waiting = Waiting(lambda: backend.wait("a", timeout=timedelta.max))
    _until_asked(backend)
    backend.change("a", JobState.DONE)
    assert waiting.join().error is None


def test_a_job_that_is_past_the_states_ends_the_wait_when_it_is_the_last() -> None:
    backend = Backend("a", "b")
    waiting = Waiting(lambda: backend.wait("a", "b", states={JobState.RUNNING}))
    _until_asked(backend)
    backend.change("a", JobState.FAILED)
    assert waiting.found is None
    backend.change("b", JobState.UNDETERMINED)
    assert waiting.join().found == ("b", JobStatus(JobState.UNDETERMINED))


def test_jobs_that_are_all_past_the_states_end_the_wait_at_once() -> None:
    backend = Backend("a", "b")
    backend.change("a", JobState.FAILED)
    backend.change("b", JobState.DONE)
    assert backend.wait("a", "b", states={JobState.RUNNING}, timeout=None)[1].state in FINAL_STATES


def test_of_several_that_are_there_the_first_is_chosen() -> None:
    backend = Backend("a", "b", "c")
    for job_id in "bc":
        backend.change(job_id, JobState.DONE)
    assert backend.wait("a", "b", "c")[0] == "b"
    seen: list[Sequence[str]] = []

    def last(job_ids: Sequence[str]) -> str:
        seen.append(job_ids)
        return job_ids[-1]

    assert backend.wait("a", "b", "c", first=last)[0] == "c"
    assert seen == [["b", "c"]]


def test_a_change_between_registration_and_answer_is_not_lost() -> None:
    backend = Backend("a")

    def ask(job_ids: Collection[str]) -> dict[str, JobStatus]:
        answer = {job_id: backend.now[job_id] for job_id in job_ids}
        backend.change("a", JobState.DONE)
        return answer

    assert backend.watch.wait_any(["a"], None, FINAL_STATES, ask) == ("a", JobStatus(JobState.DONE))


def test_what_the_answer_knows_is_older_than_what_was_told_meanwhile() -> None:
    backend = Backend("a", "b")
    backend.change("b", JobState.DONE)

    def ask(job_ids: Collection[str]) -> dict[str, JobStatus]:
        answer = {job_id: backend.now[job_id] for job_id in job_ids}
        backend.change("a", JobState.DONE)
        return answer

    assert backend.watch.wait_any(["a", "b"], None, FINAL_STATES, ask)[0] == "b"


def test_a_question_that_fails_ends_the_wait_and_leaves_nothing() -> None:
    backend = Backend("a")
    with pytest.raises(KeyError):
        backend.wait("nobody")
    assert not backend.watch.is_heard


def test_nothing_to_wait_for_is_refused() -> None:
    with pytest.raises(InvalidArgumentException, match="no jobs"):
        Backend().wait()


def test_close_wakes_everybody_and_later_waits_are_refused() -> None:
    backend = Backend("a", "b")
    waiting = [Waiting(partial(backend.wait, job_id, timeout=None)) for job_id in "abab"]
    _until_asked(backend, 4)
    backend.watch.close()
    backend.watch.close()
    assert all(isinstance(one.join().error, InvalidSessionException) for one in waiting)
    with pytest.raises(InvalidSessionException, match="closed"):
        backend.wait("a")


def test_nothing_is_told_after_close() -> None:
    backend = Backend("a")
    told: list[StateChange] = []
    backend.watch.subscribe(told.extend)
    backend.watch.close()
    backend.change("a", JobState.DONE)
    assert told == []


def test_many_threads_wait_while_many_changes_come() -> None:
    """No wake-up is lost, whatever comes first."""
    job_ids = [str(number) for number in range(200)]
    backend = Backend(*job_ids)
    waiting = [Waiting(partial(backend.wait, job_id)) for job_id in job_ids]
    for job_id in job_ids:
        backend.change(job_id, JobState.RUNNING)
        backend.change(job_id, JobState.DONE)
    assert [one.join().found for one in waiting] == [(job_id, JobStatus(JobState.DONE)) for job_id in job_ids]
    assert not backend.watch.is_heard


def test_a_wait_for_thousands_of_jobs_costs_each_change_nothing() -> None:
    job_ids = [str(number) for number in range(20_000)]
    backend = Backend(*job_ids)
    waiting = Waiting(lambda: backend.wait(*job_ids, states={JobState.SUSPENDED}))
    _until_asked(backend)
    begun = time.perf_counter()
    for job_id in job_ids[:2000]:
        backend.change(job_id, JobState.RUNNING)
    each = (time.perf_counter() - begun) / 2000
    backend.change(job_ids[-1], JobState.SUSPENDED)
    assert waiting.join().found == (job_ids[-1], JobStatus(JobState.SUSPENDED))
    assert each < 0.0005, "a change looks at every job that is waited for"


def test_a_wait_can_be_interrupted_from_the_keyboard() -> None:
    backend = Backend("a")
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        _until_asked(backend)
        time.sleep(0.05)  # until it really waits; nothing tells
        signal.pthread_kill(main, signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        backend.wait("a", timeout=None)
    interrupter.join()
    assert not backend.watch.is_heard


def test_subscribers_are_told_batches_in_order() -> None:
    backend = Backend("a")
    told: list[Sequence[StateChange]] = []
    backend.watch.subscribe(told.append)
    batch = [StateChange("a", JobState.RUNNING), StateChange("a", JobState.DONE)]
    backend.watch.publish(batch)
    backend.change("a", JobState.DONE)
    assert told == [batch, [StateChange("a", JobState.DONE)]]


def test_a_cancelled_subscription_is_told_nothing_and_harms_no_other() -> None:
    backend = Backend("a")
    told: list[StateChange] = []
    first, second = backend.watch.subscribe(told.extend), backend.watch.subscribe(told.extend)
    first.cancel()
    first.cancel()
    backend.change("a", JobState.RUNNING)
    assert len(told) == 1
    second.cancel()
    backend.change("a", JobState.DONE)
    assert len(told) == 1


def test_cancel_waits_for_a_delivery_in_progress() -> None:
    backend = Backend("a")
    inside, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def deliver(_: object) -> None:
        inside.set()
        assert go_on.wait(20)
        done.append("delivered")

    subscription = backend.watch.subscribe(deliver)
    publisher = threading.Thread(target=lambda: backend.change("a", JobState.RUNNING))
    publisher.start()
    assert inside.wait(20)

    def cancel() -> None:
        subscription.cancel()
        done.append("cancelled")

    canceller = threading.Thread(target=cancel)
    canceller.start()
    go_on.set()
    publisher.join()
    canceller.join()
    assert done == ["delivered", "cancelled"]


def test_a_subscriber_may_cancel_itself_and_others() -> None:
    backend = Backend("a")
    told: list[str] = []

    def cancel_all(_: object) -> None:
        told.append("first")
        first.cancel()
        second.cancel()

    first = backend.watch.subscribe(cancel_all)
    second = backend.watch.subscribe(lambda _: told.append("second"))
    backend.change("a", JobState.RUNNING)
    backend.change("a", JobState.DONE)
    assert told == ["first"]


def test_a_subscriber_that_fails_is_logged_and_the_others_are_served(caplog: pytest.LogCaptureFixture) -> None:
    backend = Backend("a")
    told: list[StateChange] = []

    def fail(_: object) -> None:
        raise ValueError("as the test wants it")

    backend.watch.subscribe(fail)
    backend.watch.subscribe(told.extend)
    with caplog.at_level(logging.ERROR, "wflpy.tracker"):
        backend.change("a", JobState.DONE)
    assert len(told) == 1
    assert "as the test wants it" in caplog.text
