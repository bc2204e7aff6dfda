"""What is wrong with a structure: all of it, collected and then raised as one exception."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wflpy.drmaa2.errors import InvalidArgumentException

if TYPE_CHECKING:
    from collections.abc import Sequence


class Problem(NamedTuple):
    """One attribute and what is wrong with it."""

    attribute: str
    """Name in the standard, with the key where it is one entry of a dictionary: ``resourceLimits[CPU_TIME]``."""
    text: str
    """The rest of the sentence that begins with the attribute."""


def raise_problems(subject: str, problems: Sequence[Problem]) -> None:
    """Do nothing if there are no problems.

    Raises:
        InvalidArgumentException: names all of them, ``attributes`` holds each attribute once.
    """
    if problems:
        text = "; ".join(f"{attribute} {text}" for attribute, text in problems)
        raise InvalidArgumentException(f"{subject}: {text}", attributes=dict.fromkeys(p.attribute for p in problems))
