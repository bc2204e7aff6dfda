"""The house rules, as tests: layers, import weight, public names, sizes, links, and the project's checkers."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

import pytest

import wflpy
from tests.docs.fences import blocks, pages, prose

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
CORE: Final = ROOT / "wflpy"
BACKENDS: Final = ROOT / "trackers" / "wflpy_trackers"
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

LINES_AT_MOST: Final = 500

HEAVY: Final = {
    "networkx", "yaml", "pydantic", "click", "rich", "psutil", "jinja2", "docker", "kubernetes",
    "importlib.metadata", "wflpy_trackers",
}  # fmt: skip
"""What no import of the package may load before it is needed."""

WEIGHTS: Final = {
    "import wflpy": HEAVY,
    "import wflpy.drmaa2": HEAVY,
    "import wflpy.tracker": HEAVY,
    "import wflpy.sessions": HEAVY,
    "import wflpy.flow": HEAVY,
    "from wflpy import Flow, JobTemplate, SessionManager, matrix": HEAVY,
    "import wflpy.cli": HEAVY - {"click"},
    "import sys, wflpy.cli; sys.argv[1:] = ['--version']; wflpy.cli.main()": HEAVY - {"click"},
}
"""Statement -> the modules it must leave unloaded."""

STANDARD: Final = {"constants", "enums", "errors", "infos", "templates"}
"""The modules of wflpy.drmaa2 whose public names are names of wflpy too: what the standard itself names."""

DOORS: Final = {
    "wflpy/__init__.py": {"*"},  # public names, loaded on first use
    "wflpy/cli/command_line.py": {"*"},  # a command, by its name
    "wflpy/dag/__init__.py": {"*"},  # public names, loaded on first use
    "wflpy/flow/__init__.py": {"*"},  # public names, loaded on first use
    "wflpy/flow/flow.py": {"wflpy.loader"},  # the one way up: Flow.from_yaml
    "wflpy/flow/runner.py": {"*"},  # a user's function, by its name
    "wflpy/tracker/registry.py": {"*"},  # a tracker, by its name
}
"""Every file that imports a module by a string ("*": one it computes), which import-linter cannot see."""


def _sources(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*.py"))]


def _packages(folder: Path) -> set[str]:
    return {path.parent.name for path in folder.glob("*/__init__.py")}


def _contract(name: str) -> dict[str, Any]:
    contracts: list[dict[str, Any]] = PROJECT["tool"]["importlinter"]["contracts"]
    (contract,) = [one for one in contracts if one["name"] == name]
    return contract


def _run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


# Layers


def test_the_layers_hold() -> None:
    ended = _run("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_backends_are_kept_from_every_package_but_two() -> None:
    forbidden = _contract("Backends see only the contract and the data")["forbidden_modules"]
    assert {f"wflpy.{name}" for name in _packages(CORE) - {"drmaa2", "tracker"}} == set(forbidden)


def test_the_standard_needs_the_standard_library_alone() -> None:
    foreign = {
        f"{path.name}: {name}"
        for path in _sources(CORE / "drmaa2")
        for name in _imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("wflpy.drmaa2")
    }
    assert not foreign


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative imports hide the layer they reach"
            yield node.module or ""


def test_modules_are_imported_by_name_in_known_places_only() -> None:
    found: dict[str, set[str]] = {}
    for path in _sources(CORE):
        if targets := set(_imported_by_string(path)):
            found[str(path.relative_to(ROOT))] = targets
    assert found == DOORS


def _imported_by_string(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "import_module", "importlib.import_module", "__import__",
        }:  # fmt: skip
            target = node.args[0]
            yield str(target.value) if isinstance(target, ast.Constant) else "*"


def test_trackers_is_a_source_root_and_no_package() -> None:
    assert [path.name for path in (ROOT / "trackers").iterdir() if path.is_file()] == []
    assert [path.name for path in (ROOT / "trackers").iterdir() if path.name != "__pycache__"] == ["wflpy_trackers"]


@pytest.mark.parametrize("package", [CORE, BACKENDS], ids=["wflpy", "wflpy_trackers"])
def test_types_are_shipped(package: Path) -> None:
    assert (package / "py.typed").is_file()


# Import weight


@pytest.mark.parametrize("statement", WEIGHTS)
def test_nothing_heavy_is_loaded_early(statement: str) -> None:
    program = f"import sys; before = set(sys.modules); {statement}; import json; print(); " + (
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    ended = _run("-I", "-c", program)
    assert ended.returncode == 0, ended.stderr
    loaded = set(json.loads(ended.stdout.splitlines()[-1]))
    assert "wflpy" in loaded
    assert not loaded & WEIGHTS[statement]


# Public names


def _table() -> dict[str, str]:
    table: dict[str, str] = vars(wflpy)["_PUBLIC"]
    return table


def test_public_names_are_sorted() -> None:
    assert list(_table()) == sorted(_table())


def test_type_checkers_see_the_same_names() -> None:
    seen: dict[str, str] = {}
    for node in ast.parse((CORE / "__init__.py").read_bytes()).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                assert isinstance(line, ast.ImportFrom)
                assert [alias.name for alias in line.names] == [alias.asname for alias in line.names]
                seen.update({alias.name: str(line.module) for alias in line.names})
    assert seen == _table()


def test_the_whole_standard_is_public() -> None:
    standard = {
        alias.name
        for node in ast.parse((CORE / "drmaa2" / "__init__.py").read_bytes()).body
        if isinstance(node, ast.ImportFrom) and str(node.module).rpartition(".")[2] in STANDARD
        for alias in node.names
    }
    assert standard
    assert standard <= {name for name, module in _table().items() if module == "wflpy.drmaa2"}


@pytest.mark.parametrize("name", _table())
def test_a_public_name_exists_and_has_a_docstring(name: str) -> None:
    value: object = getattr(wflpy, name)
    described = value if isinstance(value, type | FunctionType) else value.__class__
    if described.__module__.startswith("wflpy"):  # and not a plain constant such as a number or a text
        text = str(described.__doc__).strip()
        assert text not in {"", "None"}
        assert not text.startswith(f"{name}("), "the docstring is the one that dataclasses make up"


def test_public_names_are_listed_and_importable_with_a_star() -> None:
    assert set(_table()) <= set(dir(wflpy))
    namespace: dict[str, object] = {}
    exec("from wflpy import *", namespace)
    assert set(namespace) - {"__builtins__"} == set(_table())


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'wflpy' has no attribute 'Workflow'"):
        _ = wflpy.Workflow  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def test_the_version_is_said_once() -> None:
    assert wflpy.__version__ == PROJECT["project"]["version"]


# Files


def test_no_file_is_too_long() -> None:
    sizes = {
        str(path.relative_to(ROOT)): path.read_bytes().count(b"\n")
        for path in _sources(CORE, ROOT / "trackers", ROOT / "tests", ROOT / "workflows", ROOT / "docs")
    }
    assert not {path: size for path, size in sizes.items() if size > LINES_AT_MOST}


_LINK: Final = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_no_link_is_dead(page: Path) -> None:
    dead: list[str] = []
    for found in _LINK.finditer(prose(page.read_text(encoding="utf-8"))):
        path, _, anchor = found["target"].partition("#")
        if re.match(r"[a-z]+:", found["target"]):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(found["target"])
    assert not dead


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_extra_named_in_a_page_exists() -> None:
    named = {
        extra.strip()
        for page in pages()
        for listed in re.findall(r"(?:wflpy|\.)\[([a-z0-9, ]+)\]'", page.read_text(encoding="utf-8"))
        for extra in listed.split(",")
    }
    assert named <= set(PROJECT["project"]["optional-dependencies"])


def test_the_readme_has_the_two_commands_that_ci_runs() -> None:
    named = {block.mark("command"): block.text for block in blocks(ROOT / "README.md") if block.mark("command")}
    assert set(named) == {"quickstart", "tests"}
    assert all(text.count("\n") == 1 for text in named.values()), "each is one line, complete on a fresh machine"


# The project's checkers, over everything


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy"],
        ["pyright", "--pythonpath", sys.executable],
    ],
    ids=lambda command: "-".join(command[:2]),
)
def test_the_checkers_are_content(command: list[str]) -> None:
    # A newer release of a checker is no reason to look for one on the network.
    ended = _run("-m", *command, PYRIGHT_PYTHON_IGNORE_WARNINGS="1")
    assert ended.returncode == 0, ended.stdout + ended.stderr
