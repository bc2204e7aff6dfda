"""What arrays have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflpy.drmaa2 import PARAMETRIC_INDEX, DeniedByDrmsException, InvalidArgumentException, JobTemplate
from wflpy.tracker.arrays import (
    check_expansion,
    element_id,
    element_ids,
    expanded,
    job_variables,
    no_such_array,
    no_such_job,
    split_id,
    submit_elements,
)

INDICES = st.builds(range, st.integers(1, 50), st.integers(51, 100), st.integers(1, 20))


@given(st.text("abc123.-", min_size=1).filter(lambda text: split_id(text)[1] is None), INDICES)
def test_the_id_of_a_job_tells_array_and_index(array_id: str, indices: range) -> None:
    ids = element_ids(array_id, indices)
    assert [split_id(job_id) for job_id in ids] == [(array_id, index) for index in indices]
    assert ids == [element_id(array_id, index) for index in indices]


@pytest.mark.parametrize("job_id", ["7", "wabc", "a.b", ".", "7.", "7.x", "7.-1", "7.1.x"])
def test_other_ids_have_no_index(job_id: str) -> None:
    assert split_id(job_id) == (job_id, None)


@given(INDICES)
def test_templates_are_expanded_in_order(indices: range) -> None:
    template = JobTemplate(remote_command="x", args=[f"a{PARAMETRIC_INDEX}b"])
    found = [(index, one.args) for index, one in expanded(template, indices)]
    assert found == [(index, [f"a{index}b"]) for index in indices]
    assert template.args == [f"a{PARAMETRIC_INDEX}b"]


def test_a_template_without_the_index_is_checked_once() -> None:
    seen: list[JobTemplate] = []
    check_expansion(JobTemplate(remote_command="x"), range(1, 10_001), seen.append)
    assert len(seen) == 1
    check_expansion(JobTemplate(job_name=PARAMETRIC_INDEX), range(1, 4), seen.append)
    assert [one.job_name for one in seen[1:]] == ["1", "2", "3"]


class Backend:
    """Takes jobs, refuses one, and withdraws what it took unless it cannot."""

    def __init__(self, refused: int | None = None, stuck: int | None = None) -> None:
        self.jobs: list[int] = []
        self._refused = refused
        self._stuck = stuck

    def submit(self, index: int, _: JobTemplate) -> str:
        if index == self._refused:
            raise DeniedByDrmsException("no more")
        self.jobs.append(index)
        return f"job{index}"

    def withdraw(self, job_id: str) -> None:
        index = int(job_id.removeprefix("job"))
        if index == self._stuck:
            raise DeniedByDrmsException("too late")
        assert index == self.jobs[-1], "the latest goes first"
        self.jobs.pop()


def test_all_jobs_are_submitted() -> None:
    backend = Backend()
    assert submit_elements(JobTemplate(), range(1, 4), backend.submit, backend.withdraw) == ["job1", "job2", "job3"]


@pytest.mark.parametrize("refused", [1, 2, 5])
def test_one_refusal_withdraws_all(refused: int) -> None:
    backend = Backend(refused)
    with pytest.raises(DeniedByDrmsException, match="no more") as refusal:
        submit_elements(JobTemplate(), range(1, 6), backend.submit, backend.withdraw)
    assert backend.jobs == []
    assert not hasattr(refusal.value, "__notes__")


def test_jobs_that_cannot_be_withdrawn_are_named() -> None:
    backend = Backend(refused=3, stuck=2)
    backend.jobs = []
    with pytest.raises(DeniedByDrmsException) as refusal:
        submit_elements(JobTemplate(), range(2, 6), backend.submit, backend.withdraw)
    assert refusal.value.__notes__ == ["1 jobs submitted before could not be withdrawn: job2"]


def test_a_template_that_cannot_be_expanded_withdraws_all() -> None:
    backend = Backend()
    template = JobTemplate(stage_in_files={f"/a{PARAMETRIC_INDEX}": "/b", "/a2": "/c"})
    with pytest.raises(InvalidArgumentException, match="stageInFiles"):
        submit_elements(template, range(1, 4), backend.submit, backend.withdraw)
    assert backend.jobs == []


def test_a_job_learns_its_id_directly_and_by_name() -> None:
    """8.6"""
    found = job_variables("7")
    assert found == {"WFLPY_JOB_ID": "7", "JOB_ID": "7", "DRMAA_JOB_ID": "WFLPY_JOB_ID"}
    assert found[found["DRMAA_JOB_ID"]] == "7"


def test_a_job_of_an_array_learns_its_index_too() -> None:
    found = job_variables("7.3", 3)
    assert found[found["DRMAA_INDEX_VAR"]] == found["TASK_ID"] == found["WFLPY_TASK_INDEX"] == "3"
    assert found["WFLPY_JOB_ID"] == "7.3"


def test_variables_of_the_template_win_but_for_ours() -> None:
    found = job_variables("7.3", 3, {"JOB_ID", "TASK_ID", "DRMAA_JOB_ID", "DRMAA_INDEX_VAR", "WFLPY_JOB_ID"})
    assert found == {"WFLPY_JOB_ID": "7.3", "WFLPY_TASK_INDEX": "3"}


def test_what_is_not_there_is_named() -> None:
    assert "job 'x'" in str(no_such_job("x", "fake"))
    assert no_such_job("x", "fake").job_id == "x"
    assert "array 'x'" in str(no_such_array("x", "fake"))
