"""The conformance suite as somebody else uses it, on trackers with one fault each: it has to find every one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.faulty import FAULTY

SUITE = """
import pytest
from tests.conformance.fakes import FakeHarness
from tests.conformance.faulty import FAULTY
from wflpy.testing import TrackerContract

class Faulty(FakeHarness):
    timeout = 1.0

class TestFaulty(TrackerContract):
    @pytest.fixture(params=FAULTY)
    def harness(self, request):
        harness = Faulty()
        harness.tracker = FAULTY[request.param]
        return harness
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest prints about the finders on all faulty trackers."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_mine.py").write_text(SUITE)
    finders = " or ".join(f"({one.finder} and {name})" for name, one in FAULTY.items())
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", "-c", "/dev/null"]
    ended = subprocess.run(
        [*command, "--rootdir", str(folder), "-k", finders, str(folder)],
        cwd=Path(__file__).parents[2],
        env={
            name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"
        },  # meant for the run outside
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTY)
def test_the_suite_finds_the_fault(report: str, name: str) -> None:
    found = [line for line in report.splitlines() if line.startswith(("FAILED", "ERROR")) and f"[{name}" in line]
    assert any(FAULTY[name].finder in line for line in found), report


@pytest.mark.slow
def test_assertions_are_explained_to_whoever_runs_the_suite(report: str) -> None:
    assert "where" in report
    assert "assert (" in report
