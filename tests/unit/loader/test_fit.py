"""Backends that a file names and that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.loader.files import check_file

if TYPE_CHECKING:
    from pathlib import Path

FILE = "wfl: 1\nbackend: lok\nbackends: {hpc: {type: proces}, here: {type: process, slts: 3}}\ntasks: {a: x}\n"


def test_backends_trackers_and_options_that_are_not_there_are_told_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(FILE, encoding="utf-8")
    found = check_file(file)
    assert [(one.code, one.line, one.column) for one in found] == [
        ("WFL401", 2, 10),
        ("WFL402", 3, 24),
        ("WFL403", 3, 61),
    ]
    assert "known: hpc, here, " in (found[0].hint or "")


def test_the_backend_of_another_machine_is_nothing_wrong_until_the_flow_runs_on_it(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    text = "wfl: 1\nbackend: {}\nbackends: {{far: {{type: elsewhere}}, here: {{type: process}}}}\ntasks: {{a: x}}\n"
    file.write_text(text.format("here"), encoding="utf-8")
    assert check_file(file) == []
    file.write_text(text.format("far"), encoding="utf-8")
    assert [one.code for one in check_file(file)] == ["WFL402"]
