"""The page about capabilities says what the trackers declare now."""

from __future__ import annotations

from tests.conformance.capability_page import COMMAND, PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"write it anew: {COMMAND}"


def test_every_member_is_described() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) > 20
    assert not [row for row in rows if row.rstrip("| ").endswith("`")]
