"""The names of the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import wflpy.dag


def test_every_public_name_is_there_and_known_to_type_checkers() -> None:
    space: dict[str, object] = {}
    exec("from wflpy.dag import *", space)
    names = space.keys() - {"__builtins__"}
    source = Path(wflpy.dag.__file__).read_text()
    for name in names:
        assert getattr(wflpy.dag, name) is not None
        assert f" import {name} as {name}\n" in source
    assert source.count(" as ") == len(names)
    assert names <= set(dir(wflpy.dag))


def test_words_for_flows_load_nothing_heavy() -> None:
    code = (
        "import sys, wflpy.dag.spec, wflpy.dag.errors, wflpy.dag.compiler, wflpy.dag.engine, wflpy.dag.runs\n"
        "heavy = {'networkx', 'jinja2', 'yaml', 'pydantic', 'click', 'rich', 'psutil', 'cloudpickle'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
