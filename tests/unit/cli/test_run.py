"""``wflpy run``, ``validate`` and ``graph`` on the fake tracker."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.command_lines import Outcome, run_in_process
from wflpy.testing.installation import FakeInstallation
from wflpy.testing.scripts import Script

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = """\
wfl: 1
name: churn
params:
  rows: {type: int, default: 10, min: 1}
backends:
  small: {type: fake, slots: 1}
backend: fake
tasks:
  clean: {run: [clean, --rows, "${{ params.rows }}"]}
  train:
    needs: clean
    matrix: {depth: [4, 8]}
    run: [train, "${{ matrix.depth }}"]
  best: {needs: train, run: [best]}
"""


@pytest.fixture
def wflpy(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs one command line in this process."""
    return run_in_process(capfd)


@pytest.fixture
def churn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workflow file whose jobs are fakes."""
    monkeypatch.chdir(tmp_path)
    Path("churn.yaml").write_text(FILE, encoding="utf-8")
    return Path("churn.yaml")


def test_a_run_is_done(wflpy: Callable[..., Outcome], churn: Path) -> None:
    FakeInstallation.at("default").script("best", Script(output="depth 8 is best\n"))
    shown = wflpy("run", churn)
    assert shown.status == 0, shown.err
    assert shown.out.splitlines()[:2] == ["best", "  depth 8 is best"]
    assert re.search(r"churn: 4 done in ", shown.out)
    assert re.match(r"run churn-\S+: 4 tasks on fake\n", shown.err)


def test_a_run_has_failed(wflpy: Callable[..., Outcome], churn: Path) -> None:
    FakeInstallation.at("default").script("train", Script(exit_status=3, error="diverged\n"), Script())
    shown = wflpy("run", churn, "--fail-fast")
    assert (shown.status, shown.out) == (1, "")
    assert "task 'train[depth=4]' failed: exit status 3" in shown.err
    assert "    diverged" in shown.err


def test_a_named_backend_brings_its_options_and_the_command_line_wins(
    wflpy: Callable[..., Outcome], churn: Path
) -> None:
    assert wflpy("run", churn, "--backend", "small").status == 0
    assert FakeInstallation.at("default").slots == 1
    assert wflpy("run", churn, "--backend", "small", "-o", "contact=other", "-o", "slots=2").status == 0
    assert FakeInstallation.at("other").slots == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--backend", "smal"], "there is no tracker 'smal'"),
        (["-o", "slot=2"], 'did you mean "slots"?'),
        (["-o", "slots"], "-o takes NAME=VALUE, not 'slots'"),
        (["-p", "rows=1", "-p", "rows=2"], "--param gives 'rows' twice"),
        (["-p", "rows=none"], "rows"),
        (["-p", "rosw=1"], "rosw"),
        (["--name", "../x"], "cannot be the name of a run"),
    ],
)
def test_bad_arguments_are_2_and_run_nothing(
    wflpy: Callable[..., Outcome], churn: Path, home: Path, arguments: list[str], message: str
) -> None:
    shown = wflpy("run", churn, *arguments)
    assert (shown.status, shown.out) == (2, "")
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert not (home / "runs").exists() or not [run for run in (home / "runs").iterdir() if run.is_dir()]


def test_a_dry_run_is_a_plan(wflpy: Callable[..., Outcome], churn: Path) -> None:
    shown = wflpy("run", churn, "--dry-run", "-p", "rows=7")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith("churn: 4 tasks in 3 steps on fake; nothing is run\n")
    assert "    clean --rows 7\n" in shown.out
    tasks = json.loads(wflpy("run", churn, "--dry-run", "--json").out)["tasks"]
    assert [task["command"] for task in tasks] == ["clean --rows 10", "train 4", "train 8", "best"]


def test_validate_says_that_all_is_well_or_where_it_is_not(wflpy: Callable[..., Outcome], churn: Path) -> None:
    assert wflpy("validate", churn).out == "churn.yaml: ok\n"
    Path("bad.yaml").write_text(FILE.replace("needs: train", "needs: trian"), encoding="utf-8")
    shown = wflpy("validate", churn, "bad.yaml")
    assert shown.status == 2
    assert re.search(r"^bad.yaml:14:\d+: error\[WFL301\]", shown.out, re.MULTILINE)
    assert "churn.yaml: ok" in shown.out
    (found,) = json.loads(wflpy("validate", "bad.yaml", "--format", "json").out)
    assert (found["line"], found["code"]) == (14, "WFL301")
    assert wflpy("validate", "bad.yaml", "--format", "github").out.startswith("::error file=bad.yaml,line=14,")


def test_a_wrong_file_is_told_the_same_way_by_every_command(wflpy: Callable[..., Outcome], churn: Path) -> None:
    Path("bad.yaml").write_text(FILE.replace("needs: train", "needs: trian"), encoding="utf-8")
    for command in ("run", "graph"):
        shown = wflpy(command, "bad.yaml")
        assert (shown.status, shown.out) == (2, "")
        assert shown.err.startswith("bad.yaml:14:")


@pytest.mark.parametrize(("form", "start"), [("ascii", "*    clean"), ("mermaid", "---"), ("dot", "digraph")])
def test_graph_draws(wflpy: Callable[..., Outcome], churn: Path, form: str, start: str) -> None:
    assert wflpy("graph", churn, "--format", form).out.startswith(start.replace("*    ", "*  "))


def test_trackers_are_listed_with_their_options(wflpy: Callable[..., Outcome]) -> None:
    shown = wflpy("trackers").out
    assert re.search(r"^fake: ", shown, re.MULTILINE)
    assert re.search(r"^    slots=none +how many", shown, re.MULTILINE)
    entries = {entry["name"]: entry for entry in json.loads(wflpy("trackers", "--json").out)}
    assert entries["fake"]["available"]
    assert "suspend" in entries["fake"]["abilities"]
