"""Where things came from and what became of them: edges are recorded, then walked both ways."""

from app.lineage.record import record_edge, record_edges
from app.lineage.values import (
    Direction,
    Edge,
    EdgeKind,
    Evidence,
    Graph,
    GraphEdge,
    GraphNode,
    Node,
    NodeKind,
)
from app.lineage.walk import walk

__all__ = [
    "Direction",
    "Edge",
    "EdgeKind",
    "Evidence",
    "Graph",
    "GraphEdge",
    "GraphNode",
    "Node",
    "NodeKind",
    "record_edge",
    "record_edges",
    "walk",
]
