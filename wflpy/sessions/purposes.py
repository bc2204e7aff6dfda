"""What the attributes of the standard's structures are for, in the words of their documentation."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from textwrap import dedent
from typing import Final

from wflpy.drmaa2 import SCHEMAS

_OTHERWISE: Final = {
    "extensions": "Attributes outside the standard; keys carry the prefix of their tracker.",
    "machine_name": "Name of the machine.",
    "major": "The part of the version before the first dot.",
    "minor": "The part of the version after the first dot.",
    "name": "Name, as the DRM system reports it.",
    "slots": "Number of slots.",
}
"""Attributes whose names say it, so that nothing is written beside them."""


def purposes(struct: type) -> dict[str, str]:
    """Attribute -> what it is for; its name alone where the source of the library was not installed with it."""
    written = _written(struct)
    return {
        attribute.name: written.get(attribute.name) or _OTHERWISE.get(attribute.name) or attribute.spec_name
        for attribute in SCHEMAS[struct]
    }


def _written(struct: type) -> dict[str, str]:
    """The string that stands below each attribute, on one line."""
    try:
        body = ast.parse(dedent(inspect.getsource(struct))).body[0]
    except (OSError, TypeError, SyntaxError):
        return {}
    found: dict[str, str] = {}
    for node, below in pairwise(ast.iter_child_nodes(body)):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[node.target.id] = " ".join(str(below.value.value).split())
    return found
