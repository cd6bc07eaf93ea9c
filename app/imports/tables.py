"""What was brought from other servers, and as what, so that a second start doubles nothing."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.db.metadata import Flag, Id, Millis, Serial, metadata, name_type

imports = Table(
    "imports",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("source", name_type(500), nullable=False, comment="The address of the other server"),
    Column("schema_id", Id, ForeignKey("securables.id"), nullable=False),
    Column("created_by", Id, nullable=False),
    Column("created_at", Millis, nullable=False),
    UniqueConstraint("source", "schema_id"),
)

imported = Table(
    "imported",
    metadata,
    Column("import_pk", Serial, ForeignKey("imports.pk"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("source_id", name_type(800), nullable=False, comment="Its id or name over there"),
    Column("ours", name_type(64), nullable=False, comment="Its id here, given before it is made"),
    Column("is_whole", Flag, nullable=False, comment="Nothing of it is left to bring"),
    Column("counted", Text, nullable=False, comment="JSON: how much the other server had of it"),
    PrimaryKeyConstraint("import_pk", "kind", "source_id"),
    sqlite_with_rowid=False,
)
