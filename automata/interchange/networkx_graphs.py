"""Graphs of networkx: a node for each state, with its output; an edge for each transition, with its symbol."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

from ..machine import Machine
from .acceptors import is_acceptor
from .collector import Collector
from .source import Source


def from_networkx(
    graph: Any,
    start: Hashable = None,
    symbol: str = "symbol",
    output: str = "output",
    complete: bool = False,
) -> Machine:
    """Return the machine that a directed graph is.

    Parameters
    ----------
    graph : networkx.MultiDiGraph or DiGraph
        Its attributes ``symbols`` and ``classes`` (names, or their number) say an order, where they are there.
    start : node, optional
        ``graph.graph["start"]`` where not given.
    symbol, output : str
        The attributes of edges and nodes to read. Outputs that are all bools make an acceptor.
    complete : bool
        Whether transitions that an acceptor lacks lead to a rejecting sink.

    Raises
    ------
    RequestError
        For a graph without directions or start, an edge without symbol, a node without output, and what
        `Collector.machine` refuses.

    Examples
    --------
    >>> import networkx
    >>> graph = networkx.MultiDiGraph(start="e")
    >>> graph.add_node("e", output=False); graph.add_node("o", output=True)
    >>> _ = graph.add_edge("e", "o", symbol="a"), graph.add_edge("o", "e", symbol="a")
    >>> from_networkx(graph).outputs.tolist()
    [0, 1]
    """
    collector = Collector(Source(Path("networkx graph"), ""))
    refused = collector.source.refused
    if not graph.is_directed():
        raise refused(None, "no directions: expected a MultiDiGraph or DiGraph")
    start = graph.graph.get("start") if start is None else start
    if start not in graph:
        raise refused(None, f"start is {start!r}: expected a node, given as start or as graph.graph['start']")
    names = {node: str(node) for node in graph}
    if len(set(names.values())) < len(names):
        raise refused(None, "two nodes are called alike: expected names of their own")
    outputs = {}
    for node, data in graph.nodes(data=True):
        _ = collector.states[names[node]]
        if output not in data:
            raise refused(None, f"node {node!r} has no attribute {output!r}: expected its output")
        outputs[names[node]] = data[output]
    if all(isinstance(value, bool) for value in outputs.values()):
        collector.accepting = {name for name, value in outputs.items() if value}
    else:
        for name, value in outputs.items():
            collector.output(name, str(value))
    for source, target, data in graph.edges(data=True):
        if symbol not in data:
            raise refused(
                None, f"edge {source!r} -> {target!r} has no attribute {symbol!r}: expected its symbol"
            )
        collector.transition(names[source], str(data[symbol]), names[target])
    return collector.machine(
        names[start],
        complete,
        symbols=_declared(graph, "symbols"),
        classes=_declared(graph, "classes") if collector.outputs else (),
    )


def _declared(graph: Any, key: str) -> list[str]:
    given = graph.graph.get(key, ())
    return [str(name) for name in (range(given) if isinstance(given, int) else given)]


def to_networkx(machine: Machine) -> Any:
    """Return a machine as a networkx.MultiDiGraph, from which `from_networkx` makes the same machine.

    Nodes are states (names, or numbers), ``output`` is a bool for an acceptor (see `is_acceptor`), and a
    name or number otherwise; the key of an edge is its symbol.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> graph = to_networkx(counter(2))
    >>> graph.graph["start"], graph.nodes[1], list(graph.edges(keys=True))
    (0, {'output': True}, [(0, 0, 0), (0, 1, 1), (1, 1, 0), (1, 0, 1)])
    """
    import networkx

    names = machine.names
    acceptor = is_acceptor(machine)
    states: Any = names.states or range(machine.states)
    symbols: Any = names.symbols or range(machine.symbols)
    graph = networkx.MultiDiGraph(
        start=states[machine.start],
        symbols=names.symbols or machine.symbols,
        classes=names.classes or machine.classes,
    )
    for q, output in enumerate(machine.outputs.tolist()):
        shown = bool(output) if acceptor else names.classes[output] if names.classes else output
        graph.add_node(states[q], output=shown)
    for q, row in enumerate(machine.delta.tolist()):
        for x, target in enumerate(row):
            graph.add_edge(states[q], states[target], key=symbols[x], symbol=symbols[x])
    return graph
