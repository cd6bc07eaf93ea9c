"""Grants, the bindings of catalogs to workspaces, and requests for access."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, String, Table, Text, text

from app.db.metadata import Flag, Id, Millis, metadata, name_type

grants = Table(
    "grants",
    metadata,
    Column("securable_id", Id, ForeignKey("securables.id"), nullable=False),
    Column("principal_id", Id, ForeignKey("principals.id"), nullable=False),
    Column("item", name_type(60), nullable=False, comment="A privilege, or role:NAME"),
    Column("effect", String(5), nullable=False, server_default="allow"),
    Column("kind", String(20), nullable=False, comment="Of the securable, as are the two below"),
    Column("schema_id", Id),
    Column("catalog_id", Id),
    Column("granted_by", Id, nullable=False),
    Column("granted_at", Millis, nullable=False),
    Column("expires_at", Millis),
    Column("reason", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("securable_id", "principal_id", "item", "effect"),
    Index(
        "ix_grants_principal",  # holds all that the candidates of a page are found by
        "principal_id",
        "kind",
        "securable_id",
        "item",
        "effect",
        "catalog_id",
        "schema_id",
    ),
    # Another index that began with the principal would be walked, and sorted, in place of that one.
    Index("ix_grants_schema", "kind", "schema_id", "principal_id", "securable_id"),
    Index(
        "ix_grants_denied",
        "principal_id",
        "kind",
        "item",
        sqlite_where=text("effect = 'deny'"),
        postgresql_where=text("effect = 'deny'"),
    ),
    sqlite_with_rowid=False,
)

catalog_bindings = Table(
    "catalog_bindings",
    metadata,
    Column("catalog_id", Id, ForeignKey("securables.id"), nullable=False),
    Column("workspace_id", Id, nullable=False),
    Column("read_only", Flag, nullable=False, server_default=text("false")),
    Column("bound_at", Millis, nullable=False),
    Column("bound_by", Id, nullable=False),
    PrimaryKeyConstraint("catalog_id", "workspace_id"),
    Index("ix_catalog_bindings_workspace", "workspace_id"),
    sqlite_with_rowid=False,
)

access_requests = Table(
    "access_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("principal_id", Id, ForeignKey("principals.id"), nullable=False),
    Column("requested_by", Id, ForeignKey("principals.id"), nullable=False),
    Column("securable_id", Id, ForeignKey("securables.id"), nullable=False),
    Column("item", name_type(60), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("duration", Millis, comment="Milliseconds asked for; null: no end"),
    Column("status", String(10), nullable=False, server_default="open"),
    Column("created_at", Millis, nullable=False),
    Column("decided_at", Millis),
    Column("decided_by", Id),
    Column("decision_comment", Text, nullable=False, server_default=""),
    Column("granted_item", name_type(60)),
    Column("granted_until", Millis),
    Index("ix_access_requests_securable", "securable_id", "status"),
    Index("ix_access_requests_principal", "principal_id", "status"),
)
