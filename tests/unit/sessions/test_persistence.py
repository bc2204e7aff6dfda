"""Sessions survive the process that made them, also one that is killed between the tracker's answer and the store."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import InvalidArgumentException, InvalidStateException, JobInfo, JobState, JobTemplate
from wflpy.sessions import SessionManager
from wflpy.testing import FakeInstallation
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

TRACKERS = ("shelf", "keepingshelf")
every_tracker = pytest.mark.parametrize("tracker", TRACKERS)

HOSTILE = ["a'; echo foo", "ünïcode 日本", "new\nline", "\udcff"]

SUBMIT = """
import json, sys
from wflpy.drmaa2 import JobTemplate, PARAMETRIC_INDEX
from wflpy.sessions import SessionManager
manager = SessionManager(sys.argv[1])
session = manager.create_job_session("nightly")
template = JobTemplate(remote_command="x", args=json.loads(sys.argv[2]))
jobs = [session.run_job(template) for _ in range(5)]
jobs += session.submit([template] * 5)
print(json.dumps([job.job_id for job in jobs]), flush=True)
"""

DIE = """
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
"""


@every_tracker
@pytest.mark.parametrize("ending", ["manager.close()", "", DIE], ids=["closed", "left", "killed"])
def test_another_process_finds_the_jobs(tracker: str, ending: str, run: Run, home: Path) -> None:
    ended = run(SUBMIT + ending, tracker, json.dumps(HOSTILE))
    ids = json.loads(ended.stdout)
    assert ended.returncode in (0, -9), ended.stderr
    with SessionManager(home=home) as manager:
        jobs = manager.open_job_session("nightly").get_jobs()
        assert [job.job_id for job in jobs] == ids
        assert all(job.job_template == JobTemplate(remote_command="x", args=HOSTILE) for job in jobs)
        assert all(job.state is JobState.DONE for job in jobs)


@every_tracker
@pytest.mark.parametrize(
    "submit",
    ["session.run_job(template)", "session.submit([template])", "session.run_bulk_jobs(template, 2, 6, 2)"],
    ids=["one", "many", "array"],
)
def test_a_job_is_found_though_its_submitter_was_killed_when_it_was_accepted(
    tracker: str, submit: str, run: Run, home: Path
) -> None:
    program = SUBMIT + f"import os; os.environ['SHELF_DIES'] = 'accepted'; {submit}"
    ended = run(program, tracker, '["a"]')
    assert ended.returncode == -9, ended.stderr
    with SessionManager(home=home) as manager:
        session = manager.open_job_session("nightly")
        jobs = session.get_jobs()
        added = jobs[10:]
        assert len(added) == (3 if "bulk" in submit else 1)
        if "bulk" not in submit:
            assert added[0].job_template == JobTemplate(remote_command="x", args=["a"])
        elif tracker == "shelf":
            array = session.get_job_array(added[0].job_id.partition(".")[0])
            assert array.jobs == added
            assert array.job_template == added[2].job_template == JobTemplate(remote_command="x", args=["a"])
        assert len(set(jobs)) == len(jobs)


CRASHES = """
import os, sys
from wflpy.sessions import SessionManager
from wflpy.store.joblog import DatabaseJobLog
from wflpy.drmaa2 import JobTemplate
import signal
session = SessionManager("shelf").create_job_session("nightly")
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
setattr(session.tracker, sys.argv[1], die)
setattr(DatabaseJobLog, sys.argv[1], die)
session.run_job(JobTemplate(remote_command="x"))
"""


@pytest.mark.parametrize(("step", "jobs"), [("intend", 0), ("submit", 0), ("accept", 1)])
def test_a_crash_at_any_step_of_a_submission_loses_and_invents_nothing(
    step: str, jobs: int, run: Run, home: Path
) -> None:
    assert run(CRASHES, step).returncode == -9
    with SessionManager(home=home) as manager:
        for _ in range(2):
            with manager.open_job_session("nightly") as session:
                assert len(session.get_jobs()) == jobs
                assert len(session.tracker.job_ids()) == jobs


REAP = """
from wflpy.sessions import SessionManager
with SessionManager() as manager:
    session = manager.open_job_session("nightly")
    for job in session.get_jobs()[:9]:
        job.reap()
