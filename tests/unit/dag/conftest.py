"""What the tests of plans and runs stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.dag.world import World, a_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path, home: Path) -> Iterator[World]:
    """A fake installation where every command without a script succeeds at once."""
    with a_world(tmp_path, home) as one:
        yield one
