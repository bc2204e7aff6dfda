"""What the chapters of the suites have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.testing.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wflpy.testing.harness import Harness


class Suite:
    """What the author of a tracker defines."""

    @pytest.fixture
    def harness(self) -> Harness:
        """The tracker under test."""
        raise pytest.UsageError(f"{type(self).__name__} has no fixture `harness`")


def require_available(harness: Harness) -> None:
    """Skip the test where the tracker cannot be had."""
    reason = harness.unavailable()
    if reason is not None:
        pytest.skip(f"not available here: {reason}")


class Chapter(Suite):
    """The fixtures of every test."""

    @pytest.fixture
    def site(self, harness: Harness, tmp_path: Path) -> Iterator[Site]:
        """The folder of this test with an opened tracker."""
        require_available(harness)
        site = Site(harness, tmp_path)
        yield site
        site.leave()
