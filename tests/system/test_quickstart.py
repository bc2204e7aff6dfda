"""The quickstart, as a person runs it: from YAML and from Python, on the process tracker, with real processes."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wflpy.dag import Command, Shell
from wflpy.flow import Flow, Task

WORKFLOWS = Path(__file__).parents[2] / "workflows"
HEADLINE = "Longer bills are shallower, until you look at one species at a time"
WFLPY = (sys.executable, "-m", "wflpy")

pytestmark = pytest.mark.timeout(120)


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def python_flow() -> Flow:
    found = importlib.util.spec_from_file_location("quickstart_in_python", WORKFLOWS / "quickstart.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    flow: Flow = module.quickstart()
    return flow


def words_of(task: Task) -> list[str]:
    """What a task runs, shell text taken apart at its blanks."""
    body = task.spec.body
    assert isinstance(body, Command | Shell)
    texts = [str(text) for text in (body.argv if isinstance(body, Command) else (body.text,))]
    return " ".join(texts).replace("${{ ", "${{").replace(" }}", "}}").split()


def test_the_data_are_the_published_ones() -> None:
    data = WORKFLOWS / "data" / "penguins.csv"
    with data.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 344
    assert sum("NA" in row.values() for row in rows) == 11
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    assert digest in (WORKFLOWS / "data" / "README.md").read_text()


def test_both_spellings_are_one_workflow() -> None:
    in_python, in_yaml = python_flow(), Flow.from_yaml(WORKFLOWS / "quickstart.yaml")
    assert in_python.compile().names == in_yaml.compile().names
    assert set(in_python.graph().edges) == set(in_yaml.graph().edges)
    assert in_python.spec().params == in_yaml.spec().params
    for one, other in zip(in_python.tasks.values(), in_yaml.tasks.values(), strict=True):
        assert words_of(one) == words_of(other)
        assert one.spec.outputs == other.spec.outputs
        assert (one.spec.matrix, one.spec.inputs, one.spec.timeout) == (
            other.spec.matrix,
            other.spec.inputs,
            other.spec.timeout,
        )


def test_both_spellings_write_the_same_report(tmp_path: Path) -> None:
    by_yaml = run(*WFLPY, "run", WORKFLOWS / "quickstart.yaml", "--param", f"out={tmp_path / 'yaml'}", cwd=tmp_path)
    assert by_yaml.returncode == 0, by_yaml.stdout + by_yaml.stderr
    by_python = run(sys.executable, WORKFLOWS / "quickstart.py", "--out", str(tmp_path / "python"), cwd=tmp_path)
    assert by_python.returncode == 0, by_python.stdout + by_python.stderr

    report = (tmp_path / "yaml" / "report.md").read_bytes()
    assert report == (tmp_path / "python" / "report.md").read_bytes()
    text = report.decode()
    assert text.startswith(f"# {HEADLINE}\n")
    for fact in ("333 of 344 penguins", "11 were left out", "| all       | 333    | -0.082", "+0.222 for Chinstrap"):
        assert fact in text
    assert sorted(path.name for path in (tmp_path / "yaml").iterdir()) == sorted(
        path.name for path in (tmp_path / "python").iterdir()
    )
    assert HEADLINE in by_yaml.stdout
    assert "report: yaml/report.md\n" in by_yaml.stdout
    assert by_python.stdout == f"{HEADLINE}\nreport: {tmp_path / 'python' / 'report.md'}\n"


@pytest.mark.parametrize("spelling", ["yaml", "python"])
def test_a_parameter_that_breaks_it_leaves_a_notice_and_a_clear_failure(spelling: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command: dict[str, tuple[str | Path, ...]] = {
        "yaml": (*WFLPY, "run", WORKFLOWS / "quickstart.yaml", "--param", f"out={out}", "--param", "min_mass=99999"),
        "python": (sys.executable, WORKFLOWS / "quickstart.py", "--out", str(out), "--min-mass", "99999"),
    }
    result = run(*command[spelling], cwd=tmp_path)
    assert result.returncode == 1
    cause = "no bird weighs 99999 g or more: the heaviest of 333 weighs 6300 g"
    assert cause in result.stderr + result.stdout
    assert "Traceback" not in result.stderr
    notice = (out / "notice.txt").read_text()
    assert cause in notice
    assert "task:   clean" in notice
    assert not (out / "report.md").exists()


def test_it_runs_in_any_folder_and_a_good_run_takes_the_notice_away(hostile_path: Path) -> None:
    here = hostile_path / "workflows"
    shutil.copytree(WORKFLOWS, here, ignore=shutil.ignore_patterns("out", "__pycache__"))
    assert run(*WFLPY, "run", "quickstart.yaml", "--param", "min_mass=99999", cwd=here).returncode == 1
    assert (here / "out" / "notice.txt").exists()
    good = run(*WFLPY, "run", "quickstart.yaml", cwd=here)
    assert good.returncode == 0, good.stdout + good.stderr
    assert sorted(path.name for path in here.iterdir()) == [
        "data",
        "out",
        "quickstart",
        "quickstart.py",
        "quickstart.yaml",
    ]
    assert (here / "out" / "report.md").read_text().startswith(f"# {HEADLINE}\n")
    assert not (here / "out" / "notice.txt").exists()
