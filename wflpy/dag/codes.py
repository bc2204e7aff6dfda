"""The codes of what can be wrong with a definition: stable, one meaning each.

The stage is the first digit: 0xx syntax, 1xx shape, 2xx values, 3xx references, 4xx fit. This table holds what the
compiler finds of stages 3 and 4.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """What is wrong, for programs; the text for people is in the problem's message."""

    UNKNOWN_TASK = "WFL301"
    CYCLE = "WFL302"
    UNKNOWN_NAME = "WFL303"
    NOT_NEEDED = "WFL304"
    UNKNOWN_OUTPUT = "WFL305"
    SAME_FILE = "WFL306"
    BAD_MATRIX = "WFL307"
    SELF_REFERENCE = "WFL308"
    BAD_NAME = "WFL309"
    BAD_HANDLER = "WFL310"
    BAD_VALUE = "WFL311"
    TOO_MANY = "WFL312"
    EMPTY_FLOW = "WFL313"
    EMPTY_COMMAND = "WFL314"
    BAD_SHELL = "WFL315"
    NOT_THERE = "WFL401"


MEANINGS: Final = {
    Code.UNKNOWN_TASK: "`needs` names a task that does not exist",
    Code.CYCLE: "tasks depend on each other in a circle",
    Code.UNKNOWN_NAME: "an expression uses a name that has no value there",
    Code.NOT_NEEDED: "an expression uses a task that is not in `needs`",
    Code.UNKNOWN_OUTPUT: "an expression uses an output that the task does not declare",
    Code.SAME_FILE: "two tasks write the same file",
    Code.BAD_MATRIX: "a matrix has no combinations, or a value that cannot be used",
    Code.SELF_REFERENCE: "a task depends on itself",
    Code.BAD_NAME: "a name has characters that are not allowed, or is too long",
    Code.BAD_HANDLER: "a handler has a key that only a task may have",
    Code.BAD_VALUE: "a number or a value is out of range",
    Code.TOO_MANY: "a group has more members than are allowed",
    Code.EMPTY_FLOW: "the flow has no task",
    Code.EMPTY_COMMAND: "a task has nothing to run",
    Code.BAD_SHELL: "a value stands in a place of shell text where it cannot be quoted",
    Code.NOT_THERE: "a task asks for something that the backend does not have",
}
"""One line for each code."""
