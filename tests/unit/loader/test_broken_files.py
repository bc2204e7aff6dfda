"""Broken workflow files and everything that is said of them: ``broken/X.yaml`` and beside it ``broken/X.txt``.

Run as a program, this file writes the texts anew; read the difference before keeping it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wflpy.loader import MEANINGS, WorkflowFileError, check_file, load_spec, render_all

if TYPE_CHECKING:
    from wflpy.loader import Diagnostic

BROKEN = Path(__file__).parent / "broken"
FILES = sorted(BROKEN.glob("*.yaml"))

# What no file can show by itself.
FROM_OUTSIDE = {"WFL001", "WFL015", "WFL201", "WFL202"}


def said_of(file: Path) -> str:
    return render_all(check_file(file)).replace(str(file.parent) + "/", "") + "\n"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_said(file: Path) -> None:
    assert said_of(file) == file.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_place_is_in_the_file(file: Path) -> None:
    lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    for one in check_file(file):
        assert one.line is not None
        assert one.column is not None
        assert 1 <= one.line <= len(lines)
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_broken_is_loaded(file: Path) -> None:
    with pytest.raises(WorkflowFileError) as caught:
        load_spec(file)
    assert caught.value.file == str(file)
    assert caught.value.problems


def test_every_text_has_its_file() -> None:
    assert len(FILES) >= 60
    assert {file.stem for file in FILES} == {text.stem for text in BROKEN.glob("*.txt")}


def test_every_code_is_shown_and_explained() -> None:
    shown = {code for text in BROKEN.glob("*.txt") for code in re.findall(r"error\[(WFL\d\d\d)\]", text.read_text())}
    assert shown <= set(MEANINGS)
    assert {code for code in MEANINGS if code < "WFL3"} - shown == FROM_OUTSIDE


def test_five_mistakes_of_all_stages_are_told_at_once() -> None:
    found: list[Diagnostic] = check_file(BROKEN / "five_mistakes.yaml")
    assert {one.code[:4] for one in found} == {"WFL1", "WFL2", "WFL3"}
    assert len(found) == 6


if __name__ == "__main__":
    for broken in FILES:
        broken.with_suffix(".txt").write_text(said_of(broken), encoding="utf-8")
