"""The clients of a keeper: who may connect, and bytes in and out without ever waiting for one of them."""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING, Final

from wflpy_trackers._local.loop import GONE, READ, WRITE
from wflpy_trackers._local.wire import Lines, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy_trackers._local.jobs import Context, Session
    from wflpy_trackers._local.loop import Loop

_BLOCK: Final = 1 << 18
_TOO_MUCH: Final = 1 << 26
"""Bytes a client may leave unread; then it is cut off, and asks anew when it comes back."""


class Peer:
    """One connection."""

    def __init__(self, connection: socket.socket, loop: Loop, serve: Callable[[Peer, list[bytes]], None]) -> None:
        connection.setblocking(False)
        self._socket: Final = connection
        self._descriptor: Final = connection.fileno()
        self._loop: Final = loop
        self._serve: Final = serve
        self._lines: Final = Lines()
        self._unsent = bytearray()
        self._is_choked = False
        self.on_close: Callable[[Peer], None] = _nothing
        self.is_open = True
        self.greeted = False
        """Whether it has said which protocol it speaks."""
        self.session: Session | None = None
        self.context: Context | None = None
        self.waits: list[bytes] = []
        """Lines of a request that is not complete."""
        loop.add(self._descriptor, self._ready)

    def answer(self, value: object) -> None:
        """Have a line sent by the next `flush`."""
        self._unsent += encode(value)

    def send(self, data: bytes) -> None:
        """Have bytes sent by the next `flush`."""
        self._unsent += data

    def flush(self) -> None:
        """Send as much as the client takes; the rest follows when it takes more."""
        if not self._unsent or not self.is_open:
            return
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        del self._unsent[:sent]
        if len(self._unsent) > _TOO_MUCH:
            self.close()
        elif bool(self._unsent) is not self._is_choked:
            self._is_choked = not self._is_choked
            self._loop.change(self._descriptor, READ | WRITE if self._is_choked else READ)

    def close(self) -> None:
        """Let the client go. Twice is fine."""
        if self.is_open:
            self.is_open = False
            self._loop.remove(self._descriptor)
            self._socket.close()
            self.on_close(self)

    def _ready(self, events: int) -> None:
        if events & WRITE:
            self.flush()
        if events & (READ | GONE) and self.is_open:
            self._receive()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_BLOCK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        lines = self._lines.feed(data)
        if lines:
            self._serve(self, lines)


def is_ours(connection: socket.socket) -> bool:
    """Whether the other end belongs to the same user; where nobody can tell, the mode of the folder decides."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return bool(uid == os.geteuid())


def _nothing(_peer: Peer) -> None:
    pass
