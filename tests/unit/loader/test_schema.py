"""The JSON schema says what the model reads."""

from __future__ import annotations

import json
from typing import Any

from wflpy.loader import schema
from wflpy.loader.model import BackendKeys, FlowKeys, TaskKeys
from wflpy.loader.scalars import is_list, is_mapping
from wflpy.loader.shape import keys_of


def definitions() -> dict[str, Any]:
    return {"FlowKeys": schema(), **schema()["$defs"]}


def test_is_plain_json() -> None:
    assert json.loads(json.dumps(schema())) == schema()


def test_is_closed_besides_names_of_ones_own() -> None:
    for name, definition in definitions().items():
        assert definition["additionalProperties"] is (name == BackendKeys.__name__), name
    assert schema()["patternProperties"] == {"^x-": {}}


def test_has_every_key_as_it_is_written() -> None:
    assert list(schema()["properties"]) == keys_of(FlowKeys)
    assert {"with", "run", "drmaa2", "foreach", "recover"} <= set(definitions()["TaskKeys"]["properties"])
    assert list(definitions()["TaskKeys"]["properties"]) == keys_of(TaskKeys)
    assert schema()["required"] == ["wfl", "tasks"]
    assert "finally" in schema()["properties"]


def test_short_forms_are_allowed() -> None:
    assert schema()["properties"]["tasks"]["additionalProperties"] == {
        "anyOf": [{"$ref": "#/$defs/TaskKeys"}, {"type": "string"}]
    }
    assert {"type": "integer"} in mappings_in(definitions()["TaskKeys"]["properties"]["retry"])


def test_keys_are_explained() -> None:
    task = definitions()["TaskKeys"]["properties"]
    assert task["needs"]["description"].startswith("Tasks that come before")
    assert task["env"]["anyOf"]
    assert task["timeout"]["description"] == "For each attempt, from when it runs."


def mappings_in(part: object) -> list[object]:
    """Every mapping inside of a part of a schema."""
    if is_mapping(part):
        return [part, *(one for value in part.values() for one in mappings_in(value))]
    return [one for value in part for one in mappings_in(value)] if is_list(part) else []
