"""What outlives a process: sessions, their jobs, and what their trackers wrote down.

* `Store`: the database of this user, shared by all processes; `home`: the folder it is in.
* `MemoryStore`, `MemoryLedger`: the same for one process, for measurements and tests.
* `contract`, `records`: what a store owes, and the values it takes and gives.
* `database`, `schema`, `failures`, `filesystem`: SQLite, the tables, its errors, and how far its locks can be trusted.
"""

from wflpy.store.contract import JobLog as JobLog
from wflpy.store.contract import ReservationLog as ReservationLog
from wflpy.store.contract import SessionStore as SessionStore
from wflpy.store.home import home as home
from wflpy.store.memory import MemoryLedger as MemoryLedger
from wflpy.store.memory import MemoryStore as MemoryStore
from wflpy.store.records import Fact as Fact
from wflpy.store.records import JobRecord as JobRecord
from wflpy.store.records import OpenKeys as OpenKeys
from wflpy.store.records import SessionDraft as SessionDraft
from wflpy.store.records import SessionKind as SessionKind
from wflpy.store.records import SessionRecord as SessionRecord
from wflpy.store.store import Store as Store

__all__ = [
    "Fact",
    "JobLog",
    "JobRecord",
    "MemoryLedger",
    "MemoryStore",
    "OpenKeys",
    "ReservationLog",
    "SessionDraft",
    "SessionKind",
    "SessionRecord",
    "SessionStore",
    "Store",
    "home",
]
