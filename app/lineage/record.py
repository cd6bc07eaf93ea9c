"""Record edges: any number of them in three statements."""

from __future__ import annotations

from collections.abc import Sequence

from app.db.statements import Insert, Sql
from app.identity import Caller
from app.lineage.values import Edge, EdgeKind, Evidence, Node

_MAX_LABEL = 500

_NODES = Insert(
    "lineage_nodes",
    {
        "node": "text",
        "kind": "text",
        "securable_id": "text",
        "label": "text",
        "first_seen": "bigint",
    },
    """ON CONFLICT (node) DO UPDATE SET label = excluded.label
WHERE lineage_nodes.label <> excluded.label""",
)
_KEYS = Sql("SELECT node, pk FROM lineage_nodes WHERE node IN_LIST(:nodes)")
_EDGES = Insert(
    "lineage_edges",
    {
        "source_pk": "bigint",
        "target_pk": "bigint",
        "kind": "text",
        "run_id": "text",
        "principal_id": "text",
        "evidence": "text",
        "first_seen": "bigint",
        "last_seen": "bigint",
        "count": "bigint",
    },
    """ON CONFLICT (source_pk, target_pk, kind, run_id) DO UPDATE
SET last_seen = excluded.last_seen, principal_id = excluded.principal_id,
 count = lineage_edges.count + excluded.count""",
)


def record_edge(
    caller: Caller,
    source: Node,
    target: Node,
    kind: EdgeKind,
    *,
    run_id: str = "",
    evidence: Evidence = Evidence.OBSERVED,
) -> None:
    """Record that ``target`` came from ``source``; again, it counts one more.

    The caller's use-case has obtained what it does; this decides nothing.
    """
    record_edges(caller, [Edge(source, target, kind, run_id, evidence)])


def record_edges(caller: Caller, edges: Sequence[Edge]) -> None:
    """Record many edges at once, in the transaction that is open."""
    if not edges:
        return
    session = caller.session
    nodes = {node.key: node for edge in edges for node in (edge.source, edge.target)}
    # In one order for everybody, so that two transactions cannot wait for each other.
    rows = [
        (key, node.kind.value, node.securable_id, node.label[:_MAX_LABEL], caller.now)
        for key, node in sorted(nodes.items())
    ]
    _NODES.run(session, rows)
    pks: dict[str, int] = {row[0]: row[1] for row in _KEYS.run(session, nodes=list(nodes))}
    counted: dict[tuple[int, int, str, str], tuple[Evidence, int]] = {}
    for edge in edges:
        fact = (pks[edge.source.key], pks[edge.target.key], edge.kind.value, edge.run_id)
        _, count = counted.get(fact, (edge.evidence, 0))
        counted[fact] = (edge.evidence, count + 1)
    who, now = caller.principal.id, caller.now
    _EDGES.run(
        session,
        [
            (*fact, who, evidence.value, now, now, count)
            for fact, (evidence, count) in sorted(counted.items())
        ],
    )
