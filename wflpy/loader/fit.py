"""Whether the backends that a file names exist and know the options that it gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.drmaa2 import InvalidArgumentException, TrackerNotFound, TrackerUnavailable
from wflpy.loader.codes import Code
from wflpy.loader.mistakes import Mistake, quoted_suggestion
from wflpy.tracker.options import make_options
from wflpy.tracker.registry import tracker_class, tracker_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wflpy.loader.flows import NamedBackend


def fit_mistakes(backend: str | None, backends: Mapping[str, NamedBackend]) -> Iterator[Mistake]:
    """What cannot run here, or looks like a slip.

    A tracker that is not installed is nothing wrong by itself: a file may name the backends of other machines. It is
    wrong for the backend that the flow runs on, and where the name is almost that of a tracker.

    Args:
        backend: the default of the flow.
        backends: the entries of `backends`.
    """
    if backend is not None and backend not in backends and not _exists(backend):
        known = [*backends, *tracker_names()]
        hint = quoted_suggestion(backend, known) or f"known: {', '.join(known)}"
        yield Mistake(Code.UNKNOWN_BACKEND, f"there is no backend '{backend}'", ("backend",), hint)
    for name, entry in backends.items():
        if _exists(entry.tracker):
            yield from _options(name, entry)
        else:
            known = tracker_names()
            suggestion = quoted_suggestion(entry.tracker, known)
            if name != backend and not suggestion:
                continue
            hint = suggestion or f"known: {', '.join(known)}"
            message = f"backend '{name}': there is no tracker '{entry.tracker}'"
            yield Mistake(Code.UNKNOWN_TRACKER, message, ("backends", name, "type"), hint)


def _exists(tracker: str) -> bool:
    try:
        tracker_class(tracker)
    except TrackerNotFound:
        return False
    except TrackerUnavailable:  # something is missing on this machine: no fault of the file
        return True
    return True


def _options(name: str, entry: NamedBackend) -> Iterator[Mistake]:
    try:
        kind = tracker_class(entry.tracker).options_type
    except TrackerUnavailable:
        return
    for option, value in entry.options.items():
        try:
            make_options(kind, {option: value})
        except InvalidArgumentException as error:
            yield Mistake(Code.BACKEND_OPTION, f"backend '{name}': {error.message}", ("backends", name, option))
