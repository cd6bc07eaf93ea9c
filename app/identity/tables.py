"""Principals, their groups and credentials. Secrets are kept as hashes only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, Text, text

from app.db.metadata import Id, Millis, metadata, name_type

principals = Table(
    "principals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("name", name_type(255), nullable=False),
    Column("display_name", String(255), nullable=False, server_default=""),
    Column("external_id", name_type(255)),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Id),
    Column("disabled_at", Millis),
    Column("deleted_at", Millis),
    Index(
        "uq_principals_living_name",
        "name",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

memberships = Table(
    "memberships",
    metadata,
    Column("group_id", Id, ForeignKey("principals.id"), primary_key=True),
    Column("member_id", Id, ForeignKey("principals.id"), primary_key=True),
    Column("added_at", Millis, nullable=False),
    Column("added_by", Id),
    Index(None, "member_id"),
    sqlite_with_rowid=False,
)

closure = Table(
    "group_closure",
    metadata,
    Column("member_id", Id, ForeignKey("principals.id"), primary_key=True),
    Column("group_id", Id, ForeignKey("principals.id"), primary_key=True),
    Index(None, "group_id"),
    sqlite_with_rowid=False,
    comment="Every group that a principal is in, directly or through other groups.",
)

passwords = Table(
    "passwords",
    metadata,
    Column("principal_id", Id, ForeignKey("principals.id"), primary_key=True),
    Column("hash", Text, nullable=False, comment="argon2id, PHC string"),
    Column("version", BigInteger, nullable=False),
    Column("changed_at", Millis, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("principal_id", Id, ForeignKey("principals.id"), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column(
        "hint", String(16), nullable=False, comment="The first characters, to tell tokens apart"
    ),
    Column("scope", Text, nullable=False, server_default="*"),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Id),
    Column("expires_at", Millis),
    Column("last_used_at", Millis),
    Column("revoked_at", Millis),
    Index(None, "principal_id"),
)

browser_sessions = Table(
    "browser_sessions",
    metadata,
    Column("secret_hash", LargeBinary(32), primary_key=True),
    Column("principal_id", Id, ForeignKey("principals.id"), nullable=False),
    Column("password_version", BigInteger, nullable=False),
    Column("token_id", Id, comment="The token that it was opened with, and ends with"),
    Column("csrf", String(64), nullable=False),
    Column("workspace_id", Id),
    Column("theme", String(8), nullable=False, server_default="auto"),
    Column("created_at", Millis, nullable=False),
    Column("seen_at", Millis, nullable=False),
    Column("address", String(64), nullable=False, server_default=""),
    Index(None, "principal_id"),
)

attempts = Table(
    "sign_in_attempts",
    metadata,
    Column(
        "subject",
        name_type(300),
        primary_key=True,
        comment="account:HASH, address:IP or both:HASH@IP",
    ),
    Column("window_start", Millis, nullable=False),
    Column("failures", BigInteger, nullable=False),
    Column(
        "pending",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="Tries whose password is being looked at",
    ),
    Index(None, "window_start"),
)
