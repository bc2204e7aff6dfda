"""For tests of programs that use wflpy, and for authors of trackers.

* FakeTracker, FakeOptions, FakeInstallation, FakeClock, Script, FakeProcess, StartFailure: jobs in memory, by script.
* PlainFakeTracker: the same over a backend that only runs jobs; hold, start time, deadlines and arrays are emulated.
* MemoryLedger: what a tracker is opened with, without a store.
* TrackerContract, SessionContract, Harness: the conformance suite, of a tracker alone and of the standard through
  SessionManager. The two are loaded when they are first used, and are the only part that needs pytest
  (``pip install 'wflpy[testing]'``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.store import MemoryLedger
from wflpy.testing.clock import FakeClock
from wflpy.testing.fake import FakeOptions, FakeTracker
from wflpy.testing.harness import Harness
from wflpy.testing.installation import FakeInstallation
from wflpy.testing.plain import PlainFakeOptions, PlainFakeTracker
from wflpy.testing.scripts import FakeProcess, Script
from wflpy.tracker.launch import StartFailure

if TYPE_CHECKING:
    from wflpy.testing.contract import TrackerContract
    from wflpy.testing.session_contract import SessionContract

__all__ = [
    "FakeClock",
    "FakeInstallation",
    "FakeOptions",
    "FakeProcess",
    "FakeTracker",
    "Harness",
    "MemoryLedger",
    "PlainFakeOptions",
    "PlainFakeTracker",
    "Script",
    "SessionContract",
    "StartFailure",
    "TrackerContract",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in ("SessionContract", "TrackerContract"):
            raise AttributeError(f"module 'wflpy.testing' has no attribute {name!r}", name=name)
        import pytest

        # Without it, whoever runs the suite sees bare assertion errors.
        for module in ("contract", "ground", "session_contract", "session_site", "site"):
            pytest.register_assert_rewrite(f"wflpy.testing.{module}")
        if name == "SessionContract":
            from wflpy.testing.session_contract import SessionContract

            return SessionContract
        from wflpy.testing.contract import TrackerContract

        return TrackerContract
