"""The commands about single jobs and sessions, on a backend that is told what happens."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.command_lines import Outcome, run_in_process
from wflpy.cli.jobs.group import JOB_COMMANDS
from wflpy.cli.sessions.group import SESSION_COMMANDS
from wflpy.drmaa2 import DrmCommunicationException
from wflpy.sessions import SessionManager
from wflpy.testing import FakeInstallation, FakeTracker, Script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., Outcome]


@pytest.fixture
def wflpy(capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs one command line in this process."""
    return run_in_process(capfd)


@pytest.fixture
def fake(home: Path) -> FakeInstallation:
    """The installation of this test. `work` runs until it is told to finish, `bad` fails, all else is done at once."""
    del home
    installation = FakeInstallation.at("default")
    installation.script("work", Script(forever=True))
    installation.script("bad", Script(exit_status=3))
    return installation


def submitted(wflpy: Command, *arguments: str) -> str:
    """The id of a job that was submitted with these arguments."""
    ended = wflpy("job", "run", "-b", "fake", *arguments)
    assert (ended.status, ended.err) == (0, "")
    return ended.out.strip()


def words(line: str) -> str:
    return re.sub(r" {2,}", "  ", line)


# Help and usage


@pytest.mark.parametrize(
    "command", [f"job {name}" for name in JOB_COMMANDS] + [f"session {n}" for n in SESSION_COMMANDS]
)
def test_every_command_has_help_with_an_example(wflpy: Command, command: str) -> None:
    shown = wflpy(*command.split(), "--help")
    assert shown.status == 0
    assert re.search(rf"Examples?:\n +wflpy {command}", shown.out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["job", "rn"], "there is no command 'rn' (did you mean \"run\"?)"),
        (["session", "distroy"], 'did you mean "destroy"?'),
        (["job", "run"], "say what to run"),
        (["job", "run", "--max-parallel", "2", "--", "true"], "--max-parallel is for arrays"),
        (["job", "run", "--array", "5-1", "--", "true"], "'5-1' holds no index"),
        (["job", "run", "-s", "a/b", "--", "true"], "must not contain a slash"),
        (["job", "run", "-b", "dokcer", "--", "true"], "there is no tracker 'dokcer'"),
        (["job", "run", "-b", "fake", "-o", "slot=1", "--", "true"], 'did you mean "slots"?'),
        (["job", "run", "-t", "nowhere.yaml"], "nowhere.yaml: the file cannot be read"),
        (["job", "list", "--state", "DON"], 'did you mean "DONE"?'),
        (["job", "list", "--all", "-s", "x"], "--all means every session"),
        (["job", "list", "-s", "nowhere"], "there is no job session 'nowhere'"),
        (["job", "wait", "1", "--timeout", "30"], "'30' has no unit"),
        (["job", "show", "7"], "no session has a job or an array 7, or it was reaped"),
        (["job", "hold"], "Missing argument"),
        (["job", "reap"], "give the ids of jobs, or --ended"),
        (["job", "reap", "1", "--ended"], "give the ids of jobs, or --ended"),
        (["session", "create", ""], "must not be empty"),
        (["session", "destroy", "nowhere"], "there is no job session 'nowhere'"),
    ],
)
def test_bad_usage_is_a_message_and_2(wflpy: Command, arguments: list[str], message: str) -> None:
    ended = wflpy(*arguments)
    assert ended.status == 2
    assert message in ended.err
    assert "Traceback" not in ended.err


# run


def test_run_prints_the_id_and_keeps_the_job_in_the_default_session(wflpy: Command, fake: FakeInstallation) -> None:
    job_id = submitted(wflpy, "work", "--fast")
    assert job_id in fake.job_ids()
    with SessionManager() as manager:
        job = manager.open_job_session("default-fake").get_job(job_id)
        assert (job.job_template.remote_command, job.job_template.args) == ("work", ["--fast"])


