"""Workspaces, and the properties of catalogs and schemas."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, text

from app.db.metadata import Id, Millis, metadata, name_type

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", name_type(255), nullable=False),
    Column("comment", Text, nullable=False, server_default=""),
    Column("catalog_id", Id, ForeignKey("securables.id"), nullable=False),
    Column("home_schema_id", Id, ForeignKey("securables.id"), nullable=False),
    Column("group_id", Id, ForeignKey("principals.id"), nullable=False, comment="Its members"),
    Column("role", String(60), nullable=False, comment="What members hold on the catalog"),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("deleted_at", Millis),
    Index(
        "uq_workspaces_living_name",
        "name",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
    Index(None, "group_id"),
    Index(None, "catalog_id"),
    Index(None, "home_schema_id"),
)

properties = Table(
    "securable_properties",
    metadata,
    Column("securable_id", Id, ForeignKey("securables.id"), primary_key=True),
    Column("property_name", name_type(250), primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
    comment="What Unity Catalog's clients keep at a catalog or schema, as they please",
)
