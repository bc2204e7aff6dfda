"""The standard's session manager as functions of a module: one manager for this process (GFD.231 7.1).

::

    from wflpy.sessions import default

    with default.create_job_session("nightly") as session:
        session.run_job(JobTemplate(remote_command="true")).wait_terminated()

The manager is made when a function first needs it. It sees all sessions of this user, creates new ones on ``process``
unless a contact says otherwise, and is closed when the program ends; jobs go on. Each function does what the method of
`SessionManager` of the same name does, and raises the same exceptions. All of them may be called from several threads.
After a fork the child has a manager of its own.
"""

from __future__ import annotations

import atexit
import os
from threading import Lock
from typing import TYPE_CHECKING

from wflpy.sessions.manager import SessionManager

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy.drmaa2 import DrmaaCapability, DrmaaNotification, Struct, Version
    from wflpy.sessions.events import DrmaaCallback
    from wflpy.sessions.job_session import JobSession
    from wflpy.sessions.monitoring import MonitoringSession
    from wflpy.sessions.reservation import ReservationSession

_manager: SessionManager | None = None
_lock = Lock()


def default_manager() -> SessionManager:
    """The manager behind these functions (beyond the standard)."""
    global _manager  # what the standard calls a singleton
    with _lock:
        if _manager is None:
            _manager = SessionManager()
        return _manager


def close() -> None:
    """Close all its sessions (beyond the standard); it can be used again. Done by itself when the program ends."""
    with _lock:
        manager = _manager
    if manager is not None:
        manager.close()


def _begin_anew() -> None:
    """In a child made by fork: leave the manager to the parent."""
    global _manager, _lock
    # Another thread may have held the lock at that moment; here nobody would ever release it.
    _lock = Lock()
    _manager = None


atexit.register(close)
os.register_at_fork(after_in_child=_begin_anew)


def drms_name() -> str:
    """The name of the DRM system that new sessions use (GFD.231 7.1.1)."""
    return default_manager().drms_name


def drms_version() -> Version:
    """The version of that DRM system (GFD.231 7.1.2)."""
    return default_manager().drms_version


def drmaa_name() -> str:
    """The name of this implementation (GFD.231 7.1.3)."""
    return default_manager().drmaa_name


def drmaa_version() -> Version:
    """The version of the standard that is implemented (GFD.231 7.1.4)."""
    return default_manager().drmaa_version


def supports(capability: DrmaaCapability, contact: str | None = None) -> bool:
    """Whether an optional feature works on the tracker of a contact (GFD.231 7.1.5)."""
    return default_manager().supports(capability, contact)


def create_job_session(session_name: str | None = None, contact: str | None = None) -> JobSession:
    """A new job session, open (GFD.231 7.1.6)."""
    return default_manager().create_job_session(session_name, contact)


def open_job_session(session_name: str) -> JobSession:
    """A job session that exists, with all its jobs (GFD.231 7.1.7)."""
    return default_manager().open_job_session(session_name)


def close_job_session(session: JobSession) -> None:
    """Close a session; its jobs go on (GFD.231 7.1.9)."""
    default_manager().close_job_session(session)


def destroy_job_session(session_name: str) -> None:
    """Remove a session and what is known of its jobs; the jobs go on (GFD.231 7.1.10)."""
    default_manager().destroy_job_session(session_name)


def get_job_session_names() -> list[str]:
    """The names of all job sessions, oldest first (GFD.231 7.1.11)."""
    return default_manager().get_job_session_names()


def open_monitoring_session(contact: str | None = None) -> MonitoringSession:
    """A view of the DRM system as a whole (GFD.231 7.1.8)."""
    return default_manager().open_monitoring_session(contact)


def close_monitoring_session(session: MonitoringSession) -> None:
    """Close a monitoring session (GFD.231 7.1.9)."""
    default_manager().close_monitoring_session(session)


def register_event_notification(callback: DrmaaCallback | Callable[[DrmaaNotification], object] | None) -> None:
    """Have every event of the jobs of the open sessions told; None for no more (GFD.231 7.1.13)."""
    default_manager().register_event_notification(callback)


def create_reservation_session(session_name: str | None = None, contact: str | None = None) -> ReservationSession:
    """A new reservation session, open (GFD.231 7.1.6)."""
    return default_manager().create_reservation_session(session_name, contact)


def open_reservation_session(session_name: str) -> ReservationSession:
    """A reservation session that exists, with all its reservations (GFD.231 7.1.7)."""
    return default_manager().open_reservation_session(session_name)


def close_reservation_session(session: ReservationSession) -> None:
    """Close a session; its reservations stay (GFD.231 7.1.9)."""
    default_manager().close_reservation_session(session)


def destroy_reservation_session(session_name: str) -> None:
    """Remove a session and what is known of its reservations; they stay (GFD.231 7.1.10)."""
    default_manager().destroy_reservation_session(session_name)


def get_reservation_session_names() -> list[str]:
    """The names of all reservation sessions, oldest first (GFD.231 7.1.12)."""
    return default_manager().get_reservation_session_names()


def job_template_impl_spec() -> list[str]:
    """Extension keys of JobTemplate, of all trackers there are (GFD.231 5.9)."""
    return default_manager().job_template_impl_spec


def job_info_impl_spec() -> list[str]:
    """Extension keys of JobInfo, of all trackers there are (GFD.231 5.9)."""
    return default_manager().job_info_impl_spec


def reservation_template_impl_spec() -> list[str]:
    """Extension keys of ReservationTemplate, of all trackers there are (GFD.231 5.9)."""
    return default_manager().reservation_template_impl_spec


def reservation_info_impl_spec() -> list[str]:
    """Extension keys of ReservationInfo, of all trackers there are (GFD.231 5.9)."""
    return default_manager().reservation_info_impl_spec


def queue_info_impl_spec() -> list[str]:
    """Extension keys of QueueInfo, of all trackers there are (GFD.231 5.9)."""
    return default_manager().queue_info_impl_spec


def machine_info_impl_spec() -> list[str]:
    """Extension keys of MachineInfo, of all trackers there are (GFD.231 5.9)."""
    return default_manager().machine_info_impl_spec


def notification_impl_spec() -> list[str]:
    """Extension keys of DrmaaNotification, of all trackers there are (GFD.231 5.9)."""
    return default_manager().notification_impl_spec


def get_instance_value(instance: Struct, name: str) -> str | None:
    """The value of an attribute as text; None if it is not set (GFD.231 5.9)."""
    return default_manager().get_instance_value(instance, name)


def set_instance_value(instance: Struct, name: str, value: str | None) -> None:
    """Set an attribute of a template from text; None takes its value away (GFD.231 5.9)."""
    default_manager().set_instance_value(instance, name, value)


def describe_attribute(instance: Struct, name: str) -> str:
    """What an attribute is for, in a sentence (GFD.231 5.9)."""
    return default_manager().describe_attribute(instance, name)
