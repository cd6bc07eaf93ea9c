"""Lineage: nodes by their keys, and the facts between them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from app.db.metadata import Id, Millis, Serial, metadata, name_type

nodes = Table(
    "lineage_nodes",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("node", name_type(1200), nullable=False, unique=True, comment="run:…, version:…, …"),
    Column("kind", String(20), nullable=False),
    Column("securable_id", Id, comment="What must be seen to see this; null: nothing"),
    Column("label", Text, nullable=False, comment="As last known"),
    Column("first_seen", Millis, nullable=False),
    Index(None, "securable_id"),
)

edges = Table(
    "lineage_edges",
    metadata,
    Column("source_pk", Serial, ForeignKey("lineage_nodes.pk"), nullable=False),
    Column("target_pk", Serial, ForeignKey("lineage_nodes.pk"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("run_id", name_type(256), nullable=False, server_default=""),
    Column("principal_id", Id, nullable=False, comment="Who did it last"),
    Column("evidence", String(10), nullable=False),
    Column("first_seen", Millis, nullable=False),
    Column("last_seen", Millis, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("source_pk", "target_pk", "kind", "run_id"),
    Index("ix_lineage_edges_target", "target_pk", "source_pk"),
    sqlite_with_rowid=False,
)
