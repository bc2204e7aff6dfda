"""Values in shell text arrive byte for byte, or are refused."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wflpy.expr import EvaluationError, ExpressionError, Text, check_shell

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = [shell for shell in ("sh", "bash", "dash") if shutil.which(shell)]

# What stands around the value, and what the word it is part of must be; @ is the value.
PLACES = [
    ("@", "@"),
    ("--x=@", "--x=@"),
    ("pre@post", "pre@post"),
    ("$N@", "nnn@"),
    ("${N}@", "nnn@"),
    ("@@", "@@"),
    ("'@'", "@"),
    ("'a@b'@", "a@b@"),
    ('"@"', "@"),
    ('"$N@"', "nnn@"),
    ('"$1@"', "@"),
    ('"a@$N"', "a@nnn"),
    ("\"'@'\"", "'@'"),
    ("'\"@\"'", '"@"'),
    ('"a"@"b"', "a@b"),
    ("\\$@", "$@"),
    ('"\\$@"', "$@"),
    ("a#@", "a#@"),
    ("'#'@", "#@"),
    ('"$(echo ")")@"', ")@"),
    ('"${U:-"}"}@"', "}@"),
    ("`echo x`@", "x@"),
    ("$((1+(2*3)))@", "7@"),
    ("$((1<<4))@", "16@"),
    ("\\'@", "'@"),
    ('"\\\\@"', "\\@"),
]
HOSTILE = [
    "a'; echo foo",
    "ünïcode 日本",
    "new\nline",
    '$(touch owned) `x` "q" *',
    "",
    "'",
    "\\",
    "$",
    "!",
    "~",
    "2",
    "a=b",
    "#",
]

values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
shellish = st.text(st.sampled_from("'\"\\$`!#*?[]{}()<>|&;=~ \t\n-aZ09"), max_size=12)


def words_seen(shell: str, script: str) -> list[str]:
    """What a real shell makes of the words after ``show``."""
    whole = f"N=nnn\nshow() {{ for word do printf '%s\\0' \"$word\"; done; }}\n{script}"
    ran = subprocess.run([shell, "-c", whole], capture_output=True, check=True, timeout=30)
    return [word.decode() for word in ran.stdout.split(b"\0")[:-1]]


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=25)
@given(st.lists(values | shellish, min_size=1, max_size=8))
@example(HOSTILE)
def test_value_arrives_byte_for_byte(shell: str, drawn: list[str]) -> None:
    script: list[str] = []
    expected: list[str] = []
    for value in drawn:
        for written, seen in PLACES:
            text = Text.parse("show " + written.replace("@", "${{ params.v }}"))
            script.append(text.render_shell({"params": {"v": value}}))
            expected.append(seen.replace("@", value))
    assert words_seen(shell, "\n".join(script)) == expected


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=20)
@given(st.lists(values | shellish, max_size=20))
@example(HOSTILE)
def test_bare_list_becomes_words(shell: str, drawn: list[str]) -> None:
    text = Text.parse("show ${{ params.v }} end")
    assert words_seen(shell, text.render_shell({"params": {"v": drawn}})) == [*drawn, "end"]


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=15)
@given(values | shellish)
@example("2")
def test_value_is_never_a_redirection_or_an_assignment(shell: str, value: str) -> None:
    text = Text.parse(
        'show ${{ params.v }}>&1; show ${{ params.v }} >&1; V=${{ params.v }}; show "$V"\nshow ${{ params.v }}'
    )
    assert words_seen(shell, text.render_shell({"params": {"v": value}})) == [value] * 4


@pytest.mark.parametrize("shell", SHELLS)
def test_value_after_other_constructs(shell: str) -> None:
    source = """cat <<E1 <<-'E 2' ${{ params.dev }}
not $N ' one quote
E1
	another " quote
	E 2
case x in (x) show ${{ params.v }} ;; esac
show \\
  ${{ params.v }} # a comment's quote
