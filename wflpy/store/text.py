"""Structures and records as the text of a column, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wflpy.drmaa2 import InvalidArgumentException, JobInfo, JobTemplate, ReservationTemplate, from_dict, to_dict

if TYPE_CHECKING:
    from collections.abc import Mapping

# Escaping all that is not ASCII also carries file names that are no valid Unicode.
_encode = json.JSONEncoder(separators=(",", ":")).encode


def write_record(record: Mapping[str, object]) -> str:
    """A JSON-ready record as text.

    Raises:
        InvalidArgumentException: it holds something that JSON has no word for.
    """
    try:
        return _encode(record if isinstance(record, dict) else dict(record))
    except (TypeError, ValueError) as error:
        raise InvalidArgumentException(f"this record cannot be written as JSON: {error}") from error


def read_record(text: str) -> dict[str, Any]:
    """The record that was written as this text."""
    record: dict[str, Any] = json.loads(text)
    return record


def write_struct(struct: JobTemplate | JobInfo | ReservationTemplate) -> str:
    """A template or an info as text."""
    return _encode(to_dict(struct))


def read_template(text: str | None) -> JobTemplate | None:
    """The template that was written as this text."""
    return None if text is None else from_dict(JobTemplate, json.loads(text))


def read_info(text: str | None) -> JobInfo | None:
    """The info that was written as this text."""
    return None if text is None else from_dict(JobInfo, json.loads(text))


def read_reservation(text: str) -> ReservationTemplate:
    """The template of a reservation that was written as this text."""
    return from_dict(ReservationTemplate, json.loads(text))
