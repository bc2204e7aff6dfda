"""What the chapters of the suite have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.testing.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wflpy.testing.harness import Harness


class Chapter:
    """The fixtures of every test."""

    @pytest.fixture
    def harness(self) -> Harness:
        """The tracker under test."""
        raise pytest.UsageError(f"{type(self).__name__} has no fixture `harness`")

    @pytest.fixture
    def site(self, harness: Harness, tmp_path: Path) -> Iterator[Site]:
        """The folder of this test with an opened tracker; skips the test where that cannot be had."""
        reason = harness.unavailable()
        if reason is not None:
            pytest.skip(f"not available here: {reason}")
        site = Site(harness, tmp_path)
        yield site
        site.leave()