def test_run_as_json(wflpy: Command, fake: FakeInstallation) -> None:
    one = json.loads(wflpy("job", "run", "-b", "fake", "-s", "mine", "--json", "work").out)
    assert one == {"session": "mine", "tracker": "fake", "job": fake.job_ids()[0]}
    many = json.loads(wflpy("job", "run", "-s", "mine", "--json", "--array", "1-5:2", "work").out)
    assert many["jobs"] == [f"{many['array']}.{index}" for index in (1, 3, 5)]


def test_run_and_wait_tells_how_the_job_ended(wflpy: Command, fake: FakeInstallation) -> None:
    assert wflpy("job", "run", "-b", "fake", "--wait", "fine").status == 0
    bad = wflpy("job", "run", "-b", "fake", "--wait", "bad")
    assert (bad.status, bad.err) == (1, f"job {bad.out.strip()} failed: exit status 3\n")
    told = json.loads(wflpy("job", "run", "-b", "fake", "--wait", "--json", "bad").out)
    assert (told["state"], told["why"], told["info"]["exitStatus"]) == ("FAILED", "exit status 3", 3)


def test_options_win_over_the_template_and_join_its_dictionaries(
    wflpy: Command, fake: FakeInstallation, tmp_path: Path
) -> None:
    file = tmp_path / "job.yaml"
    file.write_text("{remoteCommand: work, args: [x], minSlots: 1, jobEnvironment: {A: a, B: b}}\n", encoding="utf-8")
    plain = submitted(wflpy, "-t", str(file))
    changed = submitted(wflpy, "-t", str(file), "--min-slots", "2", "--job-environment", "B=c", "--", "bad", "-y")
    shown = {one["job"]: one["template"] for one in json.loads(wflpy("job", "show", "--json", plain, changed).out)}
    assert shown[plain] == {
        "remoteCommand": "work",
        "args": ["x"],
        "minSlots": 1,
        "jobEnvironment": {"A": "a", "B": "b"},
    }
    assert shown[changed] == {
        "remoteCommand": "bad",
        "args": ["-y"],
        "minSlots": 2,
        "jobEnvironment": {"A": "a", "B": "c"},
    }


def test_a_session_on_another_backend_is_told(wflpy: Command, fake: FakeInstallation) -> None:
    submitted(wflpy, "-s", "mine", "fine")
    ended = wflpy("job", "run", "-s", "mine", "-b", "process", "--", "true")
    assert ended.status == 2
    assert "session mine is on fake: give another --session, or leave --backend and --option out" in ended.err
    assert wflpy("job", "run", "-s", "mine", "fine").status == 0


def test_what_the_backend_does_not_have_is_refused(wflpy: Command, fake: FakeInstallation) -> None:
    ended = wflpy("job", "run", "-b", "fake", "--email", "a@b", "fine")
    assert ended.status == 2
    assert "does not support email" in ended.err
    assert fake.job_ids() == []


# list and show


def test_list_shows_a_session_or_all_or_some_states(wflpy: Command, fake: FakeInstallation) -> None:
    here = submitted(wflpy, "-s", "a", "--job-name", "na\x1b[2Jme", "work")
    there = submitted(wflpy, "-s", "b", "bad")
    lines = wflpy("job", "list", "-s", "a").out.splitlines()
    assert lines[0].split() == ["job", "state", "submitted", "took", "name"]
    assert lines[1].split()[:2] == [here, "running"]
    assert lines[1].endswith("name")
    assert "\x1b" not in lines[1]
    assert [line.split()[0] for line in wflpy("job", "list", "--all").out.splitlines()] == ["job", here, there]
    failed = json.loads(wflpy("job", "list", "--all", "--state", "failed, undetermined", "--json").out)
    assert [(one["job"], one["session"], one["why"]) for one in failed] == [(there, "b", "exit status 3")]


