"""Every test gets a site of its own, and leaves no keeper and no job behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.trackers.process.keepers import KeeperProcess, Site
from wflpy.drmaa2 import FINAL_STATES, JobAction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def keeper(home: Path) -> Iterator[KeeperProcess]:
    """The keeper of this test, which is gone afterwards."""
    keeper = KeeperProcess(home)
    yield keeper
    keeper.stop()


@pytest.fixture
def open_site(home: Path, keeper: KeeperProcess) -> Iterator[Callable[..., Site]]:
    """Opens sessions; they are closed at the end, and all jobs of the keeper ended."""
    sites: list[Site] = []

    def open_one(session: str = "s", **options: Any) -> Site:
        sites.append(Site(home, session, **options))
        return sites[-1]

    yield open_one
    for site in sites:
        site.tracker.close()
    if sites and keeper.is_there():
        _end_jobs(Site(home, ""))


def _end_jobs(everything: Site) -> None:
    tracker = everything.tracker
    states = tracker.states(tracker.all_job_ids())
    live = [job for job, status in states.items() if status.state not in FINAL_STATES]
    tracker.control_many(live, JobAction.TERMINATE)
    for job in live:
        everything.wait(job)
    tracker.close()


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    """A session with four slots."""
    return open_site(slots=4)
