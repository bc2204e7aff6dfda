"""Workflows in Python or YAML over a full DRMAA2 session layer with interchangeable trackers.

Every name below is loaded when it is first used: importing the package costs a few milliseconds, whatever it can do.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # what type checkers and editors read; tests/test_house.py compares it with the table
    from wflpy.dag import RunError as RunError
    from wflpy.dag import TaskFailed as TaskFailed
    from wflpy.dag import WorkflowError as WorkflowError
    from wflpy.drmaa2 import CORE_FILE_SIZE as CORE_FILE_SIZE
    from wflpy.drmaa2 import CPU_TIME as CPU_TIME
    from wflpy.drmaa2 import DATA_SIZE as DATA_SIZE
    from wflpy.drmaa2 import FILE_SIZE as FILE_SIZE
    from wflpy.drmaa2 import HOME_DIRECTORY as HOME_DIRECTORY
    from wflpy.drmaa2 import INFINITE_TIME as INFINITE_TIME
    from wflpy.drmaa2 import NOW as NOW
    from wflpy.drmaa2 import OPEN_FILES as OPEN_FILES
    from wflpy.drmaa2 import PARAMETRIC_INDEX as PARAMETRIC_INDEX
    from wflpy.drmaa2 import STACK_SIZE as STACK_SIZE
    from wflpy.drmaa2 import UNSET as UNSET
    from wflpy.drmaa2 import VIRTUAL_MEMORY as VIRTUAL_MEMORY
    from wflpy.drmaa2 import WALLCLOCK_TIME as WALLCLOCK_TIME
    from wflpy.drmaa2 import WORKING_DIRECTORY as WORKING_DIRECTORY
    from wflpy.drmaa2 import ZERO_TIME as ZERO_TIME
    from wflpy.drmaa2 import CpuArchitecture as CpuArchitecture
    from wflpy.drmaa2 import DeniedByDrmsError as DeniedByDrmsError
    from wflpy.drmaa2 import DeniedByDrmsException as DeniedByDrmsException
    from wflpy.drmaa2 import DrmaaCapability as DrmaaCapability
    from wflpy.drmaa2 import DrmaaError as DrmaaError
    from wflpy.drmaa2 import DrmaaEvent as DrmaaEvent
    from wflpy.drmaa2 import DrmaaException as DrmaaException
    from wflpy.drmaa2 import DrmaaNotification as DrmaaNotification
    from wflpy.drmaa2 import DrmaaTimeoutError as DrmaaTimeoutError
    from wflpy.drmaa2 import DrmCommunicationError as DrmCommunicationError
    from wflpy.drmaa2 import DrmCommunicationException as DrmCommunicationException
    from wflpy.drmaa2 import ImplementationSpecificError as ImplementationSpecificError
    from wflpy.drmaa2 import ImplementationSpecificException as ImplementationSpecificException
    from wflpy.drmaa2 import InternalError as InternalError
    from wflpy.drmaa2 import InternalException as InternalException
    from wflpy.drmaa2 import InvalidArgumentError as InvalidArgumentError
    from wflpy.drmaa2 import InvalidArgumentException as InvalidArgumentException
    from wflpy.drmaa2 import InvalidSessionError as InvalidSessionError
    from wflpy.drmaa2 import InvalidSessionException as InvalidSessionException
    from wflpy.drmaa2 import InvalidStateError as InvalidStateError
    from wflpy.drmaa2 import InvalidStateException as InvalidStateException
    from wflpy.drmaa2 import JobAction as JobAction
    from wflpy.drmaa2 import JobInfo as JobInfo
    from wflpy.drmaa2 import JobState as JobState
    from wflpy.drmaa2 import JobStatus as JobStatus
    from wflpy.drmaa2 import JobTemplate as JobTemplate
    from wflpy.drmaa2 import MachineInfo as MachineInfo
    from wflpy.drmaa2 import Now as Now
    from wflpy.drmaa2 import OperatingSystem as OperatingSystem
    from wflpy.drmaa2 import OutOfResourceError as OutOfResourceError
    from wflpy.drmaa2 import OutOfResourceException as OutOfResourceException
    from wflpy.drmaa2 import QueueInfo as QueueInfo
    from wflpy.drmaa2 import ReservationInfo as ReservationInfo
    from wflpy.drmaa2 import ReservationTemplate as ReservationTemplate
    from wflpy.drmaa2 import ResourceLimit as ResourceLimit
    from wflpy.drmaa2 import SlotInfo as SlotInfo
    from wflpy.drmaa2 import TimeoutException as TimeoutException
    from wflpy.drmaa2 import TrackerNotFound as TrackerNotFound
    from wflpy.drmaa2 import TrackerUnavailable as TrackerUnavailable
    from wflpy.drmaa2 import TryLaterError as TryLaterError
    from wflpy.drmaa2 import TryLaterException as TryLaterException
    from wflpy.drmaa2 import UnsupportedAttributeError as UnsupportedAttributeError
    from wflpy.drmaa2 import UnsupportedAttributeException as UnsupportedAttributeException
    from wflpy.drmaa2 import UnsupportedOperationError as UnsupportedOperationError
    from wflpy.drmaa2 import UnsupportedOperationException as UnsupportedOperationException
    from wflpy.drmaa2 import Version as Version
    from wflpy.drmaa2 import WflpyError as WflpyError
    from wflpy.drmaa2 import rfc822 as rfc822
    from wflpy.flow import Flow as Flow
    from wflpy.flow import FlowResult as FlowResult
    from wflpy.flow import FlowRun as FlowRun
    from wflpy.flow import Task as Task
    from wflpy.flow import TaskResult as TaskResult
    from wflpy.flow import Text as Text
    from wflpy.flow import array as array
    from wflpy.flow import error as error
    from wflpy.flow import from_json as from_json
    from wflpy.flow import from_return as from_return
    from wflpy.flow import from_stdout as from_stdout
    from wflpy.flow import item as item
    from wflpy.flow import matrix as matrix
    from wflpy.flow import outputs as outputs
    from wflpy.flow import params as params
    from wflpy.flow import run as run
    from wflpy.sessions import DrmaaCallback as DrmaaCallback
    from wflpy.sessions import DrmaaReflective as DrmaaReflective
    from wflpy.sessions import Job as Job
    from wflpy.sessions import JobArray as JobArray
    from wflpy.sessions import JobSession as JobSession
    from wflpy.sessions import MonitoringSession as MonitoringSession
    from wflpy.sessions import Reservation as Reservation
    from wflpy.sessions import ReservationSession as ReservationSession
    from wflpy.sessions import SessionManager as SessionManager
    from wflpy_trackers.process import ProcessOptions as ProcessOptions

__version__ = "0.1.0"

_PUBLIC: Final = {
    "CORE_FILE_SIZE": "wflpy.drmaa2",
    "CPU_TIME": "wflpy.drmaa2",
    "CpuArchitecture": "wflpy.drmaa2",
    "DATA_SIZE": "wflpy.drmaa2",
    "DeniedByDrmsError": "wflpy.drmaa2",
    "DeniedByDrmsException": "wflpy.drmaa2",
    "DrmCommunicationError": "wflpy.drmaa2",
    "DrmCommunicationException": "wflpy.drmaa2",
    "DrmaaCallback": "wflpy.sessions",
    "DrmaaCapability": "wflpy.drmaa2",
    "DrmaaError": "wflpy.drmaa2",
    "DrmaaEvent": "wflpy.drmaa2",
    "DrmaaException": "wflpy.drmaa2",
    "DrmaaNotification": "wflpy.drmaa2",
    "DrmaaReflective": "wflpy.sessions",
    "DrmaaTimeoutError": "wflpy.drmaa2",
    "FILE_SIZE": "wflpy.drmaa2",
    "Flow": "wflpy.flow",
    "FlowResult": "wflpy.flow",
    "FlowRun": "wflpy.flow",
    "HOME_DIRECTORY": "wflpy.drmaa2",
    "INFINITE_TIME": "wflpy.drmaa2",
    "ImplementationSpecificError": "wflpy.drmaa2",
    "ImplementationSpecificException": "wflpy.drmaa2",
    "InternalError": "wflpy.drmaa2",
    "InternalException": "wflpy.drmaa2",
    "InvalidArgumentError": "wflpy.drmaa2",
    "InvalidArgumentException": "wflpy.drmaa2",
    "InvalidSessionError": "wflpy.drmaa2",
    "InvalidSessionException": "wflpy.drmaa2",
    "InvalidStateError": "wflpy.drmaa2",
    "InvalidStateException": "wflpy.drmaa2",
    "Job": "wflpy.sessions",
    "JobAction": "wflpy.drmaa2",
    "JobArray": "wflpy.sessions",
    "JobInfo": "wflpy.drmaa2",
    "JobSession": "wflpy.sessions",
    "JobState": "wflpy.drmaa2",
    "JobStatus": "wflpy.drmaa2",
    "JobTemplate": "wflpy.drmaa2",
    "MachineInfo": "wflpy.drmaa2",
    "MonitoringSession": "wflpy.sessions",
    "NOW": "wflpy.drmaa2",
    "Now": "wflpy.drmaa2",
    "OPEN_FILES": "wflpy.drmaa2",
    "OperatingSystem": "wflpy.drmaa2",
    "OutOfResourceError": "wflpy.drmaa2",
    "OutOfResourceException": "wflpy.drmaa2",
    "PARAMETRIC_INDEX": "wflpy.drmaa2",
    "ProcessOptions": "wflpy_trackers.process",
    "QueueInfo": "wflpy.drmaa2",
    "Reservation": "wflpy.sessions",
    "ReservationInfo": "wflpy.drmaa2",
    "ReservationSession": "wflpy.sessions",
    "ReservationTemplate": "wflpy.drmaa2",
    "ResourceLimit": "wflpy.drmaa2",
    "RunError": "wflpy.dag",
    "STACK_SIZE": "wflpy.drmaa2",
    "SessionManager": "wflpy.sessions",
    "SlotInfo": "wflpy.drmaa2",
    "Task": "wflpy.flow",
    "TaskFailed": "wflpy.dag",
    "TaskResult": "wflpy.flow",
    "Text": "wflpy.flow",
    "TimeoutException": "wflpy.drmaa2",
    "TrackerNotFound": "wflpy.drmaa2",
    "TrackerUnavailable": "wflpy.drmaa2",
    "TryLaterError": "wflpy.drmaa2",
    "TryLaterException": "wflpy.drmaa2",
    "UNSET": "wflpy.drmaa2",
    "UnsupportedAttributeError": "wflpy.drmaa2",
    "UnsupportedAttributeException": "wflpy.drmaa2",
    "UnsupportedOperationError": "wflpy.drmaa2",
    "UnsupportedOperationException": "wflpy.drmaa2",
    "VIRTUAL_MEMORY": "wflpy.drmaa2",
    "Version": "wflpy.drmaa2",
    "WALLCLOCK_TIME": "wflpy.drmaa2",
    "WORKING_DIRECTORY": "wflpy.drmaa2",
    "WflpyError": "wflpy.drmaa2",
    "WorkflowError": "wflpy.dag",
    "ZERO_TIME": "wflpy.drmaa2",
    "array": "wflpy.flow",
    "error": "wflpy.flow",
    "from_json": "wflpy.flow",
    "from_return": "wflpy.flow",
    "from_stdout": "wflpy.flow",
    "item": "wflpy.flow",
    "matrix": "wflpy.flow",
    "outputs": "wflpy.flow",
    "params": "wflpy.flow",
    "rfc822": "wflpy.drmaa2",
    "run": "wflpy.flow",
}
"""Every public name, sorted, and the module it comes from."""


if not TYPE_CHECKING:  # hidden from type checkers, so that they refuse a misspelt name

    def __getattr__(name: str) -> object:
        if name == "__all__":  # asked for by `from wflpy import *`
            return list(_PUBLIC)
        if name not in _PUBLIC:
            raise AttributeError(f"module 'wflpy' has no attribute {name!r}", name=name)
        value = getattr(import_module(_PUBLIC[name]), name)
        globals()[name] = value  # the next use does not come here
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