show \\
# a comment's quote
show ${{ params.v }} \\
${{ params.list }}
show $(case x in x) echo in;; esac) `echo "a)"` ${{ params.v | raw }}
"""
    scope: dict[str, object] = {"params": {"v": "it's", "dev": "/dev/null", "list": ["1", "2"]}}
    text = Text.parse(source.replace("${{ params.v | raw }}", "end"))
    assert words_seen(shell, text.render_shell(scope)) == [*["it's"] * 3, "1", "2", "in", "a)", "end"]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("cat <<EOF\n${{ v }}\nEOF", "here-document"),
        ("cat <<-'EOF'\n\tx ${{ v }}\n\tEOF", "here-document"),
        ("cat <<A <<B\nA\n${{ v }}\nB", "here-document"),
        ("cat <<${{ v }}", "here-document"),
        ("cat <<E${{ v }}\nE\n", "here-document"),
        ("cat <<E$\nE\n${{ v }}", "no plain word"),
        ("cat <<$E\nE\n${{ v }}", "no plain word"),
        ("cat <<E`x`\nE\n${{ v }}", "no plain word"),
        ("x=$(cat <<EOF\n)\nEOF\n${{ v }})", "$(...)"),
        ("echo `ls ${{ v }}`", "`...`"),
        ('echo "`ls ${{ v }}`"', "`...`"),
        ("echo $(ls ${{ v }})", "$(...)"),
        ('echo "$(ls "${{ v }}")"', "$(...)"),
        ('echo "${X:-"${{ v }}"}"', "${...}"),
        ('echo $(( "${{ v }}" ))', "arithmetic"),
        ("echo $(( 1 + ${{ v }} ))", "arithmetic"),
        ("(( x = ${{ v }} ))", "arithmetic"),
        ("echo $[ ${{ v }} ]", "arithmetic"),
        ("echo ${X:-${{ v }}}", "${...}"),
        ('echo "${X:-${{ v }}}"', "${...}"),
        ("echo a # ${{ v }}", "comment"),
        ("# ${{ v }}", "comment"),
        ("echo $'a ${{ v }}'", "$'...'"),
        ("a[${{ v }}]=1", "subscript"),
        ("echo \\${{ v }}", "backslash"),
        ("echo $${{ v }}", "a '$'"),
        ('echo "$${{ v }}"', "a '$'"),
        ('echo "$(case x in x) :;; esac)" ${{ v }}', "case"),
        ("echo $'it\\'s' ${{ v }}", "differently"),
    ],
)
def test_bad_place_is_refused(source: str, place: str) -> None:
    text = Text.parse(source)
    problems = check_shell(text)
    assert [problem.number for problem in problems] == [0]
    assert place in problems[0].message
    assert "env:" in problems[0].message
    with pytest.raises(ExpressionError, match="env:"):
        text.render_shell({"v": "x"})


def test_raw_value_may_stand_anywhere() -> None:
    text = Text.parse("echo $(ls ${{ params.v | raw }}) # ${{ 'a' ~ params.v | raw }}")
    assert [problem.number for problem in check_shell(text)] == [1]
    assert Text.parse("a $(${{ v | raw }})").render_shell({"v": "ls *"}) == "a $(ls *)"
    assert Text.parse("a ${{ v | raw }}").render_shell({"v": ["-x", "a b"]}) == "a -x a b"


def test_quiet_words_stay_readable() -> None:
    text = Text.parse("train --depth ${{ d }} --out=${{ o }} ${{ w }}")
    assert text.render_shell({"d": 4, "o": "m/d4.pkl", "w": "done"}) == "train --depth 4 --out=m/d4.pkl 'done'"


def test_empty_value_is_a_word_and_empty_list_is_none() -> None:
    assert Text.parse("a ${{ v }} b").render_shell({"v": ""}) == "a '' b"
    assert Text.parse("a ${{ v }} b").render_shell({"v": []}) == "a  b"


def test_list_glued_to_text_is_refused() -> None:
    with pytest.raises(EvaluationError, match=r"join\(\)"):
        Text.parse("a --x=${{ v }}").render_shell({"v": ["1"]})


def test_list_between_quotes_is_json() -> None:
    assert Text.parse("echo '${{ v }}'").render_shell({"v": [1, 0.5]}) == "echo '[1, 0.5]'"


def test_nul_is_refused() -> None:
    with pytest.raises(EvaluationError, match="NUL"):
        Text.parse("a ${{ v }}").render_shell({"v": "a\0b"})


SCRAPS = [
    *(
        "'",
        '"',
        "`",
        "$",
        "(",
        ")",
        "{",
        "}",
        "#",
        "\n",
        "\\",
        " ",
        "<<E",
        "<<-'E'",
        "\nE\n",
        ": ",
        "case x in x)",
        " esac",
    ),
    *(
        "[",
        "]",
        ";",
        "$N",
        "${N",
        "$(",
        "$((",
        "))",
        "((",
        "${N:-",
        "a",
        "=",
        "$'",
        "${#N}",
        "&&",
        "|",
        "!",
        "E",
        "\t",
        "<",
        "$[",
    ),
]
COMMANDS = [
    *("$(:>owned)", "`:>owned`", "';:>owned;'", '";:>owned;"', "\n:>owned\n", "\nE\n:>owned\n", "a[$(:>owned)]"),
    *(");:>owned;(", "};:>owned;{", "\\';:>owned;#", "))\n:>owned\n", "esac\n:>owned\n"),
]


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(SCRAPS), max_size=8),
    st.lists(st.sampled_from(SCRAPS), max_size=4),
    st.sampled_from(COMMANDS),
)
@example(["<<E$", "\nE\n"], [], "`:>owned`")
def test_nothing_of_a_value_is_ever_run(
    tmp_path: Path, shell: str, before: list[str], after: list[str], value: str
) -> None:
    try:
        text = Text.parse("".join([*before, "${{ v }}", *after]))
        script = text.render_shell({"v": value})
    except ExpressionError:
        return
    # Most such scripts are no scripts at all; those that are find no program but what the shell has itself.
    subprocess.run(
        [str(shutil.which(shell)), "-c", script],
        cwd=tmp_path,
        env={"N": "n", "PATH": "/nonexistent"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert not (tmp_path / "owned").exists()
