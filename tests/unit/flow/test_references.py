from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from wflpy.dag import WorkflowError
from wflpy.flow import Flow, array, error, item, matrix, outputs, params, run
from wflpy.flow.references import Reference, expression_of, source_of


def made() -> Reference:
    flow = Flow("f")
    return flow.run("true", name="clean", outputs={"table": "t.csv"}).outputs["table"]


@pytest.mark.parametrize(
    ("reference", "source"),
    [
        (matrix.depth, "matrix.depth"),
        (matrix["learning rate"], "matrix['learning rate']"),
        (array.index, "array.index"),
        (item, "item"),
        (item.files[0].name, "item.files[0].name"),
        (params.rows, "params.rows"),
        (error.kind, "error.kind"),
        (run.id, "run.id"),
        (outputs.model, "outputs.model"),
        (made(), "needs.clean.outputs.table"),
    ],
)
def test_a_reference_is_a_path_of_the_expression_language(reference: Reference, source: str) -> None:
    assert expression_of(reference).source == source
    assert repr(reference) == f"<later: ${{{{ {source} }}}}>"


def test_results_of_a_task_whose_name_has_a_hyphen() -> None:
    task = Flow("f").run("true", name="my-task")
    assert expression_of(task.stdout).source == "needs['my-task'].stdout"


def test_text_is_joined_to_a_reference_with_plus() -> None:
    assert source_of("models/d" + matrix.depth + "-" + item + ".pkl") == "models/d${{ matrix.depth }}-${{ item }}.pkl"
    with pytest.raises(WorkflowError, match=r"a PosixPath cannot be joined .*str\("):
        _ = Path("models") + matrix.depth


@pytest.mark.parametrize(
    ("use", "hint"),
    [
        (lambda: f"{matrix.depth}", "join with +: 'out-' + matrix.depth + '.csv'"),
        (lambda: f"{matrix.depth:>5}", "join with +"),
        (lambda: str(made()), "'out-' + clean.outputs.table + '.csv'"),
        (lambda: f"depth {matrix.depth}", "join with +"),
        (lambda: f"{'a' + matrix.depth}", "join with +"),
        (lambda: bool(params.refresh), ".when('params.refresh > 4')"),
        (lambda: matrix.depth > 4, ".when('matrix.depth > 4')"),
        (lambda: matrix.depth >= 4, ".when("),
        (lambda: matrix.depth < 4, ".when("),
        (lambda: matrix.depth <= 4, ".when("),
        (lambda: int(matrix.depth), "join with +"),
        (lambda: float(matrix.depth), "join with +"),
        (lambda: list(matrix.depth), "a list becomes several arguments"),
        (lambda: len(matrix.depth), "len(matrix.depth)"),
        (lambda: pickle.dumps(matrix.depth), "inside a list or a dictionary"),
        (lambda: f"{matrix}", "such as matrix.x"),
        (lambda: matrix.depth[True], "a name or the number of an element"),
    ],
)
def test_what_needs_a_value_now_is_refused_with_the_users_line_and_a_hint(use: object, hint: str) -> None:
    assert callable(use)
    with pytest.raises(WorkflowError) as caught:
        use()
    [problem] = caught.value.problems
    assert hint in (problem.hint or "")
    assert caught.value.file == __file__
    assert caught.value.line is not None


def test_notebooks_and_copy_may_ask_for_what_is_not_there() -> None:
    for name in ("_repr_html_", "__array__", "_ipython_canary_method_should_not_exist_"):
        assert not hasattr(matrix.depth, name)
        assert not hasattr(matrix, name)
    assert repr(matrix) == "<matrix: values known when the workflow runs>"
    with pytest.raises(WorkflowError, match="cannot be pickled"):
        copy.copy(matrix.depth)


def test_an_output_that_is_not_declared_is_refused_at_once_with_a_suggestion() -> None:
    clean = Flow("f").run("true", name="clean", outputs={"table": "t.csv"})
    with pytest.raises(WorkflowError, match=r"declares no output 'tabel' \(did you mean \"table\"\?\)"):
        clean.outputs["tabel"]
    assert repr(clean.outputs) == "<outputs of clean: table>"


def test_only_a_function_returns_a_value() -> None:
    with pytest.raises(WorkflowError, match="is no Python function and returns no value"):
        _ = Flow("f").run("true", name="clean").value
