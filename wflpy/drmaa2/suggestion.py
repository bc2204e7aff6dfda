"""The hint that ends a message about an unknown name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`` (did you mean "x"?)`` for the known name that is most like this one, else an empty text."""
    from difflib import get_close_matches

    spelled = {_plain(candidate): candidate for candidate in known}
    close = get_close_matches(_plain(name), spelled, n=1, cutoff=0.7)
    return f' (did you mean "{spelled[close[0]]}"?)' if close else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
