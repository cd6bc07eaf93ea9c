"""The spine: one row for everything that a privilege can be granted on."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from app.db.metadata import Flag, Id, Millis, metadata, name_type

securables = Table(
    "securables",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("parent_id", Id, ForeignKey("securables.id")),
    Column("catalog_id", Id, comment="The catalog above or at it; null for the metastore and keys"),
    Column("schema_id", Id, comment="The schema above or at it"),
    Column("name", name_type(500), nullable=False),
    Column("owner_id", Id, ForeignKey("principals.id"), nullable=False),
    Column("comment", Text, nullable=False, server_default=""),
    Column("isolated", Flag, nullable=False, server_default=text("false")),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Column("updated_by", Id, nullable=False),
    Column("deleted_at", Millis),
    Column("deleted_by", Id),
    Column("deletion_id", Id, comment="What was deleted together is restored together"),
    Index(
        "uq_securables_living_name",
        "parent_id",
        "kind",
        "name",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
    Index("ix_securables_schema", "schema_id", "kind", "id"),
    Index("ix_securables_catalog", "catalog_id", "kind", "id"),
    Index("ix_securables_owner", "owner_id", "kind", "id"),
    Index("ix_securables_schema_owner", "kind", "schema_id", "owner_id"),
    Index("ix_securables_kind_name", "kind", "name", "id"),
    Index("ix_securables_kind_id", "kind", "id"),
    Index(
        "ix_securables_commented",
        "id",
        sqlite_where=text("comment != ''"),
        postgresql_where=text("comment != ''"),
    ),
)

PIECE_LENGTH = 8

name_pieces = Table(
    "securable_name_pieces",
    metadata,
    Column("kind", String(20), nullable=False),
    Column("piece", name_type(PIECE_LENGTH), nullable=False),
    Column("securable_id", Id, nullable=False),
    PrimaryKeyConstraint("kind", "piece", "securable_id"),
    sqlite_with_rowid=False,
    comment="What stands from each character of a name on, without regard to case",
)

tags = Table(
    "securable_tags",
    metadata,
    Column("securable_id", Id, ForeignKey("securables.id"), primary_key=True),
    Column("tag_name", name_type(250), primary_key=True),
    Column("value", Text, nullable=False),
    Column("set_at", Millis, nullable=False),
    Column("set_by", Id, nullable=False),
    Index("ix_securable_tags_name", "tag_name", "securable_id"),
    sqlite_with_rowid=False,
)
