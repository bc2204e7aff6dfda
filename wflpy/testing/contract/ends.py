"""How jobs end, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.drmaa2 import JobInfo, JobState
from wflpy.testing.contract.chapter import Chapter
from wflpy.tracker import Cause

if TYPE_CHECKING:
    from wflpy.testing.site import Site


def _failed(info: JobInfo, cause: Cause, *words: str) -> None:
    """A failure with this cause, and an annotation that names what it is about."""
    assert (info.job_state, info.job_sub_state) == (JobState.FAILED, cause), info
    annotation = info.annotation or ""
    assert all(word in annotation for word in words), f"{words} not in {annotation!r}"


class Ends(Chapter):
    """Exit status, signal, cause (5.5.3, 5.5.4, 5.5.7, 8.1)."""

    def test_exit_status_zero_is_done(self, site: Site) -> None:
        info = site.ended(site.submit("exit", 0))
        assert (info.job_state, info.job_sub_state, info.exit_status) == (JobState.DONE, None, 0)
        assert info.terminating_signal is None

    @pytest.mark.parametrize("status", [1, 3, 126, 255])
    def test_any_other_exit_status_is_failed_and_told(self, site: Site, status: int) -> None:
        info = site.ended(site.submit("exit", status))
        assert (info.job_state, info.job_sub_state, info.exit_status) == (JobState.FAILED, None, status)
        assert info.terminating_signal is None

    @pytest.mark.parametrize("signal", ["USR1", "KILL", "SEGV"])
    def test_a_signal_is_failed_and_named(self, site: Site, signal: str) -> None:
        info = site.ended(site.submit("kill", signal))
        assert (info.job_state, info.job_sub_state) == (JobState.FAILED, None)
        assert (info.terminating_signal, info.exit_status) == (f"SIG{signal}", None)

    def test_a_missing_program_fails_the_job_and_is_named(self, site: Site) -> None:
        program = f"{site.folder}/no-such-program"
        job = site.tracker.submit(site.harness.template(program, working_directory=str(site.folder)), site.key())
        _failed(site.ended(job), Cause.PROGRAM_NOT_FOUND, program)

    def test_a_missing_program_is_looked_for_in_the_path(self, site: Site) -> None:
        template = site.harness.template("no-such-program-anywhere", working_directory=str(site.folder))
        job = site.tracker.submit(template, site.key())
        _failed(site.ended(job), Cause.PROGRAM_NOT_FOUND, "no-such-program-anywhere")

    def test_a_file_that_is_no_program_fails_the_job(self, site: Site) -> None:
        site.needs_shared_files()
        program = site.folder / "not-executable"
        program.write_text("text")
        program.chmod(0o600)
        job = site.tracker.submit(site.harness.template(str(program), working_directory=str(site.folder)), site.key())
        _failed(site.ended(job), Cause.PROGRAM_NOT_EXECUTABLE, str(program))

    def test_a_missing_working_directory_fails_the_job(self, site: Site) -> None:
        """5.7.6"""
        missing = f"{site.folder}/missing"
        _failed(site.ended(site.submit("exit", 0, working_directory=missing)), Cause.WORKING_DIRECTORY, missing)

    def test_a_missing_input_file_fails_the_job(self, site: Site) -> None:
        """5.7.11"""
        missing = f"{site.folder}/missing"
        _failed(site.ended(site.submit("copy", input_path=missing)), Cause.INPUT_FILE, missing)

    @pytest.mark.parametrize("attribute", ["output_path", "error_path"])
    def test_an_output_file_that_cannot_be_written_fails_the_job(self, site: Site, attribute: str) -> None:
        """5.7.11"""
        path = f"{site.folder}/missing/file"
        _failed(site.ended(site.submit("exit", 0, **{attribute: path})), Cause.OUTPUT_FILE, path)

    def test_a_job_that_never_started_has_no_exit_status(self, site: Site) -> None:
        info = site.ended(site.submit("exit", 0, working_directory=f"{site.folder}/missing"))
        assert (info.exit_status, info.terminating_signal) == (None, None)
        assert info.finish_time is not None
