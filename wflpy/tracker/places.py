"""Where the state of this user is, and where the sockets of its processes are."""

from __future__ import annotations

import os
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import DeniedByDrmsException, InvalidArgumentException, OutOfResourceException

if TYPE_CHECKING:
    from wflpy.drmaa2 import DrmaaException

PRIVATE: Final = 0o700
"""Mode of every folder made here."""

_FULL: Final = (EDQUOT, ENOSPC)

_LONGEST: Final = 64
"""Bytes of a folder's path below which the path of a socket in it surely stays under the limit of 104 to 108."""


def state_home(home: str | os.PathLike[str] | None = None) -> Path:
    """The folder that holds sessions, jobs and runs, as an absolute path; made with mode 0700 if it is missing.

    ``home`` if it is given, else ``WFLPY_HOME``, else ``$XDG_STATE_HOME/wflpy``, else ``~/.local/state/wflpy``.

    Raises:
        InvalidArgumentException: the folder cannot be made, or is none.
        OutOfResourceException: the disk is full.
    """
    given = os.fspath(home) if home is not None else os.environ.get("WFLPY_HOME")
    folder = Path(given).expanduser().absolute() if given else _xdg("XDG_STATE_HOME", ".local/state") / "wflpy"
    return _made(folder, "give another one as WFLPY_HOME")


def runtime_folder(home: Path) -> Path:
    """The folder for the sockets that belong to a home on this host: private, and short enough for a socket's path.

    ``$XDG_RUNTIME_DIR/wflpy/<hash>`` where there is such a directory and its path is short, else
    ``wflpy-<uid>/wflpy/<hash>`` in the temporary directory; made with mode 0700 if it is missing.

    Raises:
        DeniedByDrmsException: another user could reach it.
        InvalidArgumentException: it cannot be made.
        OutOfResourceException: the disk is full.
    """
    # Imported late: most processes that ask for the home never ask for a socket.
    from hashlib import blake2b

    origin = os.fsencode(os.path.realpath(home)) + b"\0" + os.uname().nodename.encode()
    name = blake2b(origin, digest_size=8).hexdigest()
    base = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    remedy = "unset XDG_RUNTIME_DIR"
    if not base.is_absolute() or len(os.fsencode(base)) > _LONGEST or not os.access(base, os.W_OK | os.X_OK):
        remedy = "set XDG_RUNTIME_DIR or TMPDIR to a folder of your own"
        base = _private(_made(Path(_temporary()) / f"wflpy-{os.getuid()}", remedy))
    return _private(_made(base / "wflpy" / name, remedy))


def _temporary() -> str:
    from tempfile import gettempdir

    return gettempdir()


def _xdg(variable: str, otherwise: str) -> Path:
    given = Path(os.environ.get(variable, ""))
    return given if given.is_absolute() else Path.home() / otherwise


def _made(folder: Path, remedy: str) -> Path:
    try:
        folder.mkdir(PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        kind: type[DrmaaException] = OutOfResourceException if error.errno in _FULL else InvalidArgumentException
        raise kind(f"the folder {folder} cannot be made: {error.strerror}; {remedy}", attributes=("home",)) from error
    return folder


def _private(folder: Path) -> Path:
    found = folder.stat(follow_symlinks=False)
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        text = (
            f"{folder} must be a folder of your own with mode 0700, but belongs to uid {found.st_uid} with mode "
            f"{found.st_mode & 0o7777:04o}; remove it, or set XDG_RUNTIME_DIR to a private folder"
        )
        raise DeniedByDrmsException(text)
    return folder
