"""Where placeholders may stand and what takes their place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import (
    HOME_DIRECTORY,
    PARAMETRIC_INDEX,
    SCHEMAS,
    WORKING_DIRECTORY,
    InvalidArgumentException,
    JobTemplate,
    Kind,
    check_placeholders,
    expand_index,
    resolve_directories,
)

PLACEHOLDERS = {"HOME": HOME_DIRECTORY, "WORKING": WORKING_DIRECTORY, "INDEX": PARAMETRIC_INDEX}

# attribute -> what it takes; "key" and "value" tell the two sides of a dictionary apart.
ACCEPTED = {
    ("working_directory", "value"): {"HOME", "INDEX"},
    ("input_path", "value"): {"HOME", "WORKING", "INDEX"},
    ("output_path", "value"): {"HOME", "WORKING", "INDEX"},
    ("error_path", "value"): {"HOME", "WORKING", "INDEX"},
    ("stage_in_files", "value"): {"HOME", "WORKING", "INDEX"},
    ("stage_in_files", "key"): {"INDEX"},
    ("stage_out_files", "value"): {"INDEX"},
    ("stage_out_files", "key"): {"HOME", "WORKING", "INDEX"},
    ("args", "value"): {"HOME", "WORKING", "INDEX"},
    ("job_environment", "value"): {"HOME", "WORKING", "INDEX"},
    ("job_name", "value"): {"INDEX"},
}


def in_text(text: str) -> object:
    """As the value of an attribute that is text."""
    return text


def in_list(text: str) -> object:
    """As an entry of a list."""
    return ["first", text]


def in_value(text: str) -> object:
    """As a value of a dictionary."""
    return {"key": text}


def in_key(text: str) -> object:
    """As a key of a dictionary."""
    return {text: "value"}


SHAPES = {
    Kind.TEXT: {"value": in_text},
    Kind.STRINGS: {"value": in_list},
    Kind.DICTIONARY: {"value": in_value, "key": in_key},
    Kind.LIMITS: {"value": in_value, "key": in_key},
}
PLACES = [
    (attribute, side, shape)
    for attribute in SCHEMAS[JobTemplate]
    if attribute.name != "extensions"
    for side, shape in SHAPES.get(attribute.kind, {}).items()
]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize(
    ("attribute", "side", "shape"), PLACES, ids=lambda value: getattr(value, "name", str(value)[:5])
)
def test_each_attribute_takes_what_the_standard_says(attribute: Any, side: str, shape: Any, placeholder: str) -> None:
    template = JobTemplate(**{attribute.name: shape(PLACEHOLDERS[placeholder] + "/x")})
    if placeholder in ACCEPTED.get((attribute.name, side), set()):
        check_placeholders(template)
    else:
        with pytest.raises(InvalidArgumentException, match="does not take") as caught:
            check_placeholders(template)
        assert caught.value.attributes == (attribute.spec_name,)


@pytest.mark.parametrize("placeholder", [HOME_DIRECTORY, WORKING_DIRECTORY])
@pytest.mark.parametrize("text", ["/x/{}", " {}", "{0}/{0}", "--out={}"])
def test_directories_stand_at_the_start_only(placeholder: str, text: str) -> None:
    with pytest.raises(InvalidArgumentException, match="only at the start") as caught:
        check_placeholders(JobTemplate(args=["a", text.format(placeholder)]))
    assert caught.value.attributes == ("args",)


def test_the_index_stands_anywhere_and_more_than_once() -> None:
    check_placeholders(JobTemplate(output_path=f"{HOME_DIRECTORY}/{PARAMETRIC_INDEX}/{PARAMETRIC_INDEX}.out"))


def test_a_value_of_the_environment_is_not_told() -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        check_placeholders(JobTemplate(job_environment={"TOKEN": f"secret{HOME_DIRECTORY}"}))
    assert "secret" not in str(caught.value)


def test_all_misplaced_ones_are_told_at_once() -> None:
    template = JobTemplate(queue_name=PARAMETRIC_INDEX, job_name=HOME_DIRECTORY)
    with pytest.raises(InvalidArgumentException) as caught:
        check_placeholders(template)
    assert caught.value.attributes == ("jobName", "queueName")


@pytest.mark.parametrize("text", ["$DRMAA2_", "$DRMAA2_INDEX", "DRMAA2_INDEX$", "$drmaa2_index$", "$DRMAA2_OTHER$"])
def test_what_only_looks_like_one_is_plain_text(text: str) -> None:
    template = JobTemplate(remote_command=text, queue_name=text)
    check_placeholders(template)
    assert expand_index(template, 3) is template


def test_extensions_are_left_to_their_tracker() -> None:
    template = JobTemplate(extensions={"docker_x": PARAMETRIC_INDEX})
    check_placeholders(template)
    assert expand_index(template, 3) is template


def test_the_index_is_expanded_where_it_is_taken() -> None:
    template = JobTemplate(
        remote_command="run",
        args=["$DRMAA2_INDEX$", "a$DRMAA2_INDEX$b$DRMAA2_INDEX$"],
        job_environment={"N": "$DRMAA2_INDEX$", "HOME": HOME_DIRECTORY},
        job_name="n$DRMAA2_INDEX$",
        working_directory="/w/$DRMAA2_INDEX$",
        output_path="$DRMAA2_WORKING_DIR$/$DRMAA2_INDEX$.out",
        stage_in_files={"/in/$DRMAA2_INDEX$": "$DRMAA2_HOME_DIR$/$DRMAA2_INDEX$"},
        stage_out_files={"/out/$DRMAA2_INDEX$": "/back/$DRMAA2_INDEX$"},
        extensions={"docker_x": "$DRMAA2_INDEX$"},
    )
    before = template.copy()
    assert expand_index(template, 12) == JobTemplate(
        remote_command="run",
        args=["12", "a12b12"],
        job_environment={"N": "12", "HOME": HOME_DIRECTORY},
        job_name="n12",
        working_directory="/w/12",
        output_path="$DRMAA2_WORKING_DIR$/12.out",
        stage_in_files={"/in/12": "$DRMAA2_HOME_DIR$/12"},
        stage_out_files={"/out/12": "/back/12"},
        extensions={"docker_x": "$DRMAA2_INDEX$"},
    )
    assert template == before


def test_names_of_variables_are_never_expanded() -> None:
    template = JobTemplate(job_environment={"A$DRMAA2_INDEX$": "$DRMAA2_INDEX$"})
    assert expand_index(template, 1).job_environment == {"A$DRMAA2_INDEX$": "1"}


def test_two_entries_must_not_become_one() -> None:
    template = JobTemplate(stage_out_files={"/x1": "/a", "/x$DRMAA2_INDEX$": "/b"})
    assert expand_index(template, 2).stage_out_files == {"/x1": "/a", "/x2": "/b"}
    with pytest.raises(InvalidArgumentException, match="same file for index 1") as caught:
        expand_index(template, 1)
    assert caught.value.attributes == ("stageOutFiles",)


@given(st.integers(0, 10**9), st.lists(st.text(max_size=8), max_size=5), st.text(max_size=8))
def test_expansion_puts_the_number_between_the_pieces(index: int, pieces: list[str], name: str) -> None:
    template = JobTemplate(remote_command="x", args=[PARAMETRIC_INDEX.join(pieces), name], job_name=PARAMETRIC_INDEX)
    expanded = expand_index(template, index)
    assert expanded.args == [str(index).join(pieces), name]
    assert expanded.job_name == str(index)
    assert expand_index(expanded, 5) is expanded


def test_without_an_index_the_template_itself_comes_back() -> None:
    template = JobTemplate(remote_command="x", args=["a", "$HOME", HOME_DIRECTORY], job_environment={"A": "b"})
    assert expand_index(template, 3) is template


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HOME_DIRECTORY, "/home/ada"),
        (f"{HOME_DIRECTORY}/x y", "/home/ada/x y"),
        (f"{WORKING_DIRECTORY}/a'; echo foo", "/scratch/a'; echo foo"),
        (f"{WORKING_DIRECTORY}{HOME_DIRECTORY}", f"/scratch{HOME_DIRECTORY}"),
        (f"/x{HOME_DIRECTORY}", f"/x{HOME_DIRECTORY}"),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_directories_are_resolved_at_the_start(text: str, expected: Any) -> None:
    assert resolve_directories(text, "/home/ada", "/scratch") == expected