def test_a_list_without_jobs_says_where_there_are_others(wflpy: Command, fake: FakeInstallation) -> None:
    nothing = wflpy("job", "list")
    assert (nothing.status, nothing.out, nothing.err) == (0, "", "session default has no job\n")
    submitted(wflpy, "fine")
    assert "'wflpy job list --all' lists their jobs too: default-fake" in wflpy("job", "list").err
    assert wflpy("job", "list", "--all", "--state", "RUNNING").err == "no session has a job that is running\n"
    assert wflpy("job", "list", "--json").out == "[]\n"


def test_show_tells_why_and_what_was_submitted(wflpy: Command, fake: FakeInstallation) -> None:
    job_id = submitted(wflpy, "--job-environment", "TOKEN=secret", "--join-files", "--", "bad", "a'; echo foo", "b\nc")
    lines = [words(line) for line in wflpy("job", "show", job_id).out.splitlines()]
    assert lines[:4] == [
        f"job  {job_id}",
        "state  failed",
        "session  default-fake on fake://default",
        "why  exit status 3",
    ]
    assert r"""command  bad 'a'"'"'; echo foo' 'b\nc'""" in lines
    assert "environment  TOKEN" in lines
    assert "join files  yes" in lines
    assert not any("secret" in line for line in lines)


def test_show_of_an_array_counts_its_jobs(wflpy: Command, fake: FakeInstallation) -> None:
    array = submitted(wflpy, "--array", "1-3", "work")
    fake.finish(f"{array}.2", exit_status=4)
    lines = [words(line) for line in wflpy("job", "show", array).out.splitlines()]
    assert lines[:2] == [f"array  {array}", "jobs  2 running, 1 failed"]
    assert any(line.startswith(f"{array}.2  failed") and line.endswith("exit status 4") for line in lines)
    (shown,) = json.loads(wflpy("job", "show", array, "--json").out)
    assert [job["state"] for job in shown["jobs"]] == ["RUNNING", "FAILED", "RUNNING"]


def test_an_id_of_several_sessions_has_to_be_made_clear(wflpy: Command, fake: FakeInstallation) -> None:
    first = submitted(wflpy, "-s", "a", "-o", "contact=one", "fine")
    assert submitted(wflpy, "-s", "b", "-o", "contact=two", "--submit-as-hold", "fine") == first
    both = wflpy("job", "show", first)
    assert both.status == 2
    assert f"{first} is a job of several sessions, a, b: say with -s which one is meant" in both.err
    assert "done" in wflpy("job", "show", first, "-s", "a").out
    assert "queued, held" in wflpy("job", "show", first, "-s", "b").out


# wait


def test_wait_is_over_when_all_have_ended(wflpy: Command, fake: FakeInstallation) -> None:
    good, bad = submitted(wflpy, "fine"), submitted(wflpy, "-s", "other", "bad")
    assert wflpy("job", "wait", good) == Outcome(0, f"{good}  done\n", "")
    both = wflpy("job", "wait", good, bad)
    assert (both.status, both.err) == (1, f"job {bad} failed: exit status 3\n")
    assert both.out == f"{good}  done\n{bad}  failed\n"


def test_a_wait_may_be_over_before_the_jobs_are(wflpy: Command, fake: FakeInstallation) -> None:
    good, work = submitted(wflpy, "fine"), submitted(wflpy, "work")
    late = wflpy("job", "wait", good, work, "--timeout", "0s")
    assert (late.status, late.out) == (1, "")
    assert late.err == f"wflpy: the time is over: after 0.00 s 1 job of 2 had not ended: {work}; they go on\n"
    assert wflpy("job", "wait", work, "--timeout", "0s", "--any").status == 1


def test_wait_for_a_start(wflpy: Command, fake: FakeInstallation) -> None:
    work, held = submitted(wflpy, "work"), submitted(wflpy, "--submit-as-hold", "work")
    assert wflpy("job", "wait", work, "--started") == Outcome(0, f"{work}  running\n", "")
    late = wflpy("job", "wait", work, held, "--started", "--timeout", "0s")
    assert "1 job of 2 had not started" in late.err
    wflpy("job", "terminate", held)
    never = wflpy("job", "wait", held, work, "--started")
    assert never.status == 1
    assert "it ended without ever starting" in never.err


