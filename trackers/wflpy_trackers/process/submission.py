"""A template as a keeper takes it: what the queue has to know, and the template itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from wflpy.drmaa2 import ResourceLimit, to_dict
from wflpy_trackers._local.context import working_directory
from wflpy_trackers._local.wire import encode_text

if TYPE_CHECKING:
    from wflpy.drmaa2 import JobTemplate


def submission_line(template: JobTemplate, key: str) -> bytes:
    """The line for one submission, a job or an array."""
    least = template.min_slots or 1
    start = template.start_time
    limits = template.resource_limits
    wallclock = limits.get(ResourceLimit.WALLCLOCK_TIME) if limits else None
    head = [
        key,
        least,
        template.max_slots or least,
        template.priority or 0,
        template.submit_as_hold is True,
        start.timestamp() if isinstance(start, datetime) else None,
        None if wallclock is None else int(wallclock),
        template.job_name,
        working_directory() if template.working_directory is None else None,
    ]
    return f"{encode_text(head)}\t{encode_text(to_dict(template))}\n".encode()
