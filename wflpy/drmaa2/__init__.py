"""The DRMAA2 standard as data (GFD.231, GFD.230): no input, no output, nothing beyond the standard library.

What there is:

* `enums`, `constants`: JobState and its siblings with their numbers, times, placeholders, names of limits.
* `templates`, `infos`: the structures an application fills in, and those it is given.
* `errors`: DrmaaException and its leaves, under the base WflpyError that all of wflpy shares.
* `schema`, `attributes`: which attributes a structure has, how the standard spells them, which are set.

What may be asked of it:

* `states`: which state follows which, and what may be done to a job in which.
* `filter`: which jobs a partly filled JobInfo means.
* `codec`, `rfc822`: structures as JSON-ready data and back, times as text.
* `placeholders`: where HOME_DIRECTORY, WORKING_DIRECTORY and PARAMETRIC_INDEX may stand, and what replaces them.
* `validation`, `limits`, `reservations`, `arguments`: what is checked whatever the tracker.
* `support`: which optional attributes a tracker has, by its capabilities.
* `values`, `problems`, `suggestion`, `guards`: how a wrong value is found and told.
"""

from wflpy.drmaa2.arguments import MAX_SESSION_NAME as MAX_SESSION_NAME
from wflpy.drmaa2.arguments import bulk_indices as bulk_indices
from wflpy.drmaa2.arguments import check_jobs as check_jobs
from wflpy.drmaa2.arguments import check_max_parallel as check_max_parallel
from wflpy.drmaa2.arguments import check_session_name as check_session_name
from wflpy.drmaa2.arguments import wait_limit as wait_limit
from wflpy.drmaa2.attributes import set_attributes as set_attributes
from wflpy.drmaa2.attributes import spec_name as spec_name
from wflpy.drmaa2.codec import from_dict as from_dict
from wflpy.drmaa2.codec import to_dict as to_dict
from wflpy.drmaa2.constants import CORE_FILE_SIZE as CORE_FILE_SIZE
from wflpy.drmaa2.constants import CPU_TIME as CPU_TIME
from wflpy.drmaa2.constants import DATA_SIZE as DATA_SIZE
from wflpy.drmaa2.constants import FILE_SIZE as FILE_SIZE
from wflpy.drmaa2.constants import HOME_DIRECTORY as HOME_DIRECTORY
from wflpy.drmaa2.constants import INFINITE_TIME as INFINITE_TIME
from wflpy.drmaa2.constants import NOW as NOW
from wflpy.drmaa2.constants import OPEN_FILES as OPEN_FILES
from wflpy.drmaa2.constants import PARAMETRIC_INDEX as PARAMETRIC_INDEX
from wflpy.drmaa2.constants import STACK_SIZE as STACK_SIZE
from wflpy.drmaa2.constants import UNSET as UNSET
from wflpy.drmaa2.constants import VIRTUAL_MEMORY as VIRTUAL_MEMORY
from wflpy.drmaa2.constants import WALLCLOCK_TIME as WALLCLOCK_TIME
from wflpy.drmaa2.constants import WORKING_DIRECTORY as WORKING_DIRECTORY
from wflpy.drmaa2.constants import ZERO_TIME as ZERO_TIME
from wflpy.drmaa2.constants import Now as Now
from wflpy.drmaa2.enums import CpuArchitecture as CpuArchitecture
from wflpy.drmaa2.enums import DrmaaCapability as DrmaaCapability
from wflpy.drmaa2.enums import DrmaaEvent as DrmaaEvent
from wflpy.drmaa2.enums import JobAction as JobAction
from wflpy.drmaa2.enums import JobState as JobState
from wflpy.drmaa2.enums import OperatingSystem as OperatingSystem
from wflpy.drmaa2.enums import ResourceLimit as ResourceLimit
from wflpy.drmaa2.errors import DeniedByDrmsError as DeniedByDrmsError
from wflpy.drmaa2.errors import DeniedByDrmsException as DeniedByDrmsException
from wflpy.drmaa2.errors import DrmaaError as DrmaaError
from wflpy.drmaa2.errors import DrmaaException as DrmaaException
from wflpy.drmaa2.errors import DrmaaTimeoutError as DrmaaTimeoutError
from wflpy.drmaa2.errors import DrmCommunicationError as DrmCommunicationError
from wflpy.drmaa2.errors import DrmCommunicationException as DrmCommunicationException
from wflpy.drmaa2.errors import ImplementationSpecificError as ImplementationSpecificError
from wflpy.drmaa2.errors import ImplementationSpecificException as ImplementationSpecificException
from wflpy.drmaa2.errors import InternalError as InternalError
from wflpy.drmaa2.errors import InternalException as InternalException
from wflpy.drmaa2.errors import InvalidArgumentError as InvalidArgumentError
from wflpy.drmaa2.errors import InvalidArgumentException as InvalidArgumentException
from wflpy.drmaa2.errors import InvalidSessionError as InvalidSessionError
from wflpy.drmaa2.errors import InvalidSessionException as InvalidSessionException
from wflpy.drmaa2.errors import InvalidStateError as InvalidStateError
from wflpy.drmaa2.errors import InvalidStateException as InvalidStateException
from wflpy.drmaa2.errors import OutOfResourceError as OutOfResourceError
from wflpy.drmaa2.errors import OutOfResourceException as OutOfResourceException
from wflpy.drmaa2.errors import TimeoutException as TimeoutException
from wflpy.drmaa2.errors import TrackerNotFound as TrackerNotFound
from wflpy.drmaa2.errors import TrackerUnavailable as TrackerUnavailable
from wflpy.drmaa2.errors import TryLaterError as TryLaterError
from wflpy.drmaa2.errors import TryLaterException as TryLaterException
from wflpy.drmaa2.errors import UnsupportedAttributeError as UnsupportedAttributeError
from wflpy.drmaa2.errors import UnsupportedAttributeException as UnsupportedAttributeException
from wflpy.drmaa2.errors import UnsupportedOperationError as UnsupportedOperationError
from wflpy.drmaa2.errors import UnsupportedOperationException as UnsupportedOperationException
from wflpy.drmaa2.errors import WflpyError as WflpyError
from wflpy.drmaa2.filter import check_filter as check_filter
from wflpy.drmaa2.filter import matches as matches
from wflpy.drmaa2.infos import DrmaaNotification as DrmaaNotification
from wflpy.drmaa2.infos import JobInfo as JobInfo
from wflpy.drmaa2.infos import JobStatus as JobStatus
from wflpy.drmaa2.infos import MachineInfo as MachineInfo
from wflpy.drmaa2.infos import QueueInfo as QueueInfo
from wflpy.drmaa2.infos import ReservationInfo as ReservationInfo
from wflpy.drmaa2.infos import SlotInfo as SlotInfo
from wflpy.drmaa2.infos import Version as Version
from wflpy.drmaa2.limits import normalised_limits as normalised_limits
from wflpy.drmaa2.placeholders import PLACES as PLACES
from wflpy.drmaa2.placeholders import Place as Place
from wflpy.drmaa2.placeholders import check_placeholders as check_placeholders
from wflpy.drmaa2.placeholders import expand_index as expand_index
from wflpy.drmaa2.placeholders import resolve_directories as resolve_directories
from wflpy.drmaa2.reservations import TimeFrame as TimeFrame
from wflpy.drmaa2.reservations import check_reservation as check_reservation
from wflpy.drmaa2.rfc822 import rfc822 as rfc822
from wflpy.drmaa2.schema import SCHEMAS as SCHEMAS
from wflpy.drmaa2.schema import Attribute as Attribute
from wflpy.drmaa2.schema import Kind as Kind
from wflpy.drmaa2.schema import Struct as Struct
from wflpy.drmaa2.states import ARROWS as ARROWS
from wflpy.drmaa2.states import FINAL_STATES as FINAL_STATES
from wflpy.drmaa2.states import OPERATIONS as OPERATIONS
from wflpy.drmaa2.states import TRANSITIONS as TRANSITIONS
from wflpy.drmaa2.states import Operation as Operation
from wflpy.drmaa2.states import Transition as Transition
from wflpy.drmaa2.states import Verdict as Verdict
from wflpy.drmaa2.states import check_operation as check_operation
from wflpy.drmaa2.states import state_path as state_path
from wflpy.drmaa2.states import wait_verdict as wait_verdict
from wflpy.drmaa2.suggestion import did_you_mean as did_you_mean
from wflpy.drmaa2.support import OPTIONAL as OPTIONAL
from wflpy.drmaa2.support import check_supported as check_supported
from wflpy.drmaa2.templates import JobTemplate as JobTemplate
from wflpy.drmaa2.templates import ReservationTemplate as ReservationTemplate
from wflpy.drmaa2.validation import check_template as check_template
from wflpy.drmaa2.validation import checked_copy as checked_copy

