"""Every test gets a site of its own, and leaves no keeper and no job behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.trackers.process.keepers import KeeperProcess, Site
from wflpy.drmaa2 import JobAction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def keeper(home: Path) -> Iterator[KeeperProcess]:
    """The keeper of this test, which is gone afterwards."""
    home.mkdir(exist_ok=True)
    keeper = KeeperProcess(home)
    yield keeper
    keeper.stop()


@pytest.fixture
def open_site(home: Path, keeper: KeeperProcess) -> Iterator[Callable[..., Site]]:
    """Opens sessions; closed at the end, and their jobs ended."""
    sites: list[Site] = []

    def open_one(session: str = "s", **options: object) -> Site:
        sites.append(Site(home, session, **options))
        return sites[-1]

    yield open_one
    if sites:
        with_all = Site(home, "")
        live = [
            job
            for job, status in with_all.tracker.states(with_all.tracker.all_job_ids()).items()
            if not status.state.is_terminated
        ]
        with_all.tracker.control_many(live, JobAction.TERMINATE)
        for job in live:
            with_all.wait(job)
        with_all.tracker.close()
    for site in sites:
        site.tracker.close()
    assert keeper.folder.exists() or not sites


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    """A session with four slots."""
    return open_site(slots=4)
