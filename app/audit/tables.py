"""The log: events as they happened, the order they were sealed in, and the signed checkpoints."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, Text, text

from app.db.metadata import Id, Millis, Serial, metadata, name_type

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", Id, nullable=False, comment="Within the MAC, so that a copied row is found"),
    Column("time", Millis, nullable=False),
    Column("principal_id", Id),
    Column("principal_name", name_type(255), nullable=False),
    Column("on_behalf_of", Id),
    Column("token_id", Id),
    Column("workspace", name_type(255), nullable=False, server_default=""),
    Column("operation", name_type(60), nullable=False),
    Column("securable_id", Id),
    Column("securable_name", Text, nullable=False, server_default=""),
    Column("outcome", String(10), nullable=False),
    Column("determined_by", Text, nullable=False),
    Column("request_id", name_type(64), nullable=False),
    Column("address", String(64), nullable=False, server_default=""),
    Column("agent", Text, nullable=False, server_default=""),
    Column("details", Text, nullable=False, server_default="{}", comment="Canonical JSON"),
    Column("mac", LargeBinary(32), nullable=False),
    Column("xid", BigInteger, comment="PostgreSQL: the transaction, to keep late commits out"),
    Index("ix_audit_events_securable", "securable_id", "seq"),
    Index("ix_audit_events_principal", "principal_id", "seq"),
    Index("ix_audit_events_time", "time"),
    Index("ix_audit_events_request", "request_id"),
    Index("ix_audit_events_xid", "xid", "seq", sqlite_where=text("xid IS NOT NULL")),
)

audit_leaves = Table(
    "audit_leaves",
    metadata,
    Column("leaf_index", Serial, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("leaf_hash", LargeBinary(32), nullable=False),
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("tree_size", Serial, primary_key=True, autoincrement=False),
    Column("time", Millis, nullable=False),
    Column("body", Text, nullable=False, comment="The signed text (C2SP tlog-checkpoint)"),
    Column("signature", LargeBinary(64), nullable=False),
    Column("frontier", LargeBinary, nullable=False, comment="Roots of the perfect subtrees"),
)
