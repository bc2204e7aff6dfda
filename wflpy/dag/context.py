"""What the parts of a running engine share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.dag.chronicle import Chronicle
    from wflpy.dag.course import Course
    from wflpy.dag.directory import RunDirectory
    from wflpy.dag.journal import Journal
    from wflpy.dag.recipe import Kitchen
    from wflpy.dag.settings import RunSettings
    from wflpy.dag.table import Table
    from wflpy.dag.timers import Clock, Timers


@dataclass(slots=True, kw_only=True)
class Context:
    """One run while it is driven."""

    directory: RunDirectory
    settings: RunSettings
    table: Table
    journal: Journal
    chronicle: Chronicle
    kitchen: Kitchen
    course: Course
    timers: Timers
    clock: Clock
    random: Callable[[], float]
    """Numbers from 0 to 1, for the jitter of delays."""
