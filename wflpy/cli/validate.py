"""``wflpy validate``: everything that is wrong with workflow files, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wflpy.cli.failures import ExitStatus
from wflpy.cli.inputs import files_argument, given_params, param_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("validate")
@files_argument
@param_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="How to print what is wrong.",
)
def command(files: tuple[Path, ...], params: tuple[str, ...], form: str) -> int:
    """Check workflow files and say everything that is wrong, with file, line and column.

    \b
    Example:
      wflpy validate workflows/quickstart.yaml
    """
    from wflpy.loader import check_file, render_all

    values = given_params(params)
    found = [(file, check_file(file, values)) for file in files]
    problems = [diagnostic for _, diagnostics in found for diagnostic in diagnostics]
    if problems or form == "json":
        click.echo(render_all(problems, form))
    if form == "text":
        for file, diagnostics in found:
            if not diagnostics:
                click.echo(f"{file}: ok")
    return ExitStatus.BAD_INPUT if any(problem.severity == "error" for problem in problems) else ExitStatus.DONE
