"""Times, placeholders and the sentinel."""

from __future__ import annotations

import copy
import pickle
from datetime import timedelta

from wflpy import drmaa2
from wflpy.drmaa2 import HOME_DIRECTORY, NOW, PARAMETRIC_INDEX, UNSET, WORKING_DIRECTORY, ResourceLimit


def test_now_stays_itself() -> None:
    assert pickle.loads(pickle.dumps(NOW)) is NOW
    assert copy.copy(NOW) is NOW
    assert copy.deepcopy([NOW])[0] is NOW
    assert str(NOW) == repr(NOW) == "NOW"


def test_times_and_unset() -> None:
    assert not drmaa2.ZERO_TIME
    assert timedelta.max == drmaa2.INFINITE_TIME
    assert UNSET is None


def test_placeholders_are_what_the_c_binding_says() -> None:
    assert HOME_DIRECTORY == "$DRMAA2_HOME_DIR$"
    assert WORKING_DIRECTORY == "$DRMAA2_WORKING_DIR$"
    assert PARAMETRIC_INDEX == "$DRMAA2_INDEX$"


def test_every_limit_is_a_constant_of_the_package() -> None:
    assert {name: getattr(drmaa2, name) for name in ResourceLimit.__members__} == dict(ResourceLimit.__members__)
