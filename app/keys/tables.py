"""Customer-managed keys, what they are bound to, and every DEK wrapped under them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
)

from app.db.metadata import Id, Millis, metadata, name_type

keys = Table(
    "keys",
    metadata,
    Column("id", Id, ForeignKey("securables.id"), primary_key=True),
    Column("provider", String(20), nullable=False),
    Column("kek_id", name_type(128), nullable=False, unique=True, comment="The provider's name"),
    Column("state", String(20), nullable=False),
    Column("current_version", BigInteger, nullable=False),
    Column("state_changed_at", Millis, nullable=False),
    Column("state_changed_by", Id, nullable=False),
    Column("destroy_at", Millis, comment="Set while the destruction is pending, kept afterwards"),
)

key_versions = Table(
    "key_versions",
    metadata,
    Column("key_id", Id, ForeignKey("keys.id"), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Id, nullable=False),
    PrimaryKeyConstraint("key_id", "version"),
)

catalog_keys = Table(
    "catalog_keys",
    metadata,
    Column(
        "catalog_id",
        Id,
        ForeignKey("securables.id"),
        primary_key=True,
        comment="The metastore's key protects every catalog that has none",
    ),
    Column("key_id", Id, ForeignKey("keys.id"), nullable=False),
    Column("bound_at", Millis, nullable=False),
    Column("bound_by", Id, nullable=False),
    Index(None, "key_id"),
)

envelopes = Table(
    "envelopes",
    metadata,
    Column("blob_id", Id, nullable=False),
    Column("catalog_id", Id, ForeignKey("securables.id"), nullable=False),
    Column("key_id", Id, ForeignKey("keys.id"), nullable=False),
    Column("kek_version", BigInteger, nullable=False),
    Column("wrapped_dek", LargeBinary, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("format_version", Integer, nullable=False),
    Column("size", BigInteger, nullable=False, comment="Plaintext bytes, to tell what is at stake"),
    PrimaryKeyConstraint("blob_id", "catalog_id"),
    Index("ix_envelopes_key", "key_id", "kek_version", "size"),
    Index("ix_envelopes_catalog", "catalog_id", "key_id"),
    comment="A blob's DEK as each catalog holds it: one row per catalog that shares the blob.",
)
