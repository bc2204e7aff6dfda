"""Jobs as processes of this machine, run by a local DRM system that outlives whoever submits to it."""

from wflpy_trackers.process.options import ProcessOptions as ProcessOptions
from wflpy_trackers.process.tracker import ProcessTracker as ProcessTracker

__all__ = ["ProcessOptions", "ProcessTracker"]
