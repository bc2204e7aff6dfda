"""Plays the steps of one chain of blocks in a process of its own: `python driver.py steps.json`.

Python steps share the namespace of this `__main__`, as if a reader had typed them one after the other; an uncaught
error ends the chain with the page's own file name and line in the traceback. A NUL byte ends the output of each step.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def _play(page: str, line: int, language: str, text: str, status: int) -> None:
    if language == "python":
        # The blank lines make line numbers those of the page, where inspect and linecache find the source.
        exec(compile("\n" * line + text, page, "exec", dont_inherit=True), vars(sys.modules["__main__"]))
        return
    ended = subprocess.run(["bash", "-eo", "pipefail", "-c", text], stderr=subprocess.STDOUT, check=False)
    if ended.returncode != status:
        sys.exit(f"{page}:{line}: exit status {ended.returncode} instead of {status} of:\n{text}")


for _step in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
    _play(**_step)
    sys.stdout.write("\0")
    sys.stdout.flush()
