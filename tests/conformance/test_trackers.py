"""The conformance suite on every tracker of this repository."""

from __future__ import annotations

import pytest

from tests.conformance.harnesses import HARNESSES, PARAMETERS
from wflpy.testing import Harness, TrackerContract


class TestTrackers(TrackerContract):
    @pytest.fixture(params=PARAMETERS)
    def harness(self, request: pytest.FixtureRequest) -> Harness:
        return HARNESSES[request.param]()
