"""The conformance suite on every tracker of this repository."""

from __future__ import annotations

import pytest

from tests.conformance.fakes import FakeHarness, PlainFakeHarness
from tests.conformance.processes import ProcessHarness
from wflpy.testing import Harness, TrackerContract

HARNESSES: dict[str, type[Harness]] = {"fake": FakeHarness, "plain-fake": PlainFakeHarness, "process": ProcessHarness}


class TestTrackers(TrackerContract):
    @pytest.fixture(params=[pytest.param(name, marks=pytest.mark.tracker(name)) for name in HARNESSES])
    def harness(self, request: pytest.FixtureRequest) -> Harness:
        return HARNESSES[request.param]()
