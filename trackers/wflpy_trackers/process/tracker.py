"""The process tracker: one session on the keeper of a home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from wflpy.drmaa2 import (
    FINAL_STATES,
    DrmaaCapability,
    DrmaaException,
    InvalidArgumentException,
    InvalidSessionException,
    JobAction,
    JobInfo,
    JobState,
    JobStatus,
    JobTemplate,
    Operation,
    QueueInfo,
    Version,
    check_operation,
    expand_index,
    from_dict,
)
from wflpy.tracker import Ability, JobTracker, Monitor, TemplateKeeper
from wflpy.tracker.arrays import no_such_array, no_such_job, split_id
from wflpy.tracker.places import state_home
from wflpy_trackers._local.client import Keeper
from wflpy_trackers._local.context import Surroundings
from wflpy_trackers._local.feed import Feed
from wflpy_trackers._local.launch import place_of
from wflpy_trackers._local.machine import machine_info
from wflpy_trackers._local.rows import QUEUE, Rows
from wflpy_trackers._local.words import LOG_FORMAT, PROTOCOL
from wflpy_trackers.process.options import ProcessOptions
from wflpy_trackers.process.requirements import Requirements
from wflpy_trackers.process.submission import submission_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import timedelta

    from wflpy.drmaa2 import MachineInfo
    from wflpy.tracker import Ledger, StateChange, Submission, Subscription

_STATES: Final[dict[int, JobState]] = {int(state): state for state in JobState}
_UNKNOWN: Final = -1


class ProcessTracker(JobTracker, Monitor, TemplateKeeper):
    """Jobs are processes of this machine.

    They have slots, a queue, priorities and limits, and outlive the process that submits them: a keeper, one for each
    home, stays with them. See `wflpy_trackers._local`.
    """

    name: ClassVar[str] = "process"
    options_type: ClassVar[type] = ProcessOptions
    capabilities = frozenset(
        (DrmaaCapability.BULK_JOBS_MAXPARALLEL, DrmaaCapability.CALLBACK, DrmaaCapability.JT_MAXSLOTS)
    )
    abilities = frozenset(
        (
            Ability.SUSPEND,
            Ability.HOLD_NATIVE,
            Ability.QUEUES,
            Ability.PRIORITY,
            Ability.SLOTS,
            Ability.START_TIME,
            Ability.NATIVE_ARRAYS,
            Ability.TEMPLATES,
            Ability.RUSAGE,
            Ability.MONITOR,
        )
    )
    keeps_jobs: ClassVar[bool] = True

    def __init__(self, session: str, options: ProcessOptions) -> None:
        super().__init__()
        self._options: Final = options
        self._home: Final = state_home(options.home)
        self._keeper: Final = Keeper(place_of(self._home), session, options.slots)
        facts = self._keeper.facts
        self._rows: Final = Rows(facts["host"], facts["owner"])
        self._requirements: Final = Requirements(self.name, self.capabilities, facts["host"], facts["slots"])
        self._surroundings: Final = Surroundings(options.grace)
        self._feed: Final = Feed(self._keeper, self._deliver, self._note_ended, self._lose, f"wflpy-process-{session}")
        self._ended: Final[dict[str, JobStatus]] = {}
        """Final states that were seen; they never change."""
        self._problem: DrmaaException | None = None

    @classmethod
    def open(cls, session: str, options: object, ledger: Ledger) -> Self:  # noqa: ARG003  the keeper has a log of its own
        """Open a session on the keeper of the home, which is started if there is none."""
        if not isinstance(options, ProcessOptions):
            text = f"the process tracker takes ProcessOptions, not {type(options).__name__}"
            raise InvalidArgumentException(text, attributes=("options",), tracker=cls.name)
        _check(options)
        return cls(session, options)

    @property
    def contact(self) -> str:
        """``process``, with the home if the options name one."""
        return "process" if self._options.home is None else f"process://{self._home}"

    @property
    def drms_name(self) -> str:
        """The name of this backend."""
        return "wflpy keeper"

    @property
    def drms_version(self) -> Version:
        """What the keeper speaks and writes."""
        return Version(str(PROTOCOL), str(LOG_FORMAT))

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return int(self._keeper.facts["slots"])

    # -- submitting ----------------------------------------------------------------------------------

    def submit(self, template: JobTemplate, key: str) -> str:
        """Submit one job: one exchange with the keeper, which has written it down when this returns."""
        self._keeper.check_open()
        self._requirements.check(template)
        line = submission_line(template, key)
        ids: list[str] = self._keeper.submit("submit", (line,), self._surroundings.encoded())
        return ids[0]

    def submit_many(self, submissions: Sequence[Submission]) -> list[str | DrmaaException]:
        """Submit several jobs in one exchange."""
        self._keeper.check_open()
        outcomes: list[str | DrmaaException | None] = []
        lines: list[bytes] = []
        for template, key in submissions:
            try:
                self._requirements.check(template)
                lines.append(submission_line(template, key))
                outcomes.append(None)
            except DrmaaException as refusal:
                outcomes.append(refusal)
        ids: list[str] = self._keeper.submit("submit", lines, self._surroundings.encoded()) if lines else []
        accepted = iter(ids)
        return [next(accepted) if outcome is None else outcome for outcome in outcomes]

    def submit_array(self, template: JobTemplate, indices: range, max_parallel: int | None, key: str) -> str:
        """Submit an array in one exchange."""
        self._keeper.check_open()
        self._requirements.check(template)
        line = submission_line(template, key)
        bounds = [indices.start, indices.stop, indices.step]
        array_id: str = self._keeper.submit("array", (line,), self._surroundings.encoded(), bounds, max_parallel)
        return array_id

    def find(self, keys: Collection[str]) -> dict[str, str]:
        """The ids of those keys that the keeper knows."""
        found: dict[str, str] = self._keeper.request("find", list(keys))
        return found

    # -- knowing -------------------------------------------------------------------------------------

    def job_ids(self) -> list[str]:
        """The jobs of this session, oldest first."""
        ids: list[str] = self._keeper.request("ids")
        return ids

    def array_ids(self) -> list[str]:
        """The arrays of this session, oldest first."""
        ids: list[str] = self._keeper.request("arrays")
        return ids

    def array_job_ids(self, array_id: str) -> list[str]:
        """The jobs of an array in index order."""
        ids: list[str] | None = self._keeper.request("elements", array_id)
        if ids is None:
            raise no_such_array(array_id, self.name)
        return ids

    def states(self, job_ids: Collection[str]) -> dict[str, JobStatus]:
        """The states of these jobs; the keeper is asked for those that were not seen to end."""
        self._keeper.check_open()
        ended = self._ended
        states = {job_id: ended[job_id] for job_id in job_ids if job_id in ended}
        unknown = [job_id for job_id in job_ids if job_id not in states]
        if unknown:
            found: list[list[Any] | None] = self._keeper.request("states", unknown)
            for job_id, state in zip(unknown, found, strict=True):
                if state is None:
                    raise no_such_job(job_id, self.name)
                states[job_id] = JobStatus(_STATES[state[0]], state[1])
        return states

    def info(self, job_id: str) -> JobInfo:
        """A snapshot of one job."""
        return self.infos((job_id,))[job_id]

    def infos(self, job_ids: Collection[str]) -> dict[str, JobInfo]:
        """Snapshots of several jobs, of whatever session, in one exchange."""
        wanted = list(job_ids)
        found: list[list[Any] | None] = self._keeper.request("infos", wanted)
        infos: dict[str, JobInfo] = {}
        for job_id, row in zip(wanted, found, strict=True):
            if row is None:
                raise no_such_job(job_id, self.name)
            infos[job_id] = self._rows.info(row)
        return infos

    def template(self, job_id: str) -> JobTemplate:
        """The template of a job or an array, as it was submitted; that of an element with its index in place."""
        found: dict[str, Any] | None = self._keeper.request("template", job_id)
        if found is None:
            raise no_such_job(job_id, self.name)
        template = from_dict(JobTemplate, found)
        _, index = split_id(job_id)
        return template if index is None else expand_index(template, index)

    def all_job_ids(self) -> list[str]:
        """The jobs of all sessions of this home."""
        ids: list[str] = self._keeper.request("all")
        return ids

    def all_queues(self) -> list[QueueInfo]:
        """The one queue."""
        self._keeper.check_open()
        return [QueueInfo(name=QUEUE)]

    def all_machines(self) -> list[MachineInfo]:
        """This machine."""
        self._keeper.check_open()
        return [machine_info()]

    # -- controlling ---------------------------------------------------------------------------------

    def control(self, job_id: str, action: JobAction) -> None:
        """Carry out one action."""
        refusal = self._refusal(job_id, action, self._keeper.request("control", action, [job_id])[0])
        if refusal is not None:
            raise refusal

    def control_many(self, job_ids: Sequence[str], action: JobAction) -> dict[str, DrmaaException]:
        """Carry out one action on several jobs in one exchange."""
        outcomes: list[int | None] = self._keeper.request("control", action, list(job_ids))
        refusals = {
            job_id: self._refusal(job_id, action, outcome)
            for job_id, outcome in zip(job_ids, outcomes, strict=True)
            if outcome is not None
        }
        return {job_id: refusal for job_id, refusal in refusals.items() if refusal is not None}

    def delete(self, job_id: str) -> None:
        """Drop a job that has ended."""
        outcome: int | None = self._keeper.request("delete", [job_id])[0]
        refusal = self._refusal(job_id, Operation.REAP, outcome)
        if refusal is not None:
            raise refusal
        self._ended.pop(job_id, None)

    def forget(self) -> None:
        """Drop the jobs of this session: those that have ended now, the others when they do."""
        self._keeper.request("forget")

    # -- waiting -------------------------------------------------------------------------------------

    def wait_any(
        self, job_ids: Sequence[str], timeout: timedelta | None, states: Collection[JobState]
    ) -> tuple[str, JobStatus]:
        """Block until one of the jobs is in one of ``states``, or all are past reaching them.

        Raises:
            DrmCommunicationException: no keeper can be reached any more.
        """
        self._feed.begin()
        try:
            return super().wait_any(job_ids, timeout, states)
        except InvalidSessionException:
            if self._problem is not None and not self._keeper.is_closed:
                raise self._problem from None
            raise

    def subscribe(self, callback: Callable[[Sequence[StateChange]], None]) -> Subscription:
        """Have every later state change delivered."""
        self._feed.begin()
        return super().subscribe(callback)

    def close(self) -> None:
        """Let go of the keeper; jobs go on."""
        self.watch.close()
        self._keeper.close()
        self._feed.close()

    def _deliver(self, rows: list[list[Any]]) -> None:
        changes: list[StateChange] = []
        for row in rows:
            if len(row) == 1:
                self._ended.pop(row[0], None)
                continue
            if row[0] in self._ended:
                # Told again after the keeper was replaced.
                continue
            change = self._rows.change(row)
            changes.append(change)
            if change.state in FINAL_STATES:
                self._ended[change.job_id] = JobStatus(change.state, change.sub_state)
        if changes:
            self.watch.publish(changes)

    def _note_ended(self, rows: list[list[Any]]) -> None:
        for job_id, state, cause in rows:
            self._ended[job_id] = JobStatus(_STATES[state], cause)

    def _lose(self, problem: DrmaaException) -> None:
        self._problem = problem
        self.watch.close()

    def _refusal(self, job_id: str, operation: JobAction | Operation, outcome: int | None) -> DrmaaException | None:
        if outcome is None:
            return None
        if outcome == _UNKNOWN:
            return no_such_job(job_id, self.name)
        try:
            check_operation(operation, _STATES[outcome], job_id, tracker=self.name)
        except DrmaaException as refusal:
            return refusal
        return None


def _check(options: ProcessOptions) -> None:
    problems = [
        (name, text)
        for name, text, wrong in (
            ("slots", "must be at least 1", options.slots is not None and options.slots < 1),
            ("grace", "must not be negative", options.grace < 0),
        )
        if wrong
    ]
    if problems:
        text = "; ".join(f"{name} {text}" for name, text in problems)
        raise InvalidArgumentException(f"options of process: {text}", attributes=[name for name, _ in problems])
