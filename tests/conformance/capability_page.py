"""The page that says what each tracker can do, made from what the classes declare and what the suites prove.

``python -m tests.conformance.capability_page`` runs both suites on every tracker and, if all of it passes, writes
docs/capabilities.md anew.
"""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.conformance.harnesses import HARNESSES
from wflpy.drmaa2 import DrmaaCapability, enums
from wflpy.tracker import Ability, ability

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from enum import Enum
    from types import ModuleType

    from wflpy.tracker import JobTracker

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "capabilities.md"
_SUITES: Final = ROOT / "wflpy" / "testing"
COMMAND: Final = "python -m tests.conformance.capability_page"

_TEXT: Final = """# Capabilities

What each tracker declares. `DrmaaCapability` has the standard's own words, which `supports()` answers to; `Ability` has
those of wflpy for what the standard has no word for. What is declared is never skipped by the conformance suite, so
`yes` means that its tests pass; `declared` stands where the suite has no test of its own and those of the tracker have.
What is not declared is refused: an attribute with `UnsupportedAttributeException`, an operation with
`UnsupportedOperationException`; a `max_parallel` is ignored.

`fake` runs jobs in memory, for tests; `plain-fake` is the same over a backend that can only run jobs, where wflpy
emulates the rest.

## The standard's capabilities

{capabilities}
## Abilities

{abilities}
## Files

{files}
"""


def page() -> str:
    """The text of the page."""
    trackers = [harness.tracker for harness in HARNESSES.values()]
    return _TEXT.format(
        capabilities=_table(DrmaaCapability, enums, trackers, {one: one.capabilities for one in trackers}),
        abilities=_table(Ability, ability, trackers, {one: one.abilities for one in trackers}),
        files="\n".join(f"* `{one.name}`: {_described(ability)['Files'][one.files.name]}" for one in trackers),
    )


def _table(
    kind: type[Enum],
    module: ModuleType,
    trackers: list[type[JobTracker]],
    declared: dict[type[JobTracker], frozenset[DrmaaCapability] | frozenset[Ability]],
) -> str:
    described, proven = _described(module)[kind.__name__], set(_proven(kind.__name__))
    rows: list[list[str]] = [
        ["", *(f"`{one.name}`" for one in trackers), "what it means"],
        ["---"] * (len(trackers) + 2),
    ]
    for member in kind:
        yes = "yes" if member.name in proven else "declared"
        cells = [yes if member in declared[one] else "" for one in trackers]
        rows.append([f"`{member.name}`", *cells, described[member.name]])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _described(module: ModuleType) -> dict[str, dict[str, str]]:
    """Class -> member -> the docstring below it."""
    tree = ast.parse(inspect.getsource(module))
    return {one.name: dict(_members(one.body)) for one in tree.body if isinstance(one, ast.ClassDef)}


def _members(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    name = ""
    for line in body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            name = line.targets[0].id
            yield name, ""
        elif isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and name:
            text = " ".join(str(line.value.value).replace("``", "`").split())
            yield name, text


def _proven(kind: str) -> Iterator[str]:
    """The members that a test of the suites asks for."""
    for path in (*_SUITES.glob("*contract/*.py"), _SUITES / "ground.py"):
        yield from re.findall(rf"\b{kind}\.([A-Z_]+)", path.read_text(encoding="utf-8"))


def write() -> int:
    """Run the suites, and write the page if they pass; the exit status."""
    suites = [str(Path(__file__).with_name(name)) for name in ("test_trackers.py", "test_sessions.py")]
    ended = subprocess.run([sys.executable, "-m", "pytest", "-q", *suites], cwd=ROOT, check=False)
    if ended.returncode == 0:
        PAGE.write_text(page(), encoding="utf-8")
    return ended.returncode


if __name__ == "__main__":
    sys.exit(write())
