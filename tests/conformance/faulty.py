"""Fake trackers with one fault each, and the test of the suite that has to find it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wflpy.drmaa2 import JobAction, JobState, JobStatus
from wflpy.testing import FakeTracker

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wflpy.drmaa2 import DrmaaException, JobInfo, JobTemplate
    from wflpy.tracker import StateChange, Submission


class SaysDone(FakeTracker):
    finder = "test_any_other_exit_status_is_failed_and_told"

    def wait(self, job_id: str, timeout: Any, states: Collection[JobState]) -> JobStatus:
        super().wait(job_id, timeout, states)
        return JobStatus(JobState.DONE)


class LosesExitStatus(FakeTracker):
    finder = "test_exit_status_zero_is_done"

    def infos(self, job_ids: Collection[str]) -> dict[str, JobInfo]:
        return {job_id: replace(info, exit_status=None) for job_id, info in super().infos(job_ids).items()}


class _Changed(FakeTracker):
    """Submits something else than it was told to."""

    def changed(self, template: JobTemplate) -> JobTemplate:
        return template.copy()

    def submit(self, template: JobTemplate, key: str) -> str:
        return super().submit(self.changed(template), key)

    def submit_many(self, submissions: Sequence[Submission]) -> list[str | DrmaaException]:
        return super().submit_many([(self.changed(template), key) for template, key in submissions])


class IgnoresHold(_Changed):
    finder = "test_a_job_submitted_as_hold_waits_for_its_release"

    def changed(self, template: JobTemplate) -> JobTemplate:
        copy = template.copy()
        copy.submit_as_hold = None
        return copy


class IgnoresStartTime(_Changed):
    finder = "test_a_start_time_is_waited_for"

    def changed(self, template: JobTemplate) -> JobTemplate:
        copy = template.copy()
        copy.start_time = None
        return copy


class IgnoresWhatItLacks(_Changed):
    finder = "test_an_optional_attribute_is_taken_or_refused_as_declared"

    def changed(self, template: JobTemplate) -> JobTemplate:
        copy = template.copy()
        copy.email = None
        return copy


class IgnoresKeys(FakeTracker):
    finder = "test_the_same_key_is_the_same_job"
    submissions = 0

    def submit(self, template: JobTemplate, key: str) -> str:
        self.submissions += 1
        return super().submit(template, f"{key}{self.submissions}")


class IgnoresMaxParallel(FakeTracker):
    finder = "test_no_more_than_max_parallel_run_at_once"

    def submit_array(self, template: JobTemplate, indices: range, max_parallel: int | None, key: str) -> str:
        return super().submit_array(template, indices, None, key)


class ForgetsTheStep(FakeTracker):
    finder = "test_indices_go_in_steps_and_reach_the_job"

    def submit_array(self, template: JobTemplate, indices: range, max_parallel: int | None, key: str) -> str:
        return super().submit_array(template, range(1, len(indices) + 1), max_parallel, key)


class ListsBackwards(FakeTracker):
    finder = "test_jobs_are_listed_in_the_order_of_their_submission"

    def job_ids(self) -> list[str]:
        return super().job_ids()[::-1]


class DeletesAnything(FakeTracker):
    finder = "test_only_jobs_that_have_ended_can_be_deleted"

    def delete(self, job_id: str) -> None:
        if self.state(job_id).state.is_terminated:
            super().delete(job_id)


class AllowsAnything(FakeTracker):
    finder = "test_nothing_can_be_done_to_a_job_that_has_ended"

    def control(self, job_id: str, action: JobAction) -> None:
        if not self.state(job_id).state.is_terminated:
            super().control(job_id, action)


class TellsTwice(FakeTracker):
    finder = "test_the_life_of_a_job_is_told_once_and_in_order"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.installation.faults.duplicate_events = True


class LeavesSteps(FakeTracker):
    finder = "test_the_life_of_a_job_is_told_once_and_in_order"

    def subscribe(self, callback: Any) -> Any:
        def leave_out(changes: Sequence[StateChange]) -> None:
            callback([change for change in changes if change.state is not JobState.RUNNING])

        return super().subscribe(leave_out)


class LeavesAThread(FakeTracker):
    finder = "test_closing_leaves_no_thread_and_can_be_done_twice"

    def close(self) -> None:
        threading.Thread(target=threading.Event().wait, args=(2,), daemon=True).start()
        super().close()


class ForgetsOnClose(FakeTracker):
    finder = "test_a_reopened_session_knows_jobs_that_wait_run_and_ended"

    def close(self) -> None:
        for job_id in self.job_ids():
            if self.state(job_id).state is JobState.RUNNING:
                self.control(job_id, JobAction.TERMINATE)
        super().close()


FAULTY = {
    one.__name__: one
    for one in (
        SaysDone,
        LosesExitStatus,
        IgnoresHold,
        IgnoresStartTime,
        IgnoresWhatItLacks,
        IgnoresKeys,
        IgnoresMaxParallel,
        ForgetsTheStep,
        ListsBackwards,
        DeletesAnything,
        AllowsAnything,
        TellsTwice,
        LeavesSteps,
        LeavesAThread,
        ForgetsOnClose,
    )
}
