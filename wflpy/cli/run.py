"""``wflpy run``: run a workflow file and show how it goes."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from wflpy.cli.documents import result_document
from wflpy.cli.ending import failure_text, success_text
from wflpy.cli.failures import ExitStatus
from wflpy.cli.inputs import file_argument, given_params, json_option, pairs, param_option
from wflpy.cli.terminal import stderr_terminal, stdout_terminal
from wflpy.cli.wording import counted
from wflpy.dag.states import RunState

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.dag.outcomes import RunResult
    from wflpy.dag.plan import Plan

DEFAULT_BACKEND: Final = "process"

_STATUS: Final = {
    RunState.DONE: ExitStatus.DONE,
    RunState.FAILED: ExitStatus.FAILED,
    RunState.CANCELLED: ExitStatus.INTERRUPTED,
    RunState.DETACHED: ExitStatus.INTERRUPTED,
}


@click.command("run")
@file_argument
@param_option
@click.option(
    "--backend", "-b", metavar="NAME", help="Where to run, such as 'process'; the file may name another default."
)
@click.option(
    "--option", "-o", "options", metavar="KEY=VALUE", multiple=True, help="Option of the backend; may be repeated."
)
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Most jobs of this run in the backend at a time.")
@click.option("--name", metavar="NAME", help="What the run is called; free among the runs that go on.")
@click.option("--dry-run", is_flag=True, help="Print what would run, and run nothing.")
@click.option("--fail-fast", is_flag=True, help="End the run with the first failure.")
@json_option
def command(
    file: Path,
    params: tuple[str, ...],
    backend: str | None,
    options: tuple[str, ...],
    jobs: int | None,
    name: str | None,
    dry_run: bool,
    fail_fast: bool,
    as_json: bool,
) -> int:
    """Run a workflow file.

    Ctrl-C once cancels the run cleanly, twice kills its jobs. SIGTERM and SIGHUP leave the jobs running. The exit
    status is 0 when the run is done, 1 when a task failed, 2 for a wrong file or option, 3 when the backend or the
    machine failed, 130 when the run was interrupted.

    \b
    Examples:
      wflpy run workflows/quickstart.yaml
      wflpy run workflows/quickstart.yaml --param min_mass=4000 --dry-run
      wflpy run workflows/quickstart.yaml --json | tail -1 | jq .counts
    """
    from wflpy.cli.progress import display_for
    from wflpy.cli.progress.records import Records
    from wflpy.dag.compiler import compile_plan
    from wflpy.flow.execution import prepare_run
    from wflpy.loader import load_file

    loaded = load_file(file, given_params(params))
    given = pairs(options, "-o")
    chosen = backend or loaded.spec.backend or DEFAULT_BACKEND
    plan = compile_plan(loaded.spec)
    if dry_run:
        _tell_plan(plan, chosen, as_json=as_json)
        return ExitStatus.DONE
    named = loaded.backends.get(chosen)
    messages = stderr_terminal()
    records = Records(sys.stdout) if as_json else None
    display = records or display_for(plan, messages)
    run = prepare_run(
        loaded.spec,
        backend=named.tracker if named else chosen,
        options={**named.options, **given} if named else given,
        jobs=jobs,
        name=name,
        fail_fast=fail_fast,
        observers=[display],
    )
    if records:
        records.write({"kind": "run", "run": run.run_id, "flow": plan.name, "backend": chosen, "tasks": _tasks(plan)})
    else:
        messages.say(messages.paint(f"run {run.run_id}: {counted(_tasks(plan), 'task')} on {chosen}", "dim"))
    with display:
        result = run.drive().run
    if records:
        records.write(result_document(result))
    _tell_result(result, plan, in_words=not as_json)
    return _STATUS.get(result.state, ExitStatus.FAILED)


def _tasks(plan: Plan) -> int:
    return sum(group.size for group in plan.groups if group.handler is None)


def _tell_plan(plan: Plan, backend: str, *, as_json: bool) -> None:
    from wflpy.cli.dry_run import plan_document, plan_text

    click.echo(json.dumps(plan_document(plan, backend), indent=2) if as_json else plan_text(plan, backend))


def _tell_result(result: RunResult, plan: Plan, *, in_words: bool) -> None:
    """What went wrong is a message for people, whoever reads the results."""
    if not result.ok:
        with suppress(OSError):  # the terminal may be gone, and with SIGHUP that is why the run is not done
            stderr_terminal().say(failure_text(result, stderr_terminal()))
    elif in_words:
        stdout_terminal().say(success_text(result, plan, stdout_terminal()))
