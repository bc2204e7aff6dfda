"""The runner of the pages' blocks, on sample pages: what it runs, what it compares, what it refuses."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.docs.chains import chains, check, commands, matches
from tests.docs.fences import ROOT, Block, blocks, prose


def _read(text: str, page: Path = Path("page.md")) -> list[Block]:
    return blocks(page, dedent(text))


def _check(text: str, folder: Path, page: Path = Path("page.md")) -> None:
    for number, chain in enumerate(chains(_read(text, page))):
        (folder / str(number)).mkdir()
        check(chain, folder / str(number))


def test_a_block_knows_its_place_language_and_marks() -> None:
    (block,) = _read("""\
        Words.

        <!-- file: a b.txt -->
        <!-- continue -->

        ```text some more words
        first

        ```
        """)
    assert (block.line, block.language, block.text) == (6, "text", "first\n\n")
    assert (block.mark("file"), block.mark("continue"), block.mark("run")) == ("a b.txt", "", None)


def test_a_mark_belongs_to_the_next_block_alone() -> None:
    first, second = _read("""\
        <!-- run -->
        Words between.
        ```sh
        ```
        ```sh
        ```
        """)
    assert first.marks == second.marks == ()


def test_a_fence_in_a_list_loses_its_indent_and_a_longer_fence_holds_a_shorter_one() -> None:
    listed, nested = _read("""\
        * point
          ```python
          if True:
              pass
          ```

        ````text
        ```sh
        ````
        """)
    assert listed.text == "if True:\n    pass\n"
    assert nested.text == "```sh\n"


def test_a_fence_that_is_never_closed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"page\.md:2: this fence is never closed"):
        _read("words\n```python\npass\n")


def test_prose_leaves_code_out() -> None:
    assert prose("see `[x](y)` and\n```sh\n[a](b)\n```\n[c](d)") == "see  and\n[c](d)"


def test_chains_share_a_namespace_and_others_do_not(tmp_path: Path) -> None:
    page = """\
        ```python
        word = "shared"
        print(__name__, word)
        ```
        <!-- output -->
        ```text
        __main__ shared
        ```
        {mark}
        ```python
        print(word * 2)
        ```
        <!-- output -->
        ```text
        sharedshared
        ```
        """
    (tmp_path / "one").mkdir()
    _check(page.replace("{mark}", "<!-- continue -->"), tmp_path / "one")
    with pytest.raises(AssertionError, match="NameError: name 'word'"):
        _check(page.replace("{mark}", ""), tmp_path)


def test_a_failing_block_is_named_by_page_and_line(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r'(?s)page\.md:1: .*File "page\.md", line 3.*ZeroDivisionError'):
        _check("```python\nx = 0\n1 / x\n```\n", tmp_path)


def test_a_warning_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="DeprecationWarning: old"):
        _check('```python\nimport warnings\nwarnings.warn("old", DeprecationWarning)\n```\n', tmp_path)


def test_a_wrong_output_shows_both(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"(?s)the page shows\ntwo\n.*was printed\none\n"):
        _check('```python\nprint("one")\n```\n<!-- output -->\n```text\ntwo\n```\n', tmp_path)


def test_output_needs_something_that_prints(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the block before it prints nothing"):
        _check("```json\n{}\n```\n<!-- output -->\n```text\ntwo\n```\n", tmp_path)


def test_files_are_written_and_commands_run_beside_them(tmp_path: Path) -> None:
    _check(
        """\
        <!-- file: say.py -->
        ```python
        import sys
        print("hello", *sys.argv[1:])
        ```
        <!-- continue -->
        <!-- run -->
        ```console
        $ python say.py \\
            you   # a note
        hello you
        $ echo many; echo words
        ...
        words
        ```
        """,
        tmp_path,
    )


def test_the_exit_status_of_a_command_is_checked(tmp_path: Path) -> None:
    _check("<!-- run -->\n<!-- exit: 3 -->\n```sh\nexit 3\n```\n", tmp_path)
    (tmp_path / "again").mkdir()
    with pytest.raises(AssertionError, match="exit status 3 instead of 0"):
        _check("<!-- run -->\n```sh\nexit 3\n```\n", tmp_path / "again")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("```\nx\n```", "nothing checks a block of 'no language'"),
        ("```rust\nx\n```", "nothing checks a block of 'rust'"),
        ("```{note}\nx\n```", "nothing checks a block of '{note}'"),
        ("```text\nx\n```", "text that nothing checks"),
        ("<!-- continu -->\n```python\npass\n```", "unknown mark"),
        ("```console\n$ rm -rf x\n```", "say in ELSEWHERE who checks"),
        ("```sh\npip install wflpy\nmake\n```", "who checks .'make'."),
        ("```json\n{]\n```", "Expecting"),
        ("```toml\na = \n```", "Invalid value"),
    ],
)
def test_what_nobody_checks_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, ValueError), match=reason):
        _check(text, tmp_path)


def test_what_is_checked_elsewhere_passes(tmp_path: Path) -> None:
    _check("```sh\npip install wflpy  # from PyPI\n```\n<!-- picture -->\n```text\na -> b\n```\n", tmp_path)
    (tmp_path / "directive").mkdir()
    _check("```{note}\nx\n```", tmp_path / "directive", ROOT / "docs" / "page.md")


def test_commands_join_continued_lines_and_drop_notes() -> None:
    (block,) = _read("```sh\n# a note\none \\\n  two   # what it does\n\nthree '#4'\n```")
    assert [" ".join(command.split()) for command in commands(block)] == ["one two", "three '#4'"]


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\nb", "a\n", False),
        ("a ... c", "a bb c\n", True),
        ("a ... c", "a\nc\n", False),
        ("...\nc", "a\nb\nc\n", True),
        ("...\nc", "c\n", True),
        ("a\n...", "a\n", True),
        ("a.c", "abc\n", False),
        ("", "", True),
        ("", "a\n", False),
    ],
)
def test_expected_output(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same


BROKEN_WORKFLOW = """\
    ```yaml
    wfl: 1
    name: broken
    tasks:
      one: {runn: echo hello}
    ```
    """


def test_workflow_blocks_are_validated(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="runn"):
        _check(BROKEN_WORKFLOW, tmp_path)


def test_workflow_fragments_are_bodies_of_tasks(tmp_path: Path) -> None:
    _check("<!-- fragment -->\n```yaml\none: echo hello\ntwo:\n  needs: one\n  run: echo again\n```\n", tmp_path)
