"""A run as JSON lines, for programs: one object for each event, the result as the last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.dag.events import RunEvent


class Records:
    """Writes events as JSON lines; fields that say nothing are left out."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._broken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        return

    def on_event(self, event: RunEvent) -> None:
        """Write one event."""
        said = {name: value for name, value in event._asdict().items() if value is not None and value != ""}
        if not event.attempt:
            del said["attempt"]
        self.write(said)

    def write(self, record: Mapping[str, object]) -> None:
        """Write one object as one line."""
        if self._broken:
            return
        try:
            self._stream.write(json.dumps(record, default=str) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._broken = True  # nobody reads any more; the run goes on
