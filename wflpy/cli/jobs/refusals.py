"""What could not be done for single jobs of a command line, while it was done for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import click

from wflpy.cli.failures import ExitStatus, exit_status_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wflpy.drmaa2 import WflpyError


class Refusal(NamedTuple):
    """Why something could not be done, and whose fault that is."""

    text: str
    status: ExitStatus = ExitStatus.BAD_INPUT

    @classmethod
    def of(cls, failure: WflpyError, prefix: str = "") -> Self:
        """The refusal that an exception tells."""
        return cls(f"{prefix}{failure}", exit_status_of(failure) or ExitStatus.BACKEND)


def tell(refusals: Iterable[Refusal]) -> ExitStatus:
    """Print each of them, and give the exit status of the worst; DONE if there are none."""
    worst = ExitStatus.DONE
    for refusal in refusals:
        click.echo(f"wflpy: {refusal.text}", err=True)
        worst = max(worst, refusal.status)
    return worst
