"""Registered models, versions and aliases; what models share with others is on the spine."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from app.db.metadata import Flag, Id, Millis, metadata, name_type

registered_models = Table(
    "registered_models",
    metadata,
    Column("id", Id, ForeignKey("securables.id"), primary_key=True),
    Column("last_version", BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
    comment="last_version only grows: a number is given once",
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("model_id", Id, ForeignKey("registered_models.id"), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("source", name_type(4096), nullable=False, comment="As given; it is never opened"),
    Column("source_model_id", Id, comment="Of a copy: whose name may stand in its source"),
    Column("run_id", Id),
    Column("logged_model_id", name_type(34)),
    Column("run_link", Text, nullable=False, server_default=""),
    Column("description", Text, nullable=False, server_default=""),
    Column("stage", String(10), nullable=False, server_default="None"),
    Column("status", String(30), nullable=False, server_default="READY"),
    Column("is_prompt", Flag, nullable=False, server_default=text("false")),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Column("updated_by", Id, nullable=False),
    Column("deleted_at", Millis),
    Column("deleted_by", Id),
    PrimaryKeyConstraint("model_id", "version"),
    Index("ix_model_versions_run", "run_id"),
    Index("ix_model_versions_logged_model", "logged_model_id"),
    Index(
        "ix_model_versions_recent",
        "updated_at",
        "model_id",
        "version",
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
    Index(
        "ix_model_versions_stage",
        "model_id",
        "stage",
        "version",
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

model_version_tags = Table(
    "model_version_tags",
    metadata,
    Column("model_id", Id, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("tag_name", name_type(250), nullable=False),
    Column("value", Text, nullable=False),
    Column("set_at", Millis, nullable=False),
    Column("set_by", Id, nullable=False),
    PrimaryKeyConstraint("model_id", "version", "tag_name"),
    ForeignKeyConstraint(
        ["model_id", "version"], ["model_versions.model_id", "model_versions.version"]
    ),
    Index("ix_model_version_tags_name", "tag_name", "model_id", "version"),
    sqlite_with_rowid=False,
)

model_aliases = Table(
    "model_aliases",
    metadata,
    Column("model_id", Id, nullable=False),
    Column("alias", name_type(255), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("set_at", Millis, nullable=False),
    Column("set_by", Id, nullable=False),
    PrimaryKeyConstraint("model_id", "alias"),
    ForeignKeyConstraint(
        ["model_id", "version"], ["model_versions.model_id", "model_versions.version"]
    ),
    Index("ix_model_aliases_version", "model_id", "version"),
    sqlite_with_rowid=False,
)
