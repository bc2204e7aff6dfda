"""Attributes of job templates as options, and from files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.cli.jobs.attributes import ATTRIBUTES, HELP, attribute_options, given_attributes, place_below_here
from wflpy.cli.jobs.run import command as run_command
from wflpy.cli.jobs.template_files import TemplateFileError, read_template
from wflpy.drmaa2 import NOW, CpuArchitecture, JobTemplate, OperatingSystem, to_dict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read(arguments: Sequence[str]) -> dict[str, Any]:
    """The attributes that these options give."""

    @click.command()
    @attribute_options
    def command(**values: object) -> dict[str, Any]:
        return given_attributes(values)

    found: dict[str, Any] = command.main(list(arguments), standalone_mode=False)
    return found


# Options


def test_every_attribute_of_the_standard_has_an_option_with_help() -> None:
    assert {*HELP, "remote_command", "args"} == set(ATTRIBUTES)
    with click.Context(run_command) as context:
        shown = run_command.get_help(context)
    assert [name for name in HELP if f"--{name.replace('_', '-')} " not in shown] == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {}),
        (["--submit-as-hold"], {"submit_as_hold": True}),
        (["--no-join-files"], {"join_files": False}),
        (["--min-slots", "4", "--priority", "-3"], {"min_slots": 4, "priority": -3}),
        (["--email", "a@b", "--email", "c,d"], {"email": ["a@b", "c,d"]}),
        (["--job-environment", "A=b=c", "--job-environment", "B="], {"job_environment": {"A": "b=c", "B": ""}}),
        (["--resource-limits", "CPU_TIME=60"], {"resource_limits": {"CPU_TIME": "60"}}),
        (["--machine-os", "linux"], {"machine_os": OperatingSystem.LINUX}),
        (["--machine-arch", "X64"], {"machine_arch": CpuArchitecture.X64}),
        (["--min-phys-memory", "2048"], {"min_phys_memory": 2048}),
        (["--min-phys-memory", "2MiB"], {"min_phys_memory": 2048}),
        (["--min-phys-memory", "1025B"], {"min_phys_memory": 2}),
        (["--start-time", "now"], {"start_time": NOW}),
        (["--start-time", "2030-01-31T12:00Z"], {"start_time": datetime(2030, 1, 31, 12, tzinfo=UTC)}),
        (["--extensions", "docker_user=me"], {"extensions": {"docker_user": "me"}}),
        (["--job-name", "a'; echo foo\nb"], {"job_name": "a'; echo foo\nb"}),
    ],
)
def test_options_are_read_as_values_of_their_attributes(arguments: list[str], expected: dict[str, object]) -> None:
    assert read(arguments) == expected


def test_a_time_without_a_zone_is_local_and_one_with_a_plus_is_from_now() -> None:
    local = read(["--deadline-time", "2030-01-31T12:00"])["deadline_time"]
    assert local == datetime(2030, 1, 31, 12).astimezone()
    before = datetime.now(UTC)
    soon = read(["--deadline-time", "+1h30m"])["deadline_time"]
    assert before + timedelta(minutes=90) <= soon <= datetime.now(UTC) + timedelta(minutes=90)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--min-slots", "many"], "'many' is not a valid integer"),
        (["--job-environment", "A"], "--job-environment takes NAME=VALUE, not 'A'"),
        (["--job-environment", "A=1", "--job-environment", "A=2"], "--job-environment gives 'A' twice"),
        (["--machine-os", "linx"], 'did you mean "LINUX"?'),
        (["--min-phys-memory", "2G"], "--min-phys-memory: '2G' has an unknown unit"),
        (["--start-time", "tomorrow"], "'tomorrow' is not a time; write '2030-01-31T12:00', or '+30m' from now"),
        (["--deadline-time", "NOW"], "must be a time"),
        (["--deadline-time", "+5"], "'5' has no unit"),
    ],
)
def test_options_that_do_not_fit_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(click.UsageError) as refused:
        read(arguments)
    assert message in refused.value.format_message()


def test_relative_paths_mean_the_current_folder(monkeypatch: pytest.MonkeyPatch, hostile_path: Path) -> None:
    monkeypatch.chdir(hostile_path)
    template = JobTemplate(
        working_directory=".", output_path="out/a", error_path="$DRMAA2_HOME_DIR$/e", input_path="not given as option"
    )
    place_below_here(template, {"working_directory", "output_path", "error_path"})
    assert template.working_directory == str(hostile_path)
    assert template.output_path == str(hostile_path / "out/a")
    assert template.error_path == "$DRMAA2_HOME_DIR$/e"
    assert template.input_path == "not given as option"


# Files


def file_with(folder: Path, text: str, name: str = "job.yaml") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


YAML = """\
remoteCommand: sh
args: [-c, echo, 1.10, 010, true]
job_environment: {A: 1.10, B: no}
minSlots: 2
rerunnable: true
start_time: 2030-01-31T12:00:00+00:00
resourceLimits: {CPU_TIME: 60}
queueName: null
"""


def test_a_template_may_use_both_kinds_of_names_and_numbers_as_they_stand(tmp_path: Path) -> None:
    assert read_template(file_with(tmp_path, YAML)) == {
        "remote_command": "sh",
        "args": ["-c", "echo", "1.10", "010", "true"],
        "job_environment": {"A": "1.10", "B": "no"},
        "min_slots": 2,
        "rerunnable": True,
        "start_time": datetime(2030, 1, 31, 12, tzinfo=UTC),
        "resource_limits": {"CPU_TIME": "60"},
    }


@given(
    st.builds(
        JobTemplate,
        remote_command=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
        args=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))),
        job_environment=st.none() | st.dictionaries(st.text("AÄ_= \n\"'", min_size=1), st.text("aä😀\n'\"")),
        min_slots=st.none() | st.integers(),
        join_files=st.none() | st.booleans(),
        start_time=st.none() | st.just(NOW) | st.datetimes(timezones=st.just(UTC)),
        machine_os=st.none() | st.sampled_from(OperatingSystem),
    )
)
def test_what_show_prints_is_a_template_again(template: JobTemplate) -> None:
    text = json.dumps(to_dict(template))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))
        assert JobTemplate(**read_template("-")) == template


def test_json_takes_numbers_and_truth_values_where_text_is_meant(tmp_path: Path) -> None:
    text = '{"remoteCommand": "echo", "args": ["\\ud83d\\ude00", 1.10, true], "minSlots": 2}'
    read_back = read_template(file_with(tmp_path, text, "job.json"))
    assert read_back == {"remote_command": "echo", "args": ["😀", "1.10", "true"], "min_slots": 2}


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "remoteComand: a\n",
            [":1:1: a job template has no attribute 'remoteComand' (did you mean \"remoteCommand\"?)"],
        ),
        ("min_slot: 1\n", [":1:1: a job template has no attribute 'min_slot' (did you mean \"min_slots\"?)"]),
        (
            "queueName: a\nminSlots: x\nargs: sleep\n",
            [":2:1: minSlots must be a whole number, not str", ":3:1: args must be a list of strings, not str"],
        ),
        ("minSlots: 1\nmin_slots: 1\n", [":2:1: 'min_slots' is given twice, as min_slots and as minSlots"]),
        ("minSlots: 1\nminSlots: 1\n", [":2:1: the key 'minSlots' comes twice"]),
        ("startTime: 2030-01-31\n", [":1:1: startTime must have an offset"]),
        ("args: [a\n", [":1:7: '[' is not closed"]),
        ("[a]\n", [": a job template is a mapping of attributes"]),
        ("", [": a job template is a mapping of attributes"]),
    ],
)
def test_everything_wrong_with_a_file_is_told_with_its_place(tmp_path: Path, text: str, messages: list[str]) -> None:
    file = file_with(tmp_path, text)
    with pytest.raises(TemplateFileError) as refused:
        read_template(file)
    lines = refused.value.message.splitlines()
    assert len(lines) == len(messages)
    assert all(line.startswith(f"{file}{message}") for line, message in zip(lines, messages, strict=True)), lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"args": [}', ":1:11: Expecting value"),
        ('{"args": [], "args": []}', ": the key 'args' comes twice"),
        ("[" * 100_000, ": "),
        ('{"minSlots": 1e5}', ": minSlots must be a whole number, not float"),
        ('{"minSlots": NaN}', ": minSlots must be a whole number, not float"),
    ],
)
def test_wrong_json_is_told(tmp_path: Path, text: str, message: str) -> None:
    file = file_with(tmp_path, text, "job.json")
    with pytest.raises(TemplateFileError) as refused:
        read_template(file)
    assert refused.value.message.startswith(f"{file}{message}")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(TemplateFileError, match=r"nowhere\.yaml: the file cannot be read: No such file"):
        read_template(str(tmp_path / "nowhere.yaml"))
    (tmp_path / "bytes.yaml").write_bytes(b"args: \xff")
    with pytest.raises(TemplateFileError, match=r"bytes\.yaml: byte 6, 0xFF, is not UTF-8"):
        read_template(str(tmp_path / "bytes.yaml"))
