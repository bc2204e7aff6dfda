"""Finding the keeper of a home, or starting it.

The lock file of a home says where its keeper listens. Nobody has to win a race: of several keepers that are started at
once, one gets the lock and the others leave; every client then finds the one that stayed.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from wflpy.drmaa2 import DrmCommunicationException, TrackerUnavailable
from wflpy.tracker.places import PRIVATE, runtime_folder
from wflpy_trackers._local.wire import decode
from wflpy_trackers._local.words import ANOTHER, RUNS

_PATIENCE: Final = 10.0
"""Seconds within which a keeper must be found or started."""
_START: Final = 60.0
"""Seconds a keeper may take to read its log."""
_PAUSE: Final = 0.02
_SOURCE: Final = str(Path(__file__).parents[2])
"""The folder that holds the package, for a keeper that knows no other."""
_BOOT: Final = (
    "import sys; sys.path.append(sys.argv[1]); from wflpy_trackers._local.keeper import main; main(sys.argv[2:])"
)


class Place(NamedTuple):
    """The files of the keeper of a home on this host."""

    folder: Path
    """Holds its log and lock."""
    sockets: tuple[str, ...]
    """Where it may listen, the best first."""


def place_of(home: Path) -> Place:
    """The place of the keeper of this home; its folder is made if it is missing.

    Raises:
        DrmaaException: a folder cannot be made, or is not private.
    """
    folder = home / "process" / (os.uname().nodename.replace("/", "_") or "localhost")
    try:
        folder.mkdir(PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        raise DrmCommunicationException(f"the folder {folder} cannot be made: {error.strerror}") from error
    return Place(folder, (str(runtime_folder(home) / "process.sock"), str(folder / "process.sock")))


def connect(place: Place, slots: int | None) -> socket.socket:
    """A connection to the keeper of this place, which is started if there is none.

    Args:
        place: its place.
        slots: how many it begins with; as many as CPUs if None.

    Raises:
        DrmCommunicationException: there is none and none can be started, or it does not answer.
        TrackerUnavailable: no Python to run it with is known.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        connection = _try(_socket_of(place))
        if connection is not None:
            return connection
        report = start(place, slots)
        if report not in (RUNS, ANOTHER):
            raise _unreachable(place, report or "it ended without a word")
        if time.monotonic() > deadline:
            raise _unreachable(place, "it holds the lock, but does not answer")
        if report == ANOTHER:
            # It may be about to listen, or to leave, or somebody removed its socket.
            _wake(place)
            time.sleep(_PAUSE)


def _unreachable(place: Place, problem: str) -> DrmCommunicationException:
    text = f"the keeper of {place.folder} cannot be reached: {problem}; see {place.folder / 'keeper.log'}"
    return DrmCommunicationException(text, tracker="process")


def start(place: Place, slots: int | None) -> str:
    """Start a keeper and return what it reports: RUNS, ANOTHER, or the reason why it cannot run."""
    if not sys.executable:
        raise TrackerUnavailable("the keeper of the process tracker needs a Python: sys.executable is empty")
    ours, theirs = os.pipe()
    try:
        # Descriptor 3 in the child, whatever it is here.
        null = os.devnull
        actions = [
            (os.POSIX_SPAWN_DUP2, theirs, 3),
            (os.POSIX_SPAWN_OPEN, 0, null, os.O_RDWR, 0),
            (os.POSIX_SPAWN_OPEN, 1, null, os.O_RDWR, 0),
            (os.POSIX_SPAWN_OPEN, 2, null, os.O_RDWR, 0),
        ]
        arguments = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BOOT]
        arguments += [_SOURCE, str(place.folder), str(slots or 0), "3", *place.sockets]
        pid = os.posix_spawn(sys.executable, arguments, {}, file_actions=actions, setsid=True, setsigmask=())
    except OSError as error:
        os.close(ours)
        return f"{sys.executable} cannot be run: {error.strerror}"
    finally:
        os.close(theirs)
    with suppress(ChildProcessError):
        # It forks at once; somebody else in this process may have waited for it.
        os.waitpid(pid, 0)
    try:
        return _read(ours, _START)
    finally:
        os.close(ours)


def _read(descriptor: int, seconds: float) -> str:
    """What comes until the other end is closed or one message is there."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if not poll.poll(seconds * 1000):
        return f"it did not get ready within {seconds:g} s"
    return os.read(descriptor, 65536).decode(errors="replace")


def _socket_of(place: Place) -> str:
    published = _published(place)
    return str(published["socket"]) if published else place.sockets[0]


def _published(place: Place) -> dict[str, object] | None:
    try:
        found: dict[str, object] = decode((place.folder / "lock").read_bytes())
    except (OSError, ValueError):
        return None
    return found


def _try(path: str) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        return None
    return connection


def _wake(place: Place) -> None:
    """Have a keeper whose socket was removed listen anew; nothing if it is gone meanwhile."""
    published = _published(place)
    if published is None or Path(str(published["socket"])).exists():
        return
    pid = int(str(published["pid"]))
    if _is_locked(place) and _owned(pid, place):
        with suppress(OSError):
            os.kill(pid, signal.SIGHUP)


def _is_locked(place: Place) -> bool:
    descriptor = os.open(place.folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _owned(pid: int, place: Place) -> bool:
    """Whether this process is a keeper of this place, as far as its command line tells."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()
    return os.fsencode(place.folder) in command.split(b"\0")
