"""GraphViz DOT as AALpy and LearnLib write it: acceptors, Moore machines, and Mealy machines that are Moore.

An edge without label from a node without outline, ``__start0``, marks the start; a double circle accepts; an
edge's label is a symbol, several with commas between, or ``a/1`` with an output; a node's label is the state's
name, or ``name|output``. What Graphviz passes over keeps the order of symbols and classes: the attributes
``krohn_symbols``, ``krohn_classes`` and ``krohn_kind``.

Source: https://automata.cs.ru.nl/Syntax/Overview
"""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import RequestError
from ..machine import Machine
from .acceptors import is_acceptor
from .collector import Collector
from .dot_labels import EPSILON, hidden, pieces, plain, quoted, symbol_label
from .dot_syntax import Edge, Node, statements
from .numbering import in_order
from .source import Source

OUTLINES = {"none", "point", "plaintext", "plain"}
"""Shapes of what marks the start."""

HOW = (
    "expected double circles for states that accept, labels such as 'q0|1' for states with outputs, "
    "or edges such as 'a/1'"
)


def read(source: Source, complete: bool = False) -> Machine:
    """Return the machine in a file.

    Raises
    ------
    DamagedFileError
        Where the text is not DOT or is cut short, with the line.
    RequestError
        Where the graph is no deterministic, complete machine, with the line.
    """
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    settings: dict[str, str] = {}
    for statement in statements(source):
        if isinstance(statement, Node):
            before = nodes.get(statement.name)
            if before is None:
                nodes[statement.name] = statement
            else:
                before.attributes.update(statement.attributes)
        elif isinstance(statement, Edge):
            edges.append(statement)
        else:
            settings[statement.key] = statement.value
    return _Graph(source, nodes, edges, settings).machine(complete)


class _Graph:
    def __init__(
        self, source: Source, nodes: dict[str, Node], edges: list[Edge], settings: dict[str, str]
    ) -> None:
        self.source = source
        self.settings = settings
        marks = self._marks(nodes, edges)
        self.nodes = {name: node for name, node in nodes.items() if name not in marks}
        self.edges = [edge for edge in edges if edge.source not in marks]
        self.start = self._start([edge for edge in edges if edge.source in marks])

    def _marks(self, nodes: dict[str, Node], edges: list[Edge]) -> set[str]:
        found = {
            name
            for name, node in nodes.items()
            if node.attributes.get("shape") in OUTLINES
            or "invis" in node.attributes.get("style", "")
            or name.startswith("__start")
        }
        found &= {edge.source for edge in edges}
        return (
            found - {edge.target for edge in edges} - {e.source for e in edges if e.attributes.get("label")}
        )

    def _start(self, edges: list[Edge]) -> str:
        if not edges:
            raise self.source.refused(
                None,
                "no state is marked as the start: expected an edge from a node without outline, "
                "such as '__start0 [shape=none, label=\"\"]; __start0 -> s0;'",
            )
        for edge in edges:
            if edge.target != edges[0].target:
                raise self.source.refused(
                    edge.line, f"a second start, {edge.target!r} beside {edges[0].target!r}: expected one"
                )
        return edges[0].target

    def machine(self, complete: bool) -> Machine:
        names, outputs = self._states()
        collector = Collector(self.source)
        for name in self.nodes:
            _ = collector.states[names[name]]
            if name in outputs:
                collector.output(names[name], outputs[name], self.nodes[name].line)
        collector.accepting = {names[name] for name in self.nodes if self._accepts(name)}
        labels = [
            (edge, piece) for edge in self.edges for piece in pieces(edge.attributes.get("label", ""), ",")
        ]
        mealy = bool(labels) and all(len(pieces(label, "/")) == 2 for _, label in labels)
        if outputs and collector.accepting:
            raise self.source.refused(None, f"some states accept and some have an output: {HOW}")
        if mealy and collector.accepting:
            raise self.source.refused(
                None,
                f"some states accept and edges have outputs: {HOW}; a '/' within a symbol is written '\\/'",
            )
        mealy = mealy and not outputs
        for edge, label in labels:
            symbol, *rest = pieces(label, "/") if mealy else [label]
            if symbol.strip() in EPSILON:
                raise self.source.refused(
                    edge.line,
                    f"the edge {edge.source} -> {edge.target} reads no symbol: expected a label (machines "
                    "here have no ε-transitions)",
                )
            target = names[edge.target]
            collector.transition(names[edge.source], plain(symbol), target, edge.line)
            if rest:
                collector.output(target, plain(rest[0]), edge.line)
        if not (outputs or mealy or collector.accepting or self.settings.get("krohn_kind") == "acceptor"):
            raise self.source.refused(None, f"nothing says what states put out: {HOW}")
        return collector.machine(
            names[self.start],
            complete,
            symbols=self._declared("krohn_symbols"),
            classes=self._declared("krohn_classes"),
            entered=mealy,
        )

    def _declared(self, key: str) -> list[str]:
        return [plain(piece) for piece in pieces(self.settings[key], ",")] if key in self.settings else []

    def _accepts(self, name: str) -> bool:
        attributes = self.nodes[name].attributes
        return attributes.get("shape") == "doublecircle" or attributes.get("peripheries", "1") not in (
            "0",
            "1",
        )

    def _states(self) -> tuple[dict[str, str], dict[str, str]]:
        # What the labels say: names of states (the nodes' own where labels are no names), and their outputs.
        labels = {name: self._label(node) for name, node in self.nodes.items()}
        rows = {name: self._fields(self.nodes[name], label) for name, label in labels.items()}
        outputs = {}
        if all(len(row) == 2 for row in rows.values()):
            outputs = {name: plain(row[1]) for name, row in rows.items()}
        names = {name: plain(rows[name][0] if outputs else label, name) for name, label in labels.items()}
        if len(set(names.values())) == len(names):
            return names, outputs
        silent = not outputs and not any(map(self._accepts, self.nodes))
        if silent and not any(len(pieces(edge.attributes.get("label", ""), "/")) == 2 for edge in self.edges):
            outputs = names  # LearnLib labels a state of a Moore machine with its output
        return {name: name for name in rows}, outputs

    def _label(self, node: Node) -> str:
        label = node.attributes.get("label", r"\N")
        braced = label.strip()
        record = node.attributes.get("shape", "").lower() in ("record", "mrecord")
        return braced[1:-1] if record and braced.startswith("{") and braced.endswith("}") else label

    def _fields(self, node: Node, label: str) -> list[str]:
        row = pieces(label, "|")
        if len(row) > 2:
            raise self.source.refused(
                node.line, f"the label {label!r} has {len(row)} fields: expected a name, or 'name|output'"
            )
        slash = pieces(label, "/")
        return slash if len(row) == 1 and len(slash) == 2 else row


