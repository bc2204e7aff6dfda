"""Job sessions: created, opened, closed, destroyed, and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from wflpy.drmaa2 import DrmaaCapability, InvalidArgumentException, InvalidSessionException, JobState
from wflpy.testing.contract.streams import HOSTILE_NAMES
from wflpy.testing.session_contract.chapter import SessionChapter
from wflpy.testing.session_contract.matrix import CALLS
from wflpy.testing.session_site import SESSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.sessions import JobSession
    from wflpy.testing.session_site import SessionSite

USES: Final[dict[str, Callable[[JobSession], object]]] = {
    "job_categories": lambda session: session.job_categories,
    "get_jobs": lambda session: session.get_jobs(),
    "get_job_array": lambda session: session.get_job_array("1"),
    # What is wrong with the arguments is not told: the session comes first (A20).
    "run_job": lambda session: session.run_job(_NOTHING),
    "run_bulk_jobs": lambda session: session.run_bulk_jobs(_NOTHING, 0, 0, 0),
    "wait_any_started": lambda session: session.wait_any_started([]),
    "wait_any_terminated": lambda session: session.wait_any_terminated([]),
    "close": lambda session: session.close(),
}
"""Every use of a session."""

_NOTHING: Any = None


class Sessions(SessionChapter):
    """The session manager (7.1) and what a session says of itself (8.2)."""

    def test_a_created_session_is_open_and_can_be_used(self, site: SessionSite) -> None:
        """7.1.6, 8.2.2"""
        session = site.manager.create_job_session("new")
        assert session.session_name == "new"
        assert session.get_jobs() == []
        session.run_job(site.template("exit", 0)).wait_terminated(site.soon)

    def test_a_name_that_is_taken_is_refused(self, site: SessionSite) -> None:
        """7.1.6"""
        site.manager.create_job_session("taken")
        for manager in (site.manager, site.another_manager()):
            with pytest.raises(InvalidArgumentException, match="taken") as refusal:
                manager.create_job_session("taken")
            assert refusal.value.attributes == ("sessionName",)

    def test_a_session_without_a_name_gets_a_unique_one(self, site: SessionSite) -> None:
        """7.1.6"""
        names = {site.manager.create_job_session().session_name for _ in range(3)}
        assert len(names) == 3
        assert names <= set(site.manager.get_job_session_names())

    @pytest.mark.parametrize("name", ["", "a/b", "a\\b", "a\0b", "x" * 201], ids=lambda name: repr(name)[:9])
    def test_a_name_that_cannot_be_one_is_refused(self, site: SessionSite, name: str) -> None:
        """7.1.6: not empty, no path separators, at most 200 characters (P11)."""
        with pytest.raises(InvalidArgumentException) as refusal:
            site.manager.create_job_session(name)
        assert refusal.value.attributes == ("sessionName",)

    @pytest.mark.parametrize("name", [*HOSTILE_NAMES, "x" * 200], ids=["quote", "unicode", "newline", "shell", "long"])
    def test_a_strange_name_is_a_name(self, site: SessionSite, name: str) -> None:
        """7.1.6"""
        session = site.manager.create_job_session(name)
        job = session.run_job(site.template("exit", 0, submit_as_hold=True))
        session.close()
        assert name in site.manager.get_job_session_names()
        assert site.manager.open_job_session(name).get_jobs() == [job]

    @pytest.mark.parametrize("use", ["open_job_session", "destroy_job_session"])
    def test_an_unknown_name_is_refused_and_said(self, site: SessionSite, use: str) -> None:
        """7.1.7, 7.1.10 (A19)"""
        with pytest.raises(InvalidArgumentException, match="no-such-session") as refusal:
            getattr(site.manager, use)("no-such-session")
        assert refusal.value.attributes == ("sessionName",)

    def test_every_listed_name_can_be_opened(self, site: SessionSite) -> None:
        """7.1.11"""
        for name in ("one", "two"):
            site.manager.create_job_session(name)
        names = site.another_manager().get_job_session_names()
        assert set(names) == {"one", "two"}
        for name in names:
            assert site.manager.open_job_session(name).session_name == name

    def test_a_closed_session_is_opened_again_with_its_jobs(self, site: SessionSite) -> None:
        """7.1.7, 7.1.9: what is known is kept until the session is destroyed (G25, P1, P2, P3)."""
        held, ended = site.held(job_name="held"), site.ended(7)
        array = site.bulk(1, 2, 1, "exit", 0, submit_as_hold=True)
        elements = array.jobs
        site.manager.close_job_session(site.session)
        again = site.manager.open_job_session(SESSION)
        assert again.get_jobs() == [held, ended, *elements]
        assert [job.state for job in again.get_jobs()[:2]] == [JobState.QUEUED_HELD, JobState.FAILED]
        assert again.get_jobs()[1].get_info().exit_status == 7
        assert again.get_job_array(array.job_array_id).jobs == elements
        assert again.get_jobs()[0].job_template == held.job_template

    def test_a_session_that_was_not_closed_is_found_by_another_program(self, site: SessionSite) -> None:
        """7.1.7: saved at every submission, so that a crash loses nothing (P2, P8)."""
        job = site.held()
        other = site.another_manager().open_job_session(SESSION)
        assert other.get_jobs() == [job]
        later = other.run_job(site.template("exit", 0, submit_as_hold=True))
        assert site.session.get_jobs() == [job, later]
        later.release()
        later.wait_terminated(site.soon)
        assert site.session.get_jobs()[1].state is JobState.DONE

    def test_what_one_program_reaps_is_gone_for_the_other(self, site: SessionSite) -> None:
        """7.1, 8.4.5: shared state is coordinated."""
        first, second = site.ended(), site.ended()
        other = site.another_manager().open_job_session(SESSION)
        other.get_jobs()[0].reap()
        assert site.session.get_jobs() == [second]
        with pytest.raises(InvalidArgumentException):
            first.get_info()

    def test_sessions_keep_their_jobs_apart(self, site: SessionSite) -> None:
        """7.1: several sessions may be open at once (G26)."""
        other = site.manager.create_job_session("other")
        mine, theirs = site.held(), other.run_job(site.template("exit", 0, submit_as_hold=True))
        assert site.session.get_jobs() == [mine]
        assert other.get_jobs() == [theirs]
        assert (mine.session_name, theirs.session_name) == (SESSION, "other")

    def test_an_open_session_may_be_opened_again_and_closed_alone(self, site: SessionSite) -> None:
        """7.1.7: a new handle that shares the state (A21)."""
        job = site.held()
        again = site.manager.open_job_session(SESSION)
        assert again.get_jobs() == [job]
        again.close()
        assert site.session.get_jobs() == [job]

    def test_closing_leaves_jobs_alone(self, site: SessionSite) -> None:
        """7.1.9"""
        job = site.running(status=5)
        site.session.close()
        with site.manager.open_job_session(SESSION) as again:
            (same,) = again.get_jobs()
            assert same == job
            assert same.state is JobState.RUNNING
            site.open_gates()
            assert site.end_of(same).exit_status == 5

    def test_a_second_close_is_an_invalid_session(self, site: SessionSite) -> None:
        """7.1.9 (A22)"""
        site.manager.close_job_session(site.session)
        with pytest.raises(InvalidSessionException, match=SESSION):
            site.manager.close_job_session(site.session)
        with pytest.raises(InvalidSessionException, match=SESSION):
            site.session.close()

    def test_leaving_a_block_closes_and_destroys_nothing(self, site: SessionSite) -> None:
        """7.1.9: silent after an explicit close (A22)."""
        with site.manager.create_job_session("block") as session:
            session.run_job(site.template("exit", 0, submit_as_hold=True))
        with pytest.raises(InvalidSessionException):
            session.get_jobs()
        with site.manager.open_job_session("block") as session:
            assert len(session.get_jobs()) == 1
            session.close()

    @pytest.mark.parametrize("use", USES)
    def test_a_closed_session_is_invalid_whatever_else_is_wrong(self, site: SessionSite, use: str) -> None:
        """7.1.9, chapter 6 (A20)"""
        site.session.close()
        with pytest.raises(InvalidSessionException, match=SESSION):
            USES[use](site.session)

    @pytest.mark.parametrize("use", USES)
    def test_a_destroyed_session_is_invalid_for_everything(self, site: SessionSite, use: str) -> None:
        """7.1.10"""
        assert site.session.session_name == SESSION
        site.another_manager().destroy_job_session(SESSION)
        with pytest.raises(InvalidSessionException, match=SESSION):
            USES[use](site.session)

    @pytest.mark.parametrize("operation", CALLS)
    def test_a_job_of_a_closed_session_knows_who_it_is_and_no_more(self, site: SessionSite, operation: Any) -> None:
        """7.1.9: jobId, sessionName and jobTemplate stay (P6, A23)."""
        template = site.template("exit", 0, job_name="some name", submit_as_hold=True)
        job = site.session.run_job(template)
        site.session.close()
        with pytest.raises(InvalidSessionException):
            CALLS[operation](job)
        assert job.job_id
        assert (job.session_name, job.job_template) == (SESSION, template)

    def test_a_destroyed_session_is_gone_and_its_jobs_go_on(self, site: SessionSite) -> None:
        """7.1.10"""
        site.needs_shared_files()
        first, second = site.gate("first"), site.gate("second")
        job = site.run("pass", first, second)
        first.await_job()
        site.manager.destroy_job_session(SESSION)
        assert site.manager.get_job_session_names() == []
        with pytest.raises(InvalidSessionException):
            job.get_state()
        with pytest.raises(InvalidArgumentException):
            site.manager.open_job_session(SESSION)
        first.open()
        second.await_job()

    def test_the_name_of_a_destroyed_session_is_free_and_the_new_one_empty(self, site: SessionSite) -> None:
        """7.1.10: the persistent state is removed."""
        site.ended()
        site.held()
        site.manager.destroy_job_session(SESSION)
        assert site.manager.create_job_session(SESSION).get_jobs() == []

    def test_the_contact_is_kept(self, site: SessionSite) -> None:
        """8.2.1: the default one if none was given (P9)."""
        assert site.session.contact
        assert site.session.contact.partition("://")[0] == site.harness.tracker.name
        assert site.another_manager().open_job_session(SESSION).contact == site.session.contact
        given = site.manager.create_job_session("given", site.harness.tracker.name)
        assert given.contact == site.harness.tracker.name

    def test_a_contact_that_means_nothing_is_refused(self, site: SessionSite) -> None:
        """7.1.6 (A31)"""
        with pytest.raises(InvalidArgumentException, match="no-such-tracker") as refusal:
            site.manager.create_job_session("new", "no-such-tracker")
        assert refusal.value.attributes == ("contact",)
        assert "new" not in site.manager.get_job_session_names()

    def test_what_the_manager_says_of_itself(self, site: SessionSite) -> None:
        """7.1.1 to 7.1.4: no version in the name, major version 2."""
        assert site.manager.drms_name
        assert site.manager.drms_version.major not in (None, "")
        assert "." not in (site.manager.drms_version.major or "")
        assert site.manager.drmaa_name
        assert site.manager.drmaa_version.major == "2"

    @pytest.mark.parametrize("capability", DrmaaCapability)
    def test_supports_says_what_the_tracker_declares(self, site: SessionSite, capability: DrmaaCapability) -> None:
        """7.1.5 (A30); TrackerContract and the other chapters prove that what is declared works."""
        declared = capability in site.harness.tracker.capabilities
        assert site.manager.supports(capability) is declared
        assert site.manager.supports(capability, site.harness.tracker.name) is declared
        assert site.session.supports(capability) is declared

    def test_supports_raises_nothing(self, site: SessionSite) -> None:
        """7.1.5"""
        unknown: Any = "TELEPORTATION"
        assert site.manager.supports(unknown) is False
        assert site.manager.supports(DrmaaCapability.CALLBACK, "no-such-tracker") is False

    def test_categories_are_a_list_of_names(self, site: SessionSite) -> None:
        """8.2.3"""
        assert all(isinstance(name, str) for name in site.session.job_categories)
