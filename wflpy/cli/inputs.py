"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

file_argument = click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
)
files_argument = click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
)
param_option = click.option(
    "--param",
    "-p",
    "params",
    metavar="NAME=VALUE",
    multiple=True,
    help="Value of one of the flow's params; may be repeated.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
run_argument = click.argument("run", metavar="RUN")


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """``name=value`` texts as a mapping.

    Raises:
        click.UsageError: one of them has no ``=`` or no name, or a name comes twice.
    """
    values: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise click.UsageError(f"{option} takes NAME=VALUE, not '{text}'")
        if name in values:
            raise click.UsageError(f"{option} gives '{name}' twice")
        values[name] = value
    return values


def given_params(texts: Sequence[str]) -> dict[str, str]:
    """The values of ``--param``."""
    return pairs(texts, "--param")
