"""Groups: a matrix, an array, a list; their members, limits, tolerance, and values for those who come after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.dag.world import Watcher, World, a_world, flow, group, handlers, task
from wflpy.dag.events import EventKind
from wflpy.dag.spec import Matrix, StdoutOutput, Tolerance
from wflpy.dag.states import TaskState
from wflpy.testing import FakeProcess, Script

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.testing.scripts import Steps

DONE, FAILED, SKIPPED = TaskState.DONE, TaskState.FAILED, TaskState.SKIPPED


class Crowd:
    """A program that knows how many of it run at once."""

    def __init__(self, fails: Any = ()) -> None:
        self.now = self.most = self.runs = 0
        self.fails = fails
        self.environments: list[dict[str, str]] = []

    def __call__(self, process: FakeProcess) -> Steps:
        self.now += 1
        self.runs += 1
        self.most = max(self.most, self.now)
        self.environments.append(process.environment)
        yield 1.0
        self.now -= 1
        return 1 if process.args and process.args[0] in self.fails else 0


def test_a_dependant_waits_for_all_members(world: World) -> None:
    crowd, after = Crowd(), Crowd()
    world.script("work", crowd)
    world.script("join", lambda process: (_ for _ in ()).throw(AssertionError) if crowd.now else after(process))
    result = world.run(task("work", array=range(1, 21)), task("join", needs="work"))
    assert result.ok
    assert crowd.runs == 20
    assert result["work"].state is DONE
    assert result["work[7]"].state is DONE


def test_max_parallel_is_never_exceeded(world: World) -> None:
    crowd = Crowd()
    world.script("work", crowd)
    assert world.run(task("work", array=range(10), max_parallel=3)).ok
    assert (crowd.most, crowd.runs) == (3, 10)


def test_jobs_is_a_limit_for_the_whole_run(world: World) -> None:
    crowd = Crowd()
    world.script("work", crowd)
    result = world.run(task("a", "work", array=range(10)), task("b", "work", array=range(10)), settings={"jobs": 4})
    assert result.ok
    assert (crowd.most, crowd.runs) == (4, 20)


def test_elements_know_their_index(world: World) -> None:
    crowd = Crowd()
    world.script("work", crowd)
    world.run(task("work", "work", "${{ array.index }}", array=range(3, 9, 3)), params={"rows": 5})
    first = crowd.environments[0]
    assert {name: first[name] for name in ("WFLPY_TASK", "WFLPY_TASK_INDEX", "TASK_ID", "WFLPY_PARAM_ROWS")} == {
        "WFLPY_TASK": "work[3]", "WFLPY_TASK_INDEX": "3", "TASK_ID": "3", "WFLPY_PARAM_ROWS": "5",
    }  # fmt: skip
    assert first[first["DRMAA_INDEX_VAR"]] == "3"


TOLERATED = [
    (None, 0, True), (None, 1, False), (Tolerance(), 10, True), (Tolerance(count=2), 2, True),
    (Tolerance(count=2), 3, False), (Tolerance(share=0.2), 2, True), (Tolerance(share=0.2), 3, False),
    (Tolerance(count=1, share=0.9), 2, False),
]  # fmt: skip


@pytest.mark.parametrize(("tolerance", "failures", "ok"), TOLERATED)
def test_how_many_may_fail(world: World, tolerance: Tolerance | None, failures: int, ok: bool) -> None:
    world.script("work", Crowd(fails=[str(index) for index in range(failures)]))
    work = task("work", "work", "${{ array.index }}", array=range(10), allow_failure=tolerance)
    result = world.run(work, task("after", needs="work"))
    assert result.ok is ok
    assert result["after"].state is (DONE if ok else SKIPPED)
    assert result["work"].state is (FAILED if failures else DONE)
    assert result["work"].allowed is (ok and failures > 0)
    if failures == 3:
        assert result["work"].reason == "3 of 10 failed, first work[0]: exit status 1"


def test_values_of_members_arrive_in_order(world: World) -> None:
    def say(process: FakeProcess) -> Steps:
        process.write(f"score {process.args[0]}\n")
        yield 10.0 - float(process.args[0])
        return 0

    seen: list[list[str]] = []

    def gather(process: FakeProcess) -> Steps:
        seen.append(process.args)
        yield 0.0
        return 0

    world.script("say", say)
    world.script("gather", gather)
    result = world.run(
        task(
            "say",
            "say",
            "${{ matrix.n }}",
            matrix=Matrix(axes={"n": (3, 1, 2)}),
            outputs={"score": StdoutOutput("line")},
        ),
        task("gather", "gather", "${{ needs.say.outputs.score }}", "n=${{ needs.say.outputs.score[0] }}"),
    )
    assert seen == [["score 3", "score 1", "score 2", "n=score 3"]]
    assert result["say"].outputs == {"score": ["score 3", "score 1", "score 2"]}


def test_members_may_be_skipped_one_by_one(world: World) -> None:
    work = task("work", "true", matrix=Matrix(axes={"n": (1, 2, 3)}), when="matrix.n != 2")
    result = world.run(work, task("after", needs="work"))
    found = group(result, "work")
    assert [member.state for member in found.members] == [DONE, SKIPPED, DONE]
    assert (found.state, dict(found.counts)) == (DONE, {DONE: 2, SKIPPED: 1})
    assert result["after"].state is DONE


def test_a_group_of_skipped_members_is_skipped(world: World) -> None:
    result = world.run(
        task("work", "true", array=range(5), when="params.on"), task("after", needs="work"), params={"on": False}
    )
    assert result["work"].state is SKIPPED
    assert result["work"].reason == "its condition is false: params.on"
    assert result["after"].state is SKIPPED


def test_items_see_their_value(world: World) -> None:
    crowd = Crowd()
    world.script("work", crowd)
    result = world.run(task("work", "work", "${{ item.name }}", items=({"name": "a b"}, {"name": "c"})))
    assert group(result, "work").members[0].name == "work[0]"
    assert result.ok


def test_observers_hear_of_the_group(world: World) -> None:
    world.run(task("work", "true", array=range(3)))
    groups = [event for event in world.watcher.events if event.kind is EventKind.GROUP]
    assert [(event.group, event.state) for event in groups] == [("work", DONE)]


@pytest.mark.parametrize("failure", [ValueError("boom"), SystemExit("boom")], ids=repr)
def test_an_observer_that_fails_is_dismissed(
    world: World, caplog: pytest.LogCaptureFixture, failure: BaseException
) -> None:
    class Bad:
        calls = 0

        def on_event(self, event: object) -> None:
            Bad.calls += 1
            raise failure

    engine = world.engine_for(flow(task("a"), base=world.base), observers=[Bad(), later := Watcher()])
    result = engine.run()
    assert result.ok
    assert Bad.calls == 1
    assert result.notes == (f"observer Bad is not told any more: {type(failure).__name__}: boom",)
    assert caplog.messages == list(result.notes)
    assert later.events[-1].kind is EventKind.RUN_ENDED


# -- stopping early ----------------------------------------------------------------------------------


def test_fail_fast_ends_what_runs_and_starts_nothing_more(tmp_path: Path, home: Path) -> None:
    with a_world(tmp_path, home) as world:
        world.script("bad", Script(duration=5, exit_status=3))
        world.script("long", Script(duration=100))
        result = world.run(
            task("bad", handlers=handlers(on_error="true")),
            task("long"),
            task("quick", "true"),
            task("later", needs="long"),
            handlers=handlers(on_error="true", finally_="true"),
            settings={"fail_fast": True},
        )
        states = {name: str(result[name].state) for name in result}
        assert states == {
            "bad": "FAILED", "bad.on_error": "DONE", "long": "CANCELLED", "quick": "DONE", "later": "SKIPPED",
            "on_error": "DONE", "finally": "DONE",
        }  # fmt: skip
        assert result["long"].reason == "terminated: the run ends at its first failure, that of 'bad'"
        assert result["later"].reason == "not started: the run ends at its first failure, that of 'bad'"
        assert result.reason == "task 'bad' failed: exit status 3"
        assert result.finished is not None
        assert result.started is not None
        assert result.finished - result.started < 10


def test_fail_fast_minds_what_is_allowed(world: World) -> None:
    world.script("work", Crowd(fails=["1", "2"]))
    work = task("work", "work", "${{ array.index }}", array=range(10), max_parallel=1, allow_failure=Tolerance(count=2))
    assert world.run(work, settings={"fail_fast": True}).ok


def test_keep_going_lets_other_branches_finish(world: World) -> None:
    world.script("bad", 1)
    result = world.run(task("bad"), task("a"), task("b", needs="a"), task("c", needs="bad"))
    assert [str(result[name].state) for name in ("bad", "a", "b", "c")] == ["FAILED", "DONE", "DONE", "SKIPPED"]
