"""From the log to the jobs it tells of, and from the jobs to a shorter log that tells the same.

Records, one a line; `c`, `j` and `a` have a second value after a tab (context, template):

    ["b", boot id, format, time, highest number, slots]         a keeper began
    ["n", slots]                                                 another number of slots
    ["c", number]                                       context  what jobs take over from a submitter
    ["j", number, session, context, time, head]         template a job
    ["a", number, session, context, time, head, bounds] template an array
    ["h", id, time] ["r", id, time] ["R", id, time]              held; waiting again; waiting again after it had started
    ["s", id, time, slots, files] ["q", id]                      about to be started; not started for now
    ["p", id, time, pid, earliest, latest]                       started
    ["z", id, time, ran] ["w", id, time]                         suspended; resumed
    ["t", id, cause, text]                                       is being ended
    ["e", id, time, state, cause, text, status, ran, usage]      ended
    ["d", ids...] ["f", session]                                 deleted; session forgotten
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from wflpy_trackers._local.jobs import FINAL, Array, Context, Job, Run, Submission
from wflpy_trackers._local.telling import end_record
from wflpy_trackers._local.wire import decode, encode, encode_text
from wflpy_trackers._local.words import (
    LOG_FORMAT,
    QUEUED,
    QUEUED_HELD,
    REQUEUED,
    REQUEUED_HELD,
    RUNNING,
    SUSPENDED,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wflpy_trackers._local.book import Book

_WORTH_IT: Final = 1 << 18
"""Bytes of a log for which it is not written anew."""
_A_JOB: Final = 250
"""Bytes of the records of a job besides its submission, about."""


class Unreadable(Exception):
    """The log was written by another version of wflpy."""


class Replay:
    """Reads the log of a book into it."""

    def __init__(self, book: Book) -> None:
        self._book: Final = book
        self._contexts: Final[dict[int, Context]] = {}
        self.boot: str | None = None
        """The boot of the machine in which the last keeper ran; None when there was none."""
        self.starting: Final[dict[str, Job]] = {}
        """Jobs whose start was announced, and of which nobody wrote down whether it happened."""
        self.outputs: Final[dict[str, tuple[str, str]]] = {}
        """Files without the names they were to have: name -> the last job that wrote to it, name to have."""
        self.damaged = 0
        """Lines that say nothing."""
        self._actions: Final[dict[str, Callable[..., None]]] = {
            "b": self._begin,
            "n": self._slots,
            "h": self._held,
            "r": self._released,
            "R": self._requeued,
            "s": self._starting,
            "q": self._put_back,
            "p": self._started,
            "z": self._suspended,
            "w": self._resumed,
            "t": self._ending,
            "e": self._ended,
            "d": self._deleted,
            "f": self._forgotten,
        }

    def run(self) -> None:
        """Read all of it; lines that make no sense are counted and skipped."""
        for offset, line in self._book.log.lines():
            head, tab, body = line.partition(b"\t")
            try:
                tag, *values = decode(head)
                if tab:
                    self._submitted(tag, values, body, offset, len(line) + 1)
                else:
                    self._actions[tag](*values)
            except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
                self.damaged += 1
                sys.stderr.write(f"{self._book.log.path}, byte {offset}: {error!r} in {line[:200]!r}\n")
        for job in [job for job in self._book.jobs.values() if job.state in FINAL and job.asked.session.name is None]:
            self._book.drop(job)

    def compact(self) -> None:
        """Write the log anew if that makes it much shorter."""
        book = self._book
        asked = {job.asked.number: job.asked for job in book.jobs.values()}
        contexts = {one.context.number: one.context for one in asked.values()}
        needed = sum(len(context.raw) for context in contexts.values()) + sum(one.length for one in asked.values())
        if book.log.size < _WORTH_IT + 2 * (needed + _A_JOB * len(book.jobs)):
            return
        places: list[tuple[Submission, int, int]] = []
        book.log.replace(self._shortest(places, contexts))
        for one, offset, length in places:
            one.offset, one.length = offset, length
        book.contexts.clear()
        book.contexts.update({context.raw: context for context in contexts.values()})

    # -- submissions ---------------------------------------------------------------------------------

    def _submitted(self, tag: str, values: list[Any], body: bytes, offset: int, length: int) -> None:
        book = self._book
        number = values[0]
        if tag == "c":
            context = Context(number, body, decode(body))
            self._contexts[number] = book.contexts[body] = context
            return
        _, name, context_number, time, head, *bounds = values
        session = book.session(name) if name is not None else book.nameless()
        asked = Submission(number, session, self._contexts[context_number], time, head)
        asked.offset, asked.length = offset, length
        asked.body = body
        book.numbers = max(book.numbers, number)
        if tag == "j":
            book.add(Job(str(number), asked, QUEUED_HELD if asked.held else QUEUED))
        else:
            start, stop, step, max_parallel = bounds[0]
            book.add_array(Array(str(number), asked, range(start, stop, step), max_parallel))

    # -- changes -------------------------------------------------------------------------------------

    def _begin(self, boot: str, log_format: int, _time: float, number: int, slots: int) -> None:
        if log_format != LOG_FORMAT:
            raise Unreadable(
                f"{self._book.log.path} is written in format {log_format}, this wflpy reads format {LOG_FORMAT}: "
                "use the wflpy that wrote it, or another WFLPY_HOME"
            )
        self.boot = boot
        self._book.numbers = max(self._book.numbers, number)
        self._slots(slots)

    def _slots(self, slots: int) -> None:
        self._book.slots = slots

    def _held(self, job_id: str, time: float) -> None:
        job = self._book.jobs[job_id]
        self._book.set_state(job, REQUEUED_HELD if job.dispatched is not None else QUEUED_HELD, time)

    def _released(self, job_id: str, time: float) -> None:
        job = self._book.jobs[job_id]
        self._book.set_state(job, REQUEUED if job.dispatched is not None else QUEUED, time)

    def _requeued(self, job_id: str, time: float) -> None:
        job = self._book.jobs[job_id]
        job.slots, job.ran, job.run = 0, 0.0, None
        self._book.set_state(job, REQUEUED, time)

    def _starting(self, job_id: str, _time: float, slots: int, files: list[list[str]]) -> None:
        job = self.starting[job_id] = self._book.jobs[job_id]
        job.slots = slots
        for spare, path in files:
            # What an earlier job had it for is settled.
            self.outputs[spare] = (job_id, path)

    def _put_back(self, job_id: str) -> None:
        self.starting.pop(job_id).slots = 0

    def _started(self, job_id: str, time: float, pid: int, earliest: int, latest: int) -> None:
        self.starting.pop(job_id, None)
        job = self._book.jobs[job_id]
        job.run = Run(pid, earliest, latest, adopted=True)
        job.dispatched = job.dispatched or time
        if job.throttle is None:
            job.asked.body = None
        self._book.set_state(job, RUNNING, time)

    def _suspended(self, job_id: str, time: float, ran: float) -> None:
        job = self._book.jobs[job_id]
        job.ran = ran
        self._book.set_state(job, SUSPENDED, time)

    def _resumed(self, job_id: str, time: float) -> None:
        self._book.set_state(self._book.jobs[job_id], RUNNING, time)

    def _ending(self, job_id: str, cause: str, text: str) -> None:
        run = self._book.jobs[job_id].run
        if run is not None:
            run.cause, run.text = cause, text

    def _ended(
        self, job_id: str, time: float, state: int, cause: str | None, text: str | None, status: int | None, *rest: Any
    ) -> None:
        self.starting.pop(job_id, None)
        job = self._book.jobs[job_id]
        job.run = None
        job.cause, job.annotation, job.status = cause, text, status
        job.ran, usage = rest
        if job.dispatched is None:
            job.slots = 0
        job.usage = None if usage is None else tuple(usage)
        if job.throttle is None:
            job.asked.body = None
        self._book.set_state(job, state, time)

    def _deleted(self, *job_ids: str) -> None:
        for job_id in job_ids:
            self._book.drop(self._book.jobs[job_id])

    def _forgotten(self, name: str) -> None:
        session = self._book.sessions.pop(name, None)
        if session is not None:
            session.name, session.label = None, "null"

    # -- the other way -------------------------------------------------------------------------------

    def _shortest(self, places: list[tuple[Submission, int, int]], contexts: dict[int, Context]) -> Iterator[bytes]:
        offset = 0
        for line in self._everything(contexts):
            record = line if isinstance(line, bytes) else self._submission(line)
            if not isinstance(line, bytes):
                places.append((line, offset, len(record)))
            offset += len(record)
            yield record

    def _everything(self, contexts: dict[int, Context]) -> Iterator[bytes | Submission]:
        book = self._book
        yield encode(["b", self.boot, LOG_FORMAT, 0.0, book.numbers, book.slots])
        for context in contexts.values():
            yield b'["c",%d]\t%s\n' % (context.number, context.raw)
        seen: set[int] = set()
        for job in book.jobs.values():
            if job.asked.number not in seen:
                seen.add(job.asked.number)
                yield job.asked
                yield from self._missing(job)
            yield from _history(job)

    def _submission(self, asked: Submission) -> bytes:
        head, _, body = self._book.log.read(asked.offset, asked.length - 1).partition(b"\t")
        values = decode(head)
        values[2] = asked.session.name
        return b"%s\t%s\n" % (encode_text(values).encode(), body)

    def _missing(self, job: Job) -> Iterator[bytes]:
        """The jobs of its array that were deleted."""
        if isinstance(job.throttle, Array):
            array = job.throttle
            gone = [f"{array.array_id}.{index}" for index in array.indices if index not in array.jobs]
            if gone:
                yield encode(["d", *gone])


def _history(job: Job) -> Iterator[bytes]:
    """The records that lead from a submission to the present state of the job."""
    job_id, changed = job.job_id, job.changed
    dispatched = job.dispatched
    if dispatched is not None:
        run = job.run or Run(0, 0, 0)
        yield encode(["s", job_id, dispatched, job.slots, []])
        yield encode(["p", job_id, dispatched, run.pid, run.earliest, run.latest])
        if run.cause is not None:
            yield encode(["t", job_id, run.cause, run.text])
    if job.state in FINAL:
        yield end_record(job)
    elif job.state == SUSPENDED or (job.state == RUNNING and changed != dispatched):
        yield encode(["z", job_id, changed, job.ran])
    elif job.state in (REQUEUED, REQUEUED_HELD):
        yield encode(["R", job_id, changed])
    if job.state in (QUEUED_HELD, REQUEUED_HELD):
        yield encode(["h", job_id, changed])
    elif job.state == QUEUED and changed != job.asked.time:
        yield encode(["r", job_id, changed])
    elif job.state == RUNNING and changed != dispatched:
        yield encode(["w", job_id, changed])
