"""Walk lineage from a node; whatever the caller may not see is masked and counted, never named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import RowMapping, select

from app import access
from app.access import Operation
from app.db.statements import Sql
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller, Entry, Outcome
from app.lineage.values import (
    Direction,
    EdgeKind,
    Evidence,
    Graph,
    GraphEdge,
    GraphNode,
    Node,
    NodeKind,
    parse_kind,
)
from app.securables import FullName, Kind
from app.securables.tables import securables

MAX_DEPTH = 20
MAX_EDGES = 2000
_FOREVER = 2**63 - 1

_NODE = Sql("SELECT securable_id, label FROM lineage_nodes WHERE node = :node")
_KIND = Sql("SELECT kind FROM securables WHERE id = :id")
_WALK = """
WITH RECURSIVE reached(pk, depth) AS (
 SELECT pk, 0 FROM lineage_nodes WHERE node = :node
 UNION
 SELECT e.{to}, r.depth + 1 FROM reached r JOIN lineage_edges e ON e.{come} = r.pk
 WHERE r.depth < :depth AND e.first_seen <= :as_of),
nearest(pk, depth) AS (SELECT pk, min(depth) FROM reached GROUP BY pk)
SELECT s.node, s.kind, s.label, s.securable_id, t.node, t.kind, t.label, t.securable_id,
 e.kind, e.evidence, e.run_id, e.principal_id, e.first_seen, e.last_seen, e.count
