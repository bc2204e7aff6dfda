"""The two kinds of store, for the tests that hold for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from wflpy.store import MemoryStore, SessionDraft, SessionKind, SessionStore, Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wflpy.store import JobLog, SessionRecord


@pytest.fixture(params=["database", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SessionStore]:
    made: SessionStore = Store.open(tmp_path / "home") if request.param == "database" else MemoryStore()
    yield made
    made.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path / "home")
    yield made
    made.close()


class Create(Protocol):
    """Creates a session."""

    def __call__(
        self,
        store: SessionStore,
        name: str = "nightly",
        *,
        kind: SessionKind = SessionKind.JOB,
        options: Mapping[str, object] | None = None,
    ) -> SessionRecord: ...


@pytest.fixture
def create() -> Create:
    def create_session(
        store: SessionStore,
        name: str = "nightly",
        *,
        kind: SessionKind = SessionKind.JOB,
        options: Mapping[str, object] | None = None,
    ) -> SessionRecord:
        return store.create(SessionDraft(kind=kind, name=name, tracker="fake", options=options or {}))

    return create_session


@pytest.fixture
def log(store: SessionStore, create: Create) -> JobLog:
    return store.jobs(create(store).session_id)
