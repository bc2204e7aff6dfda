"""What the jobs of the conformance suite do: a few lines of POSIX shell each, under a name.

A job is ``sh -c TEXT NAME ARGUMENTS``, so a tracker that runs no shell can go by the name.
"""

from __future__ import annotations

from typing import Final

_WAIT: Final = ': >"$1.started"; while [ ! -e "$1" ]; do sleep 0.02; done; '

SHELL: Final = {
    "exit": 'exit "$1"',
    "kill": 'kill -s "$1" $$; sleep 10',
    "print": r'''printf '%s\n' "$@"''',
    "print_both": r'''printf '%s\n' "$1"; printf '%s\n' "$2" >&2; printf '%s\n' "$3"''',
    "copy": "cat",
    "directory": "pwd -P",
    "variable": r'''eval "printf '%s' \"\${$1-(unset)}\""''',
    "indirect": r'''eval "name=\${$1-}"; eval "printf '%s' \"\${${name:-NO_SUCH_VARIABLE}-(unset)}\""''',
    "append": r'''printf '%s\n' "$2" >>"$1"''',
    "wait": _WAIT + 'exit "${2-0}"',
    "pass": _WAIT + "shift; " + _WAIT,
    "deaf": "trap '' TERM; " + _WAIT,
    "graceful": "trap 'exit 0' TERM; " + _WAIT,
}
"""Behaviour -> shell text.

* exit STATUS
* kill SIGNAL: ends itself by the signal, such as USR1.
* print WORDS: one line each.
* print_both OUT ERROR OUT: a line to stdout, one to stderr, one to stdout.
* copy: stdin to stdout.
* directory: the working directory, without symbolic links.
* variable NAME: its value, or (unset).
* indirect NAME: the value of the variable whose name is in that variable.
* append FILE TEXT: adds a line to a file.
* wait GATE [STATUS]: creates GATE.started, ends when GATE exists.
* pass GATE GATE: waits for the one, then for the other.
* deaf GATE: the same, ignoring SIGTERM.
* graceful GATE: the same, ending with status 0 on SIGTERM.
"""


def command_line(behaviour: str, *args: object) -> tuple[str, ...]:
    """The command and arguments of a job that does this."""
    return ("sh", "-c", SHELL[behaviour], behaviour, *map(str, args))
