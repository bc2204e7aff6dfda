"""Which tracker, and which installation of its backend, somebody means."""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from wflpy.drmaa2 import InvalidArgumentException
from wflpy.tracker import make_options, tracker_class, tracker_for_options
from wflpy.tracker.places import state_home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.tracker import JobTracker

_MARK = "://"


class Installation(NamedTuple):
    """A tracker and the options to open it with."""

    tracker: type[JobTracker]
    options: object

    @property
    def name(self) -> str:
        """The registry's name of the tracker."""
        return self.tracker.name


def installation_of(tracker: object, options: Mapping[str, object]) -> Installation:
    """What is meant by the name of a tracker with options as keywords, or by an options object.

    Raises:
        TrackerNotFound, TrackerUnavailable: see `tracker_class`.
        InvalidArgumentException: an option is unknown or has a wrong value.
    """
    if isinstance(tracker, str):
        found = tracker_class(tracker)
        return Installation(found, make_options(found.options_type, options))
    if options:
        text = f"options are given twice, as {type(tracker).__name__} and as keywords: {', '.join(options)}"
        raise InvalidArgumentException(text, attributes=tuple(options))
    return Installation(tracker_for_options(tracker), tracker)


def installation_at(contact: str, default: Installation | None = None) -> Installation:
    """What a contact means: the name of a tracker, and behind ``://`` its installation (GFD.231 7.1.6).

    Args:
        contact: such as ``process`` or ``remote://host:8042``.
        default: what is meant by the bare name of its tracker.

    Raises:
        TrackerNotFound, TrackerUnavailable: see `tracker_class`.
        InvalidArgumentException: it is no contact, or the tracker cannot be told an installation.
    """
    text: Any = contact
    if not isinstance(text, str):
        raise InvalidArgumentException(f"contact must be a string, not {type(text).__name__}", attributes=("contact",))
    name, _, place = contact.partition(_MARK)
    if not place and default is not None and name == default.name:
        return default
    found = tracker_class(name)
    if not place:
        return Installation(found, found.options_type())
    field = _contact_field(found.options_type)
    if field is None:
        text = f"the {name} tracker takes no installation in its contact, {contact!r}: give its options instead"
        raise InvalidArgumentException(text, attributes=("contact",), tracker=name)
    return Installation(found, make_options(found.options_type, {field: place}))


def _contact_field(options_type: type) -> str | None:
    """The option that says which installation is meant: ``contact``, or the one whose metadata has ``contact``."""
    known = fields(options_type)
    return next((field.name for field in known if field.name == "contact" or field.metadata.get("contact")), None)


def placed(installation: Installation, home: str | os.PathLike[str] | None) -> Installation:
    """The installation, in this home if its tracker keeps jobs in a home and was given none.

    A home that is the default one is not written out, so that the contact stays the same with and without it.
    """
    options = installation.options
    if home is None or not is_dataclass(options) or isinstance(options, type):
        return installation
    place = os.path.realpath(home)
    if getattr(options, "home", place) is not None or place == os.path.realpath(state_home()):
        return installation
    return Installation(installation.tracker, replace(options, home=place))


def contact_of(tracker: JobTracker) -> str:
    """The contact that means the installation of this open tracker."""
    contact = tracker.contact
    if contact == tracker.name or contact.startswith(f"{tracker.name}{_MARK}"):
        return contact
    return f"{tracker.name}{_MARK}{contact}"
