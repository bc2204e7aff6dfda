"""``wflpy trackers``: which backends there are, what each can do, and which options it takes."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from wflpy.cli.inputs import json_option
from wflpy.cli.wording import columns, indented
from wflpy.drmaa2 import WflpyError
from wflpy.expr.values import is_list
from wflpy.tracker import tracker_class, tracker_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wflpy.tracker import JobTracker

Entry = dict[str, Any]


@click.command("trackers")
@json_option
def command(as_json: bool) -> None:
    """List the backends, what each can do and what is missing.

    Capabilities are the standard's optional features, abilities what it has no word for. Options are given with -o to
    'wflpy run'.

    \b
    Example:
      wflpy trackers
    """
    found = [_entry(name) for name in tracker_names()]
    click.echo(json.dumps(found, indent=2, default=str) if as_json else "\n\n".join(map(_text, found)))


def _entry(name: str) -> Entry:
    try:
        cls = tracker_class(name)
    except WflpyError as missing:
        return {"name": name, "available": False, "reason": str(missing)}
    about = (cls.__doc__ or "").strip().splitlines()
    return {
        "name": name,
        "available": True,
        "description": about[0] if about else "",
        "files": cls.files.value,
        "capabilities": sorted(capability.name for capability in cls.capabilities),
        "abilities": sorted(ability.value for ability in cls.abilities),
        "options": list(_options(cls)),
    }


def _options(cls: type[JobTracker]) -> Iterator[Entry]:
    defaults = cls.options_type()
    described: Any = cls.options_type  # a dataclass, which only its own tracker knows in full
    for field in fields(described):
        if field.init:
            default = getattr(defaults, field.name)
            yield {"name": field.name, "default": default, "help": field.metadata.get("help", "")}


def _text(entry: Entry) -> str:
    if not entry["available"]:
        return f"{entry['name']}: not available\n{indented(entry['reason'], '  ')}"
    lines = [f"{entry['name']}: {entry['description']}"]
    lines += [f"  {label}: {', '.join(entry[label]) or 'none'}" for label in ("capabilities", "abilities")]
    if entry["options"]:
        lines.append("  options:")
        rows = [(f"{option['name']}={_default(option['default'])}", option["help"]) for option in entry["options"]]
        lines += [f"    {line}" for line in columns(rows)]
    return "\n".join(lines)


def _default(value: object) -> str:
    """A default as it would be typed."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(str(part) for part in value) if is_list(value) else str(value)
