"""One place where everything that happens in a run is told: to the table, to the journal, to the observers."""

from __future__ import annotations

import json
import logging
from array import array
from itertools import repeat
from typing import TYPE_CHECKING, Final

from wflpy.dag.events import EventKind, RunEvent
from wflpy.dag.journal import quoted
from wflpy.dag.plan import node_name
from wflpy.dag.states import RunState, TaskState
from wflpy.dag.table import PLAIN, Ending, Streams

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wflpy.dag.events import Observer
    from wflpy.dag.journal import Journal
    from wflpy.dag.plan import Plan
    from wflpy.dag.table import Table

_logger: Final = logging.getLogger(__name__)

_PLACES: Final = 3
"""Times are kept to the millisecond, so that the journal gives back the very same ones."""


class Chronicle:
    """Tells what happens in one run. `at` sets the time of all that follows."""

    def __init__(self, plan: Plan, table: Table, journal: Journal, observers: Sequence[Observer]) -> None:
        self._plan: Final = plan
        self._table: Final = table
        self._journal: Final = journal
        self._write: Final = journal.lines.append
        self._observers = tuple(observers)
        self._time = 0.0
        self._stamp = "0"
        # Which group a node belongs to is asked many times for each.
        self.group_of = array("i")
        for number, group in enumerate(plan.groups):
            self.group_of.extend(repeat(number, group.size))

    def at(self, time: float) -> None:
        """Set the time, in seconds since the epoch."""
        self._time = round(time, _PLACES)
        self._stamp = repr(self._time)

    @property
    def time(self) -> float:
        """The time that was set."""
        return self._time

    def name_of(self, node: int) -> str:
        """The name of a node."""
        group = self._plan.groups[self.group_of[node]]
        return group.name if group.members is None else node_name(group, node - group.first)

    def _quoted(self, node: int) -> str:
        """The name of a node as a JSON string."""
        group = self._plan.groups[self.group_of[node]]
        # The name of a task has no character that JSON would write otherwise; values of members may have any.
        return f'"{group.name}"' if group.members is None else quoted(node_name(group, node - group.first))

    # -- nodes ---------------------------------------------------------------------------------------

    def intend(self, node: int, attempt: int, key: str, streams: Streams | None = None) -> None:
        """A node is about to be submitted; on disk before `Journal.flush` returns."""
        self._table.submit(node, attempt, self._time, streams)
        extra = "" if streams is None else _stream_fields(streams)
        self._write(
            f'{{"t":{self._stamp},"e":"intent","n":{node},"task":{self._quoted(node)},'
            f'"a":{attempt},"key":"{key}"{extra}}}\n'
        )

    def accept(self, node: int, job_id: str) -> None:
        """The backend accepted a node."""
        self._table.job_ids[node] = job_id
        self._write(f'{{"t":{self._stamp},"e":"job","n":{node},"job":{quoted(job_id)}}}\n')
        if self._observers:
            self._tell_task(node, TaskState.QUEUED)

    def move(self, node: int, state: TaskState, time: float) -> None:
        """The job of a node entered a state that is not final."""
        time = round(time, _PLACES)
        self._table.move(node, state, time)
        self._write(f'{{"t":{time!r},"e":"state","n":{node},"state":"{state}"}}\n')
        if self._observers:
            self._tell_task(node, state)

    def retry(self, node: int, time: float, ending: Ending, delay: float) -> None:
        """An attempt failed and another one follows."""
        time = round(time, _PLACES)
        attempt = self._table.attempts[node]
        job_id = self._table.job_ids[node]
        self._table.retry(node, time, ending)
        self._write(
            f'{{"t":{time!r},"e":"retry","n":{node},"task":{self._quoted(node)},"a":{attempt},'
            f'"delay":{delay!r}{_ending_fields(ending)}}}\n'
        )
        if self._observers:
            event = self._event(EventKind.RETRY, node, TaskState.WAITING, ending, job_id)
            self._tell(event._replace(delay=delay))

    def hand_over(self, node: int, time: float, ending: Ending) -> None:
        """A node finally failed, and a stand-in is to run for it."""
        self._table.hand_over(node, ending)
        self._write(f'{{"t":{round(time, _PLACES)!r},"e":"handover","n":{node}{_ending_fields(ending)}}}\n')
        if self._observers:
            job_id = self._table.job_ids[node]
            self._tell(self._event(EventKind.RECOVER, node, TaskState.WAITING, ending, job_id))

    def end(
        self,
        node: int,
        state: TaskState,
        time: float,
        ending: Ending = PLAIN,
        outputs: Mapping[str, object] | None = None,
        *,
        started: float = 0.0,
        recovered: bool = False,
    ) -> None:
        """A node reached its final state; ``started`` is given where its start was not told before."""
        table = self._table
        time = round(time, _PLACES)
        fields = "" if ending is PLAIN else _ending_fields(ending)
        if started:
            table.started[node] = started = round(started, _PLACES)
            fields += f',"start":{started!r}'
        if outputs:
            fields += f',"outputs":{json.dumps(outputs, separators=(",", ":"))}'
        if recovered:
            table.recover(node)
            fields += ',"recovered":true'
        table.end(node, state, time, ending, outputs)
        self._write(f'{{"t":{time!r},"e":"end","n":{node},"task":{self._quoted(node)},"state":"{state}"{fields}}}\n')
        if self._observers:
            self._tell(self._event(EventKind.TASK, node, state, ending, table.job_ids[node]))

    # -- groups and the run --------------------------------------------------------------------------

    def end_group(self, group: int, state: TaskState, reason: str, *, allowed: bool) -> None:
        """All members of a group ended; told for groups with members, and for single tasks whose failure is allowed."""
        members = self._plan.groups[group].members is not None
        self._table.end_group(group, state, reason, allowed=allowed)
        if not members and not allowed:
            return
        name = self._plan.groups[group].name
        fields = f',"reason":{quoted(reason)}' if reason else ""
        fields += ',"allowed":true' if allowed else ""
        self._write(f'{{"t":{self._stamp},"e":"group","g":{group},"task":{quoted(name)},"state":"{state}"{fields}}}\n')
        if members and self._observers:
            self._tell(RunEvent(self._time, EventKind.GROUP, "", name, 0, state, reason or None))

    def note(self, text: str, node: int | None = None) -> None:
        """Something worth knowing that changes no state."""
        self._table.notes.append(text)
        self._journal.add_record({"t": self._time, "e": "note", "text": text})
        name = "" if node is None else self.name_of(node)
        self._tell(RunEvent(self._time, EventKind.NOTE, name, reason=text))

    def open(self, owner: Mapping[str, object]) -> None:
        """Somebody begins to drive the run."""
        self._table.run_started = self._time
        self._journal.add_record({"t": self._time, "e": "owner", **owner})
        self._tell(RunEvent(self._time, EventKind.RUN_STARTED))

    def close(self, state: RunState, reason: str, first_failure: int | None) -> None:
        """The run ended."""
        table = self._table
        table.run_state, table.reason, table.first_failure = state, reason, first_failure
        table.run_finished = self._time
        counts = {str(kind): count for kind, count in table.counts().items()}
        record = {"t": self._time, "e": "close", "state": str(state), "reason": reason, "counts": counts}
        self._journal.add_record(record if first_failure is None else {**record, "first": first_failure})
        self._tell(RunEvent(self._time, EventKind.RUN_ENDED, reason=reason or None))

    # -- observers -----------------------------------------------------------------------------------

    def _tell_task(self, node: int, state: TaskState) -> None:
        self._tell(self._event(EventKind.TASK, node, state, PLAIN, self._table.job_ids[node]))

    def _event(self, kind: EventKind, node: int, state: TaskState, ending: Ending, job_id: str | None) -> RunEvent:
        group = self._plan.groups[self.group_of[node]].name
        attempt = self._table.attempts[node]
        plain = ending is PLAIN and state is not TaskState.DONE
        return RunEvent(
            self._time,
            kind,
            self.name_of(node),
            group,
            attempt,
            state,
            ending.reason or None,
            ending.kind,
            None if plain else ending.exit_status,
            ending.signal,
            job_id,
        )

    def _tell(self, event: RunEvent) -> None:
        for observer in self._observers:
            try:
                observer.on_event(event)
            except (Exception, SystemExit) as error:  # noqa: BLE001  (an observer must not end the run)
                self._dismiss(observer, error)

    def _dismiss(self, observer: Observer, error: Exception | SystemExit) -> None:
        # One that failed would fail again at every event.
        self._observers = tuple(other for other in self._observers if other is not observer)
        text = f"observer {type(observer).__name__} is not told any more: {type(error).__name__}: {error}"
        _logger.warning(text)
        self.note(text)


def _stream_fields(streams: Streams) -> str:
    fields = f',"out":{quoted(streams.stdout)}' if streams.stdout is not None else ""
    fields += f',"err":{quoted(streams.stderr)}' if streams.stderr is not None else ""
    return fields + (',"join":true' if streams.joined else "")


def _ending_fields(ending: Ending) -> str:
    fields = f',"kind":"{ending.kind}"' if ending.kind is not None else ""
    fields += f',"exit":{ending.exit_status}' if ending.exit_status is not None else ""
    fields += f',"signal":{quoted(ending.signal)}' if ending.signal is not None else ""
    return fields + (f',"reason":{quoted(ending.reason)}' if ending.reason else "")
