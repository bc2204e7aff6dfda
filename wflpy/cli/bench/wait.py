"""How long after the end of a process a wait returns."""

from __future__ import annotations

import statistics
import sys
from time import CLOCK_MONOTONIC, clock_gettime
from typing import TYPE_CHECKING

from wflpy.cli.bench.figures import Figure

if TYPE_CHECKING:
    from pathlib import Path

_SAY_WHEN = """
import os, time
os.write(1, repr(time.clock_gettime(time.CLOCK_MONOTONIC)).encode())
os._exit(0)
"""


def measure(home: Path, rounds: int = 50) -> list[Figure]:
    """The median over ``rounds`` jobs, each of which writes down the moment it ends."""
    from wflpy.drmaa2 import JobTemplate
    from wflpy.sessions import SessionManager

    home.mkdir(parents=True, exist_ok=True)
    delays: list[float] = []
    with SessionManager("process", home=home) as manager:
        session = manager.create_job_session()
        for number in range(rounds):
            said = home / f"ended-{number}"
            arguments = ["-S", "-c", _SAY_WHEN]
            job = session.run_job(JobTemplate(remote_command=sys.executable, args=arguments, output_path=str(said)))
            job.wait_terminated()
            returned = clock_gettime(CLOCK_MONOTONIC)
            delays.append((returned - float(said.read_text(encoding="ascii"))) * 1e3)
        name = session.session_name
        session.close()
        manager.destroy_job_session(name)
    return [
        Figure(name="a process ends -> wait returns, median", value=statistics.median(delays), unit="ms", budget=2.0),
        Figure(name="a process ends -> wait returns, worst", value=max(delays), unit="ms"),
    ]
