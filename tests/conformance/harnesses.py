"""The harness of every tracker of this repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.conformance.fakes import FakeHarness, PlainFakeHarness
from tests.conformance.processes import ProcessHarness

if TYPE_CHECKING:
    from wflpy.testing import Harness

HARNESSES: Final[dict[str, type[Harness]]] = {
    "fake": FakeHarness,
    "plain-fake": PlainFakeHarness,
    "process": ProcessHarness,
}

PARAMETERS: Final = [pytest.param(name, marks=pytest.mark.tracker(name)) for name in HARNESSES]
"""One parameter of a fixture per tracker, marked as needing it."""
