"""What is wrong with a file, by its path in the data; the place in the text is looked up when it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wflpy.loader.tree import Path


class Mistake(NamedTuple):
    """Something wrong with the value, or the key, at the end of a path."""

    code: str
    message: str
    path: Path
    hint: str | None = None
    offset: int | None = None
    """Characters between the start of the scalar and the fault."""
    length: int = 1
    """Characters it covers, if there is an offset."""
    on_key: bool = False
    """Whether the key is at fault, not its value."""


_LIKE: Final = 0.6
_HANDLERS: Final = frozenset({"on_error", "on_success", "always", "recover", "finally"})
_OWNERS: Final = {"tasks": "task", "params": "param", "backends": "backend"}
_ENTRIES: Final = {"env": "variable", "outputs": "output"}


def owner_of(path: Path) -> str:
    """What a path leads to, in words: ``resources.memory of task 'a'``, ``output 'x' of task 'a'``, ``the flow``."""
    steps = [str(step) for step in path if not isinstance(step, int)]
    owner = ""
    if len(steps) > 1 and steps[0] in _OWNERS:
        owner = f"{_OWNERS[steps[0]]} '{steps[1]}'"
        steps = steps[2:]
    elif steps and steps[0] == "defaults":
        owner, steps = "defaults", steps[1:]
    if steps and steps[0] in _HANDLERS:
        owner = f"handler {steps[0]} of {owner}" if owner else f"handler {steps[0]}"
        steps = steps[1:]
    if len(steps) > 1 and steps[0] in _ENTRIES:
        entry = f"{_ENTRIES[steps[0]]} '{steps[1]}'"
        owner, steps = f"{entry} of {owner}" if owner else entry, steps[2:]
    key = ".".join(steps)
    return f"{key} of {owner}" if key and owner else key or owner or "the flow"


def quoted_suggestion(name: str, known: Iterable[str]) -> str | None:
    """``did you mean 'x'?``, if there is a name like it.

    More easily content than `wflpy.drmaa2.suggestion`: what may stand at a place of a file is a short list.
    """
    from difflib import get_close_matches

    spelled = {_plain(candidate): candidate for candidate in known}
    close = get_close_matches(_plain(name), spelled, n=1, cutoff=_LIKE)
    return f"did you mean '{spelled[close[0]]}'?" if close else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
