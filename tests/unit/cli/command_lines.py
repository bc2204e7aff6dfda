"""Command lines run in the process of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wflpy.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


class Outcome(NamedTuple):
    """What one command line came to."""

    status: int
    out: str
    err: str


def run_in_process(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """A function that runs one command line and gives what was printed meanwhile."""

    def run(*arguments: object) -> Outcome:
        status = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run
