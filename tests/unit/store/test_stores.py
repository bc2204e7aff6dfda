"""What a store of sessions owes, in a database and in memory alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import InvalidArgumentException, InvalidSessionException, JobInfo, JobState, JobTemplate
from wflpy.store import Fact, SessionKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.store import JobLog, SessionStore

    from .conftest import Create

TEMPLATE = JobTemplate(remote_command="x", args=["a'; echo foo", "ünïcode", "new\nline", "\udcff"])
DONE = JobInfo(job_id="1", job_state=JobState.DONE, exit_status=0)


# Sessions


def test_a_session_is_kept(store: SessionStore, create: Create) -> None:
    record = create(store, options={"slots": 3, "names": ["a", "ü"], "none": None})
    assert store.session(SessionKind.JOB, "nightly") == record
    assert store.sessions(SessionKind.JOB) == [record]
    assert (record.name, record.label, record.tracker) == ("nightly", "nightly", "fake")
    assert record.options == {"slots": 3, "names": ["a", "ü"], "none": None}
    assert (record.contact, record.installation) == (None, None)
    assert record.host
    assert record.created > 1.7e9


def test_names_are_unique_within_a_kind(store: SessionStore, create: Create) -> None:
    create(store)
    with pytest.raises(InvalidArgumentException, match="there is a job session 'nightly' already") as caught:
        create(store)
    assert caught.value.attributes == ("sessionName",)
    other = create(store, kind=SessionKind.RESERVATION)
    assert store.sessions(SessionKind.RESERVATION) == [other]
    assert len(store.sessions(SessionKind.JOB)) == 1


def test_sessions_are_listed_oldest_first(store: SessionStore, create: Create) -> None:
    names = ["b", "a", "ü", "new\nline", "c"]
    for name in names:
        create(store, name)
    assert [record.name for record in store.sessions(SessionKind.JOB)] == names
    assert store.session(SessionKind.JOB, "d") is None


def test_a_contact_is_written_down(store: SessionStore, create: Create) -> None:
    record = create(store)
    updated = store.set_contact(record.session_id, "fake", "fake://default")
    assert updated is not None
    assert (updated.contact, updated.installation) == ("fake", "fake://default")
    assert store.session(SessionKind.JOB, "nightly") == updated
    assert store.set_contact(record.session_id + 1, "x", "y") is None


def test_a_destroyed_session_is_gone_with_all_it_had(store: SessionStore, create: Create) -> None:
    record = create(store)
    log, ledger = store.jobs(record.session_id), store.ledger(record.session_id)
    log.intend([(TEMPLATE, "k")])
    ledger.put("kind", "id", {})
    assert log.exists()
    store.destroy(record.session_id)
    store.destroy(record.session_id)
    assert not log.exists()
    assert store.session(SessionKind.JOB, "nightly") is None
    again = create(store)
    assert again.session_id != record.session_id
    assert store.jobs(again.session_id).open_keys() == ([], {})
    assert store.ledger(again.session_id).records("kind") == {}
    writes: list[Callable[[], None]] = [
        lambda: log.intend([(TEMPLATE, "k")]),
        lambda: log.accept({"k": "1"}),
        lambda: late(log),
    ]
    for write in writes:
        with pytest.raises(InvalidSessionException, match="destroyed"):
            write()
    assert store.jobs(again.session_id).job_ids() == []


def late(log: JobLog) -> None:
    log.note({"k": "1"})
    log.flush()


def test_a_name_that_was_used_before_gets_a_label_of_its_own(store: SessionStore, create: Create) -> None:
    labels: list[str] = []
    for used in (False, True, True, True):
        record = create(store)
        labels.append(record.label)
        store.destroy(record.session_id, used=used)
    assert labels == ["nightly", "nightly", "nightly~2", "nightly~3"]
    assert create(store, "other").label == "other"


# Jobs


def test_an_intended_job_is_open_until_it_is_accepted(log: JobLog) -> None:
    log.intend([(TEMPLATE, "k1"), (JobTemplate(remote_command="y"), "k2")])
    log.intend([(JobTemplate(remote_command="z"), "k1")])
    assert log.open_keys().jobs == ["k1", "k2"]
    assert log.job_ids() == []
    log.accept({"k2": "2"})
    log.accept({"k1": "1"})
    assert log.open_keys().jobs == []
    assert sorted(log.job_ids()) == ["1", "2"]
    record = log.job("1")
    assert record is not None
    assert (record.key, record.template, record.state, record.info) == ("k1", TEMPLATE, None, None)
    assert (record.array_id, record.index) == (None, None)
    assert log.job("3") is None


def test_only_what_has_no_id_can_be_withdrawn(log: JobLog) -> None:
    log.intend([(TEMPLATE, "k1"), (TEMPLATE, "k2")])
    log.intend_array("k3", TEMPLATE, range(1, 3))
    log.accept({"k1": "1"})
    log.withdraw(["k1", "k2", "k3", "unknown"])
    assert log.open_keys() == ([], {})
    assert log.job_ids() == ["1"]


def test_the_jobs_of_an_array_are_known_by_index(log: JobLog) -> None:
    log.intend_array("k", TEMPLATE, range(2, 7, 2))
    assert log.open_keys().arrays == {"k": range(2, 7, 2)}
    log.accept_array("k", "a", {6: "a.6", 2: "a.2", 4: "a.4"})
    assert log.open_keys().arrays == {}
    assert log.array_ids() == ["a"]
    assert log.array_job_ids("a") == ["a.2", "a.4", "a.6"]
    assert log.array_template("a") == TEMPLATE
    record = log.job("a.4")
    assert record is not None
    assert (record.array_id, record.index, record.template, record.key) == ("a", 4, TEMPLATE, "k")
    assert (log.array_job_ids("b"), log.array_template("b")) == ([], None)


def test_noted_jobs_are_there_once_they_are_asked_for(log: JobLog) -> None:
    log.note({"k1": "1", "k2": "2"})
    log.note({"k3": "3"})
    log.note({"k3": "3"})
    log.note_array("k4", "4")
    assert log.job_ids() == ["1", "2", "3"]
    assert log.array_ids() == ["4"]
    assert log.array_template("4") is None
    log.forget(["2"], grouped=True)
    assert log.job_ids() == ["1", "3"]


def test_the_first_final_state_stays_and_may_get_a_snapshot(log: JobLog) -> None:
    log.accept({"k": "1", "m": "2"})
    log.settle([Fact("1", JobState.DONE), Fact("unknown", JobState.DONE)])
    log.settle([Fact("1", JobState.FAILED, JobInfo(job_id="1"))])
    record = log.job("1")
    assert record is not None
    assert (record.state, record.info) == (JobState.DONE, None)
    log.settle([Fact("1", JobState.DONE, DONE), Fact("1", JobState.DONE, JobInfo(job_id="later"))])
    record = log.job("1")
    assert record is not None
    assert (record.state, record.info) == (JobState.DONE, DONE)
    assert log.job("unknown") is None


def test_a_forgotten_job_is_gone_and_an_array_with_its_last_job(log: JobLog) -> None:
    log.accept({"k": "1", "m": "2"})
    log.intend_array("a", TEMPLATE, range(1, 3))
    log.accept_array("a", "3", {1: "3.1", 2: "3.2"})
    log.forget(["1", "3.1", "unknown"])
    assert (log.job_ids(), log.array_ids()) == (["2", "3.2"], ["3"])
    log.forget(["3.2"])
    assert (log.job_ids(), log.array_ids()) == (["2"], [])


def test_sessions_do_not_see_each_other(store: SessionStore, create: Create) -> None:
    one, other = create(store, "one"), create(store, "other")
    log = store.jobs(one.session_id)
    log.accept({"k": "1"})
    log.note_array("a", "2")
    store.ledger(one.session_id).put("kind", "id", {"a": 1})
    assert store.jobs(other.session_id).job_ids() == []
    assert store.jobs(other.session_id).job("1") is None
    assert store.jobs(other.session_id).array_ids() == []
    assert store.ledger(other.session_id).get("kind", "id") is None
    store.destroy(other.session_id)
    assert store.jobs(one.session_id).job_ids() == ["1"]


def test_two_logs_of_a_session_are_one(store: SessionStore, create: Create) -> None:
    record = create(store)
    first, second = store.jobs(record.session_id), store.jobs(record.session_id)
    first.intend([(TEMPLATE, "k")])
    second.accept({"k": "1"})
    second.note({"m": "2"})
    second.flush()
    assert sorted(first.job_ids()) == ["1", "2"]