def test_wait_for_any(wflpy: Command, fake: FakeInstallation) -> None:
    work, bad, other = submitted(wflpy, "work"), submitted(wflpy, "bad"), submitted(wflpy, "-s", "b", "fine")
    first = wflpy("job", "wait", work, bad, "--any")
    assert (first.status, first.out) == (1, f"{bad}  failed\n")
    started = json.loads(wflpy("job", "wait", work, "--any", "--started", "--json").out)
    assert [(one["job"], one["state"]) for one in started] == [(work, "RUNNING")]
    assert "--any waits for jobs of one session" in wflpy("job", "wait", work, other, "--any").err


def test_of_many_failures_the_first_are_told(wflpy: Command, fake: FakeInstallation) -> None:
    ended = wflpy("job", "wait", submitted(wflpy, "--array", "1-100", "bad"))
    assert (ended.status, len(ended.out.splitlines())) == (1, 100)
    assert [*ended.err.splitlines()][9:] == ["job 1.10 failed: exit status 3", "and 90 jobs more"]


def test_a_lost_job_ends_no_wait_for_the_others(wflpy: Command, fake: FakeInstallation) -> None:
    lost, good = submitted(wflpy, "work"), submitted(wflpy, "fine")
    fake.vanish(lost)
    ended = wflpy("job", "wait", lost, good)
    assert ended.status == 1
    assert ended.out == f"{lost}  undetermined\n{good}  done\n"
    assert f"job {lost} is undetermined: " in ended.err
    assert wflpy("job", "wait", lost, "--any").status == 1


def test_an_unknown_job_is_told_before_anything_is_waited_for(wflpy: Command, fake: FakeInstallation) -> None:
    work = submitted(wflpy, "work")
    assert wflpy("job", "wait", work, "a'; echo foo").status == 2


# control and reap


def test_control_from_hold_to_the_end(wflpy: Command, fake: FakeInstallation) -> None:
    job_id = submitted(wflpy, "--submit-as-hold", "work")
    for action, told, state in [
        ("release", "released", "running"),
        ("suspend", "suspended", "suspended"),
        ("resume", "resumed", "running"),
        ("terminate", "told to end", "failed"),
    ]:
        assert wflpy("job", action, job_id) == Outcome(0, f"{job_id} {told}\n", "")
        assert words(wflpy("job", "show", job_id).out.splitlines()[1]) == f"state  {state}"


def test_refusals_are_told_for_each_job_and_keep_nothing_from_the_others(
    wflpy: Command, fake: FakeInstallation
) -> None:
    done, work, other = submitted(wflpy, "fine"), submitted(wflpy, "work"), submitted(wflpy, "-s", "b", "work")
    ended = wflpy("job", "terminate", done, "nowhere", work, other, work)
    assert ended.status == 2
    assert ended.out == f"{work} told to end\n{other} told to end\n"
    assert "job or an array nowhere" in ended.err
    assert f"cannot terminate job {done}: it has already ended (DONE)" in ended.err


def test_arrays_are_controlled_where_their_jobs_allow_it(wflpy: Command, fake: FakeInstallation) -> None:
    array = submitted(wflpy, "--array", "1-2", "work")
    fake.finish(f"{array}.1")
    assert wflpy("job", "suspend", array).status == 0
    assert "1 suspended, 1 done" in wflpy("job", "show", array).out
    refused = wflpy("job", "hold", array)
    assert refused.status == 2
    assert f"cannot hold array {array}" in refused.err


