"""What every test stands on: a home of its own, the order of the suite, `--tracker`, a look for what is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

NOT_AVAILABLE = "not available here"
"""How the reason of a skip begins when a test cannot run on this machine; `--tracker` makes it a failure."""

GRACE_SECONDS = 5.0
"""How long a keeper whose last job has just ended may take to leave before it counts as left behind."""

HOSTILE_NAMES = ("a'; echo foo", "ünïcode 日本", "new\nline", '$(touch owned) `x` "q" *')

# A shared or slow machine must not decide whether a property holds.
settings.register_profile("wflpy", deadline=None, print_blob=True)
settings.load_profile("wflpy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tracker",
        action="append",
        metavar="NAME",
        help=f"tracker that must work on this machine: its tests fail where they would skip with '{NOT_AVAILABLE}'",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Unit tests first, slow ones last; refuse a required tracker that no test of the whole suite knows."""
    items.sort(key=_turn)
    required = set(_required(config))
    if required and config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        known = {name for item in items for name in _trackers(item)}
        if required - known:
            raise pytest.UsageError(
                f"--tracker {', '.join(sorted(required - known))}: no test needs it; known: {', '.join(sorted(known))}"
            )


def _turn(item: pytest.Item) -> tuple[bool, bool]:
    return item.get_closest_marker("slow") is not None, "unit" not in item.path.parts


def _required(config: pytest.Config) -> list[str]:
    names: list[str] | None = config.getoption("--tracker")
    return names or []


def _trackers(item: pytest.Item) -> set[str]:
    return {str(name) for mark in item.iter_markers("tracker") for name in mark.args}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A required tracker that is missing is a failure, whatever the test thought of it."""
    report = yield
    needed = _trackers(item) & set(_required(item.config))
    if needed and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith(NOT_AVAILABLE):
            report.outcome = "failed"
            report.longrepr = f"--tracker {', '.join(sorted(needed))} was asked for, but: {reason}"
    return report


@pytest.fixture(scope="session")
def homes() -> Iterator[Path]:
    """The folder above all homes of this test run; its path is short, since a socket path holds 108 bytes."""
    root = Path(tempfile.mkdtemp(prefix="wf", dir="/tmp"))
    threads = set(threading.enumerate())
    yield root
    left = [*_left_threads(threads), *_left_processes(root)]
    shutil.rmtree(root, ignore_errors=True)
    assert not left, "left behind by tests (end it in the fixture that started it):\n" + "\n".join(left)


@pytest.fixture(autouse=True)
def home(homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The WFLPY_HOME of this test: empty, private, beside it a run-time, configuration, data and cache folder."""
    base = Path(tempfile.mkdtemp(dir=str(homes)))
    for variable in [name for name in os.environ if name.startswith("WFLPY_")]:
        monkeypatch.delenv(variable)
    for variable, name in {
        "WFLPY_HOME": "home",
        "XDG_RUNTIME_DIR": "run",
        "XDG_CONFIG_HOME": "config",
        "XDG_STATE_HOME": "state",
        "XDG_DATA_HOME": "data",
        "XDG_CACHE_HOME": "cache",
    }.items():
        monkeypatch.setenv(variable, str(base / name))
    (base / "run").mkdir(mode=0o700)
    return base / "home"


@pytest.fixture(params=HOSTILE_NAMES, ids=["quote", "unicode", "newline", "shell"])
def hostile_path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An existing folder whose name breaks whatever joins words into a shell line."""
    folder = tmp_path / str(request.param)
    folder.mkdir()
    return folder


def _left_threads(before: set[threading.Thread]) -> list[str]:
    end = time.monotonic() + GRACE_SECONDS
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(max(0.0, end - time.monotonic()))
    return [f"  thread {thread.name} (daemon: {thread.daemon})" for thread in left if thread.is_alive()]


class _Left(NamedTuple):
    pid: int
    command: str
    test: str


def _left_processes(root: Path) -> list[str]:
    """Processes that carry a home below `root`; ended here, so that a failed run leaves a clean machine."""
    end = time.monotonic() + GRACE_SECONDS
    while (left := _carrying(os.fsencode(root))) and time.monotonic() < end:
        time.sleep(0.05)
    for process in left:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    return [f"  process {one.pid}: {one.command} (of {one.test})" for one in left]


def _carrying(text: bytes) -> list[_Left]:
    found: list[_Left] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:  # it has ended, or belongs to somebody else
            continue
        if int(entry.name) != os.getpid() and text in command + environment:
            test = environment.partition(b"PYTEST_CURRENT_TEST=")[2].partition(b"\0")[0]
            found.append(_Left(int(entry.name), os.fsdecode(command.replace(b"\0", b" ")), os.fsdecode(test) or "?"))
    return found
