"""The first schema: namespace, identity, grants, log, keys, files, lineage, tracking and registry."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "audit_checkpoints",
        sa.Column(
            "tree_size",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column(
            "frontier", sa.LargeBinary(), nullable=False, comment="Roots of the perfect subtrees"
        ),
        sa.PrimaryKeyConstraint("tree_size", name=op.f("pk_audit_checkpoints")),
    )
    op.create_table(
        "audit_events",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column(
            "principal_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "principal_name",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "on_behalf_of",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "token_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "workspace",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "operation",
            sa.String(length=60).with_variant(sa.VARCHAR(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "securable_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("securable_name", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("determined_by", sa.Text(), nullable=False),
        sa.Column(
            "request_id",
            sa.String(length=64).with_variant(sa.VARCHAR(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=64), server_default="", nullable=False),
        sa.Column("agent", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "details", sa.Text(), server_default="{}", nullable=False, comment="Canonical JSON"
        ),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "xid",
            sa.BigInteger(),
            nullable=True,
            comment="PostgreSQL: the transaction, to keep late commits out",
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_events")),
    )
    op.create_index(
        "ix_audit_events_principal", "audit_events", ["principal_id", "seq"], unique=False
    )
    op.create_index(
        "ix_audit_events_securable", "audit_events", ["securable_id", "seq"], unique=False
    )
    op.create_index("ix_audit_events_time", "audit_events", ["time"], unique=False)
    op.create_table(
        "audit_leaves",
        sa.Column(
            "leaf_index",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_audit_leaves")),
        sa.UniqueConstraint("seq", name=op.f("uq_audit_leaves_seq")),
    )
    op.create_table(
        "principals",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "name",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("display_name", sa.String(length=255), server_default="", nullable=False),
        sa.Column(
            "external_id",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_principals")),
    )
    op.create_index(
        "uq_principals_living_name",
        "principals",
        ["name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column(
            "subject",
            sa.String(length=300).with_variant(sa.VARCHAR(length=300, collation="C"), "postgresql"),
            nullable=False,
            comment="account:NAME or address:IP",
        ),
        sa.Column("window_start", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_attempts")),
    )
    op.create_table(
        "browser_sessions",
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "principal_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("password_version", sa.BigInteger(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column(
            "workspace_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("theme", sa.String(length=8), server_default="auto", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principals.id"], name=op.f("fk_browser_sessions_principal_id")
        ),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_browser_sessions")),
    )
    op.create_index(
        op.f("ix_browser_sessions_principal_id"), "browser_sessions", ["principal_id"], unique=False
    )
    op.create_table(
        "group_closure",
        sa.Column(
            "member_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "group_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["principals.id"], name=op.f("fk_group_closure_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["principals.id"], name=op.f("fk_group_closure_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "group_id", name=op.f("pk_group_closure")),
        comment="Every group that a principal is in, directly or through other groups.",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_group_closure_group_id"), "group_closure", ["group_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column(
            "group_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "member_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "added_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["principals.id"], name=op.f("fk_memberships_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["principals.id"], name=op.f("fk_memberships_member_id")
        ),
        sa.PrimaryKeyConstraint("group_id", "member_id", name=op.f("pk_memberships")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_memberships_member_id"), "memberships", ["member_id"], unique=False)
    op.create_table(
        "passwords",
        sa.Column(
            "principal_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("hash", sa.Text(), nullable=False, comment="argon2id, PHC string"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principals.id"], name=op.f("fk_passwords_principal_id")
        ),
        sa.PrimaryKeyConstraint("principal_id", name=op.f("pk_passwords")),
    )
    op.create_table(
        "securables",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "parent_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "catalog_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
            comment="The catalog above or at it; null for the metastore and keys",
        ),
        sa.Column(
            "schema_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
            comment="The schema above or at it",
        ),
        sa.Column(
            "name",
            sa.String(length=500).with_variant(sa.VARCHAR(length=500, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "owner_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("isolated", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "updated_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "deleted_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "deletion_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
            comment="What was deleted together is restored together",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["principals.id"], name=op.f("fk_securables_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["securables.id"], name=op.f("fk_securables_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_securables")),
    )
    op.create_index(
        "ix_securables_catalog", "securables", ["catalog_id", "kind", "id"], unique=False
    )
    op.create_index("ix_securables_kind_id", "securables", ["kind", "id"], unique=False)
    op.create_index("ix_securables_kind_name", "securables", ["kind", "name", "id"], unique=False)
    op.create_index("ix_securables_owner", "securables", ["owner_id", "kind", "id"], unique=False)
    op.create_index("ix_securables_schema", "securables", ["schema_id", "kind", "id"], unique=False)
    op.create_index(
        "ix_securables_schema_owner", "securables", ["schema_id", "owner_id", "kind"], unique=False
    )
    op.create_index(
        "uq_securables_living_name",
        "securables",
        ["parent_id", "kind", "name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "tokens",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "principal_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "hint",
            sa.String(length=16),
            nullable=False,
            comment="The first characters, to tell tokens apart",
        ),
        sa.Column("scope", sa.Text(), server_default="*", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principals.id"], name=op.f("fk_tokens_principal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_tokens_secret_hash")),
    )
    op.create_index(op.f("ix_tokens_principal_id"), "tokens", ["principal_id"], unique=False)
    op.create_table(
        "access_requests",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "principal_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "requested_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "securable_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "item",
            sa.String(length=60).with_variant(sa.VARCHAR(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "duration",
            sa.BigInteger(),
            nullable=True,
            comment="Milliseconds asked for; null: no end",
        ),
        sa.Column("status", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "decided_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("decision_comment", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "granted_item",
            sa.String(length=60).with_variant(sa.VARCHAR(length=60, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("granted_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principals.id"], name=op.f("fk_access_requests_principal_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["principals.id"], name=op.f("fk_access_requests_requested_by")
        ),
        sa.ForeignKeyConstraint(
            ["securable_id"], ["securables.id"], name=op.f("fk_access_requests_securable_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
    )
    op.create_index(
        "ix_access_requests_principal", "access_requests", ["principal_id", "status"], unique=False
    )
    op.create_index(
        "ix_access_requests_securable", "access_requests", ["securable_id", "status"], unique=False
    )
    op.create_table(
        "catalog_bindings",
        sa.Column(
            "catalog_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "workspace_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("read_only", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("bound_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "bound_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["securables.id"], name=op.f("fk_catalog_bindings_catalog_id")
        ),
        sa.PrimaryKeyConstraint("catalog_id", "workspace_id", name=op.f("pk_catalog_bindings")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_catalog_bindings_workspace", "catalog_bindings", ["workspace_id"], unique=False
    )
    op.create_table(
        "grants",
        sa.Column(
            "securable_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "principal_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "item",
            sa.String(length=60).with_variant(sa.VARCHAR(length=60, collation="C"), "postgresql"),
            nullable=False,
            comment="A privilege, or role:NAME",
        ),
        sa.Column("effect", sa.String(length=5), server_default="allow", nullable=False),
        sa.Column(
            "kind",
            sa.String(length=20),
            nullable=False,
            comment="Of the securable, as are the two below",
        ),
        sa.Column(
            "schema_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "catalog_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "granted_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principals.id"], name=op.f("fk_grants_principal_id")
        ),
        sa.ForeignKeyConstraint(
            ["securable_id"], ["securables.id"], name=op.f("fk_grants_securable_id")
        ),
        sa.PrimaryKeyConstraint(
            "securable_id", "principal_id", "item", "effect", name=op.f("pk_grants")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_grants_principal",
        "grants",
        ["principal_id", "kind", "securable_id", "item"],
        unique=False,
    )
    op.create_index(
        "ix_grants_schema",
        "grants",
        ["principal_id", "schema_id", "kind", "securable_id", "item"],
        unique=False,
    )
    op.create_table(
        "securable_tags",
        sa.Column(
            "securable_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "tag_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "set_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["securable_id"], ["securables.id"], name=op.f("fk_securable_tags_securable_id")
        ),
        sa.PrimaryKeyConstraint("securable_id", "tag_name", name=op.f("pk_securable_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_securable_tags_name", "securable_tags", ["tag_name", "securable_id"], unique=False
    )
