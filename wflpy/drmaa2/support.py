"""Which optional attributes of a template a tracker has, by the capabilities it declares (GFD.231 4.3, 5.7, 5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.drmaa2.attributes import spec_name
from wflpy.drmaa2.constants import NOW
from wflpy.drmaa2.enums import DrmaaCapability
from wflpy.drmaa2.errors import InvalidArgumentException, UnsupportedAttributeException
from wflpy.drmaa2.templates import JobTemplate, ReservationTemplate

if TYPE_CHECKING:
    from collections.abc import Collection

OPTIONAL: Final = {
    JobTemplate: {
        "email": DrmaaCapability.JT_EMAIL,
        "email_on_started": DrmaaCapability.JT_EMAIL,
        "email_on_terminated": DrmaaCapability.JT_EMAIL,
        "max_slots": DrmaaCapability.JT_MAXSLOTS,
        "deadline_time": DrmaaCapability.JT_DEADLINE,
        "stage_in_files": DrmaaCapability.JT_STAGING,
        "stage_out_files": DrmaaCapability.JT_STAGING,
        "accounting_id": DrmaaCapability.JT_ACCOUNTINGID,
    },
    ReservationTemplate: {
        "duration": DrmaaCapability.RT_DURATION,
        "machine_os": DrmaaCapability.RT_MACHINEOS,
        "machine_arch": DrmaaCapability.RT_MACHINEARCH,
    },
}
"""The attributes that need a capability. All others are mandatory for every tracker."""


def check_supported(
    template: JobTemplate | ReservationTemplate,
    capabilities: Collection[DrmaaCapability],
    tracker: str | None = None,
) -> None:
    """Do nothing if every attribute that is set is one the tracker has; False and empty lists count as set.

    Raises:
        UnsupportedAttributeException: names all attributes it has not.
        InvalidArgumentException: the start of a reservation is NOW, which needs RT_STARTNOW.
    """
    lacking = {
        spec_name(name): capability.name
        for name, capability in OPTIONAL[type(template)].items()
        if getattr(template, name) is not None and capability not in capabilities
    }
    where = f"the {tracker} tracker" if tracker else "this tracker"
    if lacking:
        wanted = ", ".join(f"{name} ({capability})" for name, capability in lacking.items())
        text = f"{where} does not support {wanted}; leave it unset or use a tracker that declares the capability"
        raise UnsupportedAttributeException(text, attributes=lacking, tracker=tracker)
    start_now = isinstance(template, ReservationTemplate) and template.start_time is NOW
    if start_now and DrmaaCapability.RT_STARTNOW not in capabilities:
        text = f"{where} does not take NOW as startTime of a reservation (RT_STARTNOW); give it a time"
        raise InvalidArgumentException(text, attributes=("startTime",), tracker=tracker)
