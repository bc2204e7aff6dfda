"""The codes of everything a workflow file can have wrong: stable, one meaning each.

The first digit is the stage: 0 syntax, 1 shape, 2 values of parameters, 3 references, 4 fit. The codes of stage 3
are those of `wflpy.dag.codes`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from wflpy.dag.codes import MEANINGS as REFERENCE_MEANINGS


class Code(StrEnum):
    """What is wrong, for programs; the text for people is in the diagnostic's message."""

    SYNTAX = "WFL001"
    TAB = "WFL002"
    COLON = "WFL003"
    BRACES = "WFL004"
    ESCAPE = "WFL005"
    UNCLOSED = "WFL006"
    INDENTATION = "WFL007"
    ANCHOR = "WFL008"
    START = "WFL009"
    DOCUMENTS = "WFL010"
    DUPLICATE = "WFL011"
    TAG = "WFL012"
    TOO_MUCH = "WFL013"
    NOT_TEXT = "WFL014"
    UNREADABLE = "WFL015"
    BAD_KEY = "WFL016"

    TYPE = "WFL101"
    MISSING = "WFL102"
    UNKNOWN_KEY = "WFL103"
    VALUE = "WFL104"
    UNIT = "WFL105"
    TOGETHER = "WFL106"
    EXPRESSION = "WFL107"
    NO_EXPRESSION = "WFL108"
    VERSION = "WFL109"
    NOT_YET = "WFL110"
    NAME = "WFL111"

    UNKNOWN_PARAM = "WFL201"
    NO_VALUE = "WFL202"
    PARAM_TYPE = "WFL203"
    PARAM_RANGE = "WFL204"
    LOAD_TIME = "WFL205"

    UNKNOWN_BACKEND = "WFL401"
    UNKNOWN_TRACKER = "WFL402"
    BACKEND_OPTION = "WFL403"


MEANINGS: Final[dict[str, str]] = {
    Code.SYNTAX: "the file is not YAML",
    Code.TAB: "a tab is used for indentation",
    Code.COLON: "a value with `: ` in it is not quoted",
    Code.BRACES: "a `${{ }}` inside `{ }` or `[ ]` is not quoted",
    Code.ESCAPE: "a backslash between double quotes is no escape sequence of YAML",
    Code.UNCLOSED: "a quote or a bracket is never closed",
    Code.INDENTATION: "a line is indented in a way that fits nothing above it",
    Code.ANCHOR: "an anchor or an alias is wrong",
    Code.START: "a value begins with a character that has to be quoted",
    Code.DOCUMENTS: "the file holds several documents",
    Code.DUPLICATE: "a key comes twice",
    Code.TAG: "a tag such as `!!str` is used",
    Code.TOO_MUCH: "the file is too large, too deep, or its aliases expand to too much",
    Code.NOT_TEXT: "the file is not UTF-8 text",
    Code.UNREADABLE: "the file cannot be read",
    Code.BAD_KEY: "a key is no text, or `<<` does not stand before a mapping",
    Code.TYPE: "a value has the wrong type",
    Code.MISSING: "a key is missing",
    Code.UNKNOWN_KEY: "a key is unknown",
    Code.VALUE: "a value is none of those allowed",
    Code.UNIT: "a duration, a size or a range cannot be read",
    Code.TOGETHER: "keys that exclude or need each other",
    Code.EXPRESSION: "an expression cannot be read",
    Code.NO_EXPRESSION: "an expression stands where none is evaluated",
    Code.VERSION: "`wfl` is not the version of the format, or not the first key",
    Code.NOT_YET: "a key of the format that this version does not support yet",
    Code.NAME: "a name has characters that are not allowed, or is too long",
    Code.UNKNOWN_PARAM: "a value is given for a parameter that does not exist",
    Code.NO_VALUE: "a parameter has neither a value nor a default",
    Code.PARAM_TYPE: "the value of a parameter has the wrong type",
    Code.PARAM_RANGE: "the value of a parameter is none of those allowed",
    Code.LOAD_TIME: "an expression that is needed before the flow starts has no value then",
    Code.UNKNOWN_BACKEND: "the backend is neither one of the file nor a tracker",
    Code.UNKNOWN_TRACKER: "the type of a backend is no tracker",
    Code.BACKEND_OPTION: "an option of a backend is unknown, or its value does not fit",
    **{str(code): text for code, text in REFERENCE_MEANINGS.items()},
}
"""One line for each code."""
