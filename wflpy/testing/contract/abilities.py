"""What some trackers can do besides: seeing everything, giving back templates, reading output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import PARAMETRIC_INDEX, InvalidArgumentException
from wflpy.testing.contract.chapter import Chapter
from wflpy.tracker import Ability, Monitor, OutputReader, Reserver, TemplateKeeper

if TYPE_CHECKING:
    from wflpy.testing.site import Site

INTERFACES = {
    Ability.MONITOR: Monitor,
    Ability.RESERVE: Reserver,
    Ability.TEMPLATES: TemplateKeeper,
    Ability.OUTPUT: OutputReader,
}


class Abilities(Chapter):
    """Optional interfaces, asked for with isinstance; an ability is declared by whoever has it."""

    @pytest.mark.parametrize("ability", INTERFACES)
    def test_an_ability_is_declared_by_whoever_has_it(self, site: Site, ability: Ability) -> None:
        assert (ability in site.tracker.abilities) is isinstance(site.tracker, INTERFACES[ability])

    def test_a_monitor_sees_the_jobs_of_every_session(self, site: Site) -> None:
        """10.1.2"""
        site.needs(Ability.MONITOR)
        mine = site.submit("exit", 0)
        theirs = site.open("another").submit(site.template("exit", 0), site.key())
        assert isinstance(site.tracker, Monitor)
        assert {mine, theirs} <= set(site.tracker.all_job_ids())

    def test_a_monitor_tells_of_every_job_it_shows(self, site: Site) -> None:
        """10.1.2"""
        site.needs(Ability.MONITOR)
        other = site.open("another")
        theirs = other.submit(site.template("exit", 0, job_name="theirs", submit_as_hold=True), site.key())
        assert site.tracker.info(theirs).job_name == "theirs"
        assert site.tracker.infos([theirs])[theirs] == other.info(theirs)

    def test_a_monitor_names_queues_and_machines(self, site: Site) -> None:
        """5.1, 5.3, 10.1.3, 10.1.4"""
        site.needs(Ability.MONITOR)
        assert isinstance(site.tracker, Monitor)
        queues = [queue.name for queue in site.tracker.all_queues()]
        assert bool(queues) is (Ability.QUEUES in site.tracker.abilities)
        for name in queues:
            site.done(site.submit("exit", 0, queue_name=name))
        machines = {machine.name: machine for machine in site.tracker.all_machines()}
        assert machines
        for machine in machines.values():
            assert (machine.sockets or 0) > 0
            assert (machine.cores_per_socket or 0) > 0
            assert (machine.threads_per_core or 0) > 0
        used = site.done(site.submit("exit", 0)).allocated_machines or []
        assert {slot.machine_name for slot in used} <= set(machines)

    def test_a_template_is_given_back_as_it_was_submitted(self, site: Site) -> None:
        """8.4.3"""
        site.needs(Ability.TEMPLATES)
        template = site.template("print", "a'b\n", "ü", submit_as_hold=True, job_environment={"A": "b"}, priority=3)
        job = site.tracker.submit(template, site.key())
        assert isinstance(site.tracker, TemplateKeeper)
        given = site.tracker.template(job)
        assert given == template
        given.args = ["changed"]
        assert site.tracker.template(job) == template

    def test_the_template_of_an_array_has_its_placeholders(self, site: Site) -> None:
        """8.5.4"""
        site.needs(Ability.TEMPLATES)
        template = site.template("print", f"x{PARAMETRIC_INDEX}", submit_as_hold=True)
        array = site.tracker.submit_array(template, range(1, 3), None, site.key())
        assert isinstance(site.tracker, TemplateKeeper)
        assert site.tracker.template(array) == template
        with pytest.raises(InvalidArgumentException):
            site.tracker.template("no-such-job")

    def test_output_can_be_read_without_a_file(self, site: Site) -> None:
        site.needs(Ability.OUTPUT)
        assert isinstance(site.tracker, OutputReader)
        job = site.submit("print_both", "one", "two", "three")
        site.done(job)
        assert site.tracker.output(job) == "one\nthree\n"
        assert site.tracker.output(job, "stderr") == "two\n"
