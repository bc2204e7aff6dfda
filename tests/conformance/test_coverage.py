"""Which rule and which section of the standard is proven by which test of the two suites.

The tests say it themselves, in their docstrings: sections of GFD.231 as numbers, rules as a letter with a number. What
no test of the suites can show stands in `ELSEWHERE`, with the place that does or the reason why nothing has to.
`python -m tests.conformance.test_coverage` prints the whole table.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Final

from wflpy.testing import SessionContract, TrackerContract

if TYPE_CHECKING:
    from collections.abc import Iterator

_RANGE: Final = re.compile(r"((?:\d+\.)+)(\d+) to ((?:\d+\.)+)(\d+)")
_WORD: Final = re.compile(r"\b(?:[ABGIPTVW]\d{1,2}|\d{1,2}(?:\.\d{1,2}){1,3})\b")

RULES: Final = {
    "G": 35,  # global rules
    "P": 11,  # persistence
    "T": 15,  # transitions
    "B": 11,  # bulk jobs
    "W": 10,  # waits
    "V": 9,  # events
    "I": 6,  # indirect environment variables
    "A": 37,  # ambiguities and how they are resolved
}
"""Letter -> how many rules there are."""

SECTIONS: Final = {
    "5.5.": 17,  # JobInfo
    "5.7.": 26,  # JobTemplate
    "7.1.": 13,  # SessionManager
    "8.2.": 8,  # JobSession
    "8.4.": 8,  # Job
    "8.5.": 6,  # JobArray
    "10.1.": 4,  # MonitoringSession
}
"""Chapter -> how many sections with something to prove it has."""

_UNITS: Final = "tests/unit/drmaa2"
_RESERVING: Final = "the suite of reservations; here only that they are refused where they are not declared"
_FREE: Final = "nothing to prove: the standard leaves it open"

ELSEWHERE: Final = {
    **dict.fromkeys(("G1", "G10", "G11", "G12", "G14", "G18", "G19", "G23", "G24"), _UNITS),
    **dict.fromkeys(("G2", "G6", "G7", "G8"), "the tests of the trackers that have categories"),
    **dict.fromkeys(("G13", "G33", "G34", "G35"), _FREE),
    "G9": "tests/unit/sessions/test_persistence.py, several threads and processes",
    "G27": "tests/unit/sessions/test_default.py, the functions of the module",
    "P4": "tests/unit/store, a full disk",
    "P5": "tests/unit/sessions/test_persistence.py, a process that is killed",
    "P7": "tests/unit/store, the host of a session",
    "P10": "tests/unit/store, records",
    "V1": "tests/unit/sessions/test_events.py, the interface of a callback",
    "V5": _FREE,
    "V7": "tests/unit/sessions/test_events.py, one dispatcher",
    "V8": "tests/unit/sessions/test_events.py",
    "V9": _FREE,
    "W9": "tests/unit/sessions/test_waits.py, thousands of jobs without a thread each",
    "A13": "tests/trackers: where a job runs without a workingDirectory is a matter of the tracker",
    "A32": "the tests of trackers whose backend reports the end before the exit status",
    "A33": "the tests of trackers that declare JT_STAGING",
    "A36": _RESERVING,
    "A37": _RESERVING,
    "10.1.1": _RESERVING,
    "T9": "tests/unit/testing/test_fake.py, a requeued job that is started again",
}
"""Rule or section -> where it is proven, or why it need not be."""


def _named(text: str) -> Iterator[str]:
    for found in _RANGE.finditer(text):
        yield from (f"{found[1]}{number}" for number in range(int(found[2]), int(found[4]) + 1))
    yield from _WORD.findall(text)


def _proofs() -> dict[str, list[str]]:
    """Rule or section -> the tests that name it; what a chapter names, all of its tests do."""
    proofs: dict[str, list[str]] = {}
    for suite in (TrackerContract, SessionContract):
        for chapter in suite.__mro__:
            for name, test in vars(chapter).items():
                if name.startswith("test_"):
                    where = f"{suite.__name__}.{name}"
                    for word in _named(f"{inspect.getdoc(test) or ''} {vars(chapter).get('__doc__') or ''}"):
                        proofs.setdefault(word, []).append(where)
    return proofs


def _wanted() -> list[str]:
    counted = {**RULES, **SECTIONS}
    return [f"{prefix}{number}" for prefix, count in counted.items() for number in range(1, count + 1)]


def test_every_rule_is_proven_somewhere() -> None:
    missing = [one for one in _wanted() if one not in _proofs() and one not in ELSEWHERE]
    assert not missing


def test_nothing_is_excused_that_is_proven_or_unknown() -> None:
    assert [one for one in ELSEWHERE if one in _proofs() or one not in _wanted()] == []


def _table() -> Iterator[str]:
    proofs = _proofs()
    for one in _wanted():
        yield f"{one:8}{', '.join(dict.fromkeys(proofs.get(one, []))) or ELSEWHERE.get(one, '-')}"


if __name__ == "__main__":
    print("\n".join(_table()))  # noqa: T201  it is what was asked for
