"""``wflpy job show``: everything that is known about jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from wflpy.cli.inputs import json_option
from wflpy.cli.jobs.finding import Found, find, jobs_argument, known_infos, session_option
from wflpy.cli.jobs.refusals import tell
from wflpy.cli.jobs.wording import (
    STYLES,
    command_text,
    counts_text,
    info_document,
    session_document,
    state_of,
    state_text,
    took_text,
    why_text,
)
from wflpy.cli.sessions.opening import Sessions
from wflpy.cli.terminal import harmless, stdout_terminal
from wflpy.cli.wording import columns, duration_text, moment_text
from wflpy.drmaa2 import set_attributes, to_dict
from wflpy.drmaa2.guards import is_dictionary, is_list
from wflpy.sessions import JobArray, SessionManager

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from wflpy.drmaa2 import JobInfo, JobTemplate
    from wflpy.sessions import Job

_SHOWN_ELSEWHERE = frozenset(("remote_command", "args", "job_name"))


@click.command("show")
@jobs_argument
@session_option
@json_option
def command(jobs: tuple[str, ...], session: str | None, as_json: bool) -> int:
    """Show everything that is known about jobs: state, why, times, and what was submitted.

    JOB is the id of a job or of an array. Of environment variables only the names are shown; --json has the values.

    \b
    Examples:
      wflpy job show 7
      wflpy job show 7 --json | jq '.[0].template' | wflpy job run -t -
    """
    with SessionManager() as manager:
        found, refusals = find(jobs, Sessions(manager, session))
        if as_json:
            click.echo(json.dumps([_document(one) for one in found], indent=2))
        else:
            for number, one in enumerate(found):
                if number:
                    click.echo()
                _print(one)
        return tell(refusals)


def _document(found: Found) -> dict[str, Any]:
    template = {"template": to_dict(found.thing.job_template)}
    about = session_document(found.session)
    if isinstance(found.thing, JobArray):
        jobs = [{"job": job_id, **info_document(info)} for job_id, info in _infos(found).items()]
        return {**about, "array": found.ref, "jobs": jobs, **template}
    return {**about, "job": found.ref, **info_document(found.thing.get_info()), **template}


def _print(found: Found) -> None:
    terminal = stdout_terminal()
    facts = _of_array(found, found.thing) if isinstance(found.thing, JobArray) else _of_job(found, found.thing)
    for line in columns((label, value) for label, value in facts if value):
        terminal.say(line)
    if isinstance(found.thing, JobArray):
        infos = _infos(found)
        rows = columns(
            (job_id, state_text(state_of(info)), took_text(info), why_text(info)) for job_id, info in infos.items()
        )
        terminal.say()
        for line, info in zip(rows, infos.values(), strict=True):
            terminal.say(terminal.paint(line, STYLES.get(state_of(info))))


def _infos(found: Found) -> dict[str, JobInfo]:
    return known_infos(found.session, [job.job_id for job in found.jobs])


def _of_array(found: Found, array: JobArray) -> Iterator[tuple[str, str]]:
    yield "array", found.ref
    yield "jobs", counts_text(map(state_of, _infos(found).values()))
    yield "session", _where(found)
    yield from _submitted(array.job_template)


def _of_job(found: Found, job: Job) -> Iterator[tuple[str, str]]:
    info = job.get_info()
    yield "job", found.ref
    yield "state", state_text(state_of(info))
    yield "session", _where(found)
    yield from _about(info)
    yield from _submitted(job.job_template)


def _where(found: Found) -> str:
    return f"{found.session.session_name} on {found.session.contact}"


def _about(info: JobInfo) -> Iterator[tuple[str, str]]:
    machines = [f"{slot.machine_name} ({slot.slots})" for slot in info.allocated_machines or ()]
    yield "why", why_text(info)
    yield "exit status", "" if info.exit_status is None else str(info.exit_status)
    yield "signal", info.terminating_signal or ""
    yield "submitted", _moment(info.submission_time)
    yield "started", _moment(info.dispatch_time)
    yield "ended", _moment(info.finish_time)
    yield "took", took_text(info)
    yield "cpu time", "" if info.cpu_time is None else duration_text(info.cpu_time.total_seconds())
    yield "slots", "" if info.slots is None else str(info.slots)
    yield "machines", ", ".join(machines)
    yield "queue", info.queue_name or ""
    yield "owner", info.job_owner or ""
    yield "from", info.submission_machine or ""
    for name, value in (info.extensions or {}).items():
        yield name.replace("_", " "), _text(value)


def _submitted(template: JobTemplate) -> Iterator[tuple[str, str]]:
    yield "name", _text(template.job_name or "")
    yield "command", _text(command_text(template))
    for name, value in set_attributes(template):
        if name == "job_environment":
            yield "environment", _text(", ".join(value))
        elif name not in _SHOWN_ELSEWHERE:
            yield name.replace("_", " "), _text(_value_text(value))


def _value_text(value: object) -> str:
    if is_dictionary(value):
        return ", ".join(f"{key}={entry}" for key, entry in value.items())
    if is_list(value):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(getattr(value, "name", value))


def _text(text: str) -> str:
    """A text of somebody's own on one line."""
    return harmless(text).replace("\n", "\\n")


def _moment(time: datetime | None) -> str:
    return "" if time is None else moment_text(time.timestamp())
