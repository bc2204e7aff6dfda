"""``wflpy graph``: the tasks of a workflow file and what they wait for, as a picture in text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wflpy.cli.drawing.dot import dot
from wflpy.cli.drawing.lanes import ascii_graph
from wflpy.cli.drawing.mermaid import mermaid
from wflpy.cli.inputs import file_argument, given_params, param_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wflpy.dag.plan import Plan

_FORMS: Final[dict[str, Callable[[Plan], str]]] = {"ascii": ascii_graph, "mermaid": mermaid, "dot": dot}


@click.command("graph")
@file_argument
@param_option
@click.option(
    "--format", "form", type=click.Choice(list(_FORMS)), default="ascii", show_default=True, help="How to draw."
)
def command(file: Path, params: tuple[str, ...], form: str) -> None:
    """Draw the tasks of a workflow file and what they wait for.

    \b
    Examples:
      wflpy graph workflows/quickstart.yaml
      wflpy graph workflows/quickstart.yaml --format dot | dot -Tsvg > graph.svg
    """
    from wflpy.loader import load_flow

    click.echo(_FORMS[form](load_flow(file, given_params(params)).compile()))
