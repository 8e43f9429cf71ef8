"""Strongly connected components of a graph in which every node has the same number of arrows."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def _components(graph, label):  # type: ignore[no-untyped-def]
    # Tarjan (1972) without recursion; `low` doubles as the mark of what has been seen.
    nodes, arrows = graph.shape
    low = np.full(nodes, -1, np.int32)
    index = np.empty(nodes, np.int32)
    place = np.empty(nodes, np.int32)
    path, stack = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    time, found, height = 0, 0, 0
    for root in range(nodes):
        if low[root] >= 0:
            continue
        depth = 0
        path[0] = root
        low[root], index[root], place[root] = time, time, 0
        time += 1
        stack[height] = root
        height += 1
        while depth >= 0:
            node = path[depth]
            if place[node] < arrows:
                target = graph[node, place[node]]
                place[node] += 1
                if low[target] < 0:
                    depth += 1
                    path[depth] = target
                    low[target], index[target], place[target] = time, time, 0
                    time += 1
                    stack[height] = target
                    height += 1
                elif label[target] < 0:  # still on the stack
                    low[node] = min(low[node], index[target])
                continue
            if low[node] == index[node]:
                while True:
                    height -= 1
                    label[stack[height]] = found
                    if stack[height] == node:
                        break
                found += 1
            depth -= 1
            if depth >= 0:
                low[path[depth]] = min(low[path[depth]], low[node])
    # Number the components in the order of their first nodes.
    rank = np.full(found, -1, np.int32)
    known = 0
    for node in range(nodes):
        if rank[label[node]] < 0:
            rank[label[node]] = known
            known += 1
        label[node] = rank[label[node]]
    return found


def components(graph: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a number for each node: the same exactly for nodes that reach each other.

    Parameters
    ----------
    graph : int32 array, shape (nodes, arrows)
        Where the arrows of a node lead.

    Returns
    -------
    int32 array, shape (nodes,)
        Components are numbered from 0 in the order of their first nodes.

    Examples
    --------
    >>> components(np.array([[1], [2], [1], [0]], np.int32)).tolist()
    [0, 1, 1, 2]
    """
    label = np.full(len(graph), -1, np.int32)
    view = graph.view()
    view.flags.writeable = False
    _components(view, label)
    return label


@numba.njit(cache=True, nogil=True)
def _joined(a, b, parent, label):  # type: ignore[no-untyped-def]
    # Union-find over the classes of a; `parent[c]` for a class c of b is a class of a that meets it.
    classes = int(a.max()) + 1
    root = np.arange(classes)
    for i in range(len(a)):
        x = a[i]
        while root[x] != x:
            root[x] = root[root[x]]
            x = root[x]
        y = parent[b[i]]
        if y < 0:
            parent[b[i]] = x
            continue
        while root[y] != y:
            root[y] = root[root[y]]
            y = root[y]
        if x < y:
            root[y] = x
        else:
            root[x] = y
    rank = np.full(classes, -1, np.int32)
    known = 0
    for i in range(len(a)):
        x = a[i]
        while root[x] != x:
            x = root[x]
        if rank[x] < 0:
            rank[x] = known
            known += 1
        label[i] = rank[x]


def join(a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the least equivalence above two, as numbers of classes in the order of their first members.

    Parameters
    ----------
    a, b : int32 array, shape (N,)
        Numbers of classes, from 0.

    Examples
    --------
    >>> join(np.array([0, 0, 1, 2], np.int32), np.array([0, 1, 1, 2], np.int32)).tolist()
    [0, 0, 0, 1]
    """
    label = np.empty(len(a), np.int32)
    _joined(a, b, np.full(int(b.max()) + 1, -1, np.int32), label)
    return label
