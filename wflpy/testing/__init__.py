"""For tests of programs that use wflpy, and for authors of trackers.

* FakeTracker, FakeOptions, FakeInstallation, FakeClock, Script, FakeProcess, StartFailure: jobs in memory, by script.
* PlainFakeTracker: the same over a backend that only runs jobs; hold, start time, deadlines and arrays are emulated.
* MemoryLedger: what a tracker is opened with, without a store.
* TrackerContract, Harness: the conformance suite. TrackerContract is loaded when it is first used, and is the only part
  that needs pytest (``pip install 'wflpy[testing]'``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.testing.clock import FakeClock
from wflpy.testing.fake import FakeOptions, FakeTracker
from wflpy.testing.harness import Harness
from wflpy.testing.installation import FakeInstallation
from wflpy.testing.ledger import MemoryLedger
from wflpy.testing.plain import PlainFakeTracker
from wflpy.testing.scripts import FakeProcess, Script, StartFailure

if TYPE_CHECKING:
    from wflpy.testing.contract import TrackerContract

__all__ = [
    "FakeClock",
    "FakeInstallation",
    "FakeOptions",
    "FakeProcess",
    "FakeTracker",
    "Harness",
    "MemoryLedger",
    "PlainFakeTracker",
    "Script",
    "StartFailure",
    "TrackerContract",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name != "TrackerContract":
            raise AttributeError(f"module 'wflpy.testing' has no attribute {name!r}", name=name)
        import pytest

        # Without it, whoever runs the suite sees bare assertion errors.
        pytest.register_assert_rewrite("wflpy.testing.contract", "wflpy.testing.site")
        from wflpy.testing.contract import TrackerContract

        return TrackerContract
