"""The JSON schema of workflow files, from the model that reads them."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wflpy.loader import model
from wflpy.loader.model import FlowKeys
from wflpy.loader.scalars import is_list, is_mapping

if TYPE_CHECKING:
    from pydantic import BaseModel

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12): closed, with what each key means; keys that begin with ``x-`` are free."""
    document = FlowKeys.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = document["$defs"]
    texts = _meanings()
    for name, definition in {**definitions, "FlowKeys": document}.items():
        for field, text in texts.get(name, {}).items():
            definition["properties"].setdefault(field, {})["description"] = text
    _allow_short_forms(document)
    document["patternProperties"] = {"^x-": {}}
    return {"$schema": _DIALECT, **document, "title": "wflpy workflow"}


def _allow_short_forms(part: object) -> None:
    """Where text may stand for a mapping, say so."""
    if is_list(part):
        for element in part:
            _allow_short_forms(element)
    elif is_mapping(part):
        for value in part.values():
            _allow_short_forms(value)
        short = _SHORT.get(str(part.get("$ref", "")).rpartition("/")[2])
        if short is not None:
            part["anyOf"] = [{"$ref": part.pop("$ref")}, short]


_TEXT: Final = {"type": "string"}
_SHORT: Final[dict[str, dict[str, Any]]] = {
    "BodyKeys": _TEXT,
    "OutputKeys": _TEXT,
    "RetryKeys": {"type": "integer"},
    "TaskKeys": _TEXT,
}


def _meanings() -> dict[str, dict[str, str]]:
    """The text below each key of the model, by class and name in the file, those of base classes included."""
    own: dict[str, dict[str, str]] = {}
    for statement in ast.parse(Path(model.__file__).read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ClassDef):
            own[statement.name] = dict(_texts(statement))
    found: dict[str, dict[str, str]] = {}
    for name in own:
        kind: type[BaseModel] = getattr(model, name)
        texts: dict[str, str] = {}
        for base in reversed(kind.__mro__):
            texts |= own.get(base.__name__, {})
        aliases = {field: info.alias or field for field, info in kind.model_fields.items()}
        found[name] = {aliases[field]: text for field, text in texts.items()}
    return found


def _texts(statement: ast.ClassDef) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for before, after in pairwise(statement.body):
        if not isinstance(before, ast.AnnAssign) or not isinstance(before.target, ast.Name):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found.append((before.target.id, str(after.value.value)))
    return found
