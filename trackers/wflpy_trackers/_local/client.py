"""Talking to the keeper: requests from any thread, and the stream of what happens in one session.

If the keeper goes away, the next request finds or starts another one and is made again, once. Every request may be made
twice: jobs are submitted under keys, and the rest says where a job is to be, not where it is to go.
"""

from __future__ import annotations

import os
import socket
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final

from wflpy.drmaa2 import (
    DrmaaException,
    DrmCommunicationException,
    InternalException,
    InvalidArgumentException,
    InvalidSessionException,
    OutOfResourceException,
)
from wflpy_trackers._local.launch import connect
from wflpy_trackers._local.peers import is_ours
from wflpy_trackers._local.wire import Lines, decode, encode
from wflpy_trackers._local.words import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wflpy_trackers._local.launch import Place

_BLOCK: Final = 1 << 18
PATIENCE: Final = 30.0
"""Seconds after which a keeper that says nothing is given up: it answers the largest request in a fraction of that."""
_KINDS: Final[dict[str, type[DrmaaException]]] = {
    "argument": InvalidArgumentException,
    "resource": OutOfResourceException,
    "internal": InternalException,
    "version": DrmCommunicationException,
}


class Connection:
    """One socket to the keeper, greeted; requests are answered in order."""

    def __init__(self, place: Place, session: str, slots: int | None) -> None:
        self._socket: Final = connect(place, slots)
        self._socket.settimeout(PATIENCE)
        self._lines: Final = Lines()
        self._ready: Final[list[bytes]] = []
        _connections.add(self)
        try:
            if not is_ours(self._socket):
                raise DrmCommunicationException(f"the keeper of {place.folder} belongs to another user")
            self.facts: Final[dict[str, Any]] = self.ask(encode(["hello", 0, PROTOCOL, session, slots]))[0]
        except BaseException:
            self._socket.close()
            raise

    def ask(self, requests: bytes, answers: int = 1) -> list[Any]:
        """Send requests and return what they are answered.

        Raises:
            ConnectionError: the keeper is gone.
            DrmaaException: it refused one of them.
        """
        self._socket.sendall(requests)
        # All are read before one of them is looked at: a refusal must leave no answer behind for the next request.
        lines = [self._line() for _ in range(answers)]
        return [_value(line) for line in lines]

    def batch(self) -> list[bytes]:
        """The lines that come next; none when the keeper is gone or the connection was closed."""
        self._socket.settimeout(None)
        while not self._ready:
            data = self._socket.recv(_BLOCK)
            if not data:
                return []
            self._ready.extend(self._lines.feed(data))
        lines = self._ready[:]
        self._ready.clear()
        return lines

    def shut(self) -> None:
        """End what another thread is reading or writing."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        """Let go of the socket. Twice is fine."""
        self._socket.close()

    def _line(self) -> bytes:
        while not self._ready:
            data = self._socket.recv(_BLOCK)
            if not data:
                raise ConnectionResetError("the keeper closed the connection")
            self._ready.extend(self._lines.feed(data))
        return self._ready.pop(0)


def _value(line: bytes) -> Any:
    verdict, *values = decode(line)
    if verdict == "ok":
        return values[0]
    kind, text = values
    raise _KINDS.get(kind, InternalException)(text, tracker="process")


class Keeper:
    """The keeper, as one session sees it. All methods may be called from several threads."""

    def __init__(self, place: Place, session: str, slots: int | None) -> None:
        self._place: Final = place
        self._session: Final = session
        self._slots: Final = slots
        self._process: Final = os.getpid()
        self._lock: Final = threading.Lock()
        self._closed = False
        self._context = b""
        self._told: Connection | None = None
        """The connection that knows the context."""
        self._connection: Connection | None = _connection(place, session, slots)
        self.facts: Final = self._connection.facts
        """``pid``, ``host``, ``owner`` and ``slots`` of the keeper that was found first."""

    def request(self, name: str, *values: object) -> Any:
        """Make a request and return its answer.

        Raises:
            InvalidSessionException: this was closed, or belongs to the parent of this process.
            DrmCommunicationException: the keeper is gone and cannot be started again.
            DrmaaException: the keeper refuses.
        """
        data = encode([name, 0, *values])
        return self._with_connection(lambda connection: connection.ask(data)[0])

    def submit(self, name: str, lines: Sequence[bytes], context: bytes, *values: object) -> Any:
        """Make a request that is followed by lines, for jobs that take over this context; see `request`."""
        data = encode([name, len(lines), *values]) + b"".join(lines)

        def ask(connection: Connection) -> Any:
            if self._told is connection and self._context == context:
                return connection.ask(data)[0]
            self._told = None
            answer = connection.ask(encode(["context", 1]) + context + b"\n" + data, 2)[1]
            self._told, self._context = connection, context
            return answer

        return self._with_connection(ask)

    def new_connection(self) -> Connection:
        """Another connection, to a keeper that is started if there is none.

        Raises:
            DrmCommunicationException: there is none and none can be started.
        """
        return _connection(self._place, self._session, self._slots)

    def check_open(self) -> None:
        """Do nothing if requests may be made.

        Raises:
            InvalidSessionException: this was closed, or belongs to the parent of this process.
        """
        if self._closed:
            raise InvalidSessionException("the session is closed", tracker="process")
        if os.getpid() != self._process:
            text = "the session belongs to the process this one was forked from; open it again here"
            raise InvalidSessionException(text, tracker="process")

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Let go of the connection; a request under way in another thread ends. Twice is fine."""
        if self._closed or os.getpid() != self._process:
            return
        self._closed = True
        connection = self._connection
        if connection is not None:
            connection.shut()
        with self._lock:
            self._disconnect()

    def _with_connection(self, ask: Callable[[Connection], Any]) -> Any:
        with self._lock:
            self.check_open()
            try:
                return self._once(ask)
            except TimeoutError as error:
                raise _silent(self._place) from error
            except OSError:
                # It has gone, as it does when its last job has ended: there may be another, or one is started.
                self.check_open()
            try:
                return self._once(ask)
            except OSError as error:
                raise _unreachable(self._place, error) from error

    def _once(self, ask: Callable[[Connection], Any]) -> Any:
        try:
            return ask(self._connected())
        except DrmaaException:
            raise
        except BaseException:
            # An interrupt, too, may have left an answer unread, which the next request would take for its own.
            self._disconnect()
            raise

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._place, self._session, self._slots)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _connection(place: Place, session: str, slots: int | None) -> Connection:
    """A connection; a keeper that goes away at this very moment is followed by another.

    Raises:
        DrmCommunicationException: there is no keeper and none can be started, or it does not answer.
    """
    try:
        try:
            return Connection(place, session, slots)
        except ConnectionError:
            return Connection(place, session, slots)
    except DrmaaException:
        raise
    except TimeoutError as error:
        raise _silent(place) from error
    except OSError as error:
        raise _unreachable(place, error) from error


def _silent(place: Place) -> DrmCommunicationException:
    text = f"the keeper of {place.folder} has not answered for {PATIENCE:g} s; it may be stopped, or its disk may hang"
    return DrmCommunicationException(text, tracker="process")


def _unreachable(place: Place, error: OSError) -> DrmCommunicationException:
    text = f"the keeper of {place.folder} does not answer: {error}; see {place.folder / 'keeper.log'}"
    return DrmCommunicationException(text, tracker="process")


_connections: Final[weakref.WeakSet[Connection]] = weakref.WeakSet()


def _after_fork() -> None:
    """In the child: close the copies of the descriptors, so that the keeper sees it when the parent goes."""
    for connection in tuple(_connections):
        connection.close()
    _connections.clear()


os.register_at_fork(after_in_child=_after_fork)
