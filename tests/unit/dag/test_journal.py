"""The journal: written once, read by anybody, whatever became of its last line; and the runs it tells of."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.dag.world import World, flow, handlers, one, task
from wflpy.dag import directory as directories
from wflpy.dag.compiler import compile_plan
from wflpy.dag.errors import RunError, TaskFailed
from wflpy.dag.journal import Journal, last_records, read_journal
from wflpy.dag.owner import Owner
from wflpy.dag.replay import replay
from wflpy.dag.runs import RunDirectory, list_runs, open_run
from wflpy.dag.spec import Matrix, Retry, StdoutOutput, Tolerance
from wflpy.dag.states import ENDED, RunState, TaskState
from wflpy.testing import Script

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.dag.outcomes import RunResult
    from wflpy.drmaa2 import JobTemplate


def eventful(world: World) -> RunResult:
    """A run with a bit of everything."""
    world.script("flaky", Script(exit_status=1, duration=2), Script(duration=3, output="ünï\n"))
    world.script("bad", Script(signal="SIGSEGV", duration=5))
    return world.run(
        task("flaky", retry=Retry(max=2, delay=1), outputs={"o": StdoutOutput()}),
        task("bad", handlers=handlers(on_error="true", recover="bad")),
        task("tolerated", "bad", allow_failure=Tolerance()),
        task("group", "true", matrix=Matrix(axes={"x": ("a", "line\nbreak")}), needs="flaky"),
        task("skipped", needs="bad"),
        handlers=handlers(finally_="true"),
    )


def test_a_torn_tail_is_tolerated_at_every_byte(world: World, tmp_path: Path) -> None:
    world.script("flaky", Script(exit_status=1, duration=2), 0)
    result = world.run(task("flaky", retry=Retry(max=1)), task("b", needs="flaky"))
    record = open_run(world.home, result.run_id)
    data = record.directory.journal_file.read_bytes()
    whole = [json.loads(line) for line in data.splitlines()]
    torn = tmp_path / "journal.jsonl"
    ends = [0]
    for line in data.splitlines(keepends=True):
        ends.append(ends[-1] + len(line))
    for size in range(len(data) + 1):
        torn.write_bytes(data[:size])
        records = list(read_journal(torn))
        complete = sum(end <= size for end in ends[1:])
        assert records == whole[:complete]
    # Reading a journal is the same for every complete prefix: no state is ever taken back.
    ended: dict[int, TaskState] = {}
    for count in range(len(whole) + 1):
        states = replay(record.plan, whole[:count]).states
        assert all(states[node] is state for node, state in ended.items())
        ended = {node: state for node, state in enumerate(states) if state in ENDED}


def test_a_torn_line_is_not_glued_to_what_comes_next(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"e":"run"}\n{"e":"no')
    journal = Journal(path)
    journal.add_record({"e": "note", "text": "after"})
    journal.close()
    journal.close()
    assert [record["e"] for record in read_journal(path)] == ["run", "note"]


def test_damaged_lines_are_left_out(world: World) -> None:
    result = eventful(world)
    record = open_run(world.home, result.run_id)
    strange = [
        {"e": "end", "n": 10**9, "state": "DONE", "t": 1},
        {"e": "end", "n": -1, "state": "DONE", "t": 1},
        {"e": "end", "n": "x", "state": "DONE", "t": 1},
        {"e": "end", "n": 0, "state": "WHATEVER", "t": 1},
        {"e": "intent", "n": 0},
        {"e": "group", "g": 10**9, "state": "DONE", "t": 1},
        {"e": "from the future", "n": 0},
    ]
    with record.directory.journal_file.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in strange)
        file.write("not json\n[1]\n{}\n")
    again = open_run(world.home, result.run_id).result()
    assert {name: again[name] for name in again} == {name: result[name] for name in result}


def test_a_newer_journal_is_refused(world: World) -> None:
    result = world.run(task("a"))
    record = open_run(world.home, result.run_id)
    line = json.dumps({"e": "run", "format": 99, "t": 0, "run": "x"}) + "\n"
    record.directory.journal_file.write_text(line)
    with pytest.raises(RunError, match="format 99"):
        record.result()


def test_an_intent_is_on_disk_before_its_job_exists(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = world.engine_for(flow(task("a"), task("b"), base=world.base))
    seen: list[list[str]] = []
    submit = world.session.submit

    def look(templates: list[JobTemplate], keys: list[str]) -> Any:
        seen.append([str(r["key"]) for r in read_journal(engine.directory.journal_file) if r["e"] == "intent"])
        assert seen[-1] == keys
        return submit(templates, keys)

    monkeypatch.setattr(world.session, "submit", look)
    assert engine.run().ok
    assert len(seen) == 1
    found = world.session.find(seen[0])
    jobs = {r["n"]: r["job"] for r in read_journal(engine.directory.journal_file) if r["e"] == "job"}
    assert [found[key] for key in seen[0]] == [jobs[0], jobs[1]]


def test_the_journal_is_private_and_plain(world: World) -> None:
    result = eventful(world)
    folder = result.directory
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "journal.jsonl").stat().st_mode) == 0o600
    lines = (folder / "journal.jsonl").read_text().splitlines()
    kinds = [json.loads(line)["e"] for line in lines]
    assert (kinds[0], kinds[1], kinds[-1]) == ("run", "owner", "close")
    ends = [json.loads(line) for line in lines if '"e":"end"' in line]
    assert {"task", "state", "t", "n"} <= set(ends[0])


def test_last_records_without_reading_all(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with path.open("w") as file:
        file.writelines(json.dumps({"e": "note", "text": "x" * 50, "n": number}) + "\n" for number in range(5000))
    records = last_records(path, 1000)
    assert records[-1]["n"] == 4999
    assert 5 < len(records) < 20
    assert last_records(tmp_path / "none") == []


# -- runs --------------------------------------------------------------------------------------------


def test_runs_are_listed_the_latest_first(world: World) -> None:
    world.script("bad", 3)
    good = world.run(task("a"), name="churn")
    bad = world.run(task("bad"), name="churn model!")
    summaries = list_runs(world.home)
    assert {run.run_id: run.status for run in summaries} == {good.run_id: "done", bad.run_id: "failed"}
    found = next(run for run in summaries if run.run_id == bad.run_id)
    assert (found.flow, found.reason, dict(found.counts)) == (
        "churn model!", "task 'bad' failed: exit status 3", {TaskState.FAILED: 1},
    )  # fmt: skip
    assert bad.run_id.startswith("churn-model-")
    assert open_run(world.home, "churn").run_id == good.run_id
    assert open_run(world.home, bad.run_id[:-1]).run_id == bad.run_id


def test_runs_without_any(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    with pytest.raises(RunError, match=r"no run 'x' in .*runs; there are none"):
        open_run(tmp_path, "x")


def test_a_mistyped_name_gets_a_hint(world: World) -> None:
    world.engine_for(flow(task("a"), base=world.base), name="nightly")
    with pytest.raises(RunError, match=r'wflpy runs \(did you mean "nightly"\?\)'):
        open_run(world.home, "nigthly")


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", "a b", "x" * 101, "new\nline"])
def test_names_of_runs(world: World, name: str) -> None:
    with pytest.raises(RunError, match="cannot be the name of a run"):
        world.engine_for(flow(task("a"), base=world.base), name=name)
    with pytest.raises(RunError, match="no run"):
        open_run(world.home, name)


def test_who_drives_a_run(world: World) -> None:
    engine = world.engine_for(flow(task("a"), base=world.base), name="nightly")
    (summary,) = list_runs(world.home)
    assert (summary.status, summary.is_live, summary.owner_alive) == ("running", True, True)
    owner = Owner.current()
    engine.directory.write_owner(owner._replace(start="long ago"))
    (summary,) = list_runs(world.home)
    assert (summary.status, summary.is_live) == ("owner gone", False)
    engine.directory.write_owner(owner._replace(host="elsewhere"))
    (summary,) = list_runs(world.home)
    assert (summary.status, summary.is_live, summary.owner_alive) == ("running", True, None)


def test_a_dead_process_is_no_owner() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    owner = Owner.current()._replace(pid=child)
    os.waitpid(child, 0)
    assert owner.alive is False
    assert Owner.current().alive is True


def test_owners_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("wflpy.dag.owner.PROC", tmp_path / "proc")
    assert Owner.current().alive is True
    assert Owner.current()._replace(start="other").alive is False


def test_what_a_record_knows_of_a_task(world: World) -> None:
    result = eventful(world)
    record = open_run(world.home, result.run_id)
    flaky = one(record, "flaky")
    assert (flaky.outputs, flaky.attempts) == ({"o": "ünï"}, 2)
    assert flaky.started is not None
    assert flaky.finished is not None
    assert flaky.finished - flaky.started == pytest.approx(3)
    assert record["group[x=#1]"].state is TaskState.DONE
    assert record["bad"].reason == (
        "killed by SIGSEGV (segmentation fault); its stand-in 'bad.recover' did not succeed: "
        "killed by SIGSEGV (segmentation fault)"
    )
    assert record["tolerated"].allowed
    with pytest.raises(RunError, match=r"has no task 'gruop' \(did you mean \"group\"\?\)"):
        record["gruop"]
    with pytest.raises(TaskFailed, match="task 'bad' is FAILED: killed by SIGSEGV") as caught:
        result.check()
    assert caught.value.stderr is not None
    assert caught.value.stderr.name == "bad.1.err"


def test_a_running_run_can_be_read(world: World) -> None:
    world.script("a", Script(duration=10))
    engine = world.engine_for(flow(task("a"), task("b", needs="a"), base=world.base))
    seen: list[tuple[RunState, str, str]] = []

    def look() -> None:
        result = open_run(world.home, engine.directory.run_id).result()
        seen.append((result.state, str(result["a"].state), str(result["b"].state)))

    world.at_rest(look)
    engine.run()
    assert seen == [(RunState.RUNNING, "RUNNING", "WAITING")]


def test_folders_that_cannot_be_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = compile_plan(flow(task("a")))
    blocked = world.home / "runs"
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file")
    with pytest.raises(RunError, match=r"a run cannot be kept in .*runs: File exists"):
        RunDirectory.create(world.home, plan)


def test_a_full_disk_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = world.engine_for(flow(task("a"), base=world.base))

    def full(_file: int, _data: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wflpy.dag.journal.write", full)
    with pytest.raises(RunError, match=r"the journal of run .* cannot be written: No space left on device"):
        engine.run()


def test_file_names_of_nodes() -> None:
    stems = [
        directories.file_stem(name)
        for name in ("a", "train[depth=4,lr=0.1]", "a.on_error", "x[a/b]", "x[a:b]", "ü" * 300)
    ]
    assert stems[:3] == ["a", "train[depth=4,lr=0.1]", "a.on_error"]
    assert len(set(stems)) == len(stems)
    assert all("/" not in stem and len(stem.encode()) < 200 for stem in stems)
