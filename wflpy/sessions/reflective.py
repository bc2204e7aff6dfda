"""Attributes of structures by their names, as text: what generic front ends and language bindings need (GFD.231 5.9).

Names are those of the standard (``jobName``) or of Python (``job_name``), or extension keys such as ``slurm_qos``. As
text, lists and dictionaries are JSON, enumerations member names, times RFC 822 (on input ISO 8601 too), amounts of
time seconds, flags ``true`` and ``false``.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2 import (
    NOW,
    SCHEMAS,
    Attribute,
    DrmaaNotification,
    InvalidArgumentException,
    JobInfo,
    JobTemplate,
    Kind,
    MachineInfo,
    QueueInfo,
    ReservationInfo,
    ReservationTemplate,
    did_you_mean,
    from_dict,
    rfc822,
    to_dict,
)
from wflpy.sessions.notices import SYNTHESISED
from wflpy.sessions.purposes import purposes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wflpy.drmaa2 import Struct
    from wflpy.tracker import JobTracker

_SETTABLE: Final = (JobTemplate, ReservationTemplate)
"""All other structures are snapshots."""

_OWN: Final[Mapping[type, Mapping[str, str]]] = {
    DrmaaNotification: {SYNTHESISED: "true: nobody saw the job in this state, but it must have passed it"}
}
"""Extensions that this library adds itself, whatever the tracker."""


class DrmaaReflective(ABC):
    """What there is beyond the standard's attributes, and every attribute by its name (GFD.231 5.9)."""

    @abstractmethod
    def _extension_trackers(self) -> Iterable[type[JobTracker]]:
        """The trackers whose extensions are meant."""

    @property
    def job_template_impl_spec(self) -> list[str]:
        """Extension keys of JobTemplate."""
        return list(self._extensions(JobTemplate))

    @property
    def job_info_impl_spec(self) -> list[str]:
        """Extension keys of JobInfo."""
        return list(self._extensions(JobInfo))

    @property
    def reservation_template_impl_spec(self) -> list[str]:
        """Extension keys of ReservationTemplate."""
        return list(self._extensions(ReservationTemplate))

    @property
    def reservation_info_impl_spec(self) -> list[str]:
        """Extension keys of ReservationInfo."""
        return list(self._extensions(ReservationInfo))

    @property
    def queue_info_impl_spec(self) -> list[str]:
        """Extension keys of QueueInfo."""
        return list(self._extensions(QueueInfo))

    @property
    def machine_info_impl_spec(self) -> list[str]:
        """Extension keys of MachineInfo."""
        return list(self._extensions(MachineInfo))

    @property
    def notification_impl_spec(self) -> list[str]:
        """Extension keys of DrmaaNotification."""
        return list(self._extensions(DrmaaNotification))

    def get_instance_value(self, instance: Struct, name: str) -> str | None:
        """The value of an attribute as text; None if it is not set.

        Raises:
            InvalidArgumentException: the structure has no attribute of this name, or its value has a wrong type.
        """
        attribute = self._attribute(instance, name)
        if attribute is None:
            return (_extensions_of(instance) or {}).get(name)
        value = getattr(instance, attribute.name)
        return None if value is None else _text(type(instance), attribute, value)

    def set_instance_value(self, instance: Struct, name: str, value: str | None) -> None:
        """Set an attribute of a template from text; None takes its value away.

        Raises:
            InvalidArgumentException: the structure has no attribute of this name, the text cannot be understood, or
                the structure is a snapshot that cannot be changed.
        """
        attribute = self._attribute(instance, name)
        if not isinstance(instance, _SETTABLE):
            text = f"{name} cannot be set: a {type(instance).__name__} is a snapshot"
            raise InvalidArgumentException(text, attributes=(name,))
        given: Any = value
        if given is not None and not isinstance(given, str):
            text = f"{name} must be given as text, not as {type(given).__name__}"
            raise InvalidArgumentException(text, attributes=(name,))
        if attribute is not None:
            setattr(instance, attribute.name, None if value is None else _value(type(instance), attribute, value))
            return
        extensions = dict(instance.extensions or {})
        extensions.pop(name, None)
        instance.extensions = extensions | ({} if value is None else {name: value}) or None

    def describe_attribute(self, instance: Struct, name: str) -> str:
        """What an attribute is for, in a sentence.

        Raises:
            InvalidArgumentException: the structure has no attribute of this name.
        """
        attribute = self._attribute(instance, name)
        if attribute is not None:
            return purposes(type(instance))[attribute.name]
        return self._extensions(type(instance)).get(name, "an extension of another tracker")

    def _extensions(self, struct: type) -> dict[str, str]:
        """Extension key -> what it is for, sorted."""
        found = dict(_OWN.get(struct, {}))
        for tracker in self._extension_trackers():
            found.update(declared_extensions(tracker).get(struct, {}))
        return dict(sorted(found.items()))

    def _attribute(self, instance: object, name: object) -> Attribute | None:
        """The standard's attribute of this name; None for an extension."""
        schema = SCHEMAS.get(type(instance))
        if schema is None:
            text = f"{type(instance).__name__} is not a structure of the standard"
            raise InvalidArgumentException(text, attributes=("instance",))
        for attribute in schema:
            if name in (attribute.spec_name, attribute.name):
                return attribute
        known = self._extensions(type(instance))
        if name in known or name in (_extensions_of(instance) or {}):
            return None
        hint = did_you_mean(str(name), (*(attribute.spec_name for attribute in schema), *known))
        text = f"{type(instance).__name__} has no attribute {name!r}{hint}"
        raise InvalidArgumentException(text, attributes=(str(name),))


