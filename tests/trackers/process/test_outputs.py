"""Output files that exist only if something is in them."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.trackers.process.keepers import KeeperProcess, Site, is_alive, until
from wflpy.drmaa2 import InvalidArgumentException, JobAction, JobState
from wflpy_trackers._local.loop import Loop
from wflpy_trackers._local.outputs import Outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAZY = {"process_lazy_output": "true"}


def run(site: Site, folder: Path, text: str, name: str = "out", **fields: Any) -> str:
    return site.run(text, output_path=str(folder / name), extensions=LAZY, working_directory=str(folder), **fields)


def test_a_file_that_would_be_empty_is_not_there(site: Site, hostile_path: Path, keeper: KeeperProcess) -> None:
    for number in range(20):
        job = run(site, hostile_path, "true", f"out{number}", error_path=f"err{number}")
        assert site.ended(job).exit_status == 0
        assert not (hostile_path / f"out{number}").exists()
    until(lambda: not list(hostile_path.iterdir()))


def test_without_the_extension_the_file_is_there(site: Site, tmp_path: Path) -> None:
    site.ended(site.run("true", output_path=str(tmp_path / "out"), extensions={"process_lazy_output": "false"}))
    site.ended(site.run("true", error_path=str(tmp_path / "err")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["err", "out"]


def test_what_was_written_is_there_when_the_job_has_ended(site: Site, hostile_path: Path) -> None:
    jobs = [run(site, hostile_path, f"test $(({n} % 2)) = 0 || echo {n}", f"out{n}") for n in range(40)]
    for number, job in enumerate(jobs):
        site.ended(job)
        out = hostile_path / f"out{number}"
        assert out.exists() is (number % 2 == 1)
        assert not out.exists() or out.read_text() == f"{number}\n"


def test_a_failing_job_keeps_its_output(site: Site, tmp_path: Path) -> None:
    info = site.ended(run(site, tmp_path, "echo why >&2; exit 3", error_path=str(tmp_path / "err")))
    assert (info.exit_status, (tmp_path / "err").read_text()) == (3, "why\n")


def test_output_is_appended_to_a_file_that_exists(site: Site, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("before\n")
    (tmp_path / "empty").touch()
    site.ended(run(site, tmp_path, "echo after", error_path="empty"))
    assert (tmp_path / "out").read_text() == "before\nafter\n"
    assert (tmp_path / "empty").exists()


def test_a_running_job_can_be_followed(site: Site, tmp_path: Path) -> None:
    run(site, tmp_path, "echo begun; while [ ! -e gate ]; do sleep 0.02; done; echo over", error_path="err")
    until(lambda: (tmp_path / "out").exists() and (tmp_path / "out").read_text() == "begun\n")
    # Also a file that is still empty.
    until(lambda: (tmp_path / "err").exists())
    (tmp_path / "gate").touch()
    until(lambda: (tmp_path / "out").read_text() == "begun\nover\n")
    until(lambda: not (tmp_path / "err").exists())
    until(lambda: sorted(path.name for path in tmp_path.iterdir()) == ["gate", "out"])


def test_what_a_job_left_running_writes_reaches_no_other_job(site: Site, tmp_path: Path) -> None:
    text = "(while [ ! -e gate ]; do sleep 0.02; done; echo late) &"
    site.ended(run(site, tmp_path, text, "first"))
    for number in range(10):
        site.ended(run(site, tmp_path, f"echo {number}", f"out{number}"))
    # Somebody holds it, so it is there although it is empty.
    until(lambda: (tmp_path / "first").exists())
    (tmp_path / "gate").touch()
    until(lambda: (tmp_path / "first").read_text() == "late\n")
    assert [(tmp_path / f"out{number}").read_text() for number in range(10)] == [f"{n}\n" for n in range(10)]


def test_a_file_that_appears_meanwhile_is_not_replaced(site: Site, tmp_path: Path) -> None:
    text = "echo mine; echo theirs >>out; while [ ! -e gate ]; do sleep 0.02; done; echo more"
    job = run(site, tmp_path, text)
    until(lambda: (tmp_path / "out").exists())
    (tmp_path / "gate").touch()
    site.ended(job)
    assert sorted((tmp_path / "out").read_text().split()) == ["mine", "more", "theirs"]


def test_one_path_for_both_streams(site: Site, tmp_path: Path) -> None:
    site.ended(run(site, tmp_path, "echo o; echo e >&2", error_path=str(tmp_path / "out")))
    assert (tmp_path / "out").read_text() == "o\ne\n"


def test_files_have_the_mode_of_their_submitter(open_site: Callable[..., Site], tmp_path: Path) -> None:
    sites: list[Site] = []
    for umask in (0o077, 0o022):
        before = os.umask(umask)
        try:
            sites.append(open_site(f"s{umask}"))
        finally:
            os.umask(before)
    for site in sites:
        site.ended(run(site, tmp_path, "true", "nothing"))
    for site, name in zip(sites, ("private", "shared"), strict=True):
        site.ended(run(site, tmp_path, "echo x", name))
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("private", "shared")] == [0o600, 0o644]


def test_the_next_keeper_names_what_the_killed_one_left(
    open_site: Callable[..., Site], keeper: KeeperProcess, tmp_path: Path
) -> None:
    site = open_site(slots=4)
    text = "echo $$ >pid; echo begun; while [ ! -e gate ]; do sleep 0.02; done; echo over"
    job = run(site, tmp_path, text)
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("\n"))
    keeper.kill()
    pid = int((tmp_path / "pid").read_text())
    (tmp_path / "gate").touch()
    until(lambda: not is_alive(pid))
    site.wait(job)
    assert (tmp_path / "out").read_text() == "begun\nover\n"
    until(lambda: sorted(path.name for path in tmp_path.iterdir()) == ["gate", "out", "pid"])


def test_spares_of_a_killed_keeper_are_removed(site: Site, keeper: KeeperProcess, tmp_path: Path) -> None:
    site.ended(run(site, tmp_path, "true"))
    spares = [path for path in tmp_path.iterdir() if path.name.startswith(".wflpy-")]
    keeper.kill()
    site.ended(site.run("true"))
    assert not any(path.exists() for path in spares)


def test_a_wrong_value_is_refused(site: Site) -> None:
    with pytest.raises(InvalidArgumentException, match="true or false, not 'yes'"):
        site.run("true", extensions={"process_lazy_output": "yes"})


def test_no_spare_is_used_that_somebody_wrote_to(tmp_path: Path) -> None:
    outputs = Outputs(Loop())
    descriptor, first = outputs.open(f"{tmp_path}/first", 0o022)
    assert first is not None
    assert first.spare is not None
    os.close(descriptor)
    outputs.ended([first])
    with open(first.spare, "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write("somebody was here")
    descriptor, second = outputs.open(f"{tmp_path}/second", 0o022)
    os.write(descriptor, b"second")
    os.close(descriptor)
    assert second is not None
    outputs.ended([second])
    outputs.close()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "first": "somebody was here",
        "second": "second",
    }


def test_where_files_cannot_be_linked_they_are_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_old: str, _new: str) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    outputs = Outputs(Loop())
    descriptor, output = outputs.open(f"{tmp_path}/out", 0o022)
    os.write(descriptor, b"text")
    os.close(descriptor)
    assert output is not None
    outputs.ended([output])
    outputs.close()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"out": "text"}


def test_a_terminated_job_keeps_what_it_wrote(site: Site, tmp_path: Path) -> None:
    job = run(site, tmp_path, "echo begun; kill -STOP $$")
    until(lambda: (tmp_path / "out").exists() and (tmp_path / "out").read_text())
    assert site.state(job) is JobState.RUNNING
    site.tracker.control(job, JobAction.TERMINATE)
    info = site.ended(job)
    assert info.terminating_signal == signal.Signals.SIGTERM.name
    assert (tmp_path / "out").read_text() == "begun\n"


@pytest.mark.parametrize("is_moved", [True, False], ids=["moved", "removed"])
def test_a_folder_that_is_made_anew_gets_the_output(site: Site, tmp_path: Path, is_moved: bool) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    site.ended(run(site, tmp_path, "true", "logs/one", error_path="logs/two"))
    # The spares are still there, or were until this moment.
    if is_moved:
        folder.rename(tmp_path / "old")
    else:
        shutil.rmtree(folder)
    folder.mkdir()
    site.ended(run(site, tmp_path, "echo x; echo y >&2", "logs/one", error_path="logs/two"))
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"one": "x\n", "two": "y\n"}
