"""What a task wishes for and a tracker may not have: queue, account, image, gpus.

In a flow these are wishes: where there is no such thing they are dropped and noted, so that one flow runs everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.dag.codes import Code
from wflpy.dag.errors import Problem, WorkflowError
from wflpy.drmaa2 import DrmaaCapability
from wflpy.tracker import Ability

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wflpy.dag.plan import Plan
    from wflpy.dag.spec import TaskSpec
    from wflpy.tracker import JobTracker

_SHOWN: Final = 3
_STRICT: Final = (" is ignored: ", " cannot be met: ")


class Wish(NamedTuple):
    """Something a task may ask for."""

    key: str
    has: str
    """What there is none of, for the note."""


WISHES: Final = (
    Wish("queue", "queues"),
    Wish("account", "accounts"),
    Wish("image", "container images"),
    Wish("gpus", "GPUs"),
)


def granted(tracker: type[JobTracker] | JobTracker) -> frozenset[str]:
    """The wishes that a tracker declares to know."""
    known = {
        "queue": Ability.QUEUES in tracker.abilities,
        "account": DrmaaCapability.JT_ACCOUNTINGID in tracker.capabilities,
        "image": Ability.IMAGES in tracker.abilities,
        "gpus": Ability.GPUS in tracker.abilities,
    }
    return frozenset(key for key, there in known.items() if there)


def wish_of(spec: TaskSpec, key: str) -> object:
    """What a task asks for under a key; None for nothing."""
    return spec.resources.gpus or None if key == "gpus" else getattr(spec, key)


def unfit(plan: Plan, tracker: type[JobTracker] | JobTracker) -> list[Problem]:
    """One problem for each wish of a plan that a tracker does not know, with the tasks that have it."""
    known = granted(tracker)
    found: dict[tuple[Wish, str], list[TaskSpec]] = {}
    for wish in WISHES:
        if wish.key in known:
            continue
        for group in plan.groups:
            value = wish_of(group.spec, wish.key)
            if value is not None:
                found.setdefault((wish, str(value)), []).append(group.spec)
    return [_problem(wish, value, specs, tracker.name) for (wish, value), specs in found.items()]


def fit_notes(plan: Plan, tracker: type[JobTracker] | JobTracker, *, strict: bool) -> list[str]:
    """What is dropped, as sentences.

    Raises:
        WorkflowError: with ``strict``, if anything would be.
    """
    found = unfit(plan, tracker)
    if found and strict:
        raise WorkflowError(problems=[one._replace(message=one.message.replace(*_STRICT)) for one in found])
    return [problem.message for problem in found]


def _problem(wish: Wish, value: str, specs: list[TaskSpec], tracker: str) -> Problem:
    message = f"{wish.key} '{value}' of {_listed(spec.name for spec in specs)} is ignored: {tracker} has no {wish.has}"
    key: tuple[str, ...] = ("resources", "gpus") if wish.key == "gpus" else (wish.key,)
    return Problem(Code.NOT_THERE, message, ("tasks", specs[0].name, *key), specs[0].origin)


def _listed(names: Iterable[str]) -> str:
    every = [f"'{name}'" for name in names]
    more = len(every) - _SHOWN
    return ", ".join(every[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
