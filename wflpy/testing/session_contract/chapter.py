"""What the chapters of the suite about sessions have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wflpy.testing.contract.chapter import Suite, require_available
from wflpy.testing.session_site import SessionSite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wflpy.testing.harness import Harness


class SessionChapter(Suite):
    """The fixtures of every test."""

    @pytest.fixture
    def site(self, harness: Harness, tmp_path: Path) -> Iterator[SessionSite]:
        """A manager with an open session."""
        require_available(harness)
        site = SessionSite(harness, tmp_path)
        yield site
        site.leave()
