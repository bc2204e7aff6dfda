"""How records travel and are stored: JSON, one record a line, so that no other framing is needed.

JSON text as written here holds no tab and no newline, so a tab may join two values in one line.
"""

from __future__ import annotations

import json
from typing import Any, Final

encode_text: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
"""A value as JSON, ASCII only; what is not Unicode in a path survives as a lone surrogate."""

_scan: Final = json.JSONDecoder().raw_decode


def decode(data: bytes) -> Any:
    """The value of a line.

    Raises:
        ValueError: it is not JSON.
    """
    return _scan(data.decode())[0]


def encode(value: Any) -> bytes:
    """A value as one line."""
    return encode_text(value).encode() + b"\n"


class Lines:
    """The incoming half of a connection: bytes in, whole lines out."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete with these bytes, without their ends."""
        *lines, self._rest = (self._rest + data if self._rest else data).split(b"\n")
        return lines
