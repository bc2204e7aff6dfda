"""Sessions: jobs that belong together, survive the process that submitted them, and are found again by name.

* `SessionManager`: creates, opens, closes and destroys sessions.
* `JobSession`, `Job`, `JobArray`: submit, find, control, wait.
* `MonitoringSession`: the DRM system as a whole.
* `new_key`: a key for a submission of one's own.

Everything that is asked goes to the tracker of the session; `facts`, `waits`, `operations`, `submission` and
`selection` say how.
"""

from wflpy.sessions.job import Job as Job
from wflpy.sessions.job_array import JobArray as JobArray
from wflpy.sessions.job_session import JobSession as JobSession
from wflpy.sessions.keys import new_key as new_key
from wflpy.sessions.manager import SessionManager as SessionManager
from wflpy.sessions.monitoring import MonitoringSession as MonitoringSession

__all__ = ["Job", "JobArray", "JobSession", "MonitoringSession", "SessionManager", "new_key"]
