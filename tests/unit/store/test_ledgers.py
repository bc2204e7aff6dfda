"""What a ledger owes its tracker, in a database and in memory alike."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from wflpy.drmaa2 import InvalidArgumentException
from wflpy.store import MemoryStore, SessionDraft, SessionKind, Store

if TYPE_CHECKING:
    from wflpy.store import SessionStore
    from wflpy.tracker import Ledger

    from .conftest import Create

texts = st.text(max_size=5)
kinds = st.sampled_from(["pending", "offset", "ü"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
records = st.dictionaries(texts, values, max_size=3)


class Ledgers(RuleBasedStateMachine):
    """Any sequence of operations leaves what it leaves in a dictionary."""

    is_memory: ClassVar[bool]

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp())
        self._store: SessionStore = MemoryStore() if self.is_memory else Store.open(self._folder)
        draft = SessionDraft(kind=SessionKind.JOB, name="s", tracker="fake", options={})
        self._ledger = self._store.ledger(self._store.create(draft).session_id)
        self._model: dict[str, dict[str, Any]] = {}

    @rule(kind=kinds, record_id=texts, record=records)
    def put(self, kind: str, record_id: str, record: dict[str, Any]) -> None:
        self._ledger.put(kind, record_id, record)
        self._model.setdefault(kind, {})[record_id] = record

    @rule(kind=kinds, several=st.dictionaries(texts, records, max_size=4))
    def put_many(self, kind: str, several: dict[str, dict[str, Any]]) -> None:
        self._ledger.put_many(kind, several)
        self._model.setdefault(kind, {}).update(several)

    @rule(kind=kinds, record_id=texts)
    def delete(self, kind: str, record_id: str) -> None:
        self._ledger.delete(kind, record_id)
        self._model.get(kind, {}).pop(record_id, None)

    @rule(kind=kinds, record_id=texts)
    def get(self, kind: str, record_id: str) -> None:
        assert self._ledger.get(kind, record_id) == self._model.get(kind, {}).get(record_id)

    @invariant()
    def all_records_are_there_in_order(self) -> None:
        for kind in ("pending", "offset", "ü"):
            expected = self._model.get(kind, {})
            found = self._ledger.records(kind)
            assert found == expected
            assert list(found) == list(expected)

    def teardown(self) -> None:
        self._store.close()
        shutil.rmtree(self._folder)


class DatabaseLedgers(Ledgers):
    is_memory = False


class MemoryLedgers(Ledgers):
    is_memory = True


few = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestDatabaseLedgers: Any = DatabaseLedgers.TestCase
TestDatabaseLedgers.settings = few
TestMemoryLedgers: Any = MemoryLedgers.TestCase
TestMemoryLedgers.settings = few


@pytest.fixture
def ledger(store: SessionStore, create: Create) -> Ledger:
    return store.ledger(create(store).session_id)


def test_a_record_is_a_value(ledger: Ledger) -> None:
    record: dict[str, Any] = {"a": [1]}
    ledger.put("kind", "id", record)
    record["a"].append(2)
    assert ledger.get("kind", "id") == {"a": [1]}
    assert ledger.get("kind", "id") is not ledger.get("kind", "id")


def test_several_records_are_written_all_or_none(ledger: Ledger) -> None:
    with pytest.raises(InvalidArgumentException, match="cannot be written as JSON"):
        ledger.put_many("kind", {"good": {}, "bad": {"a": object()}})
    assert ledger.records("kind") == {}


def test_threads_do_not_disturb_each_other(ledger: Ledger) -> None:
    def write(thread: int) -> None:
        for number in range(50):
            ledger.put("kind", f"{thread}.{number}", {"number": number})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.records("kind")) == 400
