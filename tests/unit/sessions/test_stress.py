"""Processes and threads at once on one store: every job is accounted for once, and nobody meets a lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import JobState
from wflpy.sessions import SessionManager

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 5.0
PROCESSES = 4
THREADS = 4

WORKER = """
import json, os, random, sys, threading, time, traceback
from wflpy.drmaa2 import DrmaaException, InvalidArgumentException, InvalidStateException, JobAction, JobTemplate
from wflpy.sessions import SessionManager

number, threads, seconds, ended = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
KINDS = {
    "true": JobTemplate(remote_command="/bin/true"),
    "false": JobTemplate(remote_command="/bin/false"),
    "sleep": JobTemplate(remote_command="/bin/sleep", args=["0.03"]),
    "held": JobTemplate(remote_command="/bin/true", submit_as_hold=True),
}
told = {"submitted": [], "reaped": [], "own": 0, "destroyed": 0, "failures": []}
lock = threading.Lock()
manager = SessionManager("process")
common = manager.open_job_session("common")
end = time.monotonic() + seconds


def note(kind, job_id):
    with lock:
        told[kind].append(job_id)


def control(chance, jobs):
    for job in jobs:
        try:
            getattr(job, chance.choice([action.value for action in JobAction]))()
        except InvalidStateException:
            pass


def bring_to_end(session, jobs):
    for job in jobs:
        for action in ("resume", "release"):
            try:
                getattr(job, action)()
            except InvalidStateException:
                pass
    session.wait_all_terminated(jobs, 60)
    assert all(job.state.is_terminated and job.info.finish_time for job in jobs)


def reap_common(chance):
    # Whoever comes first reaps; everybody else is told that the job is unknown.
    names = os.listdir(ended)
    for name in chance.sample(names, min(4, len(names))):
        try:
            common.get_job(name).reap()
        except InvalidArgumentException:
            continue
        note("reaped", name)
        os.unlink(os.path.join(ended, name))


def in_common(chance):
    jobs = [common.run_job(KINDS[chance.choice(list(KINDS))]) for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.3:
        jobs += common.run_bulk_jobs(KINDS["true"], 1, 3).jobs
    for job in jobs:
        note("submitted", job.job_id)
    control(chance, jobs)
    bring_to_end(common, jobs)
    for job in jobs:
        with open(os.path.join(ended, job.job_id), "x"):
            pass


def on_its_own(chance, name):
    with manager.create_job_session(name) as own:
        jobs = [own.run_job(KINDS[chance.choice(list(KINDS))]) for _ in range(3)]
        control(chance, jobs)
        with manager.open_job_session(name) as again:
            assert set(again.get_jobs()) == set(jobs), (again.get_jobs(), jobs)
            bring_to_end(again, again.get_jobs())
        jobs.pop().reap()
        assert set(own.get_jobs()) == set(jobs)
    manager.destroy_job_session(name)
    assert name not in manager.get_job_session_names()
    with lock:
        told["own"] += 3
        told["destroyed"] += 1


def work(thread):
    chance = random.Random(number * 100 + thread)
    rounds = 0
    try:
        while time.monotonic() < end:
            rounds += 1
            if chance.random() < 0.6:
                in_common(chance)
            else:
                on_its_own(chance, f"own-{number}-{thread}-{rounds}")
            reap_common(chance)
    except Exception:
        note("failures", traceback.format_exc())


workers = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
manager.close()
print(json.dumps(told))
"""


@pytest.mark.slow
def test_processes_and_threads_account_for_every_job_once(home: Path, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    ended.mkdir()
    with SessionManager("process", home=home) as manager:
        common = manager.create_job_session("common")
        workers = [
            subprocess.Popen(
                [sys.executable, "-W", "error", "-c", WORKER, str(number), str(THREADS), str(SECONDS), str(ended)],
                env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for number in range(PROCESSES)
        ]  # fmt: skip
        answers = [worker.communicate(timeout=55) for worker in workers]
        assert [errors for _, errors in answers] == [""] * PROCESSES
        told: list[dict[str, Any]] = [json.loads(output) for output, _ in answers]
        assert [failure for one in told for failure in one["failures"]] == []
        submitted = [job_id for one in told for job_id in one["submitted"]]
        reaped = [job_id for one in told for job_id in one["reaped"]]
        left = common.get_jobs()
        assert Counter(submitted) == Counter((*reaped, *(job.job_id for job in left)))
        assert {job.state for job in left} <= {JobState.DONE, JobState.FAILED}
        assert len(submitted) > PROCESSES * THREADS
        assert sum(one["destroyed"] for one in told) > 0
        assert manager.get_job_session_names() == ["common"]
        for job in left:
            job.reap()
        assert common.get_jobs() == []
