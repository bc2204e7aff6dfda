"""Handing nodes to the backend: templates, keys, intents on disk, one call for all that is ready, and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from wflpy.dag.explain import refused_ending
from wflpy.dag.recipe import Recipe
from wflpy.dag.states import FailureKind, TaskState
from wflpy.dag.table import Ending
from wflpy.dag.timers import Alarm
from wflpy.drmaa2 import DrmaaException, InvalidArgumentException, ResourceLimit
from wflpy.expr import EvaluationError, ExpressionError
from wflpy.sessions.keys import new_keys
from wflpy.tracker import StateChange

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from wflpy.dag.context import Context
    from wflpy.dag.grouprun import GroupRun
    from wflpy.drmaa2 import JobAction, JobInfo, JobState, JobTemplate
    from wflpy.tracker import JobTracker, Subscription

_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 60.0
"""Seconds between two tries to reach a backend that cannot be reached."""


class AcceptedJob(Protocol):
    """What a session gives back for a job it submitted."""

    @property
    def job_id(self) -> str:
        """The job's id."""
        ...


class Session(Protocol):
    """What a run needs of a job session; `wflpy.sessions.JobSession` has it."""

    @property
    def tracker(self) -> JobTracker:
        """The tracker behind it."""
        ...

    @property
    def session_name(self) -> str:
        """Its name."""
        ...

    def submit(
        self, templates: Sequence[JobTemplate], keys: Sequence[str] | None = None
    ) -> Sequence[AcceptedJob | DrmaaException]:
        """Submit jobs in one call; for each the job, or why not."""
        ...

    def find(self, keys: Collection[str]) -> Mapping[str, str]:
        """The ids of those keys that reached the backend."""
        ...

    def subscribe(self, callback: Callable[[Sequence[StateChange]], None]) -> Subscription:
        """Have every state change delivered."""
        ...

    def infos(self, job_ids: Collection[str]) -> Mapping[str, JobInfo]:
        """Snapshots of several jobs."""
        ...

    def control(self, job_ids: Sequence[str], action: JobAction) -> Mapping[str, DrmaaException]:
        """Carry out one action on several jobs; the refusals by job id."""
        ...


class Order(NamedTuple):
    """One job that is to be submitted."""

    run: GroupRun
    node: int
    template: JobTemplate
    key: str


