"""Reservation sessions: how they live, what is checked, what is kept, and who has none (GFD.231 7.1, 9)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import (
    NOW,
    DeniedByDrmsException,
    DrmaaCapability,
    DrmCommunicationException,
    InvalidArgumentException,
    InvalidSessionException,
    OperatingSystem,
    ReservationTemplate,
    UnsupportedAttributeException,
    UnsupportedOperationException,
)
from wflpy.sessions import ReservationSession, SessionManager
from wflpy.tracker import tracker_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.unit.sessions.conftest import Run


@pytest.fixture
def reserving(shelves: None, home: Path) -> Iterator[SessionManager]:
    with SessionManager("reserving", home=home) as made:
        yield made


@pytest.fixture
def reservations(reserving: SessionManager) -> ReservationSession:
    return reserving.create_reservation_session("nights")


def hour() -> ReservationTemplate:
    return ReservationTemplate(duration=timedelta(hours=1), users_acl=["me"])


# The life of a session


def test_a_new_session_is_open_and_found_by_its_name(reserving: SessionManager) -> None:
    session = reserving.create_reservation_session("nights")
    assert (session.session_name, session.contact) == ("nights", "reserving://shelf")
    reservation = session.request_reservation(hour())
    assert session.get_reservations() == [reservation]
    unnamed = reserving.create_reservation_session()
    assert reserving.get_reservation_session_names() == ["nights", unnamed.session_name]
    again = reserving.open_reservation_session("nights")
    session.close()
    assert again.get_reservations() == [reservation]
    assert hash(again.get_reservations()[0]) == hash(reservation)
    assert again.get_reservations()[0] != reservation.reservation_id
    assert "of session 'nights' on reserving" in repr(reservation)
    assert "'nights' on reserving" in repr(again)


def test_the_contact_of_creation_is_kept(shelves: None) -> None:
    with SessionManager() as manager:
        assert manager.create_reservation_session("nights", "reserving").contact == "reserving"
        assert manager.open_reservation_session("nights").contact == "reserving"


def test_names_are_those_of_this_kind(reserving: SessionManager) -> None:
    reserving.create_job_session("nights")
    reserving.create_job_session("days")
    session = reserving.create_reservation_session("nights")
    assert reserving.get_reservation_session_names() == ["nights"]
    with pytest.raises(InvalidArgumentException, match="there is a reservation session 'nights' already"):
        reserving.create_reservation_session("nights")
    with pytest.raises(InvalidArgumentException, match="there is no reservation session 'days'"):
        reserving.open_reservation_session("days")
    with pytest.raises(InvalidArgumentException):
        reserving.create_reservation_session("a/b")
    # The jobs of one are not touched by the end of the other.
    reserving.destroy_reservation_session("nights")
    assert reserving.get_job_session_names() == ["nights", "days"]
    assert reserving.open_job_session("nights").get_jobs() == []
    with pytest.raises(InvalidSessionException):
        session.get_reservations()


def test_a_closed_session_is_told_and_what_needs_no_tracker_still_works(reserving: SessionManager) -> None:
    session = reserving.create_reservation_session("nights")
    reservation = session.request_reservation(hour())
    reserving.close_reservation_session(session)
    uses: list[Callable[[], object]] = [
        session.get_reservations,
        session.close,
        reservation.get_info,
        reservation.terminate,
        lambda: session.request_reservation(hour()),
        lambda: session.request_reservation(None),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: session.get_reservation("x"),
        lambda: reserving.close_reservation_session(session),
        session.__enter__,
    ]
    for use in uses:
        with pytest.raises(InvalidSessionException, match="'nights' is closed: open it again with open_reservation_s"):
            use()
    assert reservation.session_name == "nights"
    assert reservation.reservation_template == hour()
    assert reservation.reservation_id
    # And the reservation is there.
    again = reserving.open_reservation_session("nights").get_reservation(reservation.reservation_id)
    assert again.get_info().reservation_id == reservation.reservation_id


def test_leaving_a_block_closes_and_destroys_nothing(reserving: SessionManager, home: Path) -> None:
    with reserving.create_reservation_session("nights") as session:
        reservation = session.request_reservation(hour())
    with pytest.raises(InvalidSessionException):
        session.get_reservations()
    with SessionManager("reserving", home=home) as manager:
        opened = manager.open_reservation_session("nights")
    with pytest.raises(InvalidSessionException):
        opened.get_reservations()
    assert reserving.open_reservation_session("nights").get_reservations() == [reservation]


def test_a_destroyed_session_is_gone_and_its_reservations_stay(reserving: SessionManager, home: Path) -> None:
    session = reserving.create_reservation_session("nights")
    reservation = session.request_reservation(hour())
    elsewhere = SessionManager("reserving", home=home)
    handle = elsewhere.open_reservation_session("nights")
    reserving.destroy_reservation_session("nights")
    for use in (session.get_reservations, reservation.get_info, handle.get_reservations, handle.close):
        with pytest.raises(InvalidSessionException, match="destroyed"):
            use()
    with pytest.raises(InvalidArgumentException):
        reserving.destroy_reservation_session("nights")
    assert list(home.glob(f"shelf/*/.reservations/{reservation.reservation_id.removeprefix('r-')}"))
    # A new session of the same name does not have them.
    assert reserving.create_reservation_session("nights").get_reservations() == []
    elsewhere.close()


PROGRAM = """
import sys
from wflpy.drmaa2 import ReservationTemplate
from wflpy.sessions import SessionManager
with SessionManager("reserving") as manager:
    for reservation in manager.open_reservation_session("nights").get_reservations():
        print(reservation.reservation_id, reservation.get_info().reserved_slots, reservation.reservation_template)
