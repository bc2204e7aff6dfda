"""Carries the state changes of a fake installation to one open tracker, in a thread of its own."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wflpy.tracker import StateChange


class Courier:
    """One thread that calls ``publish`` with batches of changes; it begins with the first one that anybody hears.

    Args:
        publish: is called with each batch.
        is_heard: whether that would reach anybody.
        name: of the thread.
    """

    def __init__(
        self, publish: Callable[[Sequence[StateChange]], None], is_heard: Callable[[], bool], name: str
    ) -> None:
        self._publish: Final = publish
        self.is_heard: Final = is_heard
        self._name: Final = name
        self._batches: Final[SimpleQueue[Sequence[StateChange] | Callable[[], None] | None]] = SimpleQueue()
        self._lock: Final = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def send(self, changes: Sequence[StateChange]) -> None:
        """Have these published after all that was sent before."""
        if not self.is_heard():
            return
        self._batches.put(changes)
        if self._thread is None:
            self._start()

    def call(self, action: Callable[[], None]) -> None:
        """Have this called after all that was sent before."""
        self._batches.put(action)
        self._start()

    def settle(self) -> None:
        """Return when everything is published, and what came of that too; at once from inside a callback."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        while not self._closed:
            done = threading.Event()
            self._batches.put(done.set)
            while not done.wait(0.05) and thread.is_alive():
                pass
            if self._batches.empty():
                return

    def close(self) -> None:
        """End the thread after the batch in progress. Twice is fine."""
        with self._lock:
            self._closed = True
            thread = self._thread
        self._batches.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None and not self._closed:
            if callable(batch):
                batch()
            else:
                self._publish(batch)
