"""How a run is shown while it goes on: redrawn on a terminal, as lines elsewhere, as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from wflpy.dag.events import Observer

if TYPE_CHECKING:
    from wflpy.cli.terminal import Terminal
    from wflpy.dag.plan import Plan


class Display(Observer, Protocol):
    """An observer that is entered when the run begins and left when it has ended."""

    def __enter__(self) -> Self:
        """Begin to show."""
        ...

    def __exit__(self, *exception: object) -> None:
        """Show for the last time."""
        ...


def display_for(plan: Plan, terminal: Terminal) -> Display:
    """The best display that this terminal can show."""
    if terminal.live:
        # rich costs more than all the rest of the command: it is loaded for those who see it.
        from wflpy.cli.progress.live import Picture
        from wflpy.cli.progress.tally import Tally

        return Picture(terminal, Tally.of_plan(plan), plan.name)
    from wflpy.cli.progress.lines import Lines

    return Lines(terminal)
