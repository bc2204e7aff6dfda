"""How a name becomes a tracker."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

import pytest

from wflpy.drmaa2 import InvalidArgumentException, TrackerNotFound, TrackerUnavailable
from wflpy.testing import FakeOptions, FakeTracker
from wflpy.tracker import register_tracker, registry, tracker_class, tracker_for_options, tracker_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Install(Protocol):
    """Installs a distribution with one module and these entry points."""

    def __call__(self, module: str, text: str, **entries: str) -> None: ...


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    installed: list[str] = []

    def install(module: str, text: str, **entries: str) -> None:
        (tmp_path / f"{module}.py").write_text(text)
        folder = tmp_path / f"{module}-1.2.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.2\n")
        lines = "".join(f"{name} = {target}\n" for name, target in entries.items())
        (folder / "entry_points.txt").write_text(f"[wflpy.trackers]\n{lines}")
        installed.append(module)

    yield install
    for module in installed:
        sys.modules.pop(module, None)


def test_builtin_names_come_first_and_need_no_scan() -> None:
    assert tracker_class("fake") is FakeTracker
    program = (
        "import sys; from wflpy.tracker import tracker_class; tracker_class('fake'); "
        "sys.exit('importlib.metadata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-I", "-c", program], check=False).returncode == 0


def test_an_unknown_name_is_refused_with_the_known_ones_and_a_suggestion() -> None:
    with pytest.raises(TrackerNotFound, match=r"no tracker 'proces' \(did you mean \"process\"\?\); known are fa"):
        tracker_class("proces")


def test_names_are_sorted_and_hold_those_of_other_distributions(install: Install) -> None:
    install("somebody", "", zebra="somebody:Zebra", alpaca="somebody:Alpaca")
    assert tracker_names() == ["alpaca", "fake", "process", "zebra"]


def test_a_tracker_of_another_distribution_is_loaded_by_its_name(install: Install) -> None:
    text = "from wflpy.testing import FakeTracker\nclass Mine(FakeTracker):\n    name = 'mine'\n"
    install("somebody", text, mine="somebody:Mine")
    assert tracker_class("mine").name == "mine"


def test_a_builtin_name_cannot_be_taken(install: Install) -> None:
    install("somebody", "raise SystemError('never imported')", fake="somebody:Fake", process="somebody:Process")
    assert tracker_class("fake") is FakeTracker
    assert tracker_names().count("fake") == 1


@pytest.mark.parametrize("text", ["import no_such_module", "raise ValueError('broken')", "this is no Python"])
def test_a_broken_tracker_breaks_only_who_asks_for_it(install: Install, text: str) -> None:
    install("somebody", text, broken="somebody:Broken")
    assert "broken" in tracker_names()
    assert tracker_class("fake") is FakeTracker
    with pytest.raises(TrackerUnavailable, match=r"'broken' of somebody 1\.2 cannot be loaded from somebody:Broken"):
        tracker_class("broken")


def test_the_reason_of_a_failed_import_is_chained(install: Install) -> None:
    install("somebody", "import no_such_module", broken="somebody:Broken")
    with pytest.raises(TrackerUnavailable, match="no_such_module") as refusal:
        tracker_class("broken")
    assert isinstance(refusal.value.__cause__, ModuleNotFoundError)
    assert isinstance(refusal.value, ImportError)


def test_what_is_no_tracker_is_refused(install: Install) -> None:
    install("somebody", "thing = 1", odd="somebody:thing")
    with pytest.raises(TrackerUnavailable, match="somebody:thing is not a JobTracker class"):
        tracker_class("odd")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(registry)["_BUILTIN"], "docker", "no_such_module:DockerTracker")
    monkeypatch.setitem(vars(registry)["_EXTRAS"], "docker", "docker")
    with pytest.raises(TrackerUnavailable, match=r"No module named .*; install what it needs.*'wflpy\[docker\]'"):
        tracker_class("docker")


def test_options_lead_to_their_tracker() -> None:
    assert tracker_for_options(FakeOptions()) is FakeTracker
    with pytest.raises(InvalidArgumentException, match="int is not the options of a tracker"):
        tracker_for_options(1)


class _Mine(FakeTracker):
    name = "mine"


def test_a_registered_tracker_is_known_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTERED", {})
    register_tracker(_Mine)
    register_tracker(_Mine)
    assert tracker_class("mine") is _Mine
    assert "mine" in tracker_names()


def test_the_name_of_a_tracker_of_ours_cannot_be_registered() -> None:
    with pytest.raises(InvalidArgumentException, match="'fake' is part of wflpy; FakeTracker needs another name"):
        register_tracker(FakeTracker)
