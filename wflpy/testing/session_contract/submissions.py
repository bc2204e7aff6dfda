"""Submitting single jobs: what is taken, what is refused, and how that is told."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from wflpy.drmaa2 import (
    HOME_DIRECTORY,
    NOW,
    PARAMETRIC_INDEX,
    WORKING_DIRECTORY,
    DrmaaCapability,
    DrmaaException,
    InvalidArgumentException,
    JobState,
    JobTemplate,
    UnsupportedAttributeException,
)
from wflpy.testing.contract.refusals import OPTIONAL
from wflpy.testing.session_contract.chapter import SessionChapter
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from wflpy.testing.session_site import SessionSite

WRONG: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "no command": ({"remote_command": None}, "remoteCommand"),
    "empty command": ({"remote_command": ""}, "remoteCommand"),
    "NUL in an argument": ({"args": ["a\0b"]}, "args"),
    "a number among the arguments": ({"args": [1]}, "args"),
    "variable without a name": ({"job_environment": {"": "x"}}, "jobEnvironment"),
    "variable with =": ({"job_environment": {"a=b": "x"}}, "jobEnvironment"),
    "relative directory": ({"working_directory": "below"}, "workingDirectory"),
    "directory below itself": ({"working_directory": WORKING_DIRECTORY}, "workingDirectory"),
    "no slots": ({"min_slots": 0}, "minSlots"),
    "negative memory": ({"min_phys_memory": -1}, "minPhysMemory"),
    "time without a zone": ({"start_time": datetime(2030, 1, 1)}, "startTime"),  # noqa: DTZ001  that is what is wrong
    "unknown queue": ({"queue_name": "no-such-queue"}, "queueName"),
    "unknown reservation": ({"reservation_id": "no-such-reservation"}, "reservationId"),
    "unknown machine": ({"candidate_machines": ["no-such-machine"]}, "candidateMachines"),
    "more memory than there is": ({"min_phys_memory": 2**50}, "minPhysMemory"),
    "unknown limit": ({"resource_limits": {"NO_SUCH_LIMIT": "1"}}, "resourceLimits[NO_SUCH_LIMIT]"),
    "limit that is no number": ({"resource_limits": {"WALLCLOCK_TIME": "soon"}}, "resourceLimits[WALLCLOCK_TIME]"),
    "unknown extension": ({"extensions": {"nosuchtracker_key": "x"}}, "extensions[nosuchtracker_key]"),
    "placeholder in the middle": ({"output_path": f"/tmp/{HOME_DIRECTORY}"}, "outputPath"),  # noqa: S108  never made
    "placeholder where there is none": ({"queue_name": PARAMETRIC_INDEX}, "queueName"),
}
"""What is wrong -> the fields, and the attribute at fault."""


class Submissions(SessionChapter):
    """runJob (8.2.6), JobTemplate (5.7), chapter 6."""

    def test_a_submitted_job_is_known_at_once(self, site: SessionSite) -> None:
        """8.2.6: persisted, with a state, when the call returns."""
        job = site.run("exit", 0, submit_as_hold=True)
        assert job.state is JobState.QUEUED_HELD
        assert site.session.get_jobs() == [job]
        (same,) = site.another_manager().open_job_session(site.session.session_name).get_jobs()
        assert (same.job_id, same.state) == (job.job_id, JobState.QUEUED_HELD)

    def test_nothing_but_a_command_is_needed(self, site: SessionSite) -> None:
        """5.7: any other attribute may be unset; an unset truth is false (G5, G15)."""
        template = site.harness.template("true")
        template.args = template.args or None
        if template.remote_command == "true":
            site.end_of(site.session.run_job(template))

    @pytest.mark.parametrize("wrong", WRONG)
    def test_a_wrong_template_is_refused_and_the_attribute_named(self, site: SessionSite, wrong: str) -> None:
        """8.2.6, chapter 6: in the text and as data; nothing is submitted.

        5.7.1, 5.7.2, 5.7.5, 5.7.6, 5.7.11, 5.7.13, 5.7.14, 5.7.15, 5.7.18, 5.7.19, 5.7.22, 5.7.25 (A12, A15, A27, A28,
        G20, G21)
        """
        fields, attribute = WRONG[wrong]
        template = site.template("exit", 0)
        for name, value in fields.items():
            setattr(template, name, value)
        with pytest.raises(InvalidArgumentException) as refusal:
            site.session.run_job(template)
        assert refusal.value.attributes == (attribute,)
        assert attribute.removeprefix("extensions[").rstrip("]") in str(refusal.value)
        assert site.session.get_jobs() == []

    def test_every_wrong_attribute_is_named(self, site: SessionSite) -> None:
        """Chapter 6: the text names the attributes."""
        with pytest.raises(InvalidArgumentException) as refusal:
            site.run("exit", 0, min_slots=0, working_directory="below")
        assert set(refusal.value.attributes) == {"minSlots", "workingDirectory"}

    def test_what_is_no_template_is_refused(self, site: SessionSite) -> None:
        """8.2.6"""
        nothing: Any = {"remoteCommand": "true"}
        with pytest.raises(InvalidArgumentException):
            site.session.run_job(nothing)

    @pytest.mark.parametrize("attribute", OPTIONAL)
    def test_an_optional_attribute_works_or_is_unsupported(self, site: SessionSite, attribute: str) -> None:
        """5.7: set but unsupported fails at the submission; supports() says which.

        5.7.8, 5.7.9, 5.7.16, 5.7.23, 5.7.24, 5.7.26 (G16, G17, G22)
        """
        capability, value = OPTIONAL[attribute]
        if value is None:
            value = site.harness.now() + timedelta(hours=1)
        template = site.template("exit", 0, submit_as_hold=True, **{attribute: value})
        if site.manager.supports(capability):
            assert getattr(site.session.run_job(template).job_template, attribute) == value
            return
        with pytest.raises(UnsupportedAttributeException) as refusal:
            site.session.run_job(template)
        (named,) = refusal.value.attributes
        assert named in str(refusal.value)
        assert named.lower() == attribute.replace("_", "")
        assert site.session.get_jobs() == []

    def test_an_unknown_category_is_refused(self, site: SessionSite) -> None:
        """5.7.7, 8.2.3; not where any image is one."""
        if site.has(Ability.IMAGES):
            pytest.skip(f"any image is a category of {site.harness.name}")
        with pytest.raises(InvalidArgumentException, match="no-such-category") as refusal:
            site.run("exit", 0, job_category="no-such-category")
        assert refusal.value.attributes == ("jobCategory",)

    def test_max_slots_are_not_below_min_slots(self, site: SessionSite) -> None:
        """5.7.16"""
        site.needs(DrmaaCapability.JT_MAXSLOTS)
        with pytest.raises(InvalidArgumentException) as refusal:
            site.run("exit", 0, min_slots=2, max_slots=1)
        assert refusal.value.attributes == ("maxSlots",)

    def test_a_deadline_in_the_past_is_refused(self, site: SessionSite) -> None:
        """5.7.23 (A26)"""
        site.needs(DrmaaCapability.JT_DEADLINE)
        with pytest.raises(InvalidArgumentException) as refusal:
            site.run("exit", 0, deadline_time=site.harness.now() - timedelta(days=1))
        assert refusal.value.attributes == ("deadlineTime",)

    def test_a_job_may_be_submitted_again_from_its_own_template(self, site: SessionSite) -> None:
        """8.4.3: equal to the submitted one; 5.7.4, 5.7.10, 5.7.17: what may have no effect is taken."""
        fields: dict[str, Any] = {"job_name": "n", "priority": 1, "rerunnable": False, "min_slots": 1}
        first = site.held(**fields)
        second = site.session.run_job(first.job_template)
        assert second != first
        assert second.job_template == first.job_template

    def test_a_template_is_passed_by_value(self, site: SessionSite) -> None:
        """1.3, 8.4.3: neither later changes of it nor of what is given back have an effect (A16, G4)."""
        template = site.template("exit", 0, submit_as_hold=True, job_environment={"A": "b"})
        kept = template.copy()
        job = site.session.run_job(template)
        assert template == kept
        assert template.args is not None
        template.args.append("more")
        template.job_environment = {}
        given = job.job_template
        assert given == kept
        given.args = None
        assert given.job_environment is not None
        given.job_environment["A"] = "changed"
        assert job.job_template == kept
        (again,) = site.another_manager().open_job_session(site.session.session_name).get_jobs()
        assert again.job_template == kept

    def test_templates_of_job_and_array_show_nothing_the_library_added(self, site: SessionSite) -> None:
        """8.6: the variables by which a job learns who it is are not seen in it (I5)."""
        job = site.held()
        array = site.bulk(1, 2, 1, "exit", 0, submit_as_hold=True)
        for environment in (job.job_template.job_environment, array.job_template.job_environment):
            assert not environment

    def test_an_array_placeholder_is_zero_in_a_single_job(self, site: SessionSite) -> None:
        """2.2: 0 is no index of an array (A17)."""
        site.needs_shared_files()
        out = site.folder / "out.0"
        job = site.run("print", PARAMETRIC_INDEX, output_path=f"{site.folder}/out.{PARAMETRIC_INDEX}")
        site.end_of(job)
        assert out.read_text() == "0\n"

    @pytest.mark.parametrize("start", ["past", "now"])
    def test_a_start_time_that_is_not_to_come_starts_at_once(self, site: SessionSite, start: str) -> None:
        """5.7.22"""
        time = NOW if start == "now" else site.harness.now() - timedelta(days=1)
        assert site.end_of(site.run("exit", 0, start_time=time)).job_state is JobState.DONE

    def test_the_default_queue_is_used_without_a_name(self, site: SessionSite) -> None:
        """5.7.14: where there are queues, the job has one; where there are none it has none."""
        info = site.ended().get_info()
        assert bool(info.queue_name) is site.has(Ability.QUEUES)

    @pytest.mark.parametrize("held", [False, True], ids=["free", "held"])
    def test_unsupported_comes_before_invalid_state_and_never_after_it(self, site: SessionSite, held: bool) -> None:
        """Chapter 6 (A20)"""
        wrong: Any = {} if site.has(DrmaaCapability.JT_EMAIL) else {"email": ["a@b.example"]}
        template = site.template("exit", 0, submit_as_hold=held, queue_name="no-such-queue", **wrong)
        expected = UnsupportedAttributeException if wrong else InvalidArgumentException
        with pytest.raises(expected):
            site.session.run_job(template)

    def test_a_refusal_can_be_sent_to_another_process(self, site: SessionSite) -> None:
        """Chapter 6: the text and all that belongs to it survive pickling."""
        with pytest.raises(DrmaaException) as refusal:
            site.run("exit", 0, queue_name="no-such-queue")
        copy = pickle.loads(pickle.dumps(refusal.value))  # noqa: S301  our own
        assert type(copy) is type(refusal.value)
        assert str(copy) == str(refusal.value)
        assert (copy.attributes, copy.tracker) == (refusal.value.attributes, refusal.value.tracker)
        assert copy.tracker == site.harness.tracker.name

    def test_each_of_many_templates_has_its_own_answer(self, site: SessionSite) -> None:
        """8.2.6, for several jobs at once (beyond the standard)."""
        good, bad = site.template("exit", 0), site.template("exit", 0, queue_name="no-such-queue")
        first, refusal, last = site.session.submit([good, bad, JobTemplate()])
        assert not isinstance(first, DrmaaException)
        assert isinstance(refusal, InvalidArgumentException)
        assert isinstance(last, InvalidArgumentException)
        assert site.session.get_jobs() == [first]
