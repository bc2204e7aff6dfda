"""The conformance suite of the standard as a program meets it: through a SessionManager, as one pytest class.

::

    class TestMySessions(SessionContract):
        @pytest.fixture
        def harness(self):
            return MyHarness()

It uses the harness of TrackerContract. A tracker that no distribution announces is made known by its name for the time
of the tests. Numbers in docstrings are sections of GFD.231, letters with a number are rules that wflpy adds to it.
"""

from __future__ import annotations

from wflpy.testing.session_contract.bulk import Bulk
from wflpy.testing.session_contract.jobs import Jobs
from wflpy.testing.session_contract.matrix import Matrix
from wflpy.testing.session_contract.selection import Selection
from wflpy.testing.session_contract.sessions import Sessions
from wflpy.testing.session_contract.submissions import Submissions
from wflpy.testing.session_contract.system import System
from wflpy.testing.session_contract.waits import Waits


class SessionContract(Sessions, Submissions, Bulk, Selection, Jobs, Waits, Matrix, System):
    """All of it; a subclass defines the fixture ``harness``, which returns a `wflpy.testing.Harness`."""
