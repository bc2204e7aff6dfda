"""What a backend is, and what every backend shares.

* `base`: JobTracker, the contract; Monitor, Reserver, TemplateKeeper and OutputReader, optional abilities.
* `ability`: what a tracker declares beyond the standard's capabilities, and the words for how jobs fail.
* `ledger`: what a tracker may write down about its session.
* `watch`: state changes come in on one side, waiters and subscribers stand on the other.
* `registry`, `options`: how a name becomes a tracker, and how text becomes its options.
* `arrays`: ids, expansion and variables of the jobs of an array; `throttle`: how many of them are under way.
* `offer`: what a backend has to offer, and whether a template asks for more; `extensions`: which keys of a template
  belong to a tracker.
* `places`: where the state of this user is.
* `launch`: a template as a program of this machine is started.
* `emulation`: hold, start time, deadline and arrays for backends that only run jobs; it stands on `pending` (what waits
  and what makes it go on), `entries` and `jobtable` (how that is written down), `turns` and `clock` (when it happens).
"""

from wflpy.tracker.ability import Ability as Ability
from wflpy.tracker.ability import Cause as Cause
from wflpy.tracker.ability import Files as Files
from wflpy.tracker.base import JobTracker as JobTracker
from wflpy.tracker.base import Monitor as Monitor
from wflpy.tracker.base import OutputReader as OutputReader
from wflpy.tracker.base import Reserver as Reserver
from wflpy.tracker.base import Submission as Submission
from wflpy.tracker.base import TemplateKeeper as TemplateKeeper
from wflpy.tracker.ledger import Ledger as Ledger
from wflpy.tracker.ledger import Record as Record
from wflpy.tracker.offer import Offer as Offer
from wflpy.tracker.options import make_options as make_options
from wflpy.tracker.registry import register_tracker as register_tracker
from wflpy.tracker.registry import tracker_class as tracker_class
from wflpy.tracker.registry import tracker_for_options as tracker_for_options
from wflpy.tracker.registry import tracker_names as tracker_names
from wflpy.tracker.watch import StateChange as StateChange
from wflpy.tracker.watch import StateWatch as StateWatch
from wflpy.tracker.watch import Subscription as Subscription

__all__ = [
    "Ability",
    "Cause",
    "Files",
    "JobTracker",
    "Ledger",
    "Monitor",
    "Offer",
    "OutputReader",
    "Record",
    "Reserver",
    "StateChange",
    "StateWatch",
    "Submission",
    "Subscription",
    "TemplateKeeper",
    "make_options",
    "register_tracker",
    "tracker_class",
    "tracker_for_options",
    "tracker_names",
]
