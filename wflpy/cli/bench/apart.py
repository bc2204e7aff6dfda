"""Measurements in a process of their own, so that neither memory nor imports of one are in the figures of another."""

from __future__ import annotations

import json
import subprocess
import sys

from wflpy.drmaa2 import WflpyError


def measured_apart(module: str, *arguments: object) -> dict[str, float]:
    """What ``python -m module arguments`` prints: one JSON object of numbers.

    Raises:
        WflpyError: it failed; with what it said.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise WflpyError(f"{' '.join(command)} ended with status {ended.returncode}:\n{ended.stderr.rstrip()}")
    said: dict[str, float] = json.loads(ended.stdout)
    return said
