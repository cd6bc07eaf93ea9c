"""Blobs, and the files that name them: no path of a client ever reaches a file system."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
)

from app.db.metadata import Id, Millis, metadata, name_type

blobs = Table(
    "blobs",
    metadata,
    Column("id", Id, primary_key=True, comment="Random, not ordered by time"),
    Column("size", BigInteger, nullable=False),
    Column("stored_size", BigInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False, comment="Of the plaintext"),
    Column("created_at", Millis, nullable=False),
    Index(None, "created_at"),
)

artifact_files = Table(
    "artifact_files",
    metadata,
    Column("container", name_type(200), nullable=False, comment="Such as run:<id>"),
    Column("parent", name_type(1000), nullable=False, comment="The folder; empty at the top"),
    Column("name", name_type(255), nullable=False),
    Column("blob_id", Id, ForeignKey("blobs.id"), nullable=False),
    Column("catalog_id", Id, nullable=False),
    Column("content_type", String(255)),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Id, nullable=False),
    PrimaryKeyConstraint("container", "parent", "name"),
    ForeignKeyConstraint(["blob_id", "catalog_id"], ["envelopes.blob_id", "envelopes.catalog_id"]),
    Index(None, "blob_id", "catalog_id"),
    sqlite_with_rowid=False,
)
