"""What is said about a job, in the log and to clients. Written as text, since this is done for every job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy_trackers._local.wire import encode_text
from wflpy_trackers._local.words import INDEX_MARK

if TYPE_CHECKING:
    from wflpy_trackers._local.jobs import Job, Usage

_INDEX: Final = INDEX_MARK.decode()
_USAGE: Final = "[%.6f,%.6f,%d,%d,%d,%d,%d,%d,%d]"


def row(job: Job, ran: float | None = None, usage: Usage | None = None) -> str:
    """All that is known of a job, as the JSON of a list (see `rows`).

    Args:
        job: the job.
        ran: seconds it has been running, if that goes on.
        usage: what it has used so far, if that goes on.
    """
    asked = job.asked
    dispatched = "null" if job.dispatched is None else f"{job.dispatched:.6f}"
    status = "null" if job.status is None else job.status
    used = usage or job.usage
    shown = _USAGE % used if used else "null"
    texts = "null,null" if job.cause is job.annotation is None else encode_text([job.cause, job.annotation])[1:-1]
    name = asked.job_name
    if name is not None and job.throttle is not None:
        name = name.replace(_INDEX, str(job.index))
    shown_name = "null" if name is None else encode_text(name)
    return (
        f'["{job.job_id}",{job.state},{job.changed:.6f},{asked.time:.6f},{dispatched},{job.slots},'
        f"{job.ran if ran is None else ran:.6f},{status},{shown},{texts},{shown_name}]"
    )


def end_record(job: Job) -> bytes:
    """The line of the log for the end of a job."""
    texts = "null,null" if job.cause is job.annotation is None else encode_text([job.cause, job.annotation])[1:-1]
    status = "null" if job.status is None else job.status
    usage = _USAGE % job.usage if job.usage else "null"
    return f'["e","{job.job_id}",{job.changed:.6f},{job.state},{texts},{status},{job.ran:.6f},{usage}]\n'.encode()
