"""The tracker of the page about writing one keeps the whole contract, as the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.fences import ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the files that the page shows."""
    for block in blocks(ROOT / "docs" / "writing-a-tracker.md"):
        if name := block.mark("file"):
            (tmp_path / name).write_text(block.text, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_tracker_of_the_page_passes_both_suites(files: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    ended = subprocess.run(
        [*command, "--rootdir", str(files), "--basetemp", str(files / "tmp"), str(files)],
        cwd=files,
        # PYTEST_ADDOPTS is meant for the run outside.
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"\b[5-9]\d\d passed", ended.stdout), ended.stdout


def test_the_code_of_the_page_is_about_a_hundred_lines(files: Path) -> None:
    lines = (files / "wflpy_folder.py").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 130


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_code_of_the_page_is_typed(files: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(files / "cache"), "wflpy_folder.py"]
    ended = subprocess.run(command, cwd=files, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
