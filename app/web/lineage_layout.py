"""Where the boxes of a lineage picture stand: a layered layout, left to right.

Each node stands in the layer that its longest path from a source gives it; within the layers,
sweeps by barycentres take crossings out. A pure function of nodes and edges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

BOX_WIDTH = 188
BOX_HEIGHT = 48
_GAP_X = 60
_GAP_Y = 22
_MARGIN = 20
_SWEEPS = 8

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Position:
    """The upper left corner of a node's box."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands, and how large the picture is; lengths are in pixels."""

    width: int
    height: int
    positions: Mapping[str, Position]
    paths: Mapping[Edge, str]


def lay_out(nodes: Sequence[str], edges: Iterable[Edge]) -> Layout:
    """Return the layout of a graph. Edges of a cycle that point back are drawn backwards."""
    known = set(nodes)
    inside = sorted({(a, b) for a, b in edges if a in known and b in known and a != b})
    forward = _without_cycles(nodes, inside)
    layers = _layers(nodes, _ranks(nodes, forward))
    _sweep(layers, forward)
    tallest = max((len(layer) for layer in layers), default=0)
    height = tallest * (BOX_HEIGHT + _GAP_Y) - _GAP_Y + 2 * _MARGIN if tallest else 0
    positions = {
        node: Position(
            _MARGIN + column * (BOX_WIDTH + _GAP_X), _top(len(layer), height) + row * _step()
        )
        for column, layer in enumerate(layers)
        for row, node in enumerate(layer)
    }
    width = len(layers) * (BOX_WIDTH + _GAP_X) - _GAP_X + 2 * _MARGIN if layers else 0
    paths = {(a, b): _path(positions[a], positions[b]) for a, b in inside}
    return Layout(width, height, positions, paths)


def _step() -> int:
    return BOX_HEIGHT + _GAP_Y


def _top(count: int, height: int) -> int:
    return (height - count * _step() + _GAP_Y) // 2


def _without_cycles(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges without those that close a cycle, found by a walk in depth."""
    after = _neighbours(edges)
    state: dict[str, int] = {}
    back: set[Edge] = set()
    for root in nodes:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(after[root]))]
        while stack:
            node, waiting = stack[-1]
            following = next(waiting, None)
            if following is None:
                state[node] = 2
                stack.pop()
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(after[following])))
            elif state[following] == 1:
                back.add((node, following))
    return [edge for edge in edges if edge not in back]


def _ranks(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Return the length of the longest path that leads to each node."""
    after = _neighbours(edges)
    missing = dict.fromkeys(nodes, 0)
    for _, target in edges:
        missing[target] += 1
    ranks = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not missing[node]]
    for node in ready:
        for target in after[node]:
            ranks[target] = max(ranks[target], ranks[node] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return ranks


def _layers(nodes: Sequence[str], ranks: Mapping[str, int]) -> list[list[str]]:
    layers: list[list[str]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for node in nodes:
        layers[ranks[node]].append(node)
    return layers


def _sweep(layers: list[list[str]], edges: Sequence[Edge]) -> None:
    """Order each layer by the mean place of its neighbours, forth and back."""
    before, after = _neighbours((b, a) for a, b in edges), _neighbours(edges)
    place = {node: float(row) for layer in layers for row, node in enumerate(layer)}
    for turn in range(_SWEEPS):
        forth = turn % 2 == 0
        neighbours = before if forth else after
        for layer in layers if forth else reversed(layers):
            layer.sort(key=lambda node: _barycentre(node, neighbours, place))
            place.update({node: float(row) for row, node in enumerate(layer)})


def _barycentre(
    node: str, neighbours: Mapping[str, Sequence[str]], place: Mapping[str, float]
) -> float:
    beside = neighbours.get(node)
    return sum(place[other] for other in beside) / len(beside) if beside else place[node]


def _neighbours(edges: Iterable[Edge]) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        found[source].append(target)
    return found


def _path(source: Position, target: Position) -> str:
    """Return the curve from the right side of one box to the left side of the other."""
    x1, y1 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT // 2
    x2, y2 = target.x - 7, target.y + BOX_HEIGHT // 2
    bend = max(_GAP_X // 2, abs(x2 - x1) // 2)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
