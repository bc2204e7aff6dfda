"""Optional attributes need the capability the standard names for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wflpy.drmaa2 import (
    NOW,
    OPTIONAL,
    SCHEMAS,
    CpuArchitecture,
    DrmaaCapability,
    InvalidArgumentException,
    JobTemplate,
    OperatingSystem,
    ReservationTemplate,
    UnsupportedAttributeException,
    check_supported,
)

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
NEEDS: list[tuple[Any, str, Any, str, str]] = [
    (JobTemplate, "email", [], "email", "JT_EMAIL"),
    (JobTemplate, "email_on_started", False, "emailOnStarted", "JT_EMAIL"),
    (JobTemplate, "email_on_terminated", True, "emailOnTerminated", "JT_EMAIL"),
    (JobTemplate, "max_slots", 1, "maxSlots", "JT_MAXSLOTS"),
    (JobTemplate, "deadline_time", NOON, "deadlineTime", "JT_DEADLINE"),
    (JobTemplate, "stage_in_files", {}, "stageInFiles", "JT_STAGING"),
    (JobTemplate, "stage_out_files", {"a": "b"}, "stageOutFiles", "JT_STAGING"),
    (JobTemplate, "accounting_id", "", "accountingId", "JT_ACCOUNTINGID"),
    (ReservationTemplate, "duration", timedelta(1), "duration", "RT_DURATION"),
    (ReservationTemplate, "machine_os", OperatingSystem.LINUX, "machineOS", "RT_MACHINEOS"),
    (ReservationTemplate, "machine_arch", CpuArchitecture.X64, "machineArch", "RT_MACHINEARCH"),
]


@pytest.mark.parametrize(("struct", "name", "value", "spelled", "capability"), NEEDS)
def test_an_optional_attribute_needs_its_capability(
    struct: Any, name: str, value: Any, spelled: str, capability: str
) -> None:
    template = struct(**{name: value})
    check_supported(template, {DrmaaCapability[capability]})
    with pytest.raises(UnsupportedAttributeException, match="slurm tracker does not support") as caught:
        check_supported(template, set(DrmaaCapability) - {DrmaaCapability[capability]}, "slurm")
    assert caught.value.attributes == (spelled,)
    assert caught.value.tracker == "slurm"
    assert capability in str(caught.value)


@pytest.mark.parametrize("struct", [JobTemplate, ReservationTemplate])
def test_all_others_are_mandatory(struct: Any) -> None:
    optional = {name for owner, name, *_ in NEEDS if owner is struct}
    assert set(OPTIONAL[struct]) == optional
    mandatory = {attribute.name: "x" for attribute in SCHEMAS[struct] if attribute.name not in optional}
    check_supported(struct(**mandatory), ())


def test_all_that_is_lacking_is_told_at_once() -> None:
    with pytest.raises(UnsupportedAttributeException, match="this tracker does not support") as caught:
        check_supported(JobTemplate(email=["a"], max_slots=2, remote_command="x"), ())
    assert caught.value.attributes == ("email", "maxSlots")


def test_now_as_the_start_of_a_reservation() -> None:
    check_supported(ReservationTemplate(start_time=NOW), {DrmaaCapability.RT_STARTNOW})
    check_supported(ReservationTemplate(start_time=NOON), ())
    check_supported(JobTemplate(start_time=NOW), ())
    with pytest.raises(InvalidArgumentException, match="RT_STARTNOW") as caught:
        check_supported(ReservationTemplate(start_time=NOW), ())
    assert caught.value.attributes == ("startTime",)
