"""Webhooks, and what was, or is still to be, delivered to each."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from app.db.metadata import Flag, Id, Millis, metadata, name_type

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("name", name_type(63), nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False, comment="Names, with spaces between them"),
    Column("is_active", Flag, nullable=False),
    Column("secret_id", Id, comment="What the envelope of the secret's DEK is found by"),
    Column("secret", LargeBinary, comment="Ciphertext in the format of stored files"),
    Column("secret_size", Integer, comment="Plaintext bytes"),
    Column("maker_id", Id, ForeignKey("principals.id"), nullable=False, comment="Reads for it"),
    Column("next_leaf", BigInteger, nullable=False, comment="Of the log, where to read on"),
    Column("active_since", Millis, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Index(None, "workspace_id", "id"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook_id", Id, ForeignKey("webhooks.id"), nullable=False),
    Column("event_seq", BigInteger, comment="Of the log; none for a test"),
    Column("event", String(40), nullable=False),
    Column("happened_at", Millis, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Millis, comment="When it is tried next; none once it is settled"),
    Column("tried_at", Millis),
    Column("response_status", Integer),
    Column("error", Text, nullable=False, server_default=""),
    UniqueConstraint("webhook_id", "event_seq"),
    Index(
        "ix_webhook_deliveries_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index("ix_webhook_deliveries_log", "webhook_id", "id"),
)
