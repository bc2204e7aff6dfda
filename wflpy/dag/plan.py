"""The plan: what a flow comes to once all that can be known beforehand is worked out. Frozen; the engine runs it.

A *group* is one declared task or one handler; its *nodes* are the jobs it comes to: one, or one per member of its
matrix, array or list. Edges lead from group to group, so a group is the join of its members and no edge is ever
multiplied by them. Nodes are numbered through; the nodes of a group follow one another.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from wflpy.dag.spec import Edge, FlowSpec, HandlerKind, TaskSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wflpy.dag.members import Members


class Group(NamedTuple):
    """One declared task or handler."""

    name: str
    """``train``; handlers are ``train.on_error``, those of the flow ``on_error``, ``on_success``, ``finally``."""
    spec: TaskSpec
    """Shared by all its nodes."""
    first: int
    """Number of its first node."""
    members: Members | None = None
    """What makes its nodes differ; None for a single task."""
    handler: HandlerKind | None = None
    owner: int = -1
    """The group a handler watches; -1 for tasks and for handlers of the flow."""
    handlers: tuple[int, ...] = ()
    """The groups that watch this one."""
    implied: Mapping[str, Edge] | None = None
    """Everything it needs, where expressions or files added something; None where nothing did."""

    @property
    def needs(self) -> Mapping[str, Edge]:
        """What it waits for."""
        return self.spec.needs if self.implied is None else self.implied

    @property
    def size(self) -> int:
        """How many nodes it has."""
        return 1 if self.members is None else len(self.members)

    @property
    def is_work(self) -> bool:
        """Whether it is a task or stands in for one; other handlers observe, and outlast a cancel."""
        return self.handler is None or self.handler is HandlerKind.RECOVER

    @property
    def nodes(self) -> range:
        """The numbers of its nodes."""
        return range(self.first, self.first + self.size)


class Link(NamedTuple):
    """One edge, seen from where it starts."""

    target: int
    """The group that waits."""
    edge: Edge


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled flow. `spec` and all it holds must no longer be changed."""

    spec: FlowSpec
    groups: tuple[Group, ...]
    """Declared tasks in their order, each followed by its handlers; those of the flow at the end."""
    successors: tuple[tuple[Link, ...], ...]
    """By group: who waits for it."""
    waits: tuple[int, ...]
    """By group: how many edges lead to it."""
    size: int
    """How many nodes there are."""
    notes: tuple[str, ...] = ()
    """What was added while compiling, such as edges from files."""
    _index: dict[str, int] = field(default_factory=dict[str, int], init=False, repr=False, compare=False)
    """Filled when somebody asks for a name."""

    @property
    def name(self) -> str:
        """The flow's name."""
        return self.spec.name

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[str]:
        """The names of all nodes, in order."""
        for group in self.groups:
            for member in range(group.size):
                yield node_name(group, member)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all nodes, in order."""
        return tuple(self)

    @property
    def flow_handlers(self) -> dict[HandlerKind, int]:
        """The groups of the flow's own handlers."""
        return {group.handler: number for number, group in enumerate(self.groups) if group.handler and group.owner < 0}

    def group_number(self, name: str) -> int | None:
        """The number of the group of this name."""
        if not self._index:
            self._index.update((group.name, number) for number, group in enumerate(self.groups))
        return self._index.get(name)

    def group_of(self, node: int) -> int:
        """The number of the group a node belongs to."""
        return bisect_right(self.groups, node, key=_first) - 1

    def name_of(self, node: int) -> str:
        """``train``, ``train[depth=4,lr=0.1]``, ``sweep[17]``, ``train.on_error``."""
        group = self.groups[self.group_of(node)]
        return node_name(group, node - group.first)

    def to_json(self) -> str:
        """The plan as one JSON document."""
        from wflpy.dag.document import plan_to_json

        return plan_to_json(self)

    @staticmethod
    def from_json(text: str) -> Plan:
        """The plan of a document that `to_json` wrote.

        Raises:
            RunError: it is not such a document, or one of another version.
        """
        from wflpy.dag.document import plan_from_json

        return plan_from_json(text)


def _first(group: Group) -> int:
    return group.first


def node_name(group: Group, member: int) -> str:
    """The name of one node of a group."""
    if group.members is None:
        return group.name
    label = group.members.label(member)
    if group.handler is None:
        return f"{group.name}[{label}]"
    task, _, handler = group.name.rpartition(".")
    return f"{task}[{label}].{handler}"
