"""What can go wrong with a fake installation, by script."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from wflpy.drmaa2 import DrmCommunicationException

if TYPE_CHECKING:
    from wflpy.drmaa2 import DrmaaException


class Faults:
    """The faults of one installation; all off at first.

    Attributes:
        unreachable: while True every call of a tracker raises DrmCommunicationException; jobs go on.
        duplicate_events: while True every state change is delivered twice.
    """

    def __init__(self) -> None:
        self.unreachable = False
        self.duplicate_events = False
        self._refusals: deque[DrmaaException] = deque()
        self._lost_answers = 0

    def refuse(self, refusal: DrmaaException, times: int = 1) -> None:
        """Answer the next submissions with this exception; nothing is submitted."""
        self._refusals.extend([refusal] * times)

    def lose_answers(self, times: int = 1) -> None:
        """Accept the next submissions, but let the answer get lost: the caller sees DrmCommunicationException."""
        self._lost_answers += times

    @property
    def expected(self) -> bool:
        """Whether something is going to happen to the next submission."""
        return bool(self._refusals or self._lost_answers)

    def check_reachable(self) -> None:
        """Raise if the installation is unreachable."""
        if self.unreachable:
            raise DrmCommunicationException("the fake installation is unreachable", tracker="fake")

    def refusal(self) -> DrmaaException | None:
        """What the next submission is refused with."""
        return self._refusals.popleft() if self._refusals else None

    def lost_answer(self) -> DrmaaException | None:
        """What the caller of a submission that worked gets to see instead of the id."""
        if not self._lost_answers:
            return None
        self._lost_answers -= 1
        text = "the connection to the fake installation broke before its answer came"
        return DrmCommunicationException(text, tracker="fake")
