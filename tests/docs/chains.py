"""How each kind of block is checked; blocks that belong together are a chain and share a folder and a namespace.

==========================  ==========================================================================================
a block of                  is
==========================  ==========================================================================================
python                      executed
yaml                        a workflow file: validated with the loader; marked `fragment`, the body of its `tasks:`
sh                          commands, one a line; marked `run`, executed
console                     `$ command` lines with their output; marked `run`, executed and the output compared
text                        marked `output`, what the block before prints; marked `picture`, a drawing
json, toml                  parsed
==========================  ==========================================================================================

Marks: `continue` (belongs to the block before), `file: NAME` (written to that file, not executed), `exit: N` (the
status of a `run` block, default 0), `command: NAME` (the README's own two commands, run by `.ci/run`). In expected
output a line `...` stands for any lines and `...` within a line for any text. All else is refused: an unknown
language or mark, and commands that are neither run here nor named in ELSEWHERE.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.docs.fences import ROOT, Block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MARKS: Final = {
    "python": {"continue", "file"},
    "yaml": {"continue", "file", "fragment"},
    "sh": {"continue", "run", "exit", "command"},
    "console": {"continue", "run", "exit"},
    "text": {"continue", "output", "picture", "file"},
    "json": {"continue", "file"},
    "toml": {"continue", "file"},
}
"""Which marks a block of each language may carry."""

ELSEWHERE: Final = {
    "apt-get install python3-venv": "installing a system package; `.ci/run` does it where it is missing",
    "pip install wflpy": "the name in pyproject.toml",
}
"""Commands that no block may run, each with the place that stands for it."""

TIMEOUT_SECONDS: Final = 50.0


def chains(blocks: Iterable[Block]) -> list[list[Block]]:
    """The blocks in their order, cut before each one that begins something new."""
    cut: list[list[Block]] = []
    for block in blocks:
        if cut and (block.mark("continue") is not None or block.mark("output") is not None):
            cut[-1].append(block)
        else:
            cut.append([block])
    return cut


def check(chain: list[Block], folder: Path) -> None:
    """Checks every block of the chain in `folder`, which becomes its working directory.

    Raises:
        AssertionError: A block is wrong, or nothing knows how to check it.
    """
    for block in chain:
        refuse_unknown(block)
    if (ROOT / "workflows").is_dir():
        shutil.copytree(ROOT / "workflows", folder / "workflows", ignore=shutil.ignore_patterns("out", "__pycache__"))
    steps = [block for block in chain if _is_step(block)]
    for block in chain:
        if name := block.mark("file"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(block.text, encoding="utf-8")
    for block in chain:
        if block.language in _READERS:
            _READERS[block.language](block, folder)
    printed = dict(zip(map(str, steps), _play(steps, folder), strict=True)) if steps else {}
    for block, before in zip(chain, [None, *chain], strict=False):
        _compare(block, before, printed)


def refuse_unknown(block: Block) -> None:
    """Refuses a block that would stand in the page unchecked."""
    if block.language.startswith("{") and ROOT / "docs" in block.page.parents:
        return  # a directive: the build of the pages checks it
    assert block.language in MARKS, f"{block}: nothing checks a block of {block.language or 'no language'!r}"
    unknown = {name for name, _ in block.marks} - MARKS[block.language]
    assert not unknown, f"{block}: unknown mark {sorted(unknown)} on a {block.language} block"
    if block.language == "text":
        marked = any(block.mark(name) is not None for name in ("output", "picture", "file"))
        assert marked, f"{block}: text that nothing checks: mark it as output, picture or file"
    if block.language in {"sh", "console"} and block.mark("run") is None and block.mark("command") is None:
        unchecked = [command for command in commands(block) if command not in ELSEWHERE]
        assert not unchecked, f"{block}: mark the block with run, or say in ELSEWHERE who checks {unchecked}"


def commands(block: Block) -> list[str]:
    """The commands of a sh or console block, continued lines joined, comments and output left out."""
    text = block.text.replace("\\\n", " ")
    lines = [re.sub(r"\s+#\s.*$", "", line) for line in text.splitlines()]
    if block.language == "console":
        return [line[2:].strip() for line in lines if line.startswith("$ ")]
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def matches(expected: str, printed: str) -> bool:
    """Whether `printed` is what the page shows; trailing blanks do not count."""
    pattern = ""
    for line in expected.strip().splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += r"[^\n]*".join(map(re.escape, line.rstrip().split("..."))) + r"[ \t]*\n"
    seen = "".join(f"{line}\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch(pattern, seen) is not None


def _is_step(block: Block) -> bool:
    if block.language == "python":
        return block.mark("file") is None
    return block.language in {"sh", "console"} and block.mark("run") is not None


def _play(steps: list[Block], folder: Path) -> list[str]:
    """What each step printed; fails with the chain's own messages when one of them does."""
    script = folder / ".steps.json"
    script.write_text(json.dumps([_step(block) for block in steps]), encoding="utf-8")
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(Path(__file__).with_name("driver.py")), str(script)],
        cwd=folder,
        env={**os.environ, "PATH": search, "COLUMNS": "120", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    *printed, rest = ended.stdout.decode().split("\0")
    told = f"{''.join(printed)}{rest}{ended.stderr.decode()}"
    assert ended.returncode == 0, f"{steps[0]}: the chain that begins here fails:\n{told}"
    return printed


def _step(block: Block) -> dict[str, object]:
    text = block.text if block.language == "python" else "\n".join(commands(block))
    status = int(block.mark("exit") or 0)
    return {"page": str(block.page), "line": block.line, "language": block.language, "text": text, "status": status}


def _compare(block: Block, before: Block | None, printed: dict[str, str]) -> None:
    if block.mark("output") is not None:
        assert str(before) in printed, f"{block}: the block before it prints nothing"
        expected, seen = block.text, printed[str(before)]
    elif block.language == "console" and str(block) in printed:
        shown = [line for line in block.text.replace("\\\n", " ").splitlines() if not line.startswith("$ ")]
        expected, seen = "\n".join(shown), printed[str(block)]
    else:
        return
    assert matches(expected, seen), f"{block}: the page shows\n{expected}\nbut this was printed\n{seen}"


def _read_workflow(block: Block, folder: Path) -> None:
    from wflpy.loader import check_file

    path = folder / (block.mark("file") or f"block-{block.line}.yaml")
    if block.mark("fragment") is not None:
        body = "".join(f"  {line}\n" if line.strip() else "\n" for line in block.text.splitlines())
        path.write_text(f"wfl: 1\nname: fragment\ntasks:\n{body}", encoding="utf-8")
    else:
        path.write_text(block.text, encoding="utf-8")
    problems = check_file(path)
    assert not problems, f"{block}: " + "\n".join(map(str, problems))


def _read_json(block: Block, folder: Path) -> None:
    json.loads(block.text)


def _read_toml(block: Block, folder: Path) -> None:
    tomllib.loads(block.text)


_READERS: Final[dict[str, Callable[[Block, Path], None]]] = {
    "yaml": _read_workflow,
    "json": _read_json,
    "toml": _read_toml,
}
