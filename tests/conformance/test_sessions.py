"""The standard, through a session manager, on every tracker of this repository."""

from __future__ import annotations

import pytest

from tests.conformance.harnesses import HARNESSES, PARAMETERS
from wflpy.testing import Harness, SessionContract


class TestSessions(SessionContract):
    @pytest.fixture(params=PARAMETERS)
    def harness(self, request: pytest.FixtureRequest) -> Harness:
        return HARNESSES[request.param]()
