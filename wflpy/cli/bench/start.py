"""How long it takes to start: the bare interpreter, the import, the command."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

from wflpy.cli.bench.figures import Figure


def measure(rounds: int = 15) -> list[Figure]:
    """The best of ``rounds`` starts of each, in turn, so that a busy moment hits all alike."""
    commands = {
        "bare": ["-c", "pass"],
        "import": ["-c", "import wflpy"],
        "version": ["-m", "wflpy", "--version"],
        "help": ["-m", "wflpy", "--help"],
    }
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, arguments in commands.items():
            best[name] = min(best[name], _seconds([sys.executable, *arguments]))
    bare = best["bare"]
    return [
        Figure(name="bare interpreter", value=bare * 1e3, unit="ms"),
        Figure(name="import wflpy, over that", value=(best["import"] - bare) * 1e3, unit="ms", budget=40),
        Figure(name="wflpy --version, over that", value=(best["version"] - bare) * 1e3, unit="ms", budget=80),
        Figure(name="wflpy --help, over that", value=(best["help"] - bare) * 1e3, unit="ms"),
    ]


def _seconds(command: list[str]) -> float:
    begun = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - begun
