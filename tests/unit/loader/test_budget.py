"""Large files are checked in the time that is allowed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from wflpy.loader import check_file

if TYPE_CHECKING:
    from pathlib import Path

TASKS = 10_000
SECONDS = 2.5


def large_file(folder: Path) -> Path:
    """Tasks with fan-out 100, expressions, outputs, environment and defaults."""
    lines = ["wfl: 1", "params: {rows: {type: int, default: 10}}"]
    lines += ["defaults: {retry: 1, timeout: 30m, resources: {slots: 1, memory: 2GB}}", "tasks:"]
    for number in range(TASKS):
        before = (number - 1) // 100
        lines.append(f"  t{number}:")
        if number:
            lines.append(f"    needs: [t{before}]")
            lines.append(f"    run: step --rows ${{{{ params.rows }}}} --in ${{{{ needs.t{before}.outputs.table }}}}")
        else:
            lines.append("    run: step")
        lines.append(f"    outputs: {{table: data/{number}.csv}}")
        lines.append(f'    env: {{OMP_NUM_THREADS: 1, NUMBER: "{number}"}}')
    path = folder / "large.yaml"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.slow
def test_ten_thousand_tasks(tmp_path: Path) -> None:
    path = large_file(tmp_path)
    start = time.process_time()  # one thread, no waiting: what else the machine does must not decide
    assert check_file(path) == []
    assert time.process_time() - start < SECONDS
