"""``wflpy session destroy``: forget sessions and what is known of their jobs (GFD.231 7.1.10)."""

from __future__ import annotations

import click

from wflpy.cli.jobs.finding import jobs_of
from wflpy.cli.jobs.refusals import Refusal, tell
from wflpy.cli.jobs.wording import state_of
from wflpy.cli.wording import counted
from wflpy.drmaa2 import FINAL_STATES, InvalidArgumentException, WflpyError
from wflpy.sessions import SessionManager
from wflpy.store import home


@click.command("destroy")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
def command(names: tuple[str, ...]) -> int:
    """Remove sessions, and what is known of their jobs. The jobs themselves go on, and are found by no id any more.

    To end them first: wflpy job terminate.

    \b
    Example:
      wflpy session destroy nightly
    """
    refusals: list[Refusal] = []
    with SessionManager() as manager:
        for name in dict.fromkeys(names):
            try:
                _destroy(manager, name)
            except WflpyError as failure:
                refusals.append(Refusal.of(failure))
    return tell(refusals)


def _destroy(manager: SessionManager, name: str) -> None:
    left = _jobs_that_go_on(manager, name)
    if _is_of_a_live_run(name):
        text = f"session {name} belongs to the run of that name, which goes on: wflpy show {name}"
        raise InvalidArgumentException(text, attributes=("sessionName",))
    manager.destroy_job_session(name)
    click.echo(f"{name} destroyed")
    if left is None:
        click.echo(f"whether jobs of {name} go on is not known: its backend could not be asked", err=True)
    elif left:
        click.echo(f"{counted(left, 'job')} of {name} {'goes' if left == 1 else 'go'} on, without a session", err=True)


def _is_of_a_live_run(name: str) -> bool:
    """Whether a run of a workflow that goes on needs the session; runs and their sessions have the same names."""
    from wflpy.dag.runs import summary_of

    summary = summary_of(home() / "runs" / name)
    return summary is not None and summary.is_live


def _jobs_that_go_on(manager: SessionManager, name: str) -> int | None:
    """How many jobs of a session have not ended; None where its backend cannot be asked."""
    try:
        with manager.open_job_session(name) as session:
            infos = jobs_of(session)
    except InvalidArgumentException:
        raise
    except WflpyError:
        return None
    return sum(state_of(info) not in FINAL_STATES for info in infos.values())
