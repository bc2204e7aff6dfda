"""What the manager offers beyond job sessions, as far as the tracker declares it: events, reservations, monitoring."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import pytest

from wflpy.drmaa2 import (
    ARROWS,
    FINAL_STATES,
    DrmaaCapability,
    DrmaaEvent,
    DrmaaNotification,
    InvalidArgumentException,
    InvalidSessionException,
    JobInfo,
    JobState,
    UnsupportedOperationException,
)
from wflpy.testing.session_contract.chapter import SessionChapter
from wflpy.testing.session_site import SESSION
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.sessions import SessionManager
    from wflpy.testing.session_site import SessionSite

RESERVATIONS: Final[dict[str, Callable[[SessionManager], object]]] = {
    "create": lambda manager: manager.create_reservation_session("r"),
    "open": lambda manager: manager.open_reservation_session("r"),
    "close": lambda manager: manager.close_reservation_session(_NOTHING),
    "destroy": lambda manager: manager.destroy_reservation_session("r"),
    "names": lambda manager: manager.get_reservation_session_names(),
}
"""Every operation of the manager on reservation sessions."""

_NOTHING: Any = None


class Recorder:
    """A callback that notes what it is told."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._changed = threading.Condition()
        self._told: list[DrmaaNotification] = []

    def notify(self, notification: DrmaaNotification) -> None:
        """Take note."""
        with self._changed:
            self._told.append(notification)
            self._changed.notify_all()

    def states(self, job_id: str) -> list[JobState]:
        """The states of a job so far."""
        with self._changed:
            return [
                one.job_state
                for one in self._told
                if one.job_id == job_id and one.event is DrmaaEvent.NEW_STATE and one.job_state is not None
            ]

    def ended(self, job_id: str) -> list[JobState]:
        """The states of a job, once a final one was told."""
        with self._changed:
            heard = self._changed.wait_for(lambda: FINAL_STATES & {*self.states(job_id)}, self._timeout)
        assert heard, f"no final state of {job_id} within {self._timeout} s: {self.states(job_id)}"
        return self.states(job_id)

    def sessions(self) -> set[str | None]:
        """The names of the sessions that were told."""
        with self._changed:
            return {one.session_name for one in self._told}


