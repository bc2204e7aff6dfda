"""Compiling a large flow, and checking a large workflow file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

from wflpy.cli.bench.apart import measured_apart
from wflpy.cli.bench.figures import Figure
from wflpy.drmaa2 import WflpyError

LAYER = 1_000
EDGES = 3
"""Edges that lead to each task."""


def measure(home: Path, tasks: int = 100_000, in_file: int = 10_000) -> list[Figure]:
    """Compile ``tasks`` tasks with three edges each, and validate a file with ``in_file`` tasks."""
    home.mkdir(parents=True, exist_ok=True)
    said = measured_apart("wflpy.cli.bench.compile", "flow", home, tasks)
    said |= measured_apart("wflpy.cli.bench.compile", "file", home, in_file)
    edges = int(said["edges"])
    return [
        Figure(name=f"declare {tasks:,} tasks and {edges:,} edges in Python", value=said["declare"], unit="s"),
        Figure(name=f"compile {tasks:,} tasks and {edges:,} edges", value=said["compile"], unit="s", budget=1.5),
        Figure(name=f"validate a file with {in_file:,} tasks", value=said["validate"], unit="s", budget=2.5),
    ]


def compile_seconds(home: Path, count: int) -> dict[str, float]:
    """Seconds to declare and to compile a flow in layers."""
    from wflpy.flow import Flow, Task

    begun = perf_counter()
    flow = Flow("compiled", base=home)
    before: list[Task] = []
    edges = 0
    for start in range(0, count, LAYER):
        layer = [flow.run("true", name=f"t{number}") for number in range(start, min(start + LAYER, count))]
        for place, task in enumerate(layer if before else ()):
            task.after(*(before[(place + step) % len(before)] for step in range(EDGES)))
            edges += EDGES
        before = layer
    declared = perf_counter()
    flow.compile()
    return {"declare": declared - begun, "compile": perf_counter() - declared, "edges": float(edges)}


def write_file(path: Path, count: int) -> None:
    """Write a workflow file of ``count`` tasks, each with a parameter, a file it writes, and one it needs."""
    lines = ["wfl: 1", "name: large", "params:", "  rows: {type: int, default: 10}", "tasks:"]
    for number in range(count):
        lines += [f"  t{number}:", f"    run: work --rows ${{{{ params.rows }}}} --out out/{number}.csv"]
        lines += [f"    outputs: {{table: out/{number}.csv}}", "    timeout: 30m"]
        if number >= LAYER:
            lines.append(f"    needs: [t{number - LAYER}]")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def validate_seconds(home: Path, count: int) -> dict[str, float]:
    """Seconds to find nothing wrong with a large file, the imports included."""
    file = home / "large.yaml"
    write_file(file, count)
    begun = perf_counter()
    from wflpy.loader import check_file

    wrong = check_file(file)
    seconds = perf_counter() - begun
    if wrong:
        raise WflpyError(f"the file of the measurement must be right: {wrong[0]}")
    return {"validate": seconds}


if __name__ == "__main__":
    what, folder, size = sys.argv[1:]
    found = compile_seconds(Path(folder), int(size)) if what == "flow" else validate_seconds(Path(folder), int(size))
    sys.stdout.write(json.dumps(found))
