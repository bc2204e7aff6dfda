"""The standard's manager as functions of a module."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import DrmaaCapability, InvalidSessionException, JobState, JobTemplate, Version
from wflpy.sessions import SessionManager, default

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    yield
    default.close()


STANDARD = {name for name in dir(SessionManager) if name[0] != "_" and name != "close"}


def test_there_is_a_function_for_every_operation_of_the_manager() -> None:
    functions = {name for name, value in vars(default).items() if inspect.isfunction(value) and name[0] != "_"}
    assert functions - {"default_manager", "close"} == STANDARD


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_a_function_takes_what_the_method_takes(name: str) -> None:
    method = inspect.getattr_static(SessionManager, name)
    function = getattr(default, name)
    assert function.__doc__
    if not isinstance(method, property):
        parameters = inspect.signature(method).parameters
        assert [str(one) for one in inspect.signature(function).parameters.values()] == [
            str(one) for one in parameters.values() if one.name != "self"
        ]


def test_sessions_live_through_the_functions() -> None:
    session = default.create_job_session("nightly", "fake")
    again = default.open_job_session("nightly")
    told: list[JobState | None] = []
    ended = threading.Event()

    def note(notification: object) -> None:
        told.append(notification.job_state)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        if told[-1] is JobState.DONE:
            ended.set()

    default.register_event_notification(note)
    job = session.run_job(JobTemplate(remote_command="true"))
    assert ended.wait(20)
    default.register_event_notification(None)
    assert again.get_jobs() == [job]
    assert default.get_job_session_names() == ["nightly"]
    default.close_job_session(again)
    monitoring = default.open_monitoring_session("fake")
    assert monitoring.get_all_jobs() == [job]
    default.close_monitoring_session(monitoring)
    default.destroy_job_session("nightly")
    assert default.get_job_session_names() == []
    with pytest.raises(InvalidSessionException):
        session.get_jobs()


def test_what_the_functions_say_of_the_implementation() -> None:
    assert default.drmaa_name() == "wflpy"
    assert default.drmaa_version() == Version("2", "2")
    assert default.supports(DrmaaCapability.CALLBACK, "fake")
    assert not default.supports(DrmaaCapability.JT_EMAIL, "fake")


def test_threads_share_one_manager() -> None:
    default._begin_anew()  # pyright: ignore[reportPrivateUsage]
    managers: list[SessionManager] = []
    threads = [threading.Thread(target=lambda: managers.append(default.default_manager())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(managers) == 8
    assert len(set(map(id, managers))) == 1


def test_a_closed_manager_can_be_used_again() -> None:
    session = default.create_job_session("nightly", "fake")
    default.close()
    with pytest.raises(InvalidSessionException):
        session.get_jobs()
    assert default.open_job_session("nightly").get_jobs() == []


def test_a_child_made_by_fork_has_a_manager_of_its_own() -> None:
    session = default.create_job_session("nightly", "fake")
    child = os.fork()
    if child == 0:
        try:
            names = default.get_job_session_names()
            default.close()
            os._exit(0 if names == ["nightly"] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert session.get_jobs() == []


PROGRAM = """
import threading
from wflpy.drmaa2 import JobTemplate
from wflpy.sessions import default
default.register_event_notification(print)
session = default.create_job_session("nightly", "keepingshelf")
print(len(session.get_jobs()), session.run_job(JobTemplate(remote_command="true")).job_id[:3])
"""


def test_the_manager_is_closed_at_the_end_of_the_program(shelves: None, home: Path) -> None:
    from tests.unit.sessions.conftest import PLUGIN

    program = PROGRAM.replace("default.register_event_notification(print)\n", "")
    environment = {**os.environ, "PYTHONPATH": str(PLUGIN)}
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", program],
        env=environment, capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "0 id-\n", "")
    # What was written in a group is there: the session was closed, not dropped.
    with SessionManager("keepingshelf", home=home) as manager:
        session = manager.open_job_session("nightly")
        assert len(session.get_jobs()) == 1
