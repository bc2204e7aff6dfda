"""Sessions: jobs that belong together, survive the process that submitted them, and are found again by name.

* `SessionManager`: creates, opens, closes and destroys sessions.
* `JobSession`, `Job`, `JobArray`: submit, find, control, wait.
* `ReservationSession`, `Reservation`: slots that are kept free for a time.
* `MonitoringSession`: the DRM system as a whole.
* `DrmaaCallback`: whom events are told.
* `new_key`: a key for a submission of one's own.

Everything that is asked goes to the tracker of the session; `facts`, `waits`, `operations`, `submission` and
`selection` say how.
"""

from wflpy.sessions.events import DrmaaCallback as DrmaaCallback
from wflpy.sessions.job import Job as Job
from wflpy.sessions.job_array import JobArray as JobArray
from wflpy.sessions.job_session import JobSession as JobSession
from wflpy.sessions.keys import new_key as new_key
from wflpy.sessions.manager import SessionManager as SessionManager
from wflpy.sessions.monitoring import MonitoringSession as MonitoringSession
from wflpy.sessions.reflective import DrmaaReflective as DrmaaReflective
from wflpy.sessions.reservation import Reservation as Reservation
from wflpy.sessions.reservation import ReservationSession as ReservationSession

__all__ = [
    "DrmaaCallback",
    "DrmaaReflective",
    "Job",
    "JobArray",
    "JobSession",
    "MonitoringSession",
    "Reservation",
    "ReservationSession",
    "SessionManager",
    "new_key",
]