__all__ = [
    "ARROWS",
    "CORE_FILE_SIZE",
    "CPU_TIME",
    "DATA_SIZE",
    "FILE_SIZE",
    "FINAL_STATES",
    "HOME_DIRECTORY",
    "INFINITE_TIME",
    "MAX_SESSION_NAME",
    "NOW",
    "OPEN_FILES",
    "OPERATIONS",
    "OPTIONAL",
    "PARAMETRIC_INDEX",
    "PLACES",
    "SCHEMAS",
    "STACK_SIZE",
    "TRANSITIONS",
    "UNSET",
    "VIRTUAL_MEMORY",
    "WALLCLOCK_TIME",
    "WORKING_DIRECTORY",
    "ZERO_TIME",
    "Attribute",
    "CpuArchitecture",
    "DeniedByDrmsError",
    "DeniedByDrmsException",
    "DrmCommunicationError",
    "DrmCommunicationException",
    "DrmaaCapability",
    "DrmaaError",
    "DrmaaEvent",
    "DrmaaException",
    "DrmaaNotification",
    "DrmaaTimeoutError",
    "ImplementationSpecificError",
    "ImplementationSpecificException",
    "InternalError",
    "InternalException",
    "InvalidArgumentError",
    "InvalidArgumentException",
    "InvalidSessionError",
    "InvalidSessionException",
    "InvalidStateError",
    "InvalidStateException",
    "JobAction",
    "JobInfo",
    "JobState",
    "JobStatus",
    "JobTemplate",
    "Kind",
    "MachineInfo",
    "Now",
    "OperatingSystem",
    "Operation",
    "OutOfResourceError",
    "OutOfResourceException",
    "Place",
    "QueueInfo",
    "ReservationInfo",
    "ReservationTemplate",
    "ResourceLimit",
    "SlotInfo",
    "Struct",
    "TimeFrame",
    "TimeoutException",
    "TrackerNotFound",
    "TrackerUnavailable",
    "Transition",
    "TryLaterError",
    "TryLaterException",
    "UnsupportedAttributeError",
    "UnsupportedAttributeException",
    "UnsupportedOperationError",
    "UnsupportedOperationException",
    "Verdict",
    "Version",
    "WflpyError",
    "bulk_indices",
    "check_filter",
    "check_jobs",
    "check_max_parallel",
    "check_operation",
    "check_placeholders",
    "check_reservation",
    "check_session_name",
    "check_supported",
    "check_template",
    "checked_copy",
    "did_you_mean",
    "expand_index",
    "from_dict",
    "matches",
    "normalised_limits",
    "resolve_directories",
    "rfc822",
    "set_attributes",
    "spec_name",
    "state_path",
    "to_dict",
    "wait_limit",
    "wait_verdict",
]
