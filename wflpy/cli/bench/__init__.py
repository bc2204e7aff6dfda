"""``wflpy bench``: what wflpy takes on this machine, each figure beside the bound it keeps."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wflpy.cli.inputs import json_option

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from wflpy.cli.bench.figures import Figure

PARTS: Final = ("local", "engine", "compile", "start", "wait")


@click.command("bench")
@click.argument("part", type=click.Choice([*PARTS, "all"]), default="all")
@json_option
def command(part: str, as_json: bool) -> None:
    """Measure wflpy on this machine and compare with its bounds.

    \b
    local    bare processes, DRMAA2 jobs and flows side by side, as ratios
    engine   100,000 tasks whose jobs end at once
    compile  100,000 tasks with 300,000 edges; a file with 10,000 tasks
    start    wflpy --version and import wflpy over the bare interpreter
    wait     from the end of a process to the end of a wait for it

    What it needs on disk is beside the state of your runs, and removed at the end. All of it takes about a minute.

    \b
    Example:
      wflpy bench local
    """
    from wflpy.cli.bench.figures import table

    parts = PARTS if part == "all" else (part,)
    figures: list[Figure] = []
    with _home_of_its_own() as home:
        for name in parts:
            click.echo(f"measuring: {name}", err=True)
            figures += _measures()[name](home / name)
    if as_json:
        click.echo(json.dumps([figure.to_dict() for figure in figures], indent=2))
    else:
        click.echo(table(figures))


def _measures() -> dict[str, Callable[[Path], list[Figure]]]:
    from wflpy.cli.bench import compile as compiling
    from wflpy.cli.bench import engine, local, start, wait

    return {
        "local": local.measure,
        "engine": engine.measure,
        "compile": compiling.measure,
        "start": lambda _: start.measure(),
        "wait": wait.measure,
    }


@contextmanager
def _home_of_its_own() -> Generator[Path]:
    """A state folder for the measurements, on the disk where the real one is."""
    from wflpy.store import home

    before = os.environ.get("WFLPY_HOME")
    folder = tempfile.mkdtemp(prefix="bench-", dir=home())
    os.environ["WFLPY_HOME"] = folder
    try:
        yield Path(folder)
    finally:
        if before is None:
            del os.environ["WFLPY_HOME"]
        else:
            os.environ["WFLPY_HOME"] = before
        shutil.rmtree(folder, ignore_errors=True)
