"""The engine alone: layers of tasks on the fake tracker, every job ending at once."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from wflpy.cli.bench.apart import measured_apart
from wflpy.cli.bench.figures import Figure

if TYPE_CHECKING:
    from wflpy.dag.plan import Plan
    from wflpy.flow import Task

LAYER = 1_000


def measure(home: Path, count: int = 100_000, rounds: int = 2) -> list[Figure]:
    """A quarter, a half and all of ``count`` tasks, each in a process of its own so that its memory is its own.

    All sizes are run in turn, ``rounds`` times; the best round of each counts.
    """
    sizes = (count // 4, count // 2, count)
    runs = {size: {"seconds": float("inf"), "megabytes": 0.0} for size in sizes}
    for turn in range(rounds):
        for size in sizes:
            run = measured_apart("wflpy.cli.bench.engine", home / f"{size}-{turn}", size)
            best = min(run["seconds"], runs[size]["seconds"])
            runs[size] = {"seconds": best, "megabytes": max(run["megabytes"], runs[size]["megabytes"])}
    seconds = {size: run["seconds"] for size, run in runs.items()}
    growth = seconds[count] / seconds[sizes[0]] / (count / sizes[0])
    speed = count / seconds[count]
    return [
        *(Figure(name=f"engine, {size:,} tasks in layers", value=seconds[size], unit="s") for size in sizes),
        Figure(name=f"engine, {count:,} tasks", value=speed, unit="tasks/s", budget=20_000, at_least=True),
        Figure(name=f"peak memory with {count:,} tasks", value=runs[count]["megabytes"], unit="MB", budget=300),
        Figure(name="time a task with all of them to that with a quarter", value=growth, unit="x", budget=1.3),
    ]


def layers(home: Path, count: int) -> Plan:
    """The plan of ``count`` tasks in layers, each needing two tasks of the layer before."""
    from wflpy.flow import Flow

    flow = Flow("layers", base=home)
    before: list[Task] = []
    for start in range(0, count, LAYER):
        layer = [flow.run("true", name=f"t{number}") for number in range(start, min(start + LAYER, count))]
        for place, task in enumerate(layer if before else ()):
            task.after(before[place], before[(place + 1) % len(before)])
        before = layer
    return flow.compile()


def engine_seconds(plan: Plan, home: Path) -> float:
    """Seconds to run a plan with its journal on disk and the ledger in memory."""
    from wflpy.dag.engine import Engine
    from wflpy.dag.runs import RunDirectory
    from wflpy.sessions import SessionManager
    from wflpy.store import MemoryStore

    with SessionManager("fake", store=MemoryStore()) as manager:
        session = manager.create_job_session("bench")
        directory = RunDirectory.create(home, plan)
        begun = perf_counter()
        result = Engine(plan, session, directory).run()
        seconds = perf_counter() - begun
    result.check()
    return seconds


if __name__ == "__main__":
    folder, size = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True)
    taken = engine_seconds(layers(folder, size), folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": taken, "megabytes": peak}))
