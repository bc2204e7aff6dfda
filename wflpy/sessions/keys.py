"""The keys under which submissions are known before they have an id."""

from __future__ import annotations

import os
from typing import Final

_LENGTH: Final = 24

_ALPHABET: Final = b"abcdefghijklmnopqrstuvwxyz234567"
"""Base32 (RFC 4648) in lower case: safe in file names, labels and object names of every backend."""

# 256 is a multiple of 32, so every character is equally likely.
_CHARACTERS: Final = _ALPHABET * (256 // len(_ALPHABET))


def new_key() -> str:
    """A key that nobody else mints: ``w`` and 24 lower-case base32 characters."""
    return "w" + os.urandom(_LENGTH).translate(_CHARACTERS).decode("ascii")


def new_keys(number: int) -> list[str]:
    """Several keys at once, which is cheaper."""
    text = os.urandom(_LENGTH * number).translate(_CHARACTERS).decode("ascii")
    return [f"w{text[start : start + _LENGTH]}" for start in range(0, len(text), _LENGTH)]
