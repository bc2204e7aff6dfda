"""Whose an extension key is."""

from __future__ import annotations

import pytest

from wflpy.drmaa2 import InvalidArgumentException
from wflpy.tracker.extensions import check_extensions

KNOWN = ("docker_user", "container_volumes")


@pytest.mark.parametrize("extensions", [None, {}, {"docker_user": "x", "container_volumes": "y"}])
def test_known_keys_are_taken(extensions: dict[str, str] | None) -> None:
    assert check_extensions(extensions, "docker", KNOWN) == []


def test_keys_of_other_trackers_are_ignored_and_told() -> None:
    assert check_extensions({"slurm_qos": "x", "k8s_node": "y"}, "docker", KNOWN) == ["slurm_qos", "k8s_node"]


@pytest.mark.parametrize("key", ["docker_usr", "docker_", "nobody_x", "nokey", "", "_x"])
def test_other_keys_are_refused_and_named(key: str) -> None:
    with pytest.raises(InvalidArgumentException) as refusal:
        check_extensions({key: "x", "slurm_qos": "y"}, "docker", KNOWN)
    assert refusal.value.attributes == (f"extensions[{key}]",)
    assert "it takes container_volumes, docker_user" in str(refusal.value)


def test_a_misspelt_key_has_a_suggestion() -> None:
    with pytest.raises(InvalidArgumentException, match=r"'docker_usr' \(did you mean \"docker_user\"\?\)"):
        check_extensions({"docker_usr": "x"}, "docker", KNOWN)


def test_what_the_container_trackers_share_is_ignored_elsewhere() -> None:
    assert check_extensions({"container_volumes": "x"}, "process", ()) == ["container_volumes"]


def test_a_tracker_of_somebody_else_has_its_name_as_prefix() -> None:
    assert check_extensions({"mine_x": "1", "docker_user": "2"}, "mine", ("mine_x",)) == ["docker_user"]
    with pytest.raises(InvalidArgumentException, match="it takes no extensions"):
        check_extensions({"mine_x": "1"}, "mine", ())
