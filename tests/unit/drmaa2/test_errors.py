"""The exception tree: bases, numbers, what an exception carries, and that it survives a pickle."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from wflpy import drmaa2
from wflpy.drmaa2 import (
    DrmaaException,
    ImplementationSpecificException,
    InvalidArgumentException,
    TimeoutException,
    TrackerNotFound,
    TrackerUnavailable,
    WflpyError,
)

# name, PEP 8 name, builtin base, number in the C binding, whether another try can help
LEAVES = [
    ("DeniedByDrmsException", "DeniedByDrmsError", PermissionError, 1, False),
    ("DrmCommunicationException", "DrmCommunicationError", ConnectionError, 2, True),
    ("TryLaterException", "TryLaterError", BlockingIOError, 3, True),
    ("TimeoutException", "DrmaaTimeoutError", TimeoutError, 5, None),
    ("InternalException", "InternalError", RuntimeError, 6, None),
    ("InvalidArgumentException", "InvalidArgumentError", ValueError, 7, False),
    ("InvalidSessionException", "InvalidSessionError", RuntimeError, 8, False),
    ("InvalidStateException", "InvalidStateError", RuntimeError, 9, False),
    ("OutOfResourceException", "OutOfResourceError", OSError, 10, None),
    ("UnsupportedAttributeException", "UnsupportedAttributeError", NotImplementedError, 11, False),
    ("UnsupportedOperationException", "UnsupportedOperationError", NotImplementedError, 12, False),
    ("ImplementationSpecificException", "ImplementationSpecificError", RuntimeError, 13, None),
]
ALL = [getattr(drmaa2, leaf[0]) for leaf in LEAVES] + [TrackerNotFound, TrackerUnavailable, DrmaaException]
MESSAGE = "line 1\nünïcode a'; echo foo"


@pytest.mark.parametrize(("name", "alias", "builtin", "number", "transient"), LEAVES, ids=[leaf[0] for leaf in LEAVES])
def test_the_tree(name: str, alias: str, builtin: Any, number: int, transient: Any) -> None:
    leaf = getattr(drmaa2, name)
    assert leaf.__name__ == name
    assert getattr(drmaa2, alias) is leaf
    assert leaf.__bases__ == (DrmaaException, builtin)
    assert leaf.error_code == number
    assert leaf("x").transient is transient


def test_the_base() -> None:
    assert drmaa2.DrmaaError is DrmaaException
    assert DrmaaException.__bases__ == (WflpyError,)
    assert WflpyError.__bases__ == (Exception,)
    assert DrmaaException.error_code is None


def test_trackers_that_are_not_there() -> None:
    assert TrackerNotFound.__bases__ == (InvalidArgumentException,)
    assert TrackerUnavailable.__bases__ == (ImplementationSpecificException, ImportError)
    assert (TrackerNotFound.error_code, TrackerUnavailable.error_code) == (7, 13)


@pytest.mark.parametrize("leaf", ALL, ids=lambda leaf: leaf.__name__)
def test_the_text_is_the_message(leaf: Any) -> None:
    assert str(leaf(MESSAGE)) == leaf(MESSAGE).message == MESSAGE
    assert leaf(MESSAGE).args == (MESSAGE,)
    assert str(leaf()) == ""


@pytest.mark.parametrize("leaf", ALL, ids=lambda leaf: leaf.__name__)
def test_nothing_is_claimed_that_was_not_said(leaf: Any) -> None:
    error = leaf("x")
    assert (error.attributes, error.job_id, error.tracker, error.retry_after) == ((), None, None, None)
    assert getattr(error, "errno", None) is None


def through_pickle(error: WflpyError) -> WflpyError:
    """The exception as another process would get it."""
    twin = pickle.loads(pickle.dumps(error))
    assert isinstance(twin, WflpyError)
    return twin


@pytest.mark.parametrize("copied", [through_pickle, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("leaf", ALL, ids=lambda leaf: leaf.__name__)
def test_everything_survives_a_pickle(leaf: Any, copied: Any) -> None:
    error = leaf(
        MESSAGE,
        attributes=(name for name in ("minSlots", "args")),
        job_id="17.3",
        tracker="slurm",
        transient=not leaf.transient,
        retry_after=2.5,
    )
    error.add_note("a note")
    twin = copied(error)
    assert type(twin) is leaf
    assert str(twin) == twin.message == MESSAGE
    assert vars(twin) == vars(error)
    assert twin.attributes == ("minSlots", "args")
    assert (twin.job_id, twin.tracker, twin.retry_after) == ("17.3", "slurm", 2.5)
    assert twin.transient is (not leaf.transient)


def test_what_single_leaves_carry_survives_too() -> None:
    assert pickle.loads(pickle.dumps(TimeoutException("x", pending=["1", "2"]))).pending == ("1", "2")
    assert pickle.loads(pickle.dumps(ImplementationSpecificException("x", code=4))).code == 4
    assert pickle.loads(pickle.dumps(TrackerUnavailable("x", code=4))).code == 4
    assert TimeoutException("x").pending == ()
    assert ImplementationSpecificException("x").code is None
