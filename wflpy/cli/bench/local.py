"""Bare processes, DRMAA2 jobs and flows of the same program side by side, as ratios."""

from __future__ import annotations

import os
from time import perf_counter
from typing import TYPE_CHECKING

from wflpy.cli.bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAM = "/bin/true"


def measure(home: Path, count: int = 2_000, rounds: int = 5) -> list[Figure]:
    """Run ``count`` processes in each way, ``rounds`` times in turn; the best round of each counts.

    ``home`` is a state folder of its own for the measurement. The flow is declared outside of the measured time;
    compiling it, its folder, its session and its journal are inside.
    """
    home.mkdir(parents=True, exist_ok=True)
    width = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    ways: dict[str, Callable[[], float]] = {
        "bare": lambda: _bare(count, width),
        "jobs": lambda: _jobs(home, count),
        "flow": lambda: _flow(home, count, keep_output=False),
        "kept": lambda: _flow(home, count, keep_output=True),
    }
    best = {name: min(seconds) for name, seconds in _in_turn(ways, rounds).items()}
    return [
        _each(f"bare posix_spawn and wait, {count:,} x {PROGRAM}, {width} wide", best["bare"], count),
        _each("DRMAA2 run_job, then wait_terminated", best["jobs"], count),
        _each("flow, output not kept", best["flow"], count),
        _each("flow, stdout and stderr kept", best["kept"], count),
        _ratio("speed of DRMAA2 jobs to bare", best["bare"] / best["jobs"], 0.4),
        _ratio("speed of a flow, output not kept, to bare", best["bare"] / best["flow"], 0.5),
        _ratio("speed of a flow, output kept, to bare", best["bare"] / best["kept"], 0.35),
    ]


def _in_turn(ways: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            seconds[name].append(way())
    return seconds


def _each(name: str, seconds: float, count: int) -> Figure:
    return Figure(name=name, value=seconds / count * 1e3, unit="ms")


def _ratio(name: str, value: float, budget: float) -> Figure:
    return Figure(name=name, value=value, unit="x", budget=budget, at_least=True)


def _bare(count: int, width: int) -> float:
    """Seconds for ``count`` processes, ``width`` at a time, with nothing around them."""
    null = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
    running: set[int] = set()
    begun = perf_counter()
    for _ in range(count):
        while len(running) == width:
            running.discard(os.wait()[0])
        running.add(os.posix_spawn(PROGRAM, [PROGRAM], os.environ, file_actions=null, setsid=True))
    while running:
        running.discard(os.wait()[0])
    return perf_counter() - begun


def _jobs(home: Path, count: int) -> float:
    """Seconds for ``count`` DRMAA2 jobs from one thread, one after the other submitted, then waited for."""
    from wflpy.drmaa2 import JobTemplate
    from wflpy.sessions import SessionManager

    template = JobTemplate(remote_command=PROGRAM)
    with SessionManager("process", home=home) as manager:
        session = manager.create_job_session()
        session.run_job(template).wait_terminated()
        begun = perf_counter()
        jobs = [session.run_job(template) for _ in range(count)]
        for job in jobs:
            job.wait_terminated()
        seconds = perf_counter() - begun
        name = session.session_name
        session.close()
        manager.destroy_job_session(name)
    return seconds


def _flow(home: Path, count: int, *, keep_output: bool) -> float:
    """Seconds for a flow of ``count`` tasks that wait for nothing."""
    from wflpy.flow import Flow
    from wflpy.flow.execution import prepare_run

    flow = Flow("bench", base=home)
    for _ in range(count):
        task = flow.run(PROGRAM)
        if not keep_output:
            task.streams(stdout=os.devnull, stderr=os.devnull)
    begun = perf_counter()
    result = prepare_run(flow.spec(), backend="process", home=home).drive()
    seconds = perf_counter() - begun
    result.check()
    return seconds
