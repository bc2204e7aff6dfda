"""What the package shows, and what importing it costs."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType

from wflpy import drmaa2
from wflpy.drmaa2 import did_you_mean


def test_the_public_names_are_those_that_are_listed() -> None:
    public = [name for name, thing in vars(drmaa2).items() if name[0] != "_" and not isinstance(thing, ModuleType)]
    assert sorted(drmaa2.__all__) == sorted(public)


def test_every_public_class_and_function_is_documented() -> None:
    for name in drmaa2.__all__:
        thing = getattr(drmaa2, name)
        if callable(thing):
            assert thing.__doc__, name


def test_importing_it_loads_nothing_heavy() -> None:
    # A bare interpreter may itself load more than usual, so only what the import adds is looked at.
    code = (
        "import sys; before = set(sys.modules); import wflpy.drmaa2, json;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    loaded = set(json.loads(output))
    assert "wflpy.drmaa2.codec" in loaded
    assert not loaded & {"email", "email.utils", "platform", "difflib", "logging", "asyncio", "subprocess", "socket"}
    packages = {name.partition(".")[0] for name in loaded}
    assert not {name for name in packages if name != "wflpy" and name not in sys.stdlib_module_names | {"org"}}
    assert {name for name in loaded if name.startswith("wflpy.")} == {
        name for name in loaded if name.startswith("wflpy.drmaa2")
    }


def test_suggestions() -> None:
    assert did_you_mean("remote_comand", ["remoteCommand", "args"]) == ' (did you mean "remoteCommand"?)'
    assert did_you_mean("zzz", ["remoteCommand", "args"]) == ""
    assert did_you_mean("", []) == ""