def declared_extensions(tracker: type[JobTracker]) -> Mapping[type, Mapping[str, str]]:
    """Structure -> extension key -> what it is for, as the class attribute ``extensions`` of a tracker says it."""
    declared: Mapping[type, Mapping[str, str]] = getattr(tracker, "extensions", {})
    return declared


def _extensions_of(instance: object) -> dict[str, str] | None:
    found: dict[str, str] | None = getattr(instance, "extensions", None)
    return found


def _text(struct: type[Struct], attribute: Attribute, value: Any) -> str:
    written = to_dict(struct(**{attribute.name: value}))[attribute.spec_name]
    if attribute.kind in (Kind.TIME, Kind.TIME_OR_NOW) and value is not NOW:
        return rfc822(value)
    if attribute.kind is Kind.VERSION:
        return str(value)
    return written if isinstance(written, str) else json.dumps(written, ensure_ascii=False)


def _value(struct: type[JobTemplate | ReservationTemplate], attribute: Attribute, text: str) -> Any:
    read = _READERS.get(attribute.kind)
    try:
        plain = text if read is None else read(text)
    except ValueError:
        wrong = f"{attribute.spec_name} of a {struct.__name__} cannot be set: {text!r} is not {_FORMS[attribute.kind]}"
        raise InvalidArgumentException(wrong, attributes=(attribute.spec_name,)) from None
    return getattr(from_dict(struct, {attribute.spec_name: plain}), attribute.name)


def _time(text: str) -> str:
    """ISO 8601, whichever of the two it was."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text).isoformat()
    except ValueError:
        return text


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_READERS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    Kind.FLAG: _flag,
    Kind.NUMBER: int,
    Kind.REAL: float,
    Kind.AMOUNT: float,
    Kind.STRINGS: json.loads,
    Kind.DICTIONARY: json.loads,
    Kind.LIMITS: json.loads,
    Kind.TIME: _time,
    Kind.TIME_OR_NOW: _time,
}
"""How text becomes the plain data of `from_dict`; where there is nothing, it is that already."""

_FORMS: Final = {
    Kind.FLAG: "true or false",
    Kind.NUMBER: "a whole number",
    Kind.REAL: "a number",
    Kind.AMOUNT: "a number of seconds",
    Kind.STRINGS: 'a JSON list such as ["a", "b"]',
    Kind.DICTIONARY: 'a JSON object such as {"a": "b"}',
    Kind.LIMITS: 'a JSON object such as {"CPU_TIME": "60"}',
}
