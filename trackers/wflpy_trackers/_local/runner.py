"""Running jobs: dispatch, ends, suspension, limits, termination.

A suspended job keeps its slots. Terminating sends SIGTERM to the process group of the job, SIGCONT so that a stopped
one can follow it, and SIGKILL after the grace, or when it is told again. The job has ended when nothing is left of the
group, so that every process of it has the grace. Processes that a job leaves behind when it ends by itself are left
alone.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wflpy_trackers._local import processes
from wflpy_trackers._local.failure import StartFailure
from wflpy_trackers._local.jobs import HELD, STARTED, WAITING, Job, Run, Usage
from wflpy_trackers._local.outputs import Outputs
from wflpy_trackers._local.spawn import Spawner
from wflpy_trackers._local.words import (
    DONE,
    FAILED,
    LOST,
    QUEUED,
    QUEUED_HELD,
    REQUEUED,
    REQUEUED_HELD,
    RUNNING,
    START_FAILED,
    SUSPENDED,
    TERMINATED,
    UNDETERMINED,
    WALLCLOCK_TIME,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from resource import struct_rusage

    from wflpy_trackers._local.book import Book
    from wflpy_trackers._local.ends import Ends
    from wflpy_trackers._local.loop import Loop
    from wflpy_trackers._local.outputs import Output
    from wflpy_trackers._local.spawn import Draft, Prepared, Started
    from wflpy_trackers._local.waiting import Queue

_PAUSE: Final = 0.5
"""Seconds for which nothing is started after the machine was found short of something."""
_FIRST_LOOK: Final = 0.002
_NEXT_LOOK: Final = 0.02
"""Seconds until one looks what is left of the groups of jobs that are being ended."""
_LONGEST: Final = 60.0
"""Seconds after which a start time is looked at again: the clock of the machine may be set meanwhile."""


class Runner:
    """What happens to the jobs of a book."""

    def __init__(self, book: Book, queue: Queue[Job], loop: Loop, ends: Ends) -> None:
        self._book: Final = book
        self._queue: Final = queue
        self._loop: Final = loop
        self._ends: Final = ends
        self._outputs: Final = Outputs(loop)
        self._spawner: Final = Spawner(self._outputs)
        self._paused = False
        self._next: tuple[Job, Draft] | None = None
        """A job that will start soon."""
        self._over: list[tuple[Job, Run, int | None, struct_rusage | None, float]] = []
        """Jobs whose ends are not written down."""
        self._lingering: list[tuple[Job, Run, int, struct_rusage]] = []
        """Jobs that are being ended and whose first process has gone before the others of its group."""

    # -- waiting -------------------------------------------------------------------------------------

    def admit(self, job: Job) -> None:
        """Let a job that is not on hold wait for its start time and then for slots."""
        asked = job.asked
        if asked.min_slots > self._queue.total:
            text = f"it needs {asked.min_slots} slots, but there are only {self._queue.total}"
            self._book.end(job, FAILED, START_FAILED, text)
            return
        left = 0.0 if asked.start is None else asked.start - time.time()
        if left <= 0:
            self._queue.add(job)
        else:
            self._loop.after(min(left, _LONGEST), lambda: self._look_again(job))

    def _look_again(self, job: Job) -> None:
        if job.state in WAITING and not job.queued:
            self.admit(job)

    def hold(self, job: Job) -> None:
        """Take a waiting job out of the queue until it is released."""
        self._queue.remove(job)
        self._book.enter(job, QUEUED_HELD if job.state == QUEUED else REQUEUED_HELD, "h")

    def release(self, job: Job) -> None:
        """Let a job on hold wait again, at its old place."""
        self._book.enter(job, QUEUED if job.state == QUEUED_HELD else REQUEUED, "r")
        self.admit(job)

    # -- starting ------------------------------------------------------------------------------------

    def dispatch(self) -> None:
        """Start the jobs whose turn it is.

        Raises:
            OSError: the log cannot be written; nothing was started that is not in it.
        """
        granted = None if self._paused else self._queue.take()
        if granted is None:
            return
        try:
            while granted is not None:
                self._start(*granted)
                granted = None if self._paused else self._queue.take()
        finally:
            self._spawner.settle()

    def look_ahead(self) -> None:
        """Get ready for the job that comes next, while there is nothing else to do."""
        self._outputs.look_ahead()
        job = self._queue.peek()
        if job is not None and (self._next is None or self._next[0] is not job):
            with suppress(ValueError, TypeError, KeyError):
                self._next = job, self._spawner.draft(job, self._book.body(job.asked))

    def _start(self, job: Job, slots: int) -> None:
        prepared: Prepared | None = None
        try:
            prepared = self._spawner.prepare(self._draft(job), job.asked.context.umask)
            self._announce(job, slots, prepared)
            started = self._spawner.spawn(prepared)
        except StartFailure as failure:
            self._fail(job, slots, prepared, failure.cause, failure.text)
        except _Unwritable as error:
            self._put_back(job, slots, prepared)
            raise error.reason from None
        except OSError:
            # The machine is short of something.
            self._paused = True
            self._loop.after(_PAUSE, self._go_on)
            self._put_back(job, slots, prepared)
        except (ValueError, TypeError, KeyError) as error:
            self._fail(job, slots, prepared, START_FAILED, f"its template cannot be used: {error}")
        else:
            # What ended before this one started is told before.
            self.settle()
            self._follow(job, started, prepared.outputs)

    def _draft(self, job: Job) -> Draft:
        known, self._next = self._next, None
        if known is not None and known[0] is job:
            return known[1]
        return self._spawner.draft(job, self._book.body(job.asked))

    def _announce(self, job: Job, slots: int, prepared: Prepared) -> None:
        """Write down that a job is about to start.

        Should this process end before it is written down as started, the next keeper looks for the process: no job
        runs twice.
        """
        self._book.starting(job, slots, prepared.outputs)
        try:
            self._book.log.flush()
        except OSError as error:
            raise _Unwritable(error) from error

    def _fail(self, job: Job, slots: int, prepared: Prepared | None, cause: str, text: str) -> None:
        self._give_up(job, slots, prepared)
        self._book.end(job, FAILED, cause, text)

    def _put_back(self, job: Job, slots: int, prepared: Prepared | None) -> None:
        self._give_up(job, slots, prepared)
        self._book.put_back(job)
        self._queue.add(job)

    def _give_up(self, job: Job, slots: int, prepared: Prepared | None) -> None:
        if prepared is not None:
            self._spawner.discard(prepared)
        self._queue.give_back(job, slots)
        job.slots = 0

    def _go_on(self) -> None:
        self._paused = False

    def _follow(self, job: Job, started: Started, outputs: Sequence[Output]) -> None:
        run = Run(started.pid, started.earliest, started.latest)
        if outputs:
            run.outputs = outputs
            self._outputs.begun(outputs)
        self._book.started(job, run)
        self._ends.watch(run, lambda _status: self._reap(job, run))
        self._run_on(job, run)

    def _run_on(self, job: Job, run: Run) -> None:
        run.since = time.monotonic()
        wallclock = job.asked.wallclock
        if wallclock is not None:
            run.limit = self._loop.after(max(0.0, wallclock - job.ran), lambda: self._exceed(job, wallclock))

    # -- ends ----------------------------------------------------------------------------------------

    def _reap(self, job: Job, run: Run) -> None:
        _, status, used = os.wait4(run.pid, 0)
        if run.cause is None or not processes.has_group(run.pid):
            self._finish(job, run, status, used)
            return
        # Its first process is gone, but others of its group have the grace that they were promised.
        run.reaped = True
        if not self._lingering:
            self._loop.after(_FIRST_LOOK, self._look_at_groups)
        self._lingering.append((job, run, status, used))

    def _look_at_groups(self) -> None:
        """Finish the jobs that are being ended and of whose groups nothing is left; one look for all of them."""
        groups = processes.live_groups()
        looked_at, self._lingering = self._lingering, []
        for job, run, status, used in looked_at:
            if run.pid in groups:
                self._lingering.append((job, run, status, used))
            else:
                self._finish(job, run, status, used)
        if self._lingering:
            self._loop.after(_NEXT_LOOK, self._look_at_groups)

    def _finish(self, job: Job, run: Run, status: int | None, used: struct_rusage | None) -> None:
        self._stop_clock(job, run)
        # First of all, since others wait for its slots: `settle` does the rest.
        self._queue.give_back(job, job.slots)
        self._over.append((job, run, status, used, time.time()))

    def settle(self) -> None:
        """Write down the ends that happened. Before it, a job may look as if it still ran."""
        over = self._over
        if over:
            self._over = []
            for ended in over:
                self._settle(*ended)

    def _settle(self, job: Job, run: Run, status: int | None, used: struct_rusage | None, when: float) -> None:
        if run.kill is not None:
            run.kill.cancel()
        if run.outputs:
            self._outputs.ended(run.outputs)
        usage = None if used is None else _usage(used)
        if run.cause is not None:
            self._book.end(job, FAILED, run.cause, run.text, status, usage, when)
        elif status is None:
            text = "the keeper of its process was killed while it ran, so how it ended is not known"
            self._book.end(job, UNDETERMINED, LOST, text, None, None, when)
        else:
            self._book.end(job, FAILED if status else DONE, None, None, status, usage, when)

    def _stop_clock(self, job: Job, run: Run) -> None:
        if run.limit is not None:
            run.limit.cancel()
        if run.since is not None:
            job.ran += time.monotonic() - run.since
            run.since = None

    def progress(self, job: Job) -> tuple[float, Usage | None]:
        """Seconds a job has been running so far, and what it has used if it runs."""
        run = job.run
        if run is None:
            return job.ran, job.usage
        ran = job.ran if run.since is None else job.ran + time.monotonic() - run.since
        seconds = processes.cpu_seconds(run.pid)
        return ran, None if seconds is None else (seconds, 0.0, 0, 0, 0, 0, 0, 0, 0)

    # -- control -------------------------------------------------------------------------------------

    def suspend(self, job: Job) -> None:
        """Stop all processes of a running job; it keeps its slots."""
        run = _run(job)
        signal_group(run.pid, signal.SIGSTOP)
        self._stop_clock(job, run)
        self._book.enter(job, SUSPENDED, "z", round(job.ran, 6))

    def resume(self, job: Job) -> None:
        """Let the processes of a suspended job go on."""
        run = _run(job)
        signal_group(run.pid, signal.SIGCONT)
        self._run_on(job, run)
        self._book.enter(job, RUNNING, "w")

    def terminate(self, job: Job) -> None:
        """End a job: at once if it has no process, else by SIGTERM and, after the grace or when told again, SIGKILL."""
        if job.state in WAITING or job.state in HELD:
            self._queue.remove(job)
            self._book.end(job, FAILED, TERMINATED, "it was terminated before it started")
        elif job.state in STARTED:
            run = _run(job)
            if run.told:
                self._kill(job, run)
            elif run.reaped or not _has_ended(run):
                run.told = True
                self._stop(job, TERMINATED, "it was terminated while it ran")

    def _exceed(self, job: Job, seconds: int) -> None:
        if job.state == RUNNING:
            text = f"it ran longer than its limit of {seconds} s (WALLCLOCK_TIME)"
            self._stop(job, WALLCLOCK_TIME, text)

    def _stop(self, job: Job, cause: str, text: str) -> None:
        run = _run(job)
        if run.cause is None:
            self._book.ending(job, cause, text)
        signal_group(run.pid, signal.SIGTERM)
        signal_group(run.pid, signal.SIGCONT)
        if run.kill is None:
            # The grace begins with the first reason to end it; a later one does not prolong it.
            run.kill = self._loop.after(job.asked.context.grace, lambda: self._kill(job, run))

    def _kill(self, job: Job, run: Run) -> None:
        if job.run is run:
            signal_group(run.pid, signal.SIGKILL)

    # -- after an earlier keeper ---------------------------------------------------------------------

    def requeue(self, job: Job) -> None:
        """Let a job wait again whose process is gone without having ended."""
        job.slots, job.ran, job.run = 0, 0.0, None
        self._book.enter(job, REQUEUED, "R")
        self.admit(job)

    def recover_outputs(self, files: dict[str, tuple[str, str]]) -> None:
        """Give the output files of an earlier keeper their names; see `Replay.outputs`."""
        for spare, (job_id, path) in files.items():
            adopted = self._outputs.adopt(spare, path)
            job = self._book.jobs.get(job_id)
            if job is not None and job.run is not None:
                job.run.outputs = [*job.run.outputs, adopted]
            else:
                self._outputs.ended((adopted,))

    def close(self) -> None:
        """Leave no spare files."""
        self._outputs.close()

    def adopt(self, job: Job) -> None:
        """Go on watching the process of a job that an earlier keeper started."""
        run = _run(job)
        self._queue.occupy(job, job.slots)
        if not self._ends.watch(run, lambda status: self._finish_adopted(job, run, status)):
            self._finish(job, run, None, None)
            return
        if job.state == RUNNING:
            job.ran += max(0.0, time.time() - job.changed)
            self._run_on(job, run)
        if run.cause is not None:
            self._stop(job, run.cause, run.text or "")

    def _finish_adopted(self, job: Job, run: Run, status: int | None) -> None:
        if run.cause is not None and processes.is_process(run.pid, run.earliest, run.latest):
            signal_group(run.pid, signal.SIGKILL)
        self._finish(job, run, status, None)


class _Unwritable(Exception):
    """The log cannot be written."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def signal_group(pid: int, number: int) -> None:
    """Send a signal to the process group that a job leads, if there is anything left of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _has_ended(run: Run) -> bool:
    """Whether the process has ended and its end was just not noticed yet."""
    if run.adopted:
        return processes.zombie_status(run.pid) is not None
    return os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _run(job: Job) -> Run:
    if job.run is None:
        raise LookupError(f"job {job.job_id} has no process")
    return job.run


def _usage(used: struct_rusage) -> Usage:
    return (
        used.ru_utime,
        used.ru_stime,
        used.ru_maxrss,
        used.ru_minflt,
        used.ru_majflt,
        used.ru_inblock,
        used.ru_oublock,
        used.ru_nvcsw,
        used.ru_nivcsw,
    )
