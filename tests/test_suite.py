"""What tests/conftest.py promises: the order of the suite, `--tracker`, and that nothing is left behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

SAMPLE: Final = """
import os, subprocess, threading, time
import pytest

@pytest.mark.slow
def test_slow(): pass

@pytest.mark.tracker("moon")
def test_moon(): pytest.skip("not available here: too far")

@pytest.mark.tracker("moon")
def test_unclaimed(): pytest.skip("it claims no SUSPEND")

@pytest.mark.skipif("LEAVE" not in os.environ, reason="asked for by its own test")
def test_leaves():
    subprocess.Popen(["sleep", "100"], start_new_session=True).returncode = 0
    threading.Thread(target=time.sleep, args=(100,), daemon=True, name="stray").start()
"""


def _suite(folder: Path, *options: str, **variables: str) -> str:
    """What pytest prints for SAMPLE under this project's settings and conftest."""
    conftest = (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
    (folder / "conftest.py").write_text(conftest.replace("GRACE_SECONDS = 5.0", "GRACE_SECONDS = 0.1"))
    (folder / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests" / "test_sample.py").write_text(SAMPLE)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-o", "addopts=", *options]
    environment = {**os.environ, **variables, "PYTEST_ADDOPTS": ""}
    ended = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return ended.stdout


def test_slow_tests_run_last(tmp_path: Path) -> None:
    printed = _suite(tmp_path)
    assert re.findall(r"::test_(\w+) \w+ ", printed)[-1] == "slow"
    assert "1 passed, 3 skipped" in printed


def test_a_required_tracker_that_is_missing_is_a_failure(tmp_path: Path) -> None:
    printed = _suite(tmp_path, "--tracker", "moon")
    assert "--tracker moon was asked for, but: not available here: too far" in printed
    assert "1 failed, 1 passed, 2 skipped" in printed, "what a tracker does not claim stays a skip"
    assert "sun: no test needs it; known: moon" in _suite(tmp_path, "--tracker", "sun")


def test_what_a_test_leaves_behind_is_an_error(tmp_path: Path) -> None:
    printed = _suite(tmp_path, LEAVE="1")
    assert re.search(r"thread stray", printed)
    assert re.search(r"process \d+: sleep 100 +\(of tests/test_sample.py::test_leaves \(call\)\)", printed)
    assert "1 error" in printed
