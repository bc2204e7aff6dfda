"""How a name becomes a tracker: strings until somebody asks, so that a start loads no backend.

The trackers of this distribution stand in a table. Other distributions add theirs under the entry-point group
``wflpy.trackers``; the group is read only for a name that is not in the table, and a name in the table cannot be taken.
What is registered by hand is known in this process alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import InvalidArgumentException, TrackerNotFound, TrackerUnavailable, did_you_mean
from wflpy.tracker.base import JobTracker

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "wflpy.trackers"
"""The entry-point group: a name for the tracker = ``package.module:TrackerClass``."""

_BUILTIN: Final = {
    "fake": "wflpy.testing.fake:FakeTracker",
    "process": "wflpy_trackers.process:ProcessTracker",
}

_EXTRAS: Final[dict[str, str]] = {}
"""Tracker -> the extra of this distribution that brings what it imports; absent where nothing more is needed."""


_REGISTERED: Final[dict[str, type[JobTracker]]] = {}


def register_tracker(tracker: type[JobTracker]) -> None:
    """Make a tracker known under its name in this process, without a distribution that announces it.

    Sessions on it can be opened by processes only that register it too. The same class may be registered again; another
    one of its name takes its place.

    Raises:
        InvalidArgumentException: a tracker of this distribution has that name.
    """
    if tracker.name in _BUILTIN:
        text = f"the tracker {tracker.name!r} is part of wflpy; {tracker.__qualname__} needs another name"
        raise InvalidArgumentException(text, attributes=("name",), tracker=tracker.name)
    _REGISTERED[tracker.name] = tracker


def tracker_names() -> list[str]:
    """The names of all trackers there are, sorted; none is loaded, so one of them may turn out to be broken."""
    return sorted({*_BUILTIN, *_REGISTERED, *_entry_points()})


def tracker_class(name: str) -> type[JobTracker]:
    """The tracker of this name.

    Raises:
        TrackerNotFound: there is none; the text lists those there are.
        TrackerUnavailable: it cannot be loaded; the text says why and what to install.
    """
    builtin = _BUILTIN.get(name)
    if builtin is not None:
        module, _, attribute = builtin.partition(":")
        try:
            found = getattr(import_module(module), attribute)
        except ImportError as error:
            raise TrackerUnavailable(_missing(name, error), tracker=name) from error
        return _checked(name, found, builtin)
    if name in _REGISTERED:
        return _REGISTERED[name]
    entry = _entry_points().get(name)
    if entry is None:
        known = tracker_names()
        text = f"there is no tracker {name!r}{did_you_mean(name, known)}; known are {', '.join(known)}"
        raise TrackerNotFound(text, attributes=("contact",))
    return _checked(name, _load(name, entry), entry.value)


def tracker_for_options(options: object) -> type[JobTracker]:
    """The tracker that these options are for, by the ``tracker`` of their class.

    Raises:
        InvalidArgumentException: they are not options of any tracker.
        TrackerNotFound, TrackerUnavailable: see `tracker_class`.
    """
    name = getattr(type(options), "tracker", None)
    if not isinstance(name, str):
        text = f"{type(options).__name__} is not the options of a tracker: its class has no name of one in `tracker`"
        raise InvalidArgumentException(text, attributes=("options",))
    return tracker_class(name)


def _entry_points() -> dict[str, EntryPoint]:
    # Importing importlib.metadata and reading what is installed costs more than everything else at the start.
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=GROUP) if entry.name not in _BUILTIN}


def _load(name: str, entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:  # somebody else's code may fail in any way while it is imported
        owner = f" of {entry.dist.name} {entry.dist.version}" if entry.dist else ""
        text = f"the tracker {name!r}{owner} cannot be loaded from {entry.value}: {type(error).__name__}: {error}"
        raise TrackerUnavailable(text, tracker=name) from error


def _checked(name: str, found: object, source: str) -> type[JobTracker]:
    if isinstance(found, type) and issubclass(found, JobTracker):
        return found
    raise TrackerUnavailable(f"the tracker {name!r} cannot be used: {source} is not a JobTracker class", tracker=name)


def _missing(name: str, error: ImportError) -> str:
    extra = _EXTRAS.get(name)
    remedy = f"; install what it needs with: pip install 'wflpy[{extra}]'" if extra else ""
    return f"the tracker {name!r} cannot be loaded: {error}{remedy}"
