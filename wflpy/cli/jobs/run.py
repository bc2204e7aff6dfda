"""``wflpy job run``: submit a job, or an array of jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from wflpy.cli.failures import ExitStatus
from wflpy.cli.inputs import json_option, pairs
from wflpy.cli.jobs.attributes import AttributeOption, attribute_options, given_attributes, place_below_here
from wflpy.cli.jobs.values import read_indices
from wflpy.cli.jobs.waiting import ended_document, outcome_of, wait_for_end
from wflpy.cli.jobs.wording import session_document
from wflpy.cli.sessions.opening import (
    backend_option,
    default_session,
    manager_for,
    opened_or_created,
    options_option,
)
from wflpy.drmaa2 import JobTemplate
from wflpy.sessions import Job, JobArray
from wflpy.tracker import Files

if TYPE_CHECKING:
    from wflpy.sessions import JobSession


class _Submission(click.Command):
    """A command whose help lists the attributes of the job apart from the options of the command."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, wanted in (("Options", False), ("Attributes of the job", True)):
            rows = [
                record
                for parameter in self.get_params(ctx)
                if isinstance(parameter, click.Option)
                and isinstance(parameter, AttributeOption) is wanted
                and (record := parameter.get_help_record(ctx))
            ]
            with formatter.section(title):
                formatter.write_dl(rows)


@click.command("run", cls=_Submission, context_settings={"allow_interspersed_args": False})
@click.argument("program", metavar="[--] PROGRAM ARGS...", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--session", "-s", metavar="NAME", help="Session of the job; created if there is none. 'default' if not given."
)
@backend_option
@options_option
@click.option(
    "--template",
    "-t",
    "file",
    metavar="FILE",
    help="Attributes from a JSON or YAML file, '-' for standard input; options win over it.",
)
@click.option(
    "--array", "indices", metavar="RANGE", callback=read_indices, help="One job for each index, such as 1-100:2."
)
@click.option("--max-parallel", type=click.IntRange(min=1), help="Most jobs of the array that run at once.")
@click.option("--wait", is_flag=True, help="Wait until it has ended; the exit status is 1 when it failed.")
@json_option
@attribute_options
def command(
    program: tuple[str, ...],
    session: str | None,
    backend: str | None,
    options: tuple[str, ...],
    file: str | None,
    indices: range | None,
    max_parallel: int | None,
    wait: bool,
    as_json: bool,
    **attributes: object,
) -> int:
    """Submit a job, or an array of jobs, and print its id.

    The job goes on when this command has ended, and belongs to a session in which it is found again. What it prints is
    lost unless --output-path says where it goes. Relative paths in options are below the current folder. In an array,
    $DRMAA2_INDEX$ in arguments, paths, name and environment stands for the index; jobs have it in $WFLPY_TASK_INDEX
    too.

    \b
    Examples:
      wflpy job run -- sleep 60
      wflpy job run --wait --output-path out.txt -- make test
      wflpy job run --array 1-100:2 --max-parallel 8 --output-path 'log.$DRMAA2_INDEX$' -- ./simulate
      wflpy job run -t job.yaml --min-slots 4
    """
    if max_parallel is not None and indices is None:
        raise click.UsageError("--max-parallel is for arrays: give --array too")
    given = given_attributes(attributes)
    template = _merged({} if file is None else _template_of(file), given, program)
    with manager_for(backend, pairs(options, "-o")) as manager:
        opened = opened_or_created(manager, session or default_session(backend), backend)
        if opened.tracker.files is Files.SHARED:
            place_below_here(template, given)
        thing = _submitted(opened, template, indices, max_parallel)
        ref = thing.job_array_id if isinstance(thing, JobArray) else thing.job_id
        if not as_json:
            click.echo(ref)
        if wait:
            return _waited(opened, ref, thing, as_json=as_json)
        if as_json:
            click.echo(json.dumps(_document(opened, thing), indent=2))
    return ExitStatus.DONE


def _template_of(file: str) -> dict[str, Any]:
    from wflpy.cli.jobs.template_files import read_template

    return read_template(file)


def _merged(from_file: dict[str, Any], given: dict[str, Any], program: tuple[str, ...]) -> JobTemplate:
    """The template: options win over the file, in dictionaries key by key; a program brings its arguments."""
    values = dict(from_file)
    for name, value in given.items():
        before = values.get(name)
        values[name] = {**before, **value} if isinstance(value, dict) and before is not None else value
    if program:
        values["remote_command"], values["args"] = program[0], list(program[1:]) or None
    if "remote_command" not in values and "job_category" not in values:
        raise click.UsageError("say what to run: wflpy job run [OPTIONS] -- PROGRAM ARGS..., or a template with -t")
    return JobTemplate(**values)


def _submitted(
    session: JobSession, template: JobTemplate, indices: range | None, max_parallel: int | None
) -> Job | JobArray:
    if indices is None:
        return session.run_job(template)
    return session.run_bulk_jobs(template, indices[0], indices[-1], indices.step, max_parallel)


def _document(session: JobSession, thing: Job | JobArray) -> dict[str, Any]:
    if isinstance(thing, Job):
        return {**session_document(session), "job": thing.job_id}
    return {**session_document(session), "array": thing.job_array_id, "jobs": [job.job_id for job in thing.jobs]}


def _waited(session: JobSession, ref: str, thing: Job | JobArray, *, as_json: bool) -> int:
    jobs = [thing] if isinstance(thing, Job) else thing.jobs
    try:
        wait_for_end(session, jobs)
    except KeyboardInterrupt:
        click.echo(f"{ref} goes on; to wait again: wflpy job wait {ref}", err=True)
        raise
    infos = session.infos([job.job_id for job in jobs])
    if as_json:
        documents = [ended_document(session, job_id, info) for job_id, info in infos.items()]
        click.echo(json.dumps(documents[0] if isinstance(thing, Job) else documents, indent=2))
    return outcome_of(infos)
