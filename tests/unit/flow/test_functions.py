"""Functions on their way to a job and back, each through a real process."""

from __future__ import annotations

import json
import math
import operator
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.dag import Call, RunError, WorkflowError
from wflpy.expr import Expression
from wflpy.flow import Flow, matrix
from wflpy.flow import runner as runner_module
from wflpy.flow.results import read_value
from wflpy.flow.runner import CallError, is_json, pack, read_pickle, sign, unpack, write_private

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = bytes(range(32))


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Hidden:
    """Cannot be pickled: it holds an open file."""

    file: object


class Job:
    """The run folder of a call, and the process that makes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        self.calls.mkdir(mode=0o700)
        (self.calls / "key").write_text(KEY.hex())

    def run(self, body: Call, *, key: bool = True, **changes: object) -> tuple[subprocess.CompletedProcess[str], Any]:
        payload = self.calls / "f.function"
        if body.payload is not None:
            payload.write_bytes(body.payload)
        result = self.calls / "f.1.result.json"
        call = {
            "function": body.function,
            "payload": str(payload) if body.payload is not None else None,
            "args": list(body.args),
            "kwargs": dict(body.kwargs),
            "base": str(self.folder),
            "result": str(result),
            "key": str(self.calls / "key") if key else None,
            **changes,
        }
        file = self.calls / "f.1.json"
        file.write_text(json.dumps(call))
        process = subprocess.run(
            [sys.executable, runner_module.__file__, str(file)],
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
        )
        return process, json.loads(result.read_text()) if result.exists() else None

    def call(self, function: Callable[..., object], *args: object, **keywords: object) -> Any:
        """The value the function gave, wherever it is kept."""
        process, result = self.run(body_of(function, *args, **keywords))
        assert process.returncode == 0, process.stderr
        assert result["ok"]
        if "pickle" in result:
            return read_value(result["pickle"], result["hmac"], self.folder)
        return result["value"]


def body_of(function: Callable[..., object], *args: object, **keywords: object) -> Call:
    body = Flow("f").call(function, *args, **keywords).spec.body
    assert isinstance(body, Call)
    return body


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


# -- what travels ------------------------------------------------------------------------------------


def test_a_function_of_the_standard_library_travels_by_its_name_alone() -> None:
    assert body_of(math.hypot, 3, 4) == Call("math:hypot", (3, 4), {}, None)
    assert body_of(sorted, [2, 1], reverse=True) == Call("builtins:sorted", ([2, 1],), {"reverse": True}, None)


def test_a_function_beside_the_flow_travels_by_its_name_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "steps_beside.py").write_text("def double(x):\n    return 2 * x\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    import steps_beside  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]

    flow = Flow("f", base=tmp_path)
    body = flow.call(steps_beside.double, 4).spec.body  # pyright: ignore
    assert body == Call("steps_beside:double", (4,), {}, None)
    assert isinstance(body, Call)
    assert Job(tmp_path).run(body)[1] == {"ok": True, "value": 8}


def test_a_module_from_elsewhere_is_found_by_the_job_too(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "else'where"
    elsewhere.mkdir()
    (elsewhere / "steps_elsewhere.py").write_text("def triple(x):\n    return 3 * x\n")
    monkeypatch.setattr(sys, "path", [str(elsewhere), *sys.path])
    import steps_elsewhere  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]

    assert job.call(steps_elsewhere.triple, 4) == 12  # pyright: ignore


def test_lambdas_and_closures_travel_by_value(job: Job) -> None:
    offset = 5

    def shifted(x: int) -> int:
        return x + offset

    assert job.call(shifted, 4) == 9
    assert job.call(lambda: offset) == 5


def test_a_function_of_a_script_travels_by_value(job: Job, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import pickle, sys\nfrom wflpy.flow import Flow\nLIMIT = 3\n"
        "def within(x):\n    return x < LIMIT\n"
        "sys.stdout.buffer.write(pickle.dumps(Flow('f').call(within, 2).spec.body))\n"
    )
    made = subprocess.run([sys.executable, str(script)], capture_output=True, check=True)
    import pickle

    body = pickle.loads(made.stdout)
    assert body.function == "within"
    assert job.run(body)[1] == {"ok": True, "value": True}


def test_arguments_that_json_cannot_hold_travel_by_value(job: Job) -> None:
    point = Point(1, 2)
    body = body_of(repr, [point, {"set": {1}}, (1, 2)])
    assert body.function == "builtins:repr"
    objects = [{"$wflpy": "object", "index": index} for index in range(3)]
    assert body.args == ([objects[0], {"set": objects[1]}, objects[2]],)
    assert job.call(lambda *args, **named: repr((args, named)), (1, "a"), p=point._asdict(), n=math.nan) == (
        "(((1, 'a'),), {'p': {'x': 1, 'y': 2}, 'n': nan})"
    )


def test_references_become_expressions_at_any_depth_and_bring_edges() -> None:
    flow = Flow("f")
    clean = flow.run("true", name="clean", outputs={"table": "t"})
    task = clean.then_call(print, [clean.outputs["table"], {"depth": matrix.depth}], "d" + matrix.depth).matrix(
        depth=[1]
    )
    body = task.spec.body
    assert isinstance(body, Call)
    [first, second] = body.args
    assert first == [Expression.parse("needs.clean.outputs.table"), {"depth": Expression.parse("matrix.depth")}]
    assert str(second) == "d${{ matrix.depth }}"
    assert list(task.spec.needs) == ["clean"]
    flow.compile()


def test_what_cannot_travel_is_refused_with_the_users_line(tmp_path: Path) -> None:
    with (
        (tmp_path / "file").open("w") as file,
        pytest.raises(WorkflowError, match="cannot be taken to another process") as caught,
    ):
        body_of(print, Hidden(file))
    assert caught.value.file == __file__
    assert "connections to the job itself" in (caught.value.problems[0].hint or "")
    with pytest.raises(WorkflowError, match="cannot be pickled now"):
        body_of(print, (matrix.depth,))
    with pytest.raises(WorkflowError, match="is not a function"):
        body_of(sys.stdout.write("x"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_too_large_arguments_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wflpy.flow.functions.LARGEST_PAYLOAD", 1000)
    with pytest.raises(WorkflowError, match="more than 1000") as caught:
        body_of(len, bytes(2000))
    assert caught.value.problems[0].hint == "write large data to a file and pass its path"


def test_options_and_keywords_of_the_function() -> None:
    def pick(scores: list[float], best: str = "max", timeout: float = 1) -> float:
        return scores[0] * timeout if best else 0.0

    flow = Flow("f")
    task = flow.call(pick, [1.0], best="min", name="pick_best")
    assert (task.name, task.spec.body.kwargs) == ("pick_best", {"best": "min"})  # type: ignore[union-attr]
    with pytest.raises(WorkflowError, match="'timeout' is an option of the task and a parameter of pick too"):
        flow.call(pick, [1.0], timeout="5s")
    task = flow.call(pick, [1.0], timeout="5s", kwargs={"timeout": 2})
    assert task.spec.timeout == 5.0
    assert task.spec.body.kwargs == {"timeout": 2}  # type: ignore[union-attr]
    assert flow.call(lambda: 1).name == "lambda"
    assert flow.call(operator.add, 1, 2).name == "add"


# -- what comes back ---------------------------------------------------------------------------------

JSON_VALUES: list[Any] = [None, True, 0, -1.5, "ünï\ud800\n", [], {"a": [1, {"b": None}]}, 2**64, "$wflpy"]
OTHER_VALUES: list[Any] = [
    (1, 2),
    {1: 2},
    {"$wflpy": "pickle"},
    b"\x00",
    {1, 2},
    [(1,)],
    math.inf,
    2**5000,
    Path("x"),
    1j,
]


def test_values_come_back_as_they_are(job: Job) -> None:
    for value in JSON_VALUES:
        assert is_json(value)
    for value in OTHER_VALUES:
        assert not is_json(value)
    assert job.call(list, [*JSON_VALUES, *OTHER_VALUES]) == [*JSON_VALUES, *OTHER_VALUES]


def test_json_values_are_kept_as_json_and_others_as_signed_pickles(job: Job) -> None:
    _, plain = job.run(body_of(lambda: {"a": [1, 2.5]}))
    assert plain == {"ok": True, "value": {"a": [1, 2.5]}}
    _, pickled = job.run(body_of(lambda: (1, 2)))
    assert (pickled["ok"], pickled["type"]) == (True, "builtins.tuple")
    data = Path(pickled["pickle"]).read_bytes()
    assert pickled["hmac"] == sign(data, KEY)
    assert Path(pickled["pickle"]).stat().st_mode & 0o777 == 0o600


def test_an_instance_of_a_class_from_a_script_comes_back(job: Job) -> None:
    class Local:
        def __init__(self) -> None:
            self.answer = 42

    assert job.call(lambda: Local()).answer == 42


def test_without_a_key_only_json_comes_back(job: Job) -> None:
    process, result = job.run(body_of(lambda: (1, 2)), key=False)
    assert process.returncode == 1
    assert "builtins.tuple, which JSON cannot hold exactly, and this run keeps JSON only" in result["error"]["message"]


def test_what_cannot_be_pickled_is_an_error_that_says_so(job: Job) -> None:
    process, result = job.run(body_of(threading.Lock))
    assert process.returncode == 1
    assert "returned a _thread.lock, which cannot be pickled" in result["error"]["message"]


def test_printing_is_kept_apart_from_the_value(job: Job) -> None:
    def chatty() -> int:
        sys.stdout.write("hello\n")
        sys.stderr.write("oops\n")
        return 1

    process, result = job.run(body_of(chatty))
    assert (process.stdout, process.stderr, result) == ("hello\n", "oops\n", {"ok": True, "value": 1})


def test_an_exception_comes_back_with_its_own_traceback(job: Job) -> None:
    def outer() -> None:
        def inner() -> None:
            raise ValueError("a'; echo foo\nünï")

        try:
            inner()
        except ValueError as error:
            raise KeyError("missing") from error

    process, result = job.run(body_of(outer))
    error = result["error"]
    assert process.returncode == 1
    assert (result["ok"], error["type"], error["message"]) == (False, "KeyError", "'missing'")
    assert "in inner" in error["traceback"]
    assert "The above exception was the direct cause" in error["traceback"]
    assert "runner.py" not in error["traceback"].split("direct cause")[1]
    assert error["traceback"] in process.stderr


def test_an_exception_of_a_users_class_whose_text_cannot_be_made(job: Job) -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def fail() -> None:
        raise Broken

    _, result = job.run(body_of(fail))
    assert result["error"]["type"].endswith("Broken")
    assert result["error"]["message"] == "<its text cannot be made: RuntimeError>"


@pytest.mark.parametrize(
    ("code", "status", "ok"), [(None, 0, True), (0, 0, True), (3, 3, False), ("bad luck", 1, False)]
)
def test_sys_exit_ends_the_job_as_it_ends_a_program(job: Job, code: object, status: int, ok: bool) -> None:
    process, result = job.run(body_of(lambda: sys.exit(code)))  # type: ignore[arg-type]
    assert (process.returncode, result["ok"]) == (status, ok)
    if isinstance(code, str):
        assert process.stderr.endswith("bad luck\n")


def test_a_function_that_is_gone_is_told_with_where_it_was_looked_for(job: Job) -> None:
    _, result = job.run(Call("no_such_module_here:f"))
    assert (
        f"no_such_module_here:f cannot be imported by {sys.executable} from {job.folder}" in result["error"]["message"]
    )
    _, result = job.run(Call("math:hippo"))
    assert "has no attribute 'hippo'" in result["error"]["message"]


def test_imports_start_from_the_base_folder_and_not_from_ours(job: Job) -> None:
    (job.folder / "units.py").write_text("def where():\n    return __file__\n")
    process, result = job.run(Call("units:where"))
    assert result == {"ok": True, "value": str(job.folder / "units.py")}, process.stderr


def test_no_module_of_the_package_hides_one_of_the_standard_library() -> None:
    """The runner is started as a script, so its folder is where Python looks first until it says otherwise."""
    ours = {path.stem for path in Path(runner_module.__file__).parent.glob("*.py")}
    assert ours.isdisjoint(sys.stdlib_module_names)


def test_the_runner_needs_the_standard_library_alone() -> None:
    ours = "[name for name in sys.modules if 'wflpy' in name]"
    code = f"import sys, runpy; runpy.run_path({runner_module.__file__!r}); print({ours})"
    made = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout == "[]\n"


def test_pickled_results_of_earlier_tasks_are_arguments(job: Job) -> None:
    path = job.calls / "g.1.result.json.pickle"
    data = b"\x80\x04K\x01K\x02\x86\x94."
    write_private(str(path), data)
    mark = {"$wflpy": "pickle", "path": str(path), "hmac": sign(data, KEY)}
    _, result = job.run(Call("builtins:repr", ([mark],)))
    assert result == {"ok": True, "value": "[(1, 2)]"}
    mark["hmac"] = sign(data, b"another key")
    _, result = job.run(Call("builtins:repr", ([mark],)))
    assert "is not unpickled: its signature is not this run's" in result["error"]["message"]


# -- trust -------------------------------------------------------------------------------------------


class Bomb:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return pytest.fail, ("it was unpickled",)


def bomb(job: Job) -> tuple[Path, str]:
    import pickle

    data = pickle.dumps(Bomb())
    path = job.calls / "x.pickle"
    write_private(str(path), data)
    return path, sign(data, KEY)


def test_nothing_is_unpickled_without_the_signature_of_the_run(job: Job) -> None:
    path, signature = bomb(job)
    for wrong in ("", signature[::-1], sign(b"", KEY), None, 5):
        with pytest.raises(RunError, match="its signature is not this run's"):
            read_value(str(path), wrong, job.folder)


def test_nothing_is_unpickled_that_others_may_write(job: Job) -> None:
    path, signature = bomb(job)
    path.chmod(0o620)
    with pytest.raises(RunError, match="others may write it"):
        read_value(str(path), signature, job.folder)


def test_nothing_is_unpickled_from_another_user(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    path, signature = bomb(job)
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    with pytest.raises(RunError, match="belongs to another user"):
        read_value(str(path), signature, job.folder)


def test_nothing_is_unpickled_from_outside_of_the_run(job: Job, tmp_path: Path) -> None:
    path, signature = bomb(job)
    outside = tmp_path / "outside.pickle"
    path.rename(outside)
    path.symlink_to(outside)
    with pytest.raises(RunError, match="it is outside of"):
        read_value(str(path), signature, job.folder)


def test_nothing_is_unpickled_without_a_key(job: Job) -> None:
    path, signature = bomb(job)
    with pytest.raises(CallError, match="this run has no key"):
        read_pickle(str(path), signature, None)
    (job.calls / "key").unlink()
    with pytest.raises(RunError, match="cannot be read"):
        read_value(str(path), signature, job.folder)


# -- the packed form ---------------------------------------------------------------------------------


@given(st.data())
def test_a_damaged_function_is_noticed(data: st.DataObject) -> None:
    function = b"\x80\x04N]\x86."
    packed = bytearray(pack(function, [], by_value=True))
    place = data.draw(st.integers(len(packed) - len(function), len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CallError, match="is damaged"):
        unpack(bytes(packed))


def test_a_function_of_another_python_is_refused_before_its_code_is_read() -> None:
    packed = pack(b"\x80\x04N.", [], by_value=True)
    here = f'"python": [{sys.version_info[0]}, {sys.version_info[1]}]'.encode()
    assert here in packed
    with pytest.raises(CallError, match=r"packed by Python 3\.2 and this is .* put the function into a module"):
        unpack(packed.replace(here, b'"python": [3, 2]'))
    by_name = pack(b"\x80\x04N]\x86.", [], by_value=False).replace(here, b'"python": [3, 2]')
    assert unpack(by_name) == (None, [])


def test_a_cut_or_strange_function_is_refused() -> None:
    packed = pack(b"\x80\x04N]\x86.", [], by_value=False)
    with pytest.raises(CallError, match="is damaged: 5 bytes of 6"):
        unpack(packed[:-1])
    with pytest.raises(CallError, match="another version of wflpy"):
        unpack(b"wflpy function 2\n{}")
