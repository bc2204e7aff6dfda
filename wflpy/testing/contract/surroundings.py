"""What a job finds around it: arguments, folder, variables, placeholders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import HOME_DIRECTORY, WORKING_DIRECTORY, JobAction
from wflpy.testing.contract.chapter import Chapter
from wflpy.testing.contract.streams import HOSTILE_NAMES, hostile_folder

if TYPE_CHECKING:
    from wflpy.testing.site import Site


class Surroundings(Chapter):
    """args, jobEnvironment, workingDirectory (5.7.2, 5.7.5, 5.7.6), indirect variables (8.6)."""

    @pytest.fixture(autouse=True)
    def _shared_files(self, site: Site) -> None:
        site.needs_shared_files()

    def test_arguments_arrive_one_to_one(self, site: Site) -> None:
        words = ["", "a b", "*", "$HOME", "'", '"', "\\n", "ünïcode", "-n", "a\nb"]
        assert site.output("print", *words) == "".join(f"{word}\n" for word in words)

    @pytest.mark.parametrize("name", HOSTILE_NAMES, ids=["quote", "unicode", "newline", "shell"])
    def test_the_working_directory_is_that_of_the_template(self, site: Site, name: str) -> None:
        folder = hostile_folder(site, name)
        assert site.output("directory", working_directory=str(folder)) == f"{folder.resolve()}\n"

    @pytest.mark.parametrize("value", ["", "a b", *HOSTILE_NAMES])
    def test_variables_arrive_as_they_are(self, site: Site, value: str) -> None:
        assert site.output("variable", "SOME_NAME", job_environment={"SOME_NAME": value}) == value

    def test_a_job_knows_its_id(self, site: Site) -> None:
        out = site.folder / "out"
        job = site.submit("variable", "WFLPY_JOB_ID", output_path=str(out))
        site.done(job)
        assert out.read_text() == job

    @pytest.mark.parametrize("way", [("indirect", "DRMAA_JOB_ID"), ("variable", "JOB_ID")], ids=["indirect", "alias"])
    def test_a_job_finds_its_id_by_the_names_of_the_standard(self, site: Site, way: tuple[str, str]) -> None:
        out = site.folder / "out"
        job = site.submit(*way, output_path=str(out))
        site.done(job)
        assert out.read_text() == job

    @pytest.mark.parametrize("name", ["WFLPY_TASK_INDEX", "DRMAA_INDEX_VAR", "TASK_ID"])
    def test_a_job_outside_of_arrays_has_no_index(self, site: Site, name: str) -> None:
        assert site.output("variable", name) == "(unset)"

    @pytest.mark.parametrize("name", ["JOB_ID", "DRMAA_JOB_ID", "TASK_ID"])
    def test_variables_of_the_template_win_over_those_of_the_tracker(self, site: Site, name: str) -> None:
        assert site.output("variable", name, job_environment={name: "mine"}) == "mine"

    def test_placeholders_for_directories_are_resolved(self, site: Site) -> None:
        words = [HOME_DIRECTORY, f"{HOME_DIRECTORY}/a b", f"{WORKING_DIRECTORY}/c"]
        home = site.harness.home()
        assert site.output("print", *words) == f"{home}\n{home}/a b\n{site.folder}/c\n"

    def test_placeholders_stand_in_variables_and_paths(self, site: Site) -> None:
        fields = {
            "job_environment": {"PLACE": f"{WORKING_DIRECTORY}/x"},
            "output_path": f"{WORKING_DIRECTORY}/placed",
        }
        site.done(site.submit("variable", "PLACE", **fields))
        assert (site.folder / "placed").read_text() == f"{site.folder}/x"

    def test_what_is_submitted_is_not_touched_by_later_changes(self, site: Site) -> None:
        """1.3: templates are passed by value."""
        out = site.folder / "out"
        template = site.template("print", "before", output_path=str(out), submit_as_hold=True)
        job = site.tracker.submit(template, site.key())
        assert template.args is not None
        template.args[-1] = "after"
        template.output_path = "/nowhere"
        site.control(job, JobAction.RELEASE)
        site.done(job)
        assert out.read_text() == "before\n"
