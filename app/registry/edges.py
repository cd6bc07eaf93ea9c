"""The registry's facts for lineage: where a version came from, and who loaded it."""

from __future__ import annotations

from sqlalchemy import select

from app.db import Effect
from app.identity import Caller
from app.lineage import EdgeKind, Node, NodeKind, record_edge
from app.lineage.tables import edges, nodes
from app.registry.values import ModelVersion

_NOTED_AGAIN_AFTER = 3_600_000
"""Milliseconds for which a load by the same principal needs no write."""


def version_node(version: ModelVersion) -> Node:
    """Return the node of a version."""
    label = f"{version.model_name}/{version.version}"
    return Node.version(version.model_id, version.version, label)


def record_origin(caller: Caller, origin: Node | None, version: ModelVersion) -> None:
    """Record that a version came from a run, a logged model or another version, if from any."""
    if origin is None:
        return
    node = version_node(version)
    if origin.kind is NodeKind.VERSION:
        record_edge(caller, origin, node, EdgeKind.COPIED)
    else:
        run_id = version.run_id or ""
        record_edge(caller, origin, node, EdgeKind.REGISTERED_FROM, run_id=run_id)


def record_load(caller: Caller, version: ModelVersion) -> None:
    """Record that the caller loaded a version; within the hour after, that is known already."""
    reader = Node.principal(caller.principal.id, caller.principal.name)
    node = version_node(version)
    if _is_fresh(caller, node, reader):
        return
    caller.session.begin(Effect.READ)
    record_edge(caller, node, reader, EdgeKind.LOADED_BY)


def _is_fresh(caller: Caller, source: Node, target: Node) -> bool:
    sources, targets = nodes.alias(), nodes.alias()
    seen = (
        select(edges.c.last_seen)
        .join(sources, sources.c.pk == edges.c.source_pk)
        .join(targets, targets.c.pk == edges.c.target_pk)
        .where(
            sources.c.node == source.key,
            targets.c.node == target.key,
            edges.c.kind == EdgeKind.LOADED_BY.value,
        )
    )
    last_seen = caller.session.execute(seen).scalar()
    return last_seen is not None and last_seen > caller.now - _NOTED_AGAIN_AFTER
