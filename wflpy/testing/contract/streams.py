"""Standard input, output and error of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.testing.contract.chapter import Chapter

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.testing.site import Site

HOSTILE_NAMES = ("a'; echo foo", "ünïcode 日本", "new\nline", '$(touch owned) `x` "q" *')
"""Names that break whatever joins words into a shell line."""


def hostile_folder(site: Site, name: str) -> Path:
    """A new folder of such a name."""
    folder = site.folder / name
    folder.mkdir()
    return folder


class Streams(Chapter):
    """inputPath, outputPath, errorPath, joinFiles (5.7.11, 5.7.12)."""

    @pytest.fixture(autouse=True)
    def _shared_files(self, site: Site) -> None:
        site.needs_shared_files()

    def test_output_and_error_go_to_their_files(self, site: Site) -> None:
        out, err = site.folder / "out", site.folder / "err"
        site.done(site.submit("print_both", "one", "two", "three", output_path=str(out), error_path=str(err)))
        assert (out.read_text(), err.read_text()) == ("one\nthree\n", "two\n")

    def test_joined_streams_keep_their_order_and_error_path_is_ignored(self, site: Site) -> None:
        out, err = site.folder / "out", f"{site.folder}/missing/err"
        fields = {"output_path": str(out), "error_path": err, "join_files": True}
        site.done(site.submit("print_both", "one", "two", "three", **fields))
        assert out.read_text() == "one\ntwo\nthree\n"

    def test_existing_files_are_appended_to(self, site: Site) -> None:
        out, err = site.folder / "out", site.folder / "err"
        out.write_text("before\n")
        err.write_text("before\n")
        for word in "ab":
            site.done(site.submit("print_both", word, word, word, output_path=str(out), error_path=str(err)))
        assert out.read_text() == "before\na\na\nb\nb\n"
        assert err.read_text() == "before\na\nb\n"

    def test_output_and_error_may_be_one_file(self, site: Site) -> None:
        both = site.folder / "both"
        site.done(site.submit("print_both", "one", "two", "three", output_path=str(both), error_path=str(both)))
        assert sorted(both.read_text().split()) == ["one", "three", "two"]

    def test_input_comes_from_its_file(self, site: Site) -> None:
        source = site.folder / "in"
        source.write_text("some\ninput")
        assert site.output("copy", input_path=str(source)) == "some\ninput"

    def test_input_is_empty_without_a_file(self, site: Site) -> None:
        """5.7.11 (A14)"""
        assert site.output("copy") == ""

    def test_relative_paths_are_below_the_working_directory(self, site: Site) -> None:
        (site.folder / "sub").mkdir()
        (site.folder / "sub" / "in").write_text("x")
        site.done(site.submit("copy", working_directory=f"{site.folder}/sub", input_path="in", output_path="out"))
        assert (site.folder / "sub" / "out").read_text() == "x"

    @pytest.mark.parametrize("name", HOSTILE_NAMES, ids=["quote", "unicode", "newline", "shell"])
    def test_file_names_are_taken_as_they_are(self, site: Site, name: str) -> None:
        folder = hostile_folder(site, name)
        source, out, err = folder / f"in {name}", folder / f"out {name}", folder / f"err {name}"
        source.write_text("x")
        paths = {"input_path": str(source), "output_path": str(out), "error_path": str(err)}
        site.done(site.submit("copy", **paths))
        assert out.read_text() == "x"
        assert err.read_text() == ""