def test_reap_forgets_what_has_ended(wflpy: Command, fake: FakeInstallation) -> None:
    done, work = submitted(wflpy, "fine"), submitted(wflpy, "work")
    array = submitted(wflpy, "--array", "1-3", "work")
    fake.finish(f"{array}.1")
    ended = wflpy("job", "reap", done, work, array)
    assert ended.status == 2
    assert ended.out == f"{done} reaped\n{array} reaped: 1 job; 2 have not ended\n"
    assert f"cannot reap job {work}" in ended.err
    assert wflpy("job", "show", done).status == 2
    fake.finish(f"{array}.2")
    assert wflpy("job", "reap", "--ended", "-s", "default-fake") == Outcome(0, "1 job reaped\n", "")
    assert fake.job_ids() == [work, f"{array}.3"]


# Sessions


def test_sessions_are_created_listed_and_destroyed(wflpy: Command, fake: FakeInstallation) -> None:
    assert wflpy("session", "list").err == "there are no sessions; 'wflpy job run' makes one\n"
    assert wflpy("session", "create", "nightly", "-b", "fake").out == "nightly on fake://default\n"
    again = wflpy("session", "create", "nightly")
    assert (again.status, again.err) == (
        2,
        "wflpy: there is a session nightly already; 'wflpy session list' lists all\n",
    )
    submitted(wflpy, "-s", "nightly", "fine")
    submitted(wflpy, "-s", "nightly", "work")
    heading, line = wflpy("session", "list").out.splitlines()
    assert heading.split() == ["session", "backend", "created", "jobs"]
    assert line.startswith("nightly  fake")
    assert line.endswith("1 running, 1 done")
    (shown,) = json.loads(wflpy("session", "list", "--json").out)
    assert (shown["session"], shown["tracker"], shown["jobs"]) == ("nightly", "fake", {"RUNNING": 1, "DONE": 1})
    ended = wflpy("session", "destroy", "nightly", "nowhere")
    assert (ended.status, ended.out) == (2, "nightly destroyed\n")
    assert "1 job of nightly goes on, without a session" in ended.err
    assert "there is no job session 'nowhere'" in ended.err
    assert wflpy("session", "list").out == ""


def test_the_session_of_a_live_run_is_kept(wflpy: Command, fake: FakeInstallation, home: Path) -> None:
    from tests.unit.cli.stories import Story, churn

    run = Story(home, churn().compile())
    run.journal.flush()
    name = run.directory.run_id
    assert wflpy("session", "create", name, "-b", "fake").status == 0
    refused = wflpy("session", "destroy", name)
    assert refused.status == 2
    assert f"session {name} belongs to the run of that name, which goes on" in refused.err


def test_a_backend_that_is_gone_hides_nothing_of_the_others(
    wflpy: Command, fake: FakeInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = submitted(wflpy, "-s", "here", "fine")
    submitted(wflpy, "-s", "gone", "--submit-as-hold", "fine")
    states = FakeTracker.infos

    def infos(tracker: FakeTracker, job_ids: list[str]) -> object:
        if here not in job_ids:
            raise DrmCommunicationException("the scheduler does not answer")
        return states(tracker, job_ids)

    monkeypatch.setattr(FakeTracker, "infos", infos)
    listed = wflpy("job", "list", "--all")
    assert (listed.status, len(listed.out.splitlines())) == (3, 2)
    assert listed.err == "wflpy: session gone: the scheduler does not answer\n"
    sessions = wflpy("session", "list")
    assert sessions.status == 3
    assert [line.split()[-1] for line in sessions.out.splitlines()[1:]] == ["done", "unknown"]
    assert "whether jobs of gone go on is not known" in wflpy("session", "destroy", "gone").err


def test_whether_a_backend_that_is_gone_has_a_job_cannot_be_told(
    wflpy: Command, fake: FakeInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(wflpy, "-s", "gone", "fine")

    def states(*_: object) -> None:
        raise DrmCommunicationException("the scheduler does not answer")

    monkeypatch.setattr(FakeTracker, "states", states)
    shown = wflpy("job", "show", "99")
    assert (shown.status, shown.out) == (3, "")
    assert "whether session gone has a job 99 cannot be told: the scheduler does not answer" in shown.err
