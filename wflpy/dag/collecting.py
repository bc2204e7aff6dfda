"""Garbage collection while millions of objects are made that stay.

The collector looks at all new objects for every 700 of them; with a plan and its run in memory that costs more than the
run itself. Nothing is switched off for good: reference counting frees nearly everything at once anyway.
"""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

_SELDOM: Final = 10_000

_lock = threading.Lock()
_users = 0
_usual = 0


@contextmanager
def seldom() -> Generator[None]:
    """Collect less often inside the block; several threads may be in it at a time."""
    global _users, _usual
    with _lock:
        if _users == 0:
            _usual, *others = gc.get_threshold()
            if 0 < _usual < _SELDOM:
                gc.set_threshold(_SELDOM, *others)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0 and gc.get_threshold()[0] == _SELDOM:
                gc.set_threshold(_usual, *gc.get_threshold()[1:])