FROM nearest n JOIN lineage_edges e ON e.{come} = n.pk
JOIN lineage_nodes s ON s.pk = e.source_pk JOIN lineage_nodes t ON t.pk = e.target_pk
WHERE n.depth < :depth AND e.first_seen <= :as_of
ORDER BY n.depth, e.source_pk, e.target_pk, e.kind, e.run_id LIMIT :most"""
_UPSTREAM = Sql(_WALK.format(come="target_pk", to="source_pk"))
_DOWNSTREAM = Sql(_WALK.format(come="source_pk", to="target_pk"))
_STATEMENTS = {
    Direction.UPSTREAM: (_UPSTREAM,),
    Direction.DOWNSTREAM: (_DOWNSTREAM,),
    Direction.BOTH: (_UPSTREAM, _DOWNSTREAM),
}

# What a node is shown by: the very operation that reads it. Data sets without a securable of their
# own are read with the runs that used them.
_READ = {
    NodeKind.VERSION: Operation.MODEL_VERSION_READ,
    NodeKind.RUN: Operation.RUN_READ,
    NodeKind.LOGGED_MODEL: Operation.LOGGED_MODEL_READ,
}

_CATALOGS = securables.alias("catalogs")
_SCHEMAS = securables.alias("schemas")


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    kind: Kind
    is_deleted: bool


def walk(
    caller: Caller,
    start: Node | str,
    direction: Direction,
    depth: int,
    *,
    as_of: int | None = None,
) -> Graph:
    """Return what is within ``depth`` edges of a node, as it was at ``as_of``.

    Give a ``Node`` to start where there may be no edge yet. Raises InvalidParameterError for a bad
    key or depth, NotFoundError for a node that is unknown or hidden, PermissionDeniedError.
    """
    if not 1 <= depth <= MAX_DEPTH:
        msg = f"Invalid value for depth: it must be at least 1 and at most {MAX_DEPTH}"
        raise InvalidParameterError(msg, field="depth")
    origin = _obtain_start(caller, start)
    position = {"node": origin.key, "depth": depth, "as_of": as_of or _FOREVER}
    facts: dict[tuple[str, str, EdgeKind, str], GraphEdge] = {}
    nodes: dict[str, Node] = {origin.key: origin}
    is_cut = False
    for statement in _STATEMENTS[direction]:
        rows = statement.run(caller.session, **position, most=MAX_EDGES + 1).all()
        is_cut = is_cut or len(rows) > MAX_EDGES
        for row in rows[:MAX_EDGES]:
            source, target = Node(row[0], row[2], row[3]), Node(row[4], row[6], row[7])
            nodes.setdefault(source.key, source)
            nodes.setdefault(target.key, target)
            edge = GraphEdge(source.key, target.key, EdgeKind(row[8]), Evidence(row[9]), *row[10:])
            facts[source.key, target.key, edge.kind, edge.run_id] = edge
    return _masked(caller, origin.key, nodes, facts.values(), is_cut=is_cut)


def _obtain_start(caller: Caller, start: Node | str) -> Node:
    key = start if isinstance(start, str) else start.key
    kind = parse_kind(key)
    row = _NODE.run(caller.session, node=key).first()
    node = start if isinstance(start, Node) else None
    if row is not None:
        node = Node(key, row.label, row.securable_id)
    error = NotFoundError(f"Nothing is known of {key[:80]!r}", field="node")
    # Whoever used something is named beside it; what else they used is theirs to ask for.
    is_other = kind is NodeKind.PRINCIPAL and key != f"principal:{caller.principal.id}"
    if node is None or is_other:
        caller.ledger.add(Entry(Operation.LINEAGE_READ, Outcome.HIDDEN, "absent", None, key))
        raise error
    if node.securable_id is None:
        access.permit_self(caller, Operation.SEARCH_RUN)
        return node
    found = Kind(_KIND.run(caller.session, id=node.securable_id).scalar() or Kind.EXPERIMENT)
    if found not in access.policy().kinds[Operation.LINEAGE_READ]:
        found = Kind.EXPERIMENT
    try:
        access.obtain(caller, Operation.LINEAGE_READ, node.securable_id, kind=found, deleted=True)
    except NotFoundError:
        raise error from None
    return node


def _masked(
    caller: Caller,
    start: str,
    nodes: dict[str, Node],
    facts: Iterable[GraphEdge],
    *,
    is_cut: bool,
) -> Graph:
    places = _visible_places(caller, nodes.values())
    shown: dict[str, GraphNode] = {}
    hidden = 0
    for key, node in nodes.items():
        if node.securable_id is None or key in places:
            shown[key] = _shown(node, places.get(key))
        else:
            hidden += 1
            shown[key] = GraphNode(
                f"hidden:{hidden}", node.kind, "", "", None, is_masked=True, is_deleted=False
            )
    edges = tuple(_between(shown[fact.source], shown[fact.target], fact) for fact in facts)
    return Graph(shown[start].key, tuple(shown.values()), edges, hidden, is_cut)


def _shown(node: Node, place: _Place | None) -> GraphNode:
    label = node.label
    if place and node.kind is NodeKind.SECURABLE:
        label = place.name
    elif place and node.kind is NodeKind.VERSION:
        label = f"{place.name}/{node.key.rpartition('/')[2]}"
    return GraphNode(
        key=node.key,
        kind=node.kind,
        label=label,
        place=place.name if place else "",
        securable_id=node.securable_id,
        is_masked=False,
        is_deleted=place is not None and place.is_deleted,
        place_kind=place.kind if place else None,
    )


def _between(source: GraphNode, target: GraphNode, fact: GraphEdge) -> GraphEdge:
    is_open = not (source.is_masked or target.is_masked)
    return GraphEdge(
        source=source.key,
        target=target.key,
        kind=fact.kind,
        evidence=fact.evidence,
        run_id=fact.run_id if is_open else "",
        principal_id=fact.principal_id if is_open else "",
        first_seen=fact.first_seen,
        last_seen=fact.last_seen,
        count=fact.count,
    )


def _visible_places(caller: Caller, nodes: Iterable[Node]) -> dict[str, _Place]:
    """Return where the nodes are that the caller may read, by key, with present names."""
    placed = [node for node in nodes if node.securable_id]
    kinds = _kinds(caller, {node.securable_id for node in placed if node.securable_id})
    asked = {
        node.key: (_read_operation(node, kind), kind)
        for node in placed
        if (kind := kinds.get(node.securable_id or ""))
    }
    rows = _rows(caller, kinds, set(asked.values()))
    places = {}
    for node in placed:
        row = rows.get(node.securable_id or "")
        if row is not None and row[asked[node.key][0]]:
            places[node.key] = _place(row)
    return places


def _kinds(caller: Caller, ids: set[str]) -> dict[str, Kind]:
    statement = select(securables.c.id, securables.c.kind).where(securables.c.id.in_(sorted(ids)))
    rows = caller.session.execute(statement) if ids else ()
    known = {row.id: Kind(row.kind) for row in rows}
    return {
        securable_id: kind
        for securable_id, kind in known.items()
        if kind in access.policy().kinds[Operation.LINEAGE_READ]
    }


def _read_operation(node: Node, kind: Kind) -> Operation:
    by_default = Operation.RUN_READ if kind is Kind.EXPERIMENT else access.read_operation(kind)
    return _READ.get(node.kind, by_default)


def _rows(
    caller: Caller, ids: Iterable[str], asked: set[tuple[Operation, Kind]]
) -> dict[str, RowMapping]:
    """Return names of securables, and for each operation whether it is permitted there."""
    if not asked:
        return {}
    rows = caller.session.execute(
        select(
            securables.c.id,
            securables.c.name,
            securables.c.kind,
            securables.c.deleted_at,
            _CATALOGS.c.name.label("catalog_name"),
            _SCHEMAS.c.name.label("schema_name"),
            *(
                access.visible_beside(caller, operation, kind, deleted=True).label(operation)
                for operation, kind in sorted(asked)
            ),
        )
        .outerjoin(_CATALOGS, _CATALOGS.c.id == securables.c.catalog_id)
        .outerjoin(_SCHEMAS, _SCHEMAS.c.id == securables.c.schema_id)
        .where(securables.c.id.in_(sorted(ids)))
    )
    return {row["id"]: row for row in rows.mappings()}


def _place(row: RowMapping) -> _Place:
    parts = [row["catalog_name"], row["schema_name"], row["name"]]
    if row["kind"] in {Kind.CATALOG, Kind.SCHEMA}:
        parts.pop()
    name = FullName.of(*(part for part in parts if part is not None))
    return _Place(str(name), Kind(row["kind"]), row["deleted_at"] is not None)
