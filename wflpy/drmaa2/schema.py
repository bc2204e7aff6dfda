"""Which attributes each structure has and what kind of value each one takes, read off the structures themselves."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum, auto
from typing import Final, NamedTuple

from wflpy.drmaa2.attributes import spec_name
from wflpy.drmaa2.infos import DrmaaNotification, JobInfo, MachineInfo, QueueInfo, ReservationInfo, SlotInfo, Version
from wflpy.drmaa2.templates import JobTemplate, ReservationTemplate

Struct = (
    JobTemplate
    | ReservationTemplate
    | JobInfo
    | MachineInfo
    | QueueInfo
    | ReservationInfo
    | SlotInfo
    | Version
    | DrmaaNotification
)
"""Any structure of the standard."""


class Kind(Enum):
    """What values an attribute takes."""

    TEXT = auto()
    FLAG = auto()
    NUMBER = auto()
    REAL = auto()
    STRINGS = auto()
    DICTIONARY = auto()
    LIMITS = auto()
    TIME = auto()
    TIME_OR_NOW = auto()
    AMOUNT = auto()
    SLOTS = auto()
    VERSION = auto()
    SYSTEM = auto()
    ARCHITECTURE = auto()
    STATE = auto()
    EVENT = auto()


class Attribute(NamedTuple):
    """One attribute of a structure."""

    name: str
    """Name in Python."""
    spec_name: str
    """Name in the standard."""
    kind: Kind


_KINDS = {
    "str | None": Kind.TEXT,
    "bool | None": Kind.FLAG,
    "int | None": Kind.NUMBER,
    "float | None": Kind.REAL,
    "list[str] | None": Kind.STRINGS,
    "dict[str, str] | None": Kind.DICTIONARY,
    "datetime | None": Kind.TIME,
    "datetime | Now | None": Kind.TIME_OR_NOW,
    "timedelta | None": Kind.AMOUNT,
    "list[SlotInfo] | None": Kind.SLOTS,
    "Version | None": Kind.VERSION,
    "OperatingSystem | None": Kind.SYSTEM,
    "CpuArchitecture | None": Kind.ARCHITECTURE,
    "JobState | None": Kind.STATE,
    "DrmaaEvent | None": Kind.EVENT,
}


def _attributes(struct: type[Struct]) -> tuple[Attribute, ...]:
    return tuple(
        Attribute(
            field.name,
            spec_name(field.name),
            Kind.LIMITS if field.name == "resource_limits" else _KINDS[str(field.type)],
        )
        for field in fields(struct)
    )


SCHEMAS: Final[dict[type, tuple[Attribute, ...]]] = {
    struct: _attributes(struct)
    for struct in (
        JobTemplate,
        ReservationTemplate,
        JobInfo,
        MachineInfo,
        QueueInfo,
        ReservationInfo,
        SlotInfo,
        Version,
        DrmaaNotification,
    )
}
"""Every structure with its attributes in the order of the standard, ``extensions`` last."""