"""


def test_another_process_finds_the_reservations(reservations: ReservationSession, run: Run) -> None:
    template = hour()
    template.min_slots = 3
    made = reservations.request_reservation(template)
    ended = run(PROGRAM)
    assert ended.stderr == ""
    assert ended.stdout == f"{made.reservation_id} 3 {template}\n"


# Asking for reservations


def test_templates_are_values(reservations: ReservationSession) -> None:
    given = hour()
    made = reservations.request_reservation(given)
    assert given.users_acl is not None
    given.users_acl.append("you")
    for found in (made, reservations.get_reservation(made.reservation_id)):
        assert found.reservation_template == hour()
        found.reservation_template.users_acl = None
        assert found.reservation_template == hour()


def test_what_was_granted_can_be_asked_until_it_ends(reservations: ReservationSession, home: Path) -> None:
    made = reservations.request_reservation(hour())
    info = made.get_info()
    assert info.reservation_id == made.reservation_id
    assert info.reservation_name
    made.terminate()
    for use in (made.get_info, made.terminate):
        with pytest.raises(InvalidArgumentException):
            use()
    expired = reservations.request_reservation(hour())
    (path,) = home.glob(f"shelf/*/.reservations/{expired.reservation_id.removeprefix('r-')}")
    record = json.loads(path.read_text()) | {"end": "2000-01-01T00:00:00+00:00"}
    path.write_text(json.dumps(record))
    with pytest.raises(InvalidArgumentException, match="expired"):
        expired.get_info()
    # The session knows them until it is destroyed.
    assert reservations.get_reservations() == [made, expired]
    assert reservations.get_reservation(made.reservation_id).reservation_template == hour()


@pytest.mark.parametrize("wrong", ["x", "", 5, None], ids=str)
def test_an_unknown_reservation_is_refused(wrong: Any, reservations: ReservationSession) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        reservations.get_reservation(wrong)
    assert caught.value.attributes == ("reservationId",)


SOON = datetime.now(UTC) + timedelta(days=1)


@pytest.mark.parametrize(
    ("wrong", "attributes"),
    [
        ({}, ("startTime", "endTime", "duration")),
        ({"start_time": SOON}, ("startTime", "endTime", "duration")),
        ({"start_time": SOON, "end_time": SOON}, ("startTime", "endTime")),
        ({"duration": timedelta(0)}, ("duration",)),
        ({"duration": timedelta(1), "min_slots": 0}, ("minSlots",)),
        ({"duration": timedelta(1), "min_slots": 3, "max_slots": 2}, ("maxSlots",)),
        ({"duration": timedelta(1), "min_slots": 5}, ("minSlots",)),
        ({"duration": timedelta(1), "start_time": datetime(2100, 1, 1)}, ("startTime",)),  # noqa: DTZ001  that is it
    ],
    ids=str,
)
def test_a_wrong_template_is_refused_and_leaves_nothing(
    wrong: dict[str, Any], attributes: tuple[str, ...], reservations: ReservationSession
) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        reservations.request_reservation(ReservationTemplate(**wrong))
    assert caught.value.attributes == attributes
    assert reservations.get_reservations() == []


def test_what_the_tracker_lacks_is_told(reservations: ReservationSession, monkeypatch: pytest.MonkeyPatch) -> None:
    template = hour()
    template.machine_os = OperatingSystem.LINUX
    with pytest.raises(UnsupportedAttributeException) as caught:
        reservations.request_reservation(template)
    assert caught.value.attributes == ("machineOS",)
    assert reservations.supports(DrmaaCapability.RT_DURATION)
    assert not reservations.supports(DrmaaCapability.RT_MACHINEOS)
    now = reservations.request_reservation(ReservationTemplate(start_time=NOW, duration=timedelta(1)))
    assert now.get_info().reserved_start_time is not None


def test_now_and_durations_need_their_capabilities(reserving: SessionManager, monkeypatch: pytest.MonkeyPatch) -> None:
    reserves_alone = frozenset((DrmaaCapability.ADVANCE_RESERVATION,))
    monkeypatch.setattr(tracker_class("reserving"), "capabilities", reserves_alone)
    session = reserving.create_reservation_session()
    with pytest.raises(UnsupportedAttributeException) as lacking:
        session.request_reservation(hour())
    assert lacking.value.attributes == ("duration",)
    with pytest.raises(InvalidArgumentException) as wrong:
        session.request_reservation(ReservationTemplate(start_time=NOW, end_time=SOON))
    assert wrong.value.attributes == ("startTime",)


def test_what_is_no_template_is_refused(reservations: ReservationSession) -> None:
    with pytest.raises(InvalidArgumentException, match="described by a ReservationTemplate, not by dict"):
        reservations.request_reservation({})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_refusal_of_the_backend_reaches_the_caller(reservations: ReservationSession) -> None:
    template = hour()
    template.users_acl = ["nobody"]
    with pytest.raises(DeniedByDrmsException):
        reservations.request_reservation(template)
    assert reservations.get_reservations() == []


def test_a_reservation_whose_answer_got_lost_is_there(
    reservations: ReservationSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_class("reserving"), "lost_answers", 1)
    with pytest.raises(DrmCommunicationException):
        reservations.request_reservation(hour())
    (found,) = reservations.get_reservations()
    assert found.get_info().reservation_id == found.reservation_id
    assert reservations.get_reservation(found.reservation_id) == found
    # What was asked for is not known, and not made up.
    assert found.reservation_template == ReservationTemplate()


# Seen from outside


def test_monitoring_shows_reservations_of_every_session(shelves: None) -> None:
    with SessionManager("showing") as manager:
        made = [manager.create_reservation_session().request_reservation(hour()) for _ in range(2)]
        with manager.open_monitoring_session() as monitoring:
            seen = monitoring.get_all_reservations()
            assert set(seen) == set(made)
            assert {one.session_name for one in seen} == {None}
            assert seen[0].reservation_template == ReservationTemplate()
            assert "from outside" in repr(seen[0])
            assert seen[0].get_info().reserved_slots == 1
            seen[0].terminate()
            assert len(monitoring.get_all_reservations()) == 1
        with pytest.raises(InvalidSessionException):
            monitoring.get_all_reservations()


def test_a_tracker_that_shows_no_more_shows_what_is_in_no_session(reserving: SessionManager) -> None:
    reserving.create_reservation_session().request_reservation(hour())
    with reserving.open_monitoring_session() as monitoring:
        assert monitoring.get_all_reservations() == []


# Who has none


def test_a_tracker_that_does_not_declare_it_has_no_reservations(
    reserving: SessionManager, reservations: ReservationSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_class("reserving"), "capabilities", frozenset[DrmaaCapability]())
    uses: list[Callable[[], object]] = [
        lambda: reserving.create_reservation_session("other"),
        lambda: reserving.open_reservation_session("nights"),
        lambda: reserving.destroy_reservation_session("nights"),
        lambda: reserving.open_monitoring_session().get_all_reservations(),
        lambda: reservations.request_reservation(hour()),
    ]
    for use in uses:
        with pytest.raises((UnsupportedOperationException, UnsupportedAttributeException)):
            use()


def test_one_tracker_with_reservations_is_enough_for_names(shelves: None, home: Path) -> None:
    with SessionManager("fake", home=home) as manager:
        for ask in (manager.get_reservation_session_names, lambda: manager.open_reservation_session("nights")):
            with pytest.raises(UnsupportedOperationException):
                ask()
        manager.create_reservation_session("nights", "reserving")
        assert manager.get_reservation_session_names() == ["nights"]
        assert manager.open_reservation_session("nights").session_name == "nights"
        with pytest.raises(InvalidArgumentException, match="there is no reservation session 'days'"):
            manager.open_reservation_session("days")


def test_what_is_no_reservation_session_cannot_be_closed(reserving: SessionManager) -> None:
    session: Any = reserving.create_job_session()
    with pytest.raises(InvalidArgumentException, match="must be a ReservationSession, not JobSession"):
        reserving.close_reservation_session(session)