def text(machine: Machine, one_edge_a_symbol: bool = False) -> str:
    r"""Return a machine as DOT.

    An acceptor (see `is_acceptor`) has double circles; any other machine has an output in each state's label.

    Parameters
    ----------
    machine : Machine
    one_edge_a_symbol : bool
        As AALpy and LearnLib read it; symbols share an edge otherwise, as it is better drawn.

    Raises
    ------
    RequestError
        For a symbol whose name is empty, which would read as ε.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> print(text(counter(2)), end="")
    digraph machine {
      rankdir=LR;
      __start0 [label="", shape=none, width=0, height=0];
      s0 [label="0", shape=circle];
      s1 [label="1", shape=doublecircle];
      __start0 -> s0;
      s0 -> s0 [label="0"];
      s0 -> s1 [label="1"];
      s1 -> s1 [label="0"];
      s1 -> s0 [label="1"];
    }
    """
    names = machine.names
    symbols = [names.symbol(x) for x in range(machine.symbols)]
    if "" in symbols:
        raise RequestError(
            f"symbol {symbols.index('')} has an empty name, which DOT reads as ε: expected a name"
        )
    acceptor = is_acceptor(machine)
    lines = ["digraph machine {", "  rankdir=LR;"]
    lines += [f"  {key}={quoted(value)};" for key, value in _settings(machine, symbols, acceptor)]
    lines.append('  __start0 [label="", shape=none, width=0, height=0];')
    for q in range(machine.states):
        lines.append(f"  s{q} [{_node(machine, q, acceptor)}];")
    lines.append(f"  __start0 -> s{machine.start};")
    for q, row in enumerate(machine.delta.tolist()):
        together: dict[int, list[str]] = {}
        for x, target in enumerate(row):
            together.setdefault(target, []).append(symbol_label(symbols[x]))
        for target, group in together.items():
            for label in group if one_edge_a_symbol else [", ".join(group)]:
                lines.append(f"  s{q} -> s{target} [label={quoted(label)}];")
    return "\n".join([*lines, "}"]) + "\n"


def _settings(machine: Machine, symbols: list[str], acceptor: bool) -> Iterator[tuple[str, str]]:
    # Only where a reader would number otherwise.
    if symbols != in_order(symbols):
        yield "krohn_symbols", ",".join(hidden(name, ",") for name in symbols)
    if acceptor:
        if not machine.outputs.any():
            yield "krohn_kind", "acceptor"
        return
    classes = [machine.names.output(c) for c in range(machine.classes)]
    put_out = in_order({classes[c] for c in machine.outputs.tolist()})
    if classes != put_out:
        yield "krohn_classes", ",".join(hidden(name, ",") for name in classes)


def _node(machine: Machine, q: int, acceptor: bool) -> str:
    name = machine.names.state(q)
    if acceptor:
        return (
            f"label={quoted(hidden(name, '|/'))}, shape={'doublecircle' if machine.outputs[q] else 'circle'}"
        )
    output = machine.names.output(int(machine.outputs[q]))
    label = "|".join(hidden(part, "{}|<> ") for part in (name, output))
    return f"label={quoted(label)}, shape=record, style=rounded"