"""


@every_tracker
def test_what_one_process_reaps_is_gone_for_all(tracker: str, run: Run, home: Path) -> None:
    ids = json.loads(run(SUBMIT, tracker, "[]").stdout)
    with SessionManager(home=home) as manager:
        session = manager.open_job_session("nightly")
        jobs = session.get_jobs()
        assert run(REAP).returncode == 0
        assert [job.job_id for job in session.get_jobs()] == ids[9:]
        with pytest.raises(InvalidArgumentException):
            _ = jobs[0].state
        with pytest.raises(InvalidArgumentException):
            _ = jobs[0].job_template


SHARE = """
import sys, threading
from wflpy.drmaa2 import JobTemplate
from wflpy.sessions import SessionManager
failures = []
left = []
def work(session):
    try:
        for number in range(10):
            job = session.run_job(JobTemplate(remote_command="x"))
            job.wait_terminated()
            session.get_jobs()
            if number % 2:
                job.reap()
            else:
                left.append(job.job_id)
    except Exception as error:
        failures.append(repr(error))
with SessionManager() as manager:
    threads = [threading.Thread(target=work, args=(manager.open_job_session("nightly"),)) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print(*left, *failures, sep="\\n")
sys.exit(bool(failures))
"""


@every_tracker
def test_processes_and_threads_share_a_session(tracker: str, run: Run, home: Path) -> None:
    with SessionManager(tracker, home=home) as manager:
        session = manager.create_job_session("nightly")
        with ThreadPoolExecutor(4) as pool:
            ended = list(pool.map(run, [SHARE] * 4))
        assert all(one.returncode == 0 for one in ended), "".join(one.stdout + one.stderr for one in ended)
        left = [job_id for one in ended for job_id in one.stdout.split()]
        assert len(left) == 60
        assert sorted(job.job_id for job in session.get_jobs()) == sorted(left)
        assert all(job.job_template == JobTemplate(remote_command="x") for job in session.get_jobs())


# A backend that forgets


@pytest.fixture
def forgetful(home: Path) -> SessionManager:
    """A session of two jobs whose backend has lost both, after the end of one of them was seen."""
    with SessionManager("fake", home=home) as manager:
        session = manager.create_job_session("nightly")
        held = session.run_job(JobTemplate(remote_command="held", submit_as_hold=True, job_name="held"))
        done = session.run_job(JobTemplate(remote_command="true", job_name="done"))
        session.wait_any_terminated([done])
        assert done.get_info().exit_status == 0
        session.wait_any_terminated([done])
        assert not held.state.is_terminated
    forget_all()
    with SessionManager("fake", home=home) as manager:
        # Ids are not used twice.
        manager.create_job_session("other").submit([JobTemplate(remote_command="true")] * 2)
    return SessionManager("fake", home=home)


def forget_all() -> None:
    FakeInstallation._installations.clear()  # pyright: ignore[reportPrivateUsage]  # as if the machine were new


def test_the_last_word_on_a_job_that_the_backend_forgot_is_kept(forgetful: SessionManager) -> None:
    with forgetful as manager:
        held, done = manager.open_job_session("nightly").get_jobs()
        assert done.state is JobState.DONE
        assert (done.info.exit_status, done.info.job_name) == (0, "done")
        done.wait_terminated()
        done.wait_started()
        assert held.get_state() == (JobState.UNDETERMINED, Cause.LOST)
        assert "knows this job no more" in str(held.info.annotation)
        assert (held.job_template.job_name, done.job_template.job_name) == ("held", "done")


def test_forgotten_jobs_take_part_in_everything(forgetful: SessionManager) -> None:
    with forgetful as manager:
        session = manager.open_job_session("nightly")
        held, done = session.get_jobs()
        new = session.run_job(JobTemplate(remote_command="true", job_name="new"))
        assert session.get_jobs(JobInfo(job_state=JobState.UNDETERMINED)) == [held]
        assert session.get_jobs(JobInfo(exit_status=0, job_name="done")) == [done]
        assert session.wait_any_terminated([held, done, new]) in (done, new)
        assert session.wait_any_terminated([held, new]) is new
        with pytest.raises(InvalidStateException):
            held.wait_terminated()
        with pytest.raises(InvalidStateException):
            session.wait_all_terminated([held, done])
        with pytest.raises(InvalidStateException):
            held.reap()
        done.reap()
        assert session.get_jobs() == [held, new]
        assert set(session.reap_many([held.job_id, new.job_id])) == {held.job_id}


def test_a_state_that_only_a_subscription_saw_is_kept_too(home: Path) -> None:
    with SessionManager("fake", home=home) as manager:
        session = manager.create_job_session("nightly")
        job = session.run_job(JobTemplate(remote_command="held", submit_as_hold=True))
        job.release()
        FakeInstallation.at("default").settle()
    forget_all()
    with SessionManager("fake", home=home) as manager:
        (job,) = manager.open_job_session("nightly").get_jobs()
        assert job.state is JobState.DONE
        assert job.info.exit_status == 0
