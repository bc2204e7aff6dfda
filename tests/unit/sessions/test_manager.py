"""Sessions are created, opened, closed and destroyed; contacts, names, and what a manager says of itself."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

import pytest

from wflpy.drmaa2 import (
    DrmaaCapability,
    DrmCommunicationException,
    InvalidArgumentException,
    InvalidSessionException,
    JobTemplate,
    TrackerNotFound,
    UnsupportedOperationException,
    Version,
)
from wflpy.sessions import JobSession, SessionManager
from wflpy.store import MemoryStore
from wflpy.testing import FakeInstallation, FakeOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRUE = JobTemplate(remote_command="true")
HELD = JobTemplate(remote_command="held", submit_as_hold=True)


# Creating


def test_a_new_session_is_open(manager: SessionManager) -> None:
    session = manager.create_job_session("nightly")
    assert (session.session_name, session.contact, session.job_categories) == ("nightly", "fake://default", [])
    session.run_job(TRUE).wait_terminated()
    assert manager.get_job_session_names() == ["nightly"]


def test_a_session_without_a_name_gets_one_of_its_own(manager: SessionManager) -> None:
    names = [manager.create_job_session().session_name for _ in range(3)]
    assert len(set(names)) == 3
    assert manager.get_job_session_names() == names
    assert manager.open_job_session(names[0]).session_name == names[0]


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "a\0b", "x" * 201, 5, None.__class__], ids=str)
def test_a_wrong_name_is_refused(name: Any, manager: SessionManager) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        manager.create_job_session(name)
    assert caught.value.attributes == ("sessionName",)
    assert manager.get_job_session_names() == []


@pytest.mark.parametrize("name", ["a'; echo foo", "ünïcode 日本", "new\nline", "x" * 200, ".."])
def test_a_strange_name_is_a_name(name: str, manager: SessionManager, home: Path) -> None:
    job = manager.create_job_session(name).run_job(TRUE)
    with SessionManager("fake", home=home) as another:
        assert another.get_job_session_names() == [name]
        assert another.open_job_session(name).get_jobs() == [job]


def test_a_name_can_be_taken_once(manager: SessionManager) -> None:
    manager.create_job_session("nightly").close()
    with pytest.raises(InvalidArgumentException, match="there is a job session 'nightly' already, on the fake tracker"):
        manager.create_job_session("nightly")


def test_a_session_that_could_not_be_created_leaves_nothing(
    manager: SessionManager, installation: FakeInstallation
) -> None:
    installation.faults.unreachable = True
    with pytest.raises(DrmCommunicationException):
        manager.create_job_session("nightly")
    assert manager.get_job_session_names() == []
    installation.faults.unreachable = False
    manager.create_job_session("nightly")
    installation.faults.unreachable = True
    with pytest.raises(DrmCommunicationException):
        manager.open_job_session("nightly")


# Opening


def test_an_unknown_name_is_refused_with_those_there_are(manager: SessionManager) -> None:
    with pytest.raises(InvalidArgumentException, match="there is no job session 'nightly'; there are: none"):
        manager.open_job_session("nightly")
    for number in range(12):
        manager.create_job_session(f"weekly-{number}")
    with pytest.raises(InvalidArgumentException) as caught:
        manager.open_job_session("weekly-1O")
    assert "did you mean" in str(caught.value)
    assert "'weekly-9' and 2 more" in str(caught.value)
    assert caught.value.attributes == ("sessionName",)
    with pytest.raises(InvalidArgumentException, match="must be a string, not int"):
        manager.open_job_session(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_an_open_session_can_be_opened_again_and_closed_separately(manager: SessionManager) -> None:
    first = manager.create_job_session("nightly")
    second = manager.open_job_session("nightly")
    job = first.run_job(TRUE)
    first.close()
    assert second.get_jobs() == [job]
    assert second.get_job(job.job_id).state == 7


def test_a_manager_for_a_tracker_sees_the_sessions_of_that_tracker(
    shelves: None, manager: SessionManager, home: Path
) -> None:
    manager.create_job_session("nightly")
    with SessionManager("shelf", home=home) as shelf, SessionManager(home=home) as every:
        shelf.create_job_session("weekly")
        assert shelf.get_job_session_names() == ["weekly"]
        assert manager.get_job_session_names() == ["nightly"]
        assert every.get_job_session_names() == ["nightly", "weekly"]
        for refuse in (shelf.open_job_session, shelf.destroy_job_session):
            with pytest.raises(InvalidArgumentException, match=r"belongs to the fake tracker.*made for shelf.*'fake'"):
                refuse("nightly")
        with pytest.raises(InvalidArgumentException, match="already, on the fake tracker"):
            shelf.create_job_session("nightly")
        # Whoever asked for another tracker means that one too.
        third = shelf.create_job_session("third", contact="fake")
        assert third.tracker.name == "fake"
        assert shelf.get_job_session_names() == ["nightly", "weekly", "third"]
        assert shelf.open_job_session("nightly").session_name == "nightly"
        assert every.open_job_session("weekly").tracker.name == "shelf"


def test_options_are_remembered(home: Path) -> None:
    with SessionManager("fake", home=home, contact="site", slots="3", queues="a,b") as manager:
        assert manager.create_job_session("nightly").contact == "fake://site"
    with SessionManager(home=home) as manager:
        session = manager.open_job_session("nightly")
        assert session.contact == "fake://site"
        with pytest.raises(InvalidArgumentException):
            session.run_job(JobTemplate(remote_command="x", queue_name="c"))
        session.run_job(JobTemplate(remote_command="x", queue_name="b"))


def test_options_that_lead_elsewhere_are_refused(home: Path) -> None:
    with SessionManager(FakeOptions(contact="here"), home=home) as manager:
        manager.create_job_session("nightly")
    mistake = pytest.raises(InvalidArgumentException, match=r"created for fake://here.*lead to fake://there")
    with SessionManager(FakeOptions(contact="there"), home=home) as manager, mistake:
        manager.open_job_session("nightly")
    with SessionManager(FakeOptions(contact="here", grace=1.0), home=home) as manager:
        manager.open_job_session("nightly")


# Contacts and options


@pytest.mark.parametrize(
    ("contact", "known_as"),
    [(None, "fake://default"), ("fake", "fake"), ("fake://site", "fake://site")],
    ids=str,
)
def test_a_contact_is_kept(contact: str | None, known_as: str, manager: SessionManager, home: Path) -> None:
    session = manager.create_job_session("nightly", contact)
    assert session.contact == known_as
    assert session.tracker.contact == known_as.partition("://")[2] or "default"
    with SessionManager(home=home) as another:
        assert another.open_job_session("nightly").contact == known_as


@pytest.mark.parametrize("contact", ["nowhere", "nowhere://x", "", 5, "://x"], ids=str)
def test_an_unknown_contact_is_refused(contact: Any, manager: SessionManager) -> None:
    with pytest.raises(InvalidArgumentException) as caught:
        manager.create_job_session("nightly", contact)
    assert caught.value.attributes == ("contact",)
    with pytest.raises(InvalidArgumentException):
        manager.open_monitoring_session(contact)
    assert not manager.supports(DrmaaCapability.CALLBACK, contact)


def test_a_wrong_tracker_or_option_is_refused_at_once() -> None:
    with pytest.raises(TrackerNotFound, match=r'did you mean "fake"'):
        SessionManager("fakes")
    with pytest.raises(TrackerNotFound):
        SessionManager("")
    with pytest.raises(InvalidArgumentException, match=r'slotz is not an option.*"slots"'):
        SessionManager("fake", slotz=3)
    with pytest.raises(InvalidArgumentException, match="slots must be a whole number or none, not 'many'"):
        SessionManager("fake", slots="many")
    with pytest.raises(InvalidArgumentException, match="not the options of a tracker"):
        SessionManager(object())
    with pytest.raises(InvalidArgumentException, match="given twice, as FakeOptions and as keywords: slots"):
        SessionManager(FakeOptions(), slots=3)


def test_what_a_manager_says_of_itself(manager: SessionManager, installation: FakeInstallation) -> None:
    assert (manager.drms_name, manager.drms_version) == ("fake", Version("1", "0"))
    assert (manager.drmaa_name, manager.drmaa_version.major) == ("wflpy", "2")
    assert manager.supports(DrmaaCapability.JT_DEADLINE)
    assert not manager.supports(DrmaaCapability.JT_EMAIL)
    assert manager.supports(DrmaaCapability.JT_DEADLINE, "fake://other")
    nonsense: Any
    for nonsense in ("JT_DEADLINE", None, 99, [1]):
        assert not manager.supports(nonsense)
    session = manager.create_job_session()
    assert session.supports(DrmaaCapability.JT_DEADLINE)
    assert not session.supports(DrmaaCapability.JT_EMAIL)
    installation.faults.unreachable = True
    with pytest.raises(DrmCommunicationException):
        _ = manager.drms_name


# Closing


def test_a_second_close_is_refused(manager: SessionManager) -> None:
    session = manager.create_job_session("nightly")
    manager.close_job_session(session)
    for close in (session.close, lambda: manager.close_job_session(session)):
        with pytest.raises(InvalidSessionException, match="session 'nightly' is closed"):
            close()
    with pytest.raises(InvalidArgumentException):
        manager.close_job_session("nightly")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_leaving_a_block_closes_and_a_close_inside_does_no_harm(manager: SessionManager) -> None:
    with manager.create_job_session("nightly") as session:
        job = session.run_job(HELD)
    with pytest.raises(InvalidSessionException):
        session.get_jobs()
    with manager.open_job_session("nightly") as session:
        assert session.get_jobs() == [job]
        session.close()
    with pytest.raises(InvalidSessionException), session:
        pass


def test_leaving_the_block_of_a_manager_closes_its_sessions_and_leaves_the_jobs(home: Path) -> None:
    with SessionManager("fake", home=home) as manager:
        sessions = [manager.create_job_session(), manager.create_job_session()]
        job = sessions[0].run_job(HELD)
        monitoring = manager.open_monitoring_session()
    for ask in (sessions[0].get_jobs, sessions[1].get_jobs, monitoring.get_all_jobs):
        with pytest.raises(InvalidSessionException):
            ask()
    # It can be used again.
    again = manager.open_job_session(sessions[0].session_name)
    assert again.get_jobs() == [job]
    manager.close()
    manager.close()


def test_one_session_that_cannot_be_closed_does_not_keep_the_others_open(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = SessionManager("fake", home=home)
    sessions = [manager.create_job_session() for _ in range(3)]
    close = sessions[1].tracker.close

    def fail() -> None:
        close()
        raise DrmCommunicationException("gone")

    monkeypatch.setattr(sessions[1].tracker, "close", fail)
    with pytest.raises(DrmCommunicationException):
        manager.close()
    for session in sessions:
        with pytest.raises(InvalidSessionException):
            session.get_jobs()


# Destroying


def test_a_destroyed_session_is_gone_and_its_jobs_go_on(
    manager: SessionManager, installation: FakeInstallation
) -> None:
    session = manager.create_job_session("nightly")
    again = manager.open_job_session("nightly")
    held, done = session.run_job(HELD), session.run_job(TRUE)
    session.wait_any_terminated([done])
    found = again.get_job(done.job_id)
    manager.destroy_job_session("nightly")
    assert manager.get_job_session_names() == []
    assert installation.job_ids() == [held.job_id]
    for ask in (session.get_jobs, again.get_jobs, lambda: held.state, session.close, lambda: found.job_template):
        with pytest.raises(InvalidSessionException, match="destroyed"):
            ask()
    assert held.session_name == "nightly"
    with pytest.raises(InvalidArgumentException):
        manager.open_job_session("nightly")


def test_a_handle_elsewhere_learns_of_the_destruction_when_it_is_used(home: Path, manager: SessionManager) -> None:
    session = manager.create_job_session("nightly")
    with SessionManager("fake", home=home) as another:
        another.destroy_job_session("nightly")
    for use in (lambda: session.run_job(TRUE), session.get_jobs, lambda: session.submit([TRUE]), session.close):
        with pytest.raises(InvalidSessionException, match="destroyed"):
            use()


def test_leaving_the_block_of_a_session_that_was_destroyed_elsewhere_does_no_harm(shelves: None, home: Path) -> None:
    with SessionManager("keepingshelf", home=home) as manager:
        with manager.create_job_session("nightly") as session:
            job = session.run_job(TRUE)
            with SessionManager(home=home) as another:
                another.destroy_job_session("nightly")
        with pytest.raises(InvalidSessionException):
            _ = job.state


def test_an_unknown_session_cannot_be_destroyed(manager: SessionManager) -> None:
    with pytest.raises(InvalidArgumentException, match="there is no job session"):
        manager.destroy_job_session("nightly")


def test_jobs_of_a_destroyed_session_do_not_turn_up_in_a_new_one_of_its_name(manager: SessionManager) -> None:
    for _ in range(3):
        session = manager.create_job_session("nightly")
        assert session.get_jobs() == []
        session.run_job(HELD)
        manager.destroy_job_session("nightly")


def test_a_session_can_be_destroyed_though_its_backend_is_gone(
    manager: SessionManager, installation: FakeInstallation, caplog: pytest.LogCaptureFixture
) -> None:
    manager.create_job_session("nightly")
    installation.faults.unreachable = True
    with caplog.at_level(logging.WARNING, "wflpy.sessions"):
        manager.destroy_job_session("nightly")
    assert manager.get_job_session_names() == []
    assert "could not drop its records: the fake installation is unreachable" in caplog.text


# Beyond job sessions


RESERVATIONS: list[Callable[[SessionManager], object]] = [
    lambda manager: manager.create_reservation_session("x"),
    lambda manager: manager.open_reservation_session("x"),
    lambda manager: manager.close_reservation_session(None),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    lambda manager: manager.destroy_reservation_session("x"),
    lambda manager: manager.get_reservation_session_names(),
    lambda manager: manager.open_monitoring_session().get_all_reservations(),
]


@pytest.mark.parametrize("operation", range(len(RESERVATIONS)))
def test_there_are_no_reservations(operation: int, manager: SessionManager) -> None:
    with pytest.raises(UnsupportedOperationException, match=r"no advance reservations on the fake tracker"):
        RESERVATIONS[operation](manager)


def test_monitoring_shows_jobs_queues_and_machines(manager: SessionManager) -> None:
    job = manager.create_job_session("nightly").run_job(TRUE)
    with manager.open_monitoring_session() as monitoring:
        (seen,) = monitoring.get_all_jobs()
        assert seen == job
        assert seen.session_name is None
        assert "from outside" in repr(seen)
        assert [queue.name for queue in monitoring.get_all_queues()] == ["default"]
        assert monitoring.get_all_queues(["other"]) == monitoring.get_all_queues([]) == []
        assert monitoring.get_all_queues(["default", "other"]) == monitoring.get_all_queues()
        (machine,) = monitoring.get_all_machines()
        assert monitoring.get_all_machines([str(machine.name)]) == [machine]
        assert monitoring.get_all_machines(["other"]) == []
    with pytest.raises(InvalidSessionException, match="the monitoring session is closed"):
        monitoring.get_all_jobs()
    with pytest.raises(InvalidSessionException):
        manager.close_monitoring_session(monitoring)


def test_a_tracker_that_sees_nothing_cannot_be_monitored(shelves: None) -> None:
    with SessionManager("shelf") as manager, pytest.raises(UnsupportedOperationException, match="cannot be monitored"):
        manager.open_monitoring_session()


# Where sessions are


def test_a_tracker_may_take_its_installation_from_the_contact_under_another_name(shelves: None) -> None:
    with SessionManager() as manager:
        session = manager.create_job_session("nightly", "keepingshelf://other/shelf")
        assert session.tracker.contact == "other/shelf"
        assert session.contact == "keepingshelf://other/shelf"
        with pytest.raises(InvalidArgumentException, match=r"takes no installation in its contact.*options instead"):
            manager.create_job_session("other", "shelf://other/shelf")


def test_jobs_are_kept_in_the_home_of_their_sessions(shelves: None, tmp_path: Path, home: Path) -> None:
    with SessionManager("keepingshelf", home=tmp_path / "there") as manager:
        manager.create_job_session("nightly").run_job(TRUE)
    assert len(list((tmp_path / "there" / "shelf" / "nightly").iterdir())) == 1
    # Sessions and jobs move together, and the default home is no other place when it is named.
    (tmp_path / "there").rename(tmp_path / "moved")
    with SessionManager("keepingshelf", home=tmp_path / "moved") as manager:
        assert len(manager.open_job_session("nightly").get_jobs()) == 1
    with SessionManager("keepingshelf", home=home) as named, SessionManager("keepingshelf") as default:
        job = named.create_job_session("nightly").run_job(TRUE)
        assert default.open_job_session("nightly").get_jobs() == [job]


def test_sessions_are_where_the_home_is(tmp_path: Path, home: Path) -> None:
    with SessionManager("fake") as manager:
        manager.create_job_session("here")
    with SessionManager("fake", home=tmp_path / "a'; echo foo\n" / "ü") as manager:
        manager.create_job_session("there")
        assert manager.get_job_session_names() == ["there"]
    assert (home / "sessions.db").is_file()
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_store_can_be_lent() -> None:
    store = MemoryStore()
    with SessionManager("fake", store=store) as manager:
        job = manager.create_job_session("nightly").run_job(TRUE)
    with SessionManager("fake", store=store) as manager:
        assert manager.open_job_session("nightly").get_jobs() == [job]


def test_sessions_do_not_survive_a_fork(manager: SessionManager) -> None:
    session = manager.create_job_session("nightly")
    job = session.run_job(TRUE)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        answers: list[str] = []
        for ask in (session.get_jobs, session.close, lambda: job.state, manager.get_job_session_names):
            try:
                ask()
            except InvalidSessionException as refusal:
                answers.append(str(refusal))
        os.write(write, "\n".join(answers).encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as answers_of_child:
        answers = answers_of_child.read().splitlines()
    assert len(answers) == 4
    assert "belongs to the process that forked this one" in answers[0]
    assert session.get_jobs() == [job]
    assert isinstance(session, JobSession)
