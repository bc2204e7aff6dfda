"""Why a job could not be started."""

from __future__ import annotations

import errno
from typing import Final

PASSING: Final = frozenset((errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE))
"""Errors that say the machine is short of something for the moment: the job waits and is tried again."""


class StartFailure(Exception):
    """A job cannot be started, and trying again would not help.

    Attributes:
        cause: one of the causes in `words`.
        text: a sentence for people, with the path.
    """

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause
        self.text = text