class System(SessionChapter):
    """Events (7.1.13, 8.3), reservations (9), monitoring (10)."""

    # -- events --------------------------------------------------------------------------------------

    def test_events_are_unsupported_where_they_are_not_declared(self, site: SessionSite) -> None:
        """7.1.13 (V2)"""
        site.lacks(DrmaaCapability.CALLBACK)
        with pytest.raises(UnsupportedOperationException):
            site.manager.register_event_notification(Recorder(1))

    def test_every_new_state_is_told_along_the_arrows_of_the_standard(self, site: SessionSite) -> None:
        """7.1.13, 8.1, 8.3 (G28, G29, T4, T5, T12)"""
        site.needs(DrmaaCapability.CALLBACK)
        job = site.held()
        recorder = Recorder(site.harness.timeout)
        site.manager.register_event_notification(recorder)
        job.release()
        states = recorder.ended(job.job_id)
        before = JobState.QUEUED_HELD
        for state in states:
            assert state in ARROWS[before], states
            before = state
        assert states[-1] is JobState.DONE
        assert recorder.sessions() == {SESSION}

    def test_another_callback_takes_the_place_of_the_first(self, site: SessionSite) -> None:
        """7.1.13 (V3)"""
        site.needs(DrmaaCapability.CALLBACK)
        first, second = Recorder(site.harness.timeout), Recorder(site.harness.timeout)
        for recorder in (first, second):
            site.manager.register_event_notification(recorder)
        job = site.ended()
        second.ended(job.job_id)
        assert first.states(job.job_id) == []

    def test_nothing_is_told_after_unregistering(self, site: SessionSite) -> None:
        """7.1.13: unset unregisters, and is no error without a callback (V4)."""
        site.needs(DrmaaCapability.CALLBACK)
        recorder = Recorder(site.harness.timeout)
        site.manager.register_event_notification(None)
        site.manager.register_event_notification(recorder)
        job = site.running()
        site.manager.register_event_notification(None)
        told = recorder.states(job.job_id)
        site.open_gates()
        site.end_of(job)
        assert recorder.states(job.job_id) == told
        assert JobState.DONE not in told

    def test_a_callback_that_fails_does_no_harm(self, site: SessionSite) -> None:
        """7.1.13 (V6)"""
        site.needs(DrmaaCapability.CALLBACK)
        recorder = Recorder(site.harness.timeout)

        def fail(notification: DrmaaNotification) -> None:
            recorder.notify(notification)
            raise ValueError("as the test wants it")

        site.manager.register_event_notification(fail)
        job = site.run("exit", 0)
        assert recorder.ended(job.job_id)[-1] is JobState.DONE
        site.end_of(job)

    # -- reservations --------------------------------------------------------------------------------

    @pytest.mark.parametrize("operation", RESERVATIONS)
    def test_reservations_are_unsupported_where_they_are_not_declared(self, site: SessionSite, operation: str) -> None:
        """7.1.6 to 7.1.12, 9 (G31)"""
        site.lacks(DrmaaCapability.ADVANCE_RESERVATION)
        with pytest.raises(UnsupportedOperationException):
            RESERVATIONS[operation](site.manager)

    # -- monitoring ----------------------------------------------------------------------------------

    def test_monitoring_is_unsupported_where_it_is_not_declared(self, site: SessionSite) -> None:
        """7.1.8"""
        site.lacks(Ability.MONITOR)
        with pytest.raises(UnsupportedOperationException):
            site.manager.open_monitoring_session()

    def test_a_monitoring_session_shows_the_jobs_of_all_sessions(self, site: SessionSite) -> None:
        """10.1.2: with the same filter as getJobs; a snapshot (G32)."""
        site.needs(Ability.MONITOR)
        mine = site.held(job_name="mine")
        theirs = site.manager.create_job_session("other").run_job(site.template("exit", 0, submit_as_hold=True))
        with site.manager.open_monitoring_session() as monitor:
            seen = monitor.get_all_jobs()
            assert isinstance(seen, list)
            assert {mine.job_id, theirs.job_id} <= {job.job_id for job in seen}
            assert [job.job_id for job in monitor.get_all_jobs(JobInfo(job_name="mine"))] == [mine.job_id]
            assert monitor.get_all_jobs(JobInfo(job_name="no such name")) == []
            assert {job.session_name for job in seen} == {None}

    def test_queues_and_machines_are_found_by_name(self, site: SessionSite) -> None:
        """10.1.3, 10.1.4, 5.3: unknown names are skipped, no names give nothing."""
        site.needs(Ability.MONITOR)
        with site.manager.open_monitoring_session() as monitor:
            queues, machines = monitor.get_all_queues(), monitor.get_all_machines()
            assert monitor.get_all_queues([]) == []
            assert monitor.get_all_machines([]) == []
            for queue in queues:
                assert monitor.get_all_queues(["no-such-queue", str(queue.name)]) == [queue]
            for machine in machines:
                assert [one.name for one in monitor.get_all_machines(["x", str(machine.name)])] == [machine.name]
                counts = (machine.sockets, machine.cores_per_socket, machine.threads_per_core)
                assert all(count is not None and count > 0 for count in counts)

    def test_a_queue_that_is_shown_can_be_asked_for(self, site: SessionSite) -> None:
        """5.7.14, 10.1.3: without queues the name must be unset."""
        queues = []
        if site.has(Ability.MONITOR):
            with site.manager.open_monitoring_session() as monitor:
                queues = [queue.name for queue in monitor.get_all_queues()]
            assert bool(queues) is site.has(Ability.QUEUES)
        for name in queues:
            assert site.ended(queue_name=name).get_info().queue_name == name
        if not site.has(Ability.QUEUES):
            with pytest.raises(InvalidArgumentException) as refusal:
                site.run("exit", 0, queue_name="default")
            assert refusal.value.attributes == ("queueName",)

    def test_a_closed_monitoring_session_is_invalid(self, site: SessionSite) -> None:
        """7.1.9"""
        site.needs(Ability.MONITOR)
        monitor = site.manager.open_monitoring_session()
        site.manager.close_monitoring_session(monitor)
        for use in (monitor.get_all_jobs, monitor.get_all_queues, monitor.get_all_machines, monitor.close):
            with pytest.raises(InvalidSessionException):
                use()
