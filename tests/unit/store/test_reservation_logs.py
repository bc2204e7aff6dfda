"""What is written down about the advance reservations of a session, in both kinds of store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import InvalidSessionException, ReservationTemplate
from wflpy.store import SessionKind, Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.store.conftest import Create
    from wflpy.store import SessionStore

HOUR = ReservationTemplate(reservation_name="a'; echo foo\nü", duration=timedelta(hours=1), users_acl=["me"])


def test_what_was_granted_is_known_in_its_order(store: SessionStore, create: Create) -> None:
    log = store.reservations(create(store, kind=SessionKind.RESERVATION).session_id)
    for key in ("first", "second", "third"):
        log.intend(key, HOUR.copy())
    log.accept("third", "30")
    log.accept("first", "10")
    log.withdraw("second")
    log.withdraw("first")
    assert log.exists()
    assert list(log.granted()) == ["10", "30"]
    assert log.granted()["10"] == HOUR
    log.granted()["10"].reservation_name = "changed"
    assert log.granted()["10"] == HOUR
    # The same key again is the same reservation.
    log.intend("first", ReservationTemplate(reservation_name="other"))
    assert log.granted()["10"] == HOUR


def test_nothing_can_be_written_once_the_session_is_destroyed(store: SessionStore, create: Create) -> None:
    record = create(store, kind=SessionKind.RESERVATION)
    log = store.reservations(record.session_id)
    log.intend("key", HOUR)
    store.destroy(record.session_id)
    for again in (log, store.reservations(record.session_id)):
        assert not again.exists()
        with pytest.raises(InvalidSessionException):
            again.intend("new", HOUR)
        with pytest.raises(InvalidSessionException):
            again.accept("key", "1")
        again.withdraw("key")


def test_reservations_outlive_the_process(tmp_path: Path, create: Create) -> None:
    store = Store.open(tmp_path)
    record = create(store, kind=SessionKind.RESERVATION)
    store.reservations(record.session_id).intend("key", HOUR)
    store.reservations(record.session_id).accept("key", "1")
    store.close()
    again = Store.open(tmp_path)
    assert again.reservations(record.session_id).granted() == {"1": HOUR}
    again.close()


def test_a_tracker_knows_the_kinds_of_one_name_apart(store: SessionStore, create: Create) -> None:
    labels = [create(store, kind=kind).label for kind in SessionKind]
    assert labels == ["nightly", "nightly~reservation"]
