"""Which keys of ``extensions`` in a job template belong to a tracker (GFD.231 chapter 5).

A key is a prefix and a name, such as ``slurm_qos``; the prefix is that of one tracker, or ``container_`` for what the
container trackers share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wflpy.drmaa2 import InvalidArgumentException, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PREFIXES: Final = {
    "apptainer": "apptainer",
    "cf": "cloudfoundry",
    "container": "container",
    "containerd": "containerd",
    "docker": "docker",
    "drmaa1": "drmaa1",
    "fake": "fake",
    "gcp": "googlebatch",
    "k8s": "kubernetes",
    "podman": "podman",
    "process": "process",
    "remote": "remote",
    "slurm": "slurm",
}
"""Prefix of an extension key -> the tracker it belongs to."""


def check_extensions(extensions: Mapping[str, str] | None, tracker: str, known: Collection[str]) -> list[str]:
    """The keys that are ignored here because they belong to another tracker.

    Args:
        extensions: of the template.
        tracker: the name of the tracker that asks.
        known: the full keys it takes.

    Raises:
        InvalidArgumentException: names every key of an unknown prefix, and every unknown key of this tracker.
    """
    ignored: list[str] = []
    wrong: list[str] = []
    for key in extensions or ():
        prefix, _, rest = key.partition("_")
        owner = PREFIXES.get(prefix, tracker if prefix == tracker else None) if rest else None
        if key in known:
            continue
        if owner is None or owner == tracker:
            wrong.append(key)
        else:
            ignored.append(key)
    if wrong:
        told = ", ".join(f"{key!r}{did_you_mean(key, known)}" for key in wrong)
        takes = ", ".join(sorted(known)) or "no extensions"
        text = f"job template: the {tracker} tracker does not know the extension {told}; it takes {takes}"
        raise InvalidArgumentException(text, attributes=[f"extensions[{key}]" for key in wrong], tracker=tracker)
    return ignored
