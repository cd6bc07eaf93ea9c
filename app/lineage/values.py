"""Nodes, edges and graphs; times are in milliseconds since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from app.errors import InvalidParameterError
from app.securables import Kind


class NodeKind(StrEnum):
    """What a node is; the value opens its key."""

    SECURABLE = "securable"
    VERSION = "version"
    RUN = "run"
    LOGGED_MODEL = "logged_model"
    ASSET = "asset"
    PRINCIPAL = "principal"


class EdgeKind(StrEnum):
    """What happened between two nodes."""

    INPUT = "input"
    OUTPUT = "output"
    REGISTERED_FROM = "registered_from"
    COPIED = "copied"
    LOADED_BY = "loaded_by"
    TRACED = "traced"


class Evidence(StrEnum):
    """How an edge is known: seen by this server, told by a client, or concluded."""

    OBSERVED = "observed"
    DECLARED = "declared"
    INFERRED = "inferred"


class Direction(StrEnum):
    """Which way to walk: to where something came from, to what became of it, or both."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Node:
    """One end of an edge, as its recorder knows it.

    ``securable_id`` is what must be visible for the node to be shown; without one it always is.
    """

    key: str
    label: str
    securable_id: str | None = None

    @property
    def kind(self) -> NodeKind:
        """What the key opens with.

        Raises InvalidParameterError for a key that does not name a kind.
        """
        return parse_kind(self.key)

    @classmethod
    def securable(cls, securable_id: str, label: str) -> Self:
        """Return the node of a securable such as a table or a registered model."""
        return cls(f"securable:{securable_id}", label, securable_id)

    @classmethod
    def version(cls, model_id: str, number: int, label: str) -> Self:
        """Return the node of a version of the registered model whose securable is ``model_id``."""
        return cls(f"version:{model_id}/{number}", label, model_id)

    @classmethod
    def run(cls, run_id: str, label: str, experiment_id: str) -> Self:
        """Return the node of a run; ``experiment_id`` is the experiment's securable."""
        return cls(f"run:{run_id}", label, experiment_id)

    @classmethod
    def logged_model(cls, model_id: str, label: str, experiment_id: str) -> Self:
        """Return the node of a logged model; ``experiment_id`` is the experiment's securable."""
        return cls(f"logged_model:{model_id}", label, experiment_id)

    @classmethod
    def asset(cls, namespace: str, name: str, label: str, securable_id: str | None = None) -> Self:
        """Return the node of something that is no securable here."""
        return cls(f"asset:{namespace}/{name}", label, securable_id)

    @classmethod
    def principal(cls, principal_id: str, name: str) -> Self:
        """Return the node of somebody who used something."""
        return cls(f"principal:{principal_id}", name)


@dataclass(frozen=True, slots=True)
class Edge:
    """A fact: ``target`` came from ``source``."""

    source: Node
    target: Node
    kind: EdgeKind
    run_id: str = ""
    evidence: Evidence = Evidence.OBSERVED


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node as its reader may know it.

    A masked node has a placeholder for a key and no label; ``place`` is the full name of the
    securable that it is or belongs to, or empty if that is gone or there is none, and
    ``place_kind`` is the kind of that.
    """

    key: str
    kind: NodeKind
    label: str
    place: str
    securable_id: str | None
    is_masked: bool
    is_deleted: bool
    place_kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """An edge between two keys of the graph; run and principal are left out beside a masked one."""

    source: str
    target: str
    kind: EdgeKind
    evidence: Evidence
    run_id: str
    principal_id: str
    first_seen: int
    last_seen: int
    count: int


@dataclass(frozen=True, slots=True)
class Graph:
    """What was walked; ``hidden`` counts the masked nodes, ``is_cut`` tells that there was more."""

    start: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    hidden: int
    is_cut: bool


def parse_kind(key: str) -> NodeKind:
    """Return the kind that a node's key opens with.

    Raises InvalidParameterError for a key that does not name a kind.
    """
    prefix, colon, rest = key.partition(":")
    known = prefix in {kind.value for kind in NodeKind}
    if not known or not colon or not rest or "\x00" in rest:
        msg = f"Invalid value for node: {key[:80]!r} is not of the form kind:id"
        raise InvalidParameterError(msg, field="node")
    return NodeKind(prefix)
