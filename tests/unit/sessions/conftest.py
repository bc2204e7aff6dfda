"""What the tests of sessions share: managers on the fake installation, and trackers that outlive a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from wflpy.sessions import SessionManager
from wflpy.testing import FakeInstallation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.sessions import JobSession

PLUGIN = Path(__file__).parent / "plugin"


class Run(Protocol):
    """Runs a program text in a Python of its own."""

    def __call__(self, program: str, *args: str, **variables: str) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def manager(home: Path) -> Iterator[SessionManager]:
    with SessionManager("fake", home=home) as made:
        yield made


@pytest.fixture
def session(manager: SessionManager) -> JobSession:
    return manager.create_job_session("tests")


@pytest.fixture
def installation() -> FakeInstallation:
    return FakeInstallation.at("default")


@pytest.fixture
def shelves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the trackers `shelf` and `keepingshelf`."""
    monkeypatch.setattr(sys, "path", [str(PLUGIN), *sys.path])


@pytest.fixture
def run(shelves: None) -> Run:
    def run_python(program: str, *args: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", program, *args],
            env={**os.environ, "PYTHONPATH": str(PLUGIN), **variables},
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    return run_python
