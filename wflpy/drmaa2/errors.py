"""The exceptions of the standard (GFD.231 chapter 6), each with the builtin of equal meaning as a second base.

::

    WflpyError                           base of everything wflpy raises on purpose
      DrmaaException                     base of this tree, never raised itself
        DeniedByDrmsException            PermissionError        the DRM system refuses, for good
        DrmCommunicationException        ConnectionError        the DRM system cannot be asked
        TryLaterException                BlockingIOError        it is busy, a later try may work
        TimeoutException                 TimeoutError           a wait ended without success
        InternalException                RuntimeError           a fault of the library
        InvalidArgumentException         ValueError             a value is wrong; ``attributes`` says which
          TrackerNotFound                                       no tracker has this name
        InvalidSessionException          RuntimeError           the session is closed or destroyed
        InvalidStateException            RuntimeError           not in this state of the job
        OutOfResourceException           OSError                memory, disk or descriptors are used up
        UnsupportedAttributeException    NotImplementedError    an optional attribute this tracker does not have
        UnsupportedOperationException    NotImplementedError    an operation this tracker does not have
        ImplementationSpecificException  RuntimeError           nothing else fits; ``code`` is the native error
          TrackerUnavailable             ImportError            the tracker exists but cannot work here
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class WflpyError(Exception):
    """Base of every exception wflpy raises on purpose; ``str()`` of it is a text for the person who reads it."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class DrmaaException(WflpyError):
    """Base of the standard's exceptions; only its subclasses are raised.

    Attributes:
        message: what happened, where, why, and what to do next.
        attributes: spec names of the attributes at fault, such as ``("minSlots",)``.
        job_id: the job concerned, if it is one.
        tracker: the name of the tracker concerned, if known.
        transient: whether the same call may succeed later; None when unknown.
        retry_after: seconds after which another try makes sense, if the DRM system said so.
        error_code: the number of the C binding (GFD.230 chapter 5).
    """

    error_code: ClassVar[int | None] = None
    transient: bool | None = None

    def __init__(
        self,
        message: str = "",
        *,
        attributes: Iterable[str] = (),
        job_id: str | None = None,
        tracker: str | None = None,
        transient: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.attributes = tuple(attributes)
        self.job_id = job_id
        self.tracker = tracker
        self.retry_after = retry_after
        if transient is not None:
            self.transient = transient


class DeniedByDrmsException(DrmaaException, PermissionError):
    """The DRM system rejects the request for security or authorisation."""

    error_code = 1
    transient = False


class DrmCommunicationException(DrmaaException, ConnectionError):
    """The DRM system cannot be contacted. Nothing is known about the job beyond what was known before."""

    error_code = 2
    transient = True


class TryLaterException(DrmaaException, BlockingIOError):
    """A passing problem, such as overload; the same call is worth another try."""

    error_code = 3
    transient = True


class TimeoutException(DrmaaException, TimeoutError):
    """A wait ended without success.

    Attributes:
        pending: ids of the jobs that did not get there in time, where several were waited for.
    """

    error_code = 5

    def __init__(
        self,
        message: str = "",
        *,
        pending: Iterable[str] = (),
        attributes: Iterable[str] = (),
        job_id: str | None = None,
        tracker: str | None = None,
        transient: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            attributes=attributes,
            job_id=job_id,
            tracker=tracker,
            transient=transient,
            retry_after=retry_after,
        )
        self.pending = tuple(pending)


class InternalException(DrmaaException, RuntimeError):
    """Something unexpected inside the library: a fault of wflpy or of the backend, not of the caller."""

    error_code = 6


class InvalidArgumentException(DrmaaException, ValueError):
    """A parameter or an attribute has a value that cannot be used; ``attributes`` names it."""

    error_code = 7
    transient = False


class InvalidSessionException(DrmaaException, RuntimeError):
    """The session was closed or destroyed."""

    error_code = 8
    transient = False


class InvalidStateException(DrmaaException, RuntimeError):
    """The operation is not allowed in the state the job is in."""

    error_code = 9
    transient = False


class OutOfResourceException(DrmaaException, OSError):
    """A resource of the operating system is used up: memory, disk space, descriptors, quota."""

    error_code = 10


class UnsupportedAttributeException(DrmaaException, NotImplementedError):
    """An optional attribute is set that this tracker does not have; ``attributes`` names it."""

    error_code = 11
    transient = False


class UnsupportedOperationException(DrmaaException, NotImplementedError):
    """This tracker cannot do this at all, in whatever state."""

    error_code = 12
    transient = False


class ImplementationSpecificException(DrmaaException, RuntimeError):
    """An error of the backend that no other class fits.

    Attributes:
        code: the number of the error in the backend, if it has one.
    """

    error_code = 13

    def __init__(
        self,
        message: str = "",
        *,
        code: int | None = None,
        attributes: Iterable[str] = (),
        job_id: str | None = None,
        tracker: str | None = None,
        transient: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            attributes=attributes,
            job_id=job_id,
            tracker=tracker,
            transient=transient,
            retry_after=retry_after,
        )
        self.code = code


class TrackerNotFound(InvalidArgumentException):
    """No tracker is known by this name."""


class TrackerUnavailable(ImplementationSpecificException, ImportError):
    """The tracker is known but cannot work here: a package of its extra is missing, or the program it needs."""

    transient = False


DrmaaError = DrmaaException
DeniedByDrmsError = DeniedByDrmsException
DrmCommunicationError = DrmCommunicationException
TryLaterError = TryLaterException
DrmaaTimeoutError = TimeoutException
InternalError = InternalException
InvalidArgumentError = InvalidArgumentException
InvalidSessionError = InvalidSessionException
InvalidStateError = InvalidStateException
OutOfResourceError = OutOfResourceException
UnsupportedAttributeError = UnsupportedAttributeException
UnsupportedOperationError = UnsupportedOperationException
ImplementationSpecificError = ImplementationSpecificException
