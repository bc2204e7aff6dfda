"""What clients may ask of a keeper.

A request is ``[name, number of lines that follow, values...]``. The answer is ``["ok", value]``, or
``["no", kind, text]`` with the kinds `argument` (a fault of the caller), `resource` (the disk is full),
`version` and `internal`. Unknown ids are answered with null in their place, so that one does not spoil the others.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from wflpy_trackers._local.jobs import FINAL, HELD, STARTED, WAITING
from wflpy_trackers._local.telling import row
from wflpy_trackers._local.wire import decode, encode, encode_text
from wflpy_trackers._local.words import PROTOCOL, RUNNING, SUSPENDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from wflpy_trackers._local.book import Book
    from wflpy_trackers._local.jobs import Context, Job, Session
    from wflpy_trackers._local.peers import Peer
    from wflpy_trackers._local.runner import Runner
    from wflpy_trackers._local.waiting import Queue

_MOST_LINES: Final = 1_000_000
"""Lines that may follow a request."""
UNKNOWN: Final = -1
"""Instead of the state of a job that refused an action: there is no such job."""


class Service:
    """Answers requests."""

    def __init__(self, book: Book, runner: Runner, queue: Queue[Job], facts: dict[str, object]) -> None:
        self._book: Final = book
        self._runner: Final = runner
        self._queue: Final = queue
        self._facts: Final = facts
        self.connections = 0
        """Clients that are there."""
        self.answered: Final[dict[Peer, None]] = {}
        """Clients with answers that were not sent."""
        self._requests: Final[dict[str, Callable[..., object]]] = {
            "hello": self._hello,
            "context": self._context,
            "submit": self._submit,
            "array": self._array,
            "find": self._find,
            "ids": self._ids,
            "arrays": self._arrays,
            "elements": self._elements,
            "states": self._states,
            "infos": self._infos,
            "control": self._control,
            "delete": self._delete,
            "forget": self._forget,
            "template": self._template,
            "all": self._all,
            "watch": self._watch,
        }
        self._actions: Final[dict[str, tuple[frozenset[int], Callable[[Job], None]]]] = {
            "suspend": (frozenset((RUNNING,)), runner.suspend),
            "resume": (frozenset((SUSPENDED,)), runner.resume),
            "hold": (WAITING, runner.hold),
            "release": (HELD, runner.release),
            "terminate": (WAITING | HELD | STARTED, runner.terminate),
        }

    def serve(self, peer: Peer, lines: list[bytes]) -> None:
        """Answer the requests in these lines."""
        self._runner.settle()
        waiting = peer.waits
        waiting += lines
        at = 0
        while at < len(waiting):
            try:
                name, followers, *values = decode(waiting[at])
                end = at + 1 + range(_MOST_LINES + 1).index(followers)
            except Exception:  # noqa: BLE001  whatever one peer sends must not end the keeper of all jobs
                self._send_away(peer, "this is no request")
                return
            if end > len(waiting):
                break
            self._answer(peer, name, values, waiting[at + 1 : end])
            at = end
        del waiting[:at]

    def _answer(self, peer: Peer, name: str, values: list[Any], followers: list[bytes]) -> None:
        if not peer.greeted and name != "hello":
            self._send_away(peer, "the first request has to be hello")
            return
        try:
            text = self._requests[name](peer, *values, *([followers] if followers else ()))
        except Refused as refusal:
            self._refuse(peer, refusal.kind, str(refusal))
        except OSError as error:
            text = f"the job log {self._book.log.path} cannot be written: {error.strerror}; free some space"
            self._refuse(peer, "resource", text)
        except Exception as error:  # noqa: BLE001  one bad request must not end the keeper of all jobs
            with suppress(OSError):  # keeper.log may be on a full disk
                sys.excepthook(type(error), error, error.__traceback__)
            self._refuse(peer, "internal", f"{name}: {type(error).__name__}: {error}")
        else:
            self.answered[peer] = None
            peer.send(f'["ok",{text}]\n'.encode())

    def _send_away(self, peer: Peer, text: str) -> None:
        self._refuse(peer, "argument", text)
        peer.flush()
        peer.close()

    def _refuse(self, peer: Peer, kind: str, text: str) -> None:
        self.answered[peer] = None
        peer.send(encode(["no", kind, text]))

    def welcome(self, peer: Peer) -> None:
        """A client has connected."""
        self.connections += 1
        peer.on_close = self._left

    # -- who asks ------------------------------------------------------------------------------------

    def _hello(self, peer: Peer, protocol: int, session: str, slots: int | None) -> str:
        if protocol != PROTOCOL:
            raise Refused(
                f"this keeper speaks protocol {PROTOCOL}, its client {protocol}: they belong to different versions of "
                "wflpy; let the jobs of this keeper end, or use another WFLPY_HOME",
                "version",
            )
        if slots is not None and slots != self._queue.total and self.connections == 1 and not self._book.unfinished:
            # The first to open it decides, as long as anybody uses it.
            self.resize(slots)
        peer.greeted = True
        peer.session = self._book.session(session)
        return encode_text({**self._facts, "slots": self._queue.total})

    def _left(self, peer: Peer) -> None:
        self.connections -= 1
        for watchers in (self._book.monitors, peer.session.watchers if peer.session is not None else []):
            if peer in watchers:
                watchers.remove(peer)

    def resize(self, slots: int) -> None:
        """Have another number of slots, and write it down."""
        self._queue.resize(slots)
        self._book.slots = slots
        self._book.log.note(encode(["n", slots]))

    def _context(self, peer: Peer, lines: list[bytes]) -> str:
        peer.context = self._book.context(lines[0])
        return "null"

    def _watch(self, peer: Peer, since: float, is_brief: bool) -> str:
        """From now on tell this client about its session; at once, about the jobs that changed since that time.

        Briefly means: id, state and cause of those that have ended.
        """
        watchers = self._book.monitors if _sees_all(peer) else _session(peer).watchers
        watchers.append(peer)
        recent = [job for job in self._jobs(peer).values() if job.changed >= since]
        if is_brief:
            return encode_text([[job.job_id, job.state, job.cause] for job in recent if job.state in FINAL])
        return "[" + ",".join(map(row, recent)) + "]"

    # -- submitting ----------------------------------------------------------------------------------

    def _submit(self, peer: Peer, lines: list[bytes]) -> str:
        ids, jobs = self._book.submit(_session(peer), _context(peer), lines)
        for job in jobs:
            if job.state in WAITING:
                self._runner.admit(job)
        return encode_text(ids)

    def _array(self, peer: Peer, bounds: list[int], max_parallel: int | None, lines: list[bytes]) -> str:
        indices = range(*bounds)
        array_id, array = self._book.submit_array(_session(peer), _context(peer), lines[0], indices, max_parallel)
        if array is not None and not array.asked.held:
            for job in tuple(array.jobs.values()):
                self._runner.admit(job)
        return encode_text(array_id)

    def _jobs(self, peer: Peer) -> dict[str, Job]:
        return self._book.jobs if _sees_all(peer) else _session(peer).jobs

    # -- knowing -------------------------------------------------------------------------------------

    def _find(self, peer: Peer, keys: list[str]) -> str:
        ids = _session(peer).ids
        return encode_text({key: ids[key] for key in keys if key in ids})

    def _ids(self, peer: Peer) -> str:
        return encode_text(list(_session(peer).jobs))

    def _arrays(self, peer: Peer) -> str:
        return encode_text(list(_session(peer).arrays))

    def _elements(self, peer: Peer, array_id: str) -> str:
        array = _session(peer).arrays.get(array_id)
        return encode_text(None if array is None else [job.job_id for job in array.jobs.values()])

    def _states(self, peer: Peer, job_ids: list[str]) -> str:
        jobs = self._jobs(peer)
        found = [jobs.get(job_id) for job_id in job_ids]
        return encode_text([None if job is None else [job.state, job.cause] for job in found])

    def _infos(self, _peer: Peer, job_ids: list[str]) -> str:
        found = [self._book.jobs.get(job_id) for job_id in job_ids]
        return "[" + ",".join("null" if job is None else self._row(job) for job in found) + "]"

    def _row(self, job: Job) -> str:
        return row(job) if job.run is None else row(job, *self._runner.progress(job))

    def _template(self, _peer: Peer, job_id: str) -> str:
        found = self._book.jobs.get(job_id) or self._book.arrays.get(job_id)
        return "null" if found is None else self._book.body(found.asked).decode()

    def _all(self, _peer: Peer) -> str:
        return encode_text(list(self._book.jobs))

    # -- controlling ---------------------------------------------------------------------------------

    def _control(self, peer: Peer, action: str, job_ids: list[str]) -> str:
        """Per job null if it was done, the state of the job if it does not allow it, or UNKNOWN."""
        jobs = self._jobs(peer)
        allowed, act = self._actions[action]
        outcomes: list[int | None] = []
        for job_id in job_ids:
            job = jobs.get(job_id)
            if job is None:
                outcomes.append(UNKNOWN)
            elif job.state not in allowed:
                outcomes.append(job.state)
            else:
                act(job)
                outcomes.append(None)
        return encode_text(outcomes)

    def _delete(self, peer: Peer, job_ids: list[str]) -> str:
        """Per job null if it was deleted, the state of the job if it has not ended, or UNKNOWN."""
        jobs = self._jobs(peer)
        found = [jobs.get(job_id) for job_id in job_ids]
        self._book.delete([job for job in found if job is not None and job.state in FINAL])
        return encode_text([UNKNOWN if job is None else None if job.state in FINAL else job.state for job in found])

    def _forget(self, peer: Peer) -> str:
        self._book.forget(_session(peer))
        return "null"


class Refused(Exception):
    """A request that cannot be carried out, through a fault of the caller."""

    def __init__(self, text: str, kind: str = "argument") -> None:
        super().__init__(text)
        self.kind = kind


def _session(peer: Peer) -> Session:
    if peer.session is None:
        raise Refused("no session was named")
    return peer.session


def _sees_all(peer: Peer) -> bool:
    """Whether this client has no session of its own, and so the jobs of all of them."""
    return _session(peer).name == ""


def _context(peer: Peer) -> Context:
    if peer.context is None:
        raise Refused("no context was sent")
    return peer.context
