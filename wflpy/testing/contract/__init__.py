"""The conformance suite: what every tracker owes, as one pytest class.

::

    class TestMine(TrackerContract):
        @pytest.fixture
        def harness(self):
            return MyHarness()

What a tracker declares decides what is skipped: a declared ability has no skip, an undeclared one is refused as
promised. Jobs run a POSIX ``sh``. Numbers in docstrings are sections of GFD.231.
"""

from __future__ import annotations

from wflpy.testing.contract.abilities import Abilities
from wflpy.testing.contract.arrays import Arrays
from wflpy.testing.contract.control import Control
from wflpy.testing.contract.ends import Ends
from wflpy.testing.contract.events import Events
from wflpy.testing.contract.records import Records
from wflpy.testing.contract.refusals import Refusals
from wflpy.testing.contract.scheduling import Scheduling
from wflpy.testing.contract.sharing import Sharing
from wflpy.testing.contract.streams import Streams
from wflpy.testing.contract.surroundings import Surroundings
from wflpy.testing.contract.waiting import Waiting


class TrackerContract(
    Ends, Streams, Surroundings, Control, Waiting, Records, Sharing, Arrays, Events, Scheduling, Refusals, Abilities
):
    """All of it; a subclass defines the fixture ``harness``, which returns a `wflpy.testing.Harness`."""
