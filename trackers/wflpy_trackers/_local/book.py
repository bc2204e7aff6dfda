"""The jobs of a keeper: every change goes into the log and is told to the sessions that watch.

What a method notes for the log is written before anybody hears of it: the keeper flushes the log before it answers
requests and before it sends events.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wflpy_trackers._local.jobs import BUSY, FINAL, Array, Context, Job, Session, Submission
from wflpy_trackers._local.telling import end_record, row
from wflpy_trackers._local.wire import decode, encode, encode_text
from wflpy_trackers._local.words import QUEUED, QUEUED_HELD, RUNNING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wflpy_trackers._local.joblog import JobLog
    from wflpy_trackers._local.jobs import Run, Usage
    from wflpy_trackers._local.outputs import Output
    from wflpy_trackers._local.peers import Peer


class Book:
    """All that is known of jobs here."""

    def __init__(self, log: JobLog) -> None:
        self.log: Final = log
        self.jobs: Final[dict[str, Job]] = {}
        self.arrays: Final[dict[str, Array]] = {}
        self.sessions: Final[dict[str, Session]] = {}
        self.contexts: Final[dict[bytes, Context]] = {}
        self.numbers = 0
        """The highest number given to a submission so far."""
        self.slots = 0
        """Slots at the time of the last record of them."""
        self.busy = 0
        """Jobs for which the keeper stays."""
        self.unfinished = 0
        """Jobs that have not ended."""
        self.news: Final[dict[Session, None]] = {}
        """Sessions with events that were not sent."""
        self.monitors: Final[list[Peer]] = []
        """Clients that watch all sessions."""
        self.has_ends = False
        """Whether there are ends among these events."""

    # -- what jobs belong to -------------------------------------------------------------------------

    def session(self, name: str) -> Session:
        """The session of this name, which need not have been there before."""
        found = self.sessions.get(name)
        if found is None:
            found = self.sessions[name] = Session(name)
        return found

    def nameless(self) -> Session:
        """A session that was forgotten."""
        return Session(None)

    def context(self, raw: bytes) -> Context:
        """The context with this content."""
        found = self.contexts.get(raw)
        if found is None:
            found = self.contexts[raw] = Context(self._next_context(), raw, decode(raw))
            self.log.note(b'["c",%d]\t%s\n' % (found.number, raw))
        return found

    def _next_context(self) -> int:
        return max((context.number for context in self.contexts.values()), default=0) + 1

    # -- submitting ----------------------------------------------------------------------------------

    def submit(self, session: Session, context: Context, lines: Sequence[bytes]) -> tuple[list[str], list[Job]]:
        """Take in jobs, all or none; their ids, and those that are new.

        Args:
            session: their session.
            context: what they take over from the submitter.
            lines: per job its head (see `Submission`) and its template, both JSON, with a tab between them.

        Raises:
            OSError: the log cannot be written.
        """
        now = time.time()
        ids: list[str] = []
        jobs: list[Job] = []
        records: list[bytes] = []
        number = self.numbers
        fresh: dict[str, str] = {}
        prefix = f"{session.label},{context.number},{now:.6f}"
        for line in lines:
            head, _, body = line.partition(b"\t")
            asked = Submission(number + 1, session, context, now, decode(head))
            known = session.ids.get(asked.key) or fresh.get(asked.key)
            if known is not None:
                ids.append(known)
                continue
            number += 1
            job_id = fresh[asked.key] = str(number)
            asked.body = body
            jobs.append(Job(job_id, asked, QUEUED_HELD if asked.held else QUEUED))
            records.append(b'["j",%d,%s,%s]\t%s\n' % (number, prefix.encode(), head, body))
            ids.append(job_id)
        offset = self.log.write(records)
        self.numbers = number
        for job, record in zip(jobs, records, strict=True):
            job.asked.offset, job.asked.length = offset, len(record)
            offset += len(record)
            self.add(job)
            self._tell(job)
        return ids, jobs

    def submit_array(
        self, session: Session, context: Context, line: bytes, indices: range, max_parallel: int | None
    ) -> tuple[str, Array | None]:
        """Take in an array; its id, and the array if it is new.

        Raises:
            OSError: the log cannot be written.
        """
        head, _, body = line.partition(b"\t")
        number = self.numbers + 1
        asked = Submission(number, session, context, time.time(), decode(head))
        known = session.ids.get(asked.key)
        if known is not None:
            return known, None
        asked.body = body
        values = f"{session.label},{context.number},{asked.time:.6f},{head.decode()},"
        bounds = encode_text([indices.start, indices.stop, indices.step, max_parallel])
        record = b'["a",%d,%s%s]\t%s\n' % (number, values.encode(), bounds.encode(), body)
        asked.offset = self.log.write((record,))
        asked.length = len(record)
        self.numbers = number
        array = Array(str(number), asked, indices, max_parallel)
        self.add_array(array)
        for job in array.jobs.values():
            self._tell(job)
        return array.array_id, array

    def add(self, job: Job) -> None:
        """Know a job that is not part of an array."""
        session = job.asked.session
        session.ids[job.asked.key] = job.job_id
        self._add(job, session)

    def add_array(self, array: Array) -> None:
        """Know an array and its jobs."""
        session = array.asked.session
        session.ids[array.asked.key] = array.array_id
        session.arrays[array.array_id] = self.arrays[array.array_id] = array
        for job in array.jobs.values():
            self._add(job, session)

    def _add(self, job: Job, session: Session) -> None:
        session.jobs[job.job_id] = self.jobs[job.job_id] = job
        self.unfinished += 1
        self.busy += job.state in BUSY

    def body(self, asked: Submission) -> bytes:
        """The template of a submission as JSON."""
        if asked.body is not None:
            return asked.body
        return self.log.read(asked.offset, asked.length - 1).partition(b"\t")[2]

    # -- changes -------------------------------------------------------------------------------------

    def enter(self, job: Job, state: int, tag: str, *values: object) -> None:
        """A job enters a state that is not final; the record begins with this tag and ends with these values."""
        now = time.time()
        self.set_state(job, state, now)
        self.log.note(encode([tag, job.job_id, round(now, 6), *values]))
        self._tell(job)

    def starting(self, job: Job, slots: int, outputs: Sequence[Output]) -> None:
        """Write down that a process is about to be started, and where its output goes until the files have names."""
        job.slots = slots
        files = encode_text([[output.spare, output.path] for output in outputs]) if outputs else "[]"
        self.log.note(f'["s","{job.job_id}",{time.time():.6f},{slots},{files}]\n'.encode())

    def started(self, job: Job, run: Run) -> None:
        """The process of a job runs."""
        now = time.time()
        job.run = run
        job.dispatched = job.dispatched or now
        if job.throttle is None:
            job.asked.body = None
        self.set_state(job, RUNNING, now)
        self.log.note(f'["p","{job.job_id}",{now:.6f},{run.pid},{run.earliest},{run.latest}]\n'.encode())
        self._tell(job)

    def put_back(self, job: Job) -> None:
        """The process could not be started for now: the job waits as before."""
        job.slots = 0
        self.log.note(encode(["q", job.job_id]))

    def ending(self, job: Job, cause: str, text: str) -> None:
        """The process of a job is going to be ended, for this reason."""
        if job.run is not None:
            job.run.cause, job.run.text = cause, text
        self.log.note(encode(["t", job.job_id, cause, text]))

    def end(
        self,
        job: Job,
        state: int,
        cause: str | None = None,
        text: str | None = None,
        status: int | None = None,
        usage: Usage | None = None,
        when: float | None = None,
    ) -> None:
        """A job enters a final state, now or at another time."""
        now = when or time.time()
        job.cause, job.annotation, job.status, job.usage, job.run = cause, text, status, usage, None
        if job.throttle is None:
            job.asked.body = None
        self.set_state(job, state, now)
        self.log.note(end_record(job))
        session = job.asked.session
        if session.name is None:
            self.drop(job)
        elif session.watchers or self.monitors:
            session.events.append(row(job))
            self.news[session] = None
            self.has_ends = True

    def set_state(self, job: Job, state: int, now: float) -> None:
        """Change the state of a job and what is counted by it."""
        self.busy += (state in BUSY) - (job.state in BUSY)
        self.unfinished -= state in FINAL and job.state not in FINAL
        job.state = state
        job.changed = now

    # -- forgetting ----------------------------------------------------------------------------------

    def delete(self, jobs: Sequence[Job]) -> None:
        """Drop ended jobs for good, and arrays with their last job."""
        for job in jobs:
            self.drop(job)
            session = job.asked.session
            if session.watchers or self.monitors:
                session.events.append(f'["{job.job_id}"]')
                self.news[session] = None
        if jobs:
            self.log.note(encode(["d", *(job.job_id for job in jobs)]))

    def forget(self, session: Session) -> None:
        """The session is gone: drop its ended jobs now and the others when they end."""
        if session.name is None:
            return
        self.log.note(b'["f",%s]\n' % session.label.encode())
        self.sessions.pop(session.name, None)
        session.name, session.label = None, "null"
        for job in [job for job in session.jobs.values() if job.state in FINAL]:
            self.drop(job)

    def drop(self, job: Job) -> None:
        """Know a job no longer."""
        session = job.asked.session
        self.busy -= job.state in BUSY
        self.unfinished -= job.state not in FINAL
        self.jobs.pop(job.job_id, None)
        session.jobs.pop(job.job_id, None)
        if not isinstance(job.throttle, Array):
            session.ids.pop(job.asked.key, None)
            return
        array = job.throttle
        array.jobs.pop(job.index, None)
        if not array.jobs:
            self.arrays.pop(array.array_id, None)
            session.arrays.pop(array.array_id, None)
            session.ids.pop(array.asked.key, None)

    # -- telling -------------------------------------------------------------------------------------

    def _tell(self, job: Job) -> None:
        session = job.asked.session
        if session.watchers or self.monitors:
            session.events.append(f'["{job.job_id}",{job.state},{job.changed:.6f}]')
            self.news[session] = None
