"""Flows that run on an installation of the fake tracker of their own, with real commands where a test needs them."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING

import pytest

from wflpy.flow import Flow
from wflpy.testing import FakeInstallation, FakeOptions, FakeProcess

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_contacts = count()


def run_really(process: FakeProcess) -> Generator[float, None, int | str | None]:
    """The command itself, as a process of this one."""
    done = subprocess.run(
        [process.command, *process.args],
        cwd=process.working_directory,
        env={**os.environ, **process.environment},
        input=process.stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    process.write(done.stdout)
    process.write_error(done.stderr)
    yield from ()
    return done.returncode


@pytest.fixture
def options() -> FakeOptions:
    """An installation of its own: functions, ``cat``, ``sh`` and ``bash`` are real, all else succeeds at once."""
    options = FakeOptions(contact=f"flow-{next(_contacts)}")
    installation = FakeInstallation.at(options.contact)
    for command in (sys.executable, "cat", "sh", "bash"):
        installation.script(command, run_really)
    return options


@pytest.fixture
def fake(options: FakeOptions) -> FakeInstallation:
    """The installation behind the options."""
    return FakeInstallation.at(options.contact)


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    return Flow("f", base=tmp_path)
