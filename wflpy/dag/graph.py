"""The graph of a flow: for people who want to look at it, and to name the circle where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wflpy.dag.plan import Plan
    from wflpy.dag.spec import FlowSpec


def graph_of(flow: FlowSpec | Plan) -> nx.DiGraph[str]:
    """The declared tasks and handlers of a flow, and what waits for what.

    Nodes carry ``members`` (1 for a single task) and ``handler`` (None for a task). Edges lead from what comes first to
    what waits for it and carry ``edge``: ``success``, ``failure``, ``finished``, ``any``, or the kind of the handler.

    Raises:
        WorkflowError: the flow has mistakes.
    """
    from wflpy.dag.plan import Plan

    if isinstance(flow, Plan):
        plan = flow
    else:
        from wflpy.dag.compiler import compile_plan

        plan = compile_plan(flow)
    graph: nx.DiGraph[str] = nx.DiGraph(name=plan.name)
    for group in plan.groups:
        graph.add_node(group.name, members=group.size, handler=str(group.handler) if group.handler else None)
    for group, links in zip(plan.groups, plan.successors, strict=True):
        graph.add_edges_from((group.name, plan.groups[link.target].name, {"edge": str(link.edge)}) for link in links)
        graph.add_edges_from(
            (group.name, plan.groups[handler].name, {"edge": str(plan.groups[handler].handler)})
            for handler in group.handlers
        )
    return graph


def circles(edges: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """One circle for each set of nodes that all lead to each other: the shortest through its least node, in order."""
    graph: nx.DiGraph[int] = nx.DiGraph(edges)
    knots = [knot for knot in nx.strongly_connected_components(graph) if len(knot) > 1]
    for knot in sorted(knots, key=min):
        start = min(knot)
        inside = graph.subgraph(knot)
        ways = nx.single_source_shortest_path(inside, start)
        yield min((ways[node] for node in inside.predecessors(start)), key=len)
