"""The constants of the standard (GFD.231 chapter 3 and 5.7.25, GFD.230 chapter 5)."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Final

from wflpy.drmaa2.enums import ResourceLimit


class Now(Enum):
    """The type of NOW, its only value, which stays itself in copies and pickles: ``is NOW`` always works."""

    NOW = "NOW"

    def __str__(self) -> str:
        return "NOW"

    def __repr__(self) -> str:
        return "NOW"


NOW: Final = Now.NOW
"""The instant at which the function that receives it evaluates it."""

ZERO_TIME: Final = timedelta(0)
"""As a timeout: do not wait."""

INFINITE_TIME: Final = timedelta.max
"""As a timeout: wait without limit; ``None`` means the same."""

UNSET: Final = None
"""What an attribute without a value holds. An empty list or dictionary is a value."""

HOME_DIRECTORY: Final = "$DRMAA2_HOME_DIR$"
"""Placeholder: the job user's home on the execution host. Only at the start of a value."""

WORKING_DIRECTORY: Final = "$DRMAA2_WORKING_DIR$"
"""Placeholder: the working directory of the job. Only at the start of a value."""

PARAMETRIC_INDEX: Final = "$DRMAA2_INDEX$"
"""Placeholder: the index of a bulk job. Anywhere in a value."""

CORE_FILE_SIZE: Final = ResourceLimit.CORE_FILE_SIZE
CPU_TIME: Final = ResourceLimit.CPU_TIME
DATA_SIZE: Final = ResourceLimit.DATA_SIZE
FILE_SIZE: Final = ResourceLimit.FILE_SIZE
OPEN_FILES: Final = ResourceLimit.OPEN_FILES
STACK_SIZE: Final = ResourceLimit.STACK_SIZE
VIRTUAL_MEMORY: Final = ResourceLimit.VIRTUAL_MEMORY
WALLCLOCK_TIME: Final = ResourceLimit.WALLCLOCK_TIME