class Dispatcher:
    """Submits what is ready, and knows which job is which node."""

    def __init__(
        self,
        session: Session,
        context: Context,
        fail: Callable[[GroupRun, int, Ending], None],
        deliver: Callable[[Sequence[StateChange]], None],
    ) -> None:
        self._session: Final = session
        self._course: Final = context.course
        self._table: Final = context.table
        self._chronicle: Final = context.chronicle
        self._journal: Final = context.journal
        self._settings: Final = context.settings
        self._timers: Final = context.timers
        self._clock: Final = context.clock
        self._kitchen: Final = context.kitchen
        self._fail: Final = fail
        self._deliver: Final = deliver
        self.jobs: Final[dict[str, int]] = {}
        """Nodes by the ids of their jobs, for all that have not ended."""
        self.parked: Final[dict[int, Order]] = {}
        """What could not be submitted because the backend was not there."""
        self.queued: Final[set[str]] = set()
        """Jobs that the backend has not started, as far as it has told."""
        self._unsure: set[str] = set()
        """Jobs whose changes may have come before their ids were known."""
        self._wait = _FIRST_WAIT

    def submit_ready(self) -> bool:
        """Submit what is ready, as far as the limits allow, in one call; whether there was anything."""
        room = self._settings.batch
        if self._settings.jobs is not None:
            room = min(room, self._settings.jobs - len(self.jobs))
        # While the backend takes nothing, what is ready waits here.
        taken = self._course.take(room) if room > 0 and not self.parked else ()
        if not taken:
            return False
        keys = new_keys(len(taken))
        orders = [order for (run, node), key in zip(taken, keys, strict=True) if (order := self._order(run, node, key))]
        if orders:
            self._journal.flush()
            self._hand_over(orders)
        return True

    def resubmit(self) -> None:
        """Try again what is parked."""
        orders = list(self.parked.values())
        if orders:
            self.parked.clear()
            self._hand_over(orders)
            # The first try may have come through although no answer did, and such a job may have ended since.
            accepted = (self._table.job_ids[order.node] for order in orders if order.node not in self.parked)
            self._unsure.update(job_id for job_id in accepted if job_id in self.jobs)
        self.ask()

    def ask(self) -> None:
        """Ask for the states of jobs whose changes may have been missed."""
        self._unsure &= self.jobs.keys()
        if not self._unsure:
            return
        try:
            infos = self._session.infos(self._unsure)
        except DrmaaException as refusal:
            self._later(refusal, f"the states of {len(self._unsure)} jobs are not known")
            return
        self._unsure.clear()
        known = [
            _change_of(job_id, info, info.job_state) for job_id, info in infos.items() if info.job_state is not None
        ]
        if known:
            self._deliver(known)

    def unpark(self) -> dict[int, str | None]:
        """Give up what is parked: by node the id of its job, where one came into being though no answer came."""
        orders = list(self.parked.values())
        self.parked.clear()
        found: Mapping[str, str] = {}
        if orders:
            try:
                found = self._session.find([order.key for order in orders])
            except DrmaaException as refusal:
                self._chronicle.note(f"whether {len(orders)} jobs were submitted could not be asked: {refusal}")
        for order in orders:
            if order.key in found:
                self.jobs[found[order.key]] = order.node
                self._unsure.add(found[order.key])
                self._chronicle.accept(order.node, found[order.key])
        self.ask()
        return {order.node: found.get(order.key) for order in orders}

    def _order(self, run: GroupRun, node: int, key: str) -> Order | None:
        attempt = self._table.attempts[node] + 1
        try:
            template, streams = self.recipe_of(run).template(node - run.group.first, attempt)
        except ExpressionError as error:
            self._fail(run, node, Ending(FailureKind.EXPRESSION, str(error)))
            return None
        except OSError as error:
            self._fail(run, node, Ending(FailureKind.START_FAILED, f"its call cannot be written down: {error}"))
            return None
        self._chronicle.intend(node, attempt, key, streams)
        return Order(run, node, template, key)

    def recipe_of(self, run: GroupRun) -> Recipe:
        """How the jobs of a group are made."""
        if run.recipe is None:
            run.recipe = Recipe(self._kitchen, run.group)
        return run.recipe

    def condition(self, run: GroupRun, member: int) -> tuple[TaskState, Ending] | None:
        """What becomes of a member instead of running, by the condition of its task; None if it is to run."""
        when = run.group.spec.when
        try:
            if when is None or when.evaluate(self.recipe_of(run).scope(member)):
                return None
        except EvaluationError as error:
            return TaskState.FAILED, Ending(FailureKind.EXPRESSION, str(error))
        return TaskState.SKIPPED, Ending(reason=f"its condition is false: {when}")

    # -- the call ------------------------------------------------------------------------------------

    def _hand_over(self, orders: list[Order]) -> None:
        try:
            answers = self._session.submit([order.template for order in orders], [order.key for order in orders])
        except DrmaaException as refusal:
            if not refusal.transient:
                raise
            answers = [refusal] * len(orders)
        again: list[Order] = []
        for order, answer in zip(orders, answers, strict=True):
            if not isinstance(answer, DrmaaException):
                self._wait = _FIRST_WAIT
                self.jobs[answer.job_id] = order.node
                self.queued.add(answer.job_id)
                self._chronicle.accept(order.node, answer.job_id)
            elif answer.transient:
                self._park(order, answer)
            elif self._drops_limit(order, answer):
                again.append(order)
            else:
                self._fail(order.run, order.node, refused_ending(answer))
        if again:
            self._hand_over(again)

    def _park(self, order: Order, refusal: DrmaaException) -> None:
        """The backend was not there: the same job, with the same key, is submitted again later."""
        first = not self.parked
        self.parked[order.node] = order
        if not first:
            return
        self._later(refusal, "the backend takes no jobs now")

    def _later(self, refusal: DrmaaException, what: str) -> None:
        wait = refusal.retry_after or self._wait
        self._wait = min(self._wait * 2, _LONGEST_WAIT)
        self._timers.set(self._clock.monotonic() + wait, Alarm.RESUBMIT)
        self._chronicle.note(f"{what} ({refusal}); trying again in {wait:g}s")

    def _drops_limit(self, order: Order, refusal: DrmaaException) -> bool:
        """Take the time limit of ours off a template that was refused for it; the run's own timer remains."""
        limits = order.template.resource_limits
        wallclock = str(ResourceLimit.WALLCLOCK_TIME)
        about_limits = isinstance(refusal, InvalidArgumentException) and any(
            attribute.startswith("resourceLimits") for attribute in refusal.attributes
        )
        timeout = order.run.group.spec.timeout
        if not about_limits or limits is None or wallclock not in limits or timeout is None:
            return False
        others = {name: limit for name, limit in limits.items() if name != wallclock}
        order.template.resource_limits = others or None
        self._kitchen.gives_wallclock = False
        return True


def _change_of(job_id: str, info: JobInfo, state: JobState) -> StateChange:
    """What a snapshot tells, as a change."""
    time = info.finish_time or info.dispatch_time
    return StateChange(job_id, state, info.job_sub_state, info, time.timestamp() if time else 0.0)
