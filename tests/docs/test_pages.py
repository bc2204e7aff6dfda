"""Every code block of the README and the docs is executed, validated or named where it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.chains import chains, check
from tests.docs.fences import Block, blocks, pages

if TYPE_CHECKING:
    from pathlib import Path

ALL = [chain for page in pages() for chain in chains(blocks(page))]


@pytest.mark.parametrize("chain", ALL, ids=[str(chain[0]) for chain in ALL])
def test_chain(chain: list[Block], tmp_path: Path) -> None:
    check(chain, tmp_path)
