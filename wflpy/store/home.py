"""Where the state of this user is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wflpy.tracker.places import state_home

if TYPE_CHECKING:
    from pathlib import Path


def home() -> Path:
    """The folder that holds sessions and runs, made with mode 0700 if it is missing.

    ``WFLPY_HOME``, else ``$XDG_STATE_HOME/wflpy``, else ``~/.local/state/wflpy``.
    """
    return state_home()
