"""What may be said about a run besides the flow itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How a plan is run."""

    jobs: int | None = None
    """Most jobs of this run in the backend at a time; None leaves it to the backend."""
    fail_fast: bool = False
    """True: the first failure that is neither recovered nor allowed ends the run."""
    strict: bool = False
    """True: a wish the backend does not know (queue, account, image, gpus) fails the task instead of being dropped."""
    batch: int = 1000
    """Most jobs handed to the backend in one call."""
    grace: float = 30.0
    """Seconds that jobs have to end after a cancel, before the run no longer waits for them."""
    forced_grace: float = 10.0
    """The same after a forced cancel."""
