"""The first schema: namespace, identity, grants, log, keys, files, lineage, tracking, registry."""

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
        sa.Column(
            "body", sa.Text(), nullable=False, comment="The signed text (C2SP tlog-checkpoint)"
        ),
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
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
            comment="Within the MAC, so that a copied row is found",
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
    op.create_index("ix_audit_events_request", "audit_events", ["request_id"], unique=False)
    op.create_index(
        "ix_audit_events_securable", "audit_events", ["securable_id", "seq"], unique=False
    )
    op.create_index("ix_audit_events_time", "audit_events", ["time"], unique=False)
    op.create_index(
        "ix_audit_events_xid",
        "audit_events",
        ["xid", "seq"],
        unique=False,
        sqlite_where=sa.text("xid IS NOT NULL"),
    )
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
        "blobs",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
            comment="Random, not ordered by time",
        ),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False, comment="Of the plaintext"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blobs")),
    )
    op.create_index(op.f("ix_blobs_created_at"), "blobs", ["created_at"], unique=False)
    op.create_table(
        "latest_metrics",
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("value", sa.Double(), nullable=True, comment="NULL stands for NaN"),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_pk", "key_id", name=op.f("pk_latest_metrics")),
        comment="Per run and metric the point with the highest (step, timestamp, value)",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_latest_metrics_value",
        "latest_metrics",
        ["experiment_number", "key_id", "value", "run_pk"],
        unique=False,
    )
    op.create_table(
        "lineage_nodes",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "node",
            sa.String(length=1200).with_variant(
                sa.VARCHAR(length=1200, collation="C"), "postgresql"
            ),
            nullable=False,
            comment="run:…, version:…, …",
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "securable_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
            comment="What must be seen to see this; null: nothing",
        ),
        sa.Column("label", sa.Text(), nullable=False, comment="As last known"),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_lineage_nodes")),
        sa.UniqueConstraint("node", name=op.f("uq_lineage_nodes_node")),
    )
    op.create_index(
        op.f("ix_lineage_nodes_securable_id"), "lineage_nodes", ["securable_id"], unique=False
    )
    op.create_table(
        "metric_keys",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_keys")),
        sa.UniqueConstraint("name", name=op.f("uq_metric_keys_name")),
        comment="Names of metrics; rows are added, never changed",
    )
    op.create_table(
        "metrics",
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False, comment="0 where is_nan"),
        sa.Column("is_nan", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.PrimaryKeyConstraint(
            "run_pk", "key_id", "timestamp", "step", "value", "is_nan", name=op.f("pk_metrics")
        ),
        comment="Every point logged; an exact duplicate is the same row",
        sqlite_with_rowid=False,
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
        "run_input_tags",
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "dataset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "tag_name",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.String(length=500).with_variant(sa.VARCHAR(length=500, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("run_pk", "dataset_id", "tag_name", name=op.f("pk_run_input_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column(
            "subject",
            sa.String(length=300).with_variant(sa.VARCHAR(length=300, collation="C"), "postgresql"),
            nullable=False,
            comment="account:HASH, address:IP or both:HASH@IP",
        ),
        sa.Column("window_start", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index(
        op.f("ix_sign_in_attempts_window_start"), "sign_in_attempts", ["window_start"], unique=False
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
        "lineage_edges",
        sa.Column(
            "source_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "target_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "run_id",
            sa.String(length=256).with_variant(sa.VARCHAR(length=256, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "principal_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
            comment="Who did it last",
        ),
        sa.Column("evidence", sa.String(length=10), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_pk"], ["lineage_nodes.pk"], name=op.f("fk_lineage_edges_source_pk")
        ),
        sa.ForeignKeyConstraint(
            ["target_pk"], ["lineage_nodes.pk"], name=op.f("fk_lineage_edges_target_pk")
        ),
        sa.PrimaryKeyConstraint(
            "source_pk", "target_pk", "kind", "run_id", name=op.f("pk_lineage_edges")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_lineage_edges_target", "lineage_edges", ["target_pk", "source_pk"], unique=False
    )
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
        "experiments",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="MLflow's id",
        ),
        sa.Column(
            "securable_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["securable_id"], ["securables.id"], name=op.f("fk_experiments_securable_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_experiments")),
        sa.UniqueConstraint("securable_id", name=op.f("uq_experiments_securable_id")),
        sqlite_autoincrement=True,
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
        "ix_grants_denied",
        "grants",
        ["principal_id", "kind", "item"],
        unique=False,
        sqlite_where=sa.text("effect = 'deny'"),
        postgresql_where=sa.text("effect = 'deny'"),
    )
    op.create_index(
        "ix_grants_principal",
        "grants",
        ["principal_id", "kind", "securable_id", "item", "effect", "catalog_id", "schema_id"],
        unique=False,
    )
    op.create_index(
        "ix_grants_schema",
        "grants",
        ["principal_id", "schema_id", "kind", "securable_id", "item"],
        unique=False,
    )
    op.create_table(
        "keys",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column(
            "kek_id",
            sa.String(length=128).with_variant(sa.VARCHAR(length=128, collation="C"), "postgresql"),
            nullable=False,
            comment="The provider's name",
        ),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("current_version", sa.BigInteger(), nullable=False),
        sa.Column("state_changed_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "state_changed_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "destroy_at",
            sa.BigInteger(),
            nullable=True,
            comment="Set while the destruction is pending, kept afterwards",
        ),
        sa.ForeignKeyConstraint(["id"], ["securables.id"], name=op.f("fk_keys_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("kek_id", name=op.f("uq_keys_kek_id")),
    )
    op.create_table(
        "registered_models",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("last_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["id"], ["securables.id"], name=op.f("fk_registered_models_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_models")),
        comment="last_version only grows: a number is given once",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "securable_properties",
        sa.Column(
            "securable_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "property_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["securable_id"], ["securables.id"], name=op.f("fk_securable_properties_securable_id")
        ),
        sa.PrimaryKeyConstraint(
            "securable_id", "property_name", name=op.f("pk_securable_properties")
        ),
        comment="What Unity Catalog's clients keep at a catalog or schema, as they please",
        sqlite_with_rowid=False,
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
    op.create_table(
        "workspaces",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "catalog_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "home_schema_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "group_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
            comment="Its members",
        ),
        sa.Column(
            "role", sa.String(length=60), nullable=False, comment="What members hold on the catalog"
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["securables.id"], name=op.f("fk_workspaces_catalog_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["principals.id"], name=op.f("fk_workspaces_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["home_schema_id"], ["securables.id"], name=op.f("fk_workspaces_home_schema_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
    )
    op.create_index(op.f("ix_workspaces_catalog_id"), "workspaces", ["catalog_id"], unique=False)
    op.create_index(op.f("ix_workspaces_group_id"), "workspaces", ["group_id"], unique=False)
    op.create_index(
        op.f("ix_workspaces_home_schema_id"), "workspaces", ["home_schema_id"], unique=False
    )
    op.create_index(
        "uq_workspaces_living_name",
        "workspaces",
        ["name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "catalog_keys",
        sa.Column(
            "catalog_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
            comment="The metastore's key protects every catalog that has none",
        ),
        sa.Column(
            "key_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("bound_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "bound_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["securables.id"], name=op.f("fk_catalog_keys_catalog_id")
        ),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_catalog_keys_key_id")),
        sa.PrimaryKeyConstraint("catalog_id", name=op.f("pk_catalog_keys")),
    )
    op.create_index(op.f("ix_catalog_keys_key_id"), "catalog_keys", ["key_id"], unique=False)
    op.create_table(
        "envelopes",
        sa.Column(
            "blob_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "catalog_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "key_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kek_version", sa.BigInteger(), nullable=False),
        sa.Column("wrapped_dek", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("format_version", sa.Integer(), nullable=False),
        sa.Column(
            "size",
            sa.BigInteger(),
            nullable=False,
            comment="Plaintext bytes, to tell what is at stake",
        ),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["securables.id"], name=op.f("fk_envelopes_catalog_id")
        ),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_envelopes_key_id")),
        sa.PrimaryKeyConstraint("blob_id", "catalog_id", name=op.f("pk_envelopes")),
        comment="A blob's DEK as each catalog holds it: one row per catalog that shares the blob.",
    )
    op.create_index("ix_envelopes_catalog", "envelopes", ["catalog_id", "key_id"], unique=False)
    op.create_index(
        "ix_envelopes_key", "envelopes", ["key_id", "kek_version", "size"], unique=False
    )
    op.create_table(
        "experiment_tags",
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "tag_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.String(length=20000).with_variant(
                sa.VARCHAR(length=20000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["experiment_number"],
            ["experiments.number"],
            name=op.f("fk_experiment_tags_experiment_number"),
        ),
        sa.PrimaryKeyConstraint("experiment_number", "tag_name", name=op.f("pk_experiment_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "key_versions",
        sa.Column(
            "key_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_key_versions_key_id")),
        sa.PrimaryKeyConstraint("key_id", "version", name=op.f("pk_key_versions")),
    )
    op.create_table(
        "logged_models",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "model_id",
            sa.String(length=34).with_variant(sa.VARCHAR(length=34, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=500).with_variant(sa.VARCHAR(length=500, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "source_run_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("status_message", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "model_type",
            sa.String(length=500).with_variant(sa.VARCHAR(length=500, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_number"],
            ["experiments.number"],
            name=op.f("fk_logged_models_experiment_number"),
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_logged_models")),
        sa.UniqueConstraint("model_id", name=op.f("uq_logged_models_model_id")),
    )
    op.create_index(
        "ix_logged_models_recent",
        "logged_models",
        ["experiment_number", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_logged_models_source_run_id"), "logged_models", ["source_run_id"], unique=False
    )
    op.create_table(
        "model_versions",
        sa.Column(
            "model_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "source",
            sa.String(length=4096).with_variant(
                sa.VARCHAR(length=4096, collation="C"), "postgresql"
            ),
            nullable=False,
            comment="As given; it is never opened",
        ),
        sa.Column(
            "source_model_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
            comment="Of a copy: whose name may stand in its source",
        ),
        sa.Column(
            "run_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "logged_model_id",
            sa.String(length=34).with_variant(sa.VARCHAR(length=34, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("run_link", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("stage", sa.String(length=10), server_default="None", nullable=False),
        sa.Column("status", sa.String(length=30), server_default="READY", nullable=False),
        sa.Column("is_prompt", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["model_id"], ["registered_models.id"], name=op.f("fk_model_versions_model_id")
        ),
        sa.PrimaryKeyConstraint("model_id", "version", name=op.f("pk_model_versions")),
    )
    op.create_index(
        "ix_model_versions_logged_model", "model_versions", ["logged_model_id"], unique=False
    )
    op.create_index(
        "ix_model_versions_recent",
        "model_versions",
        ["updated_at", "model_id", "version"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_model_versions_run", "model_versions", ["run_id"], unique=False)
    op.create_index(
        "ix_model_versions_stage",
        "model_versions",
        ["model_id", "stage", "version"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "run_datasets",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=500).with_variant(sa.VARCHAR(length=500, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "digest",
            sa.String(length=36).with_variant(sa.VARCHAR(length=36, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "source_type",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_number"],
            ["experiments.number"],
            name=op.f("fk_run_datasets_experiment_number"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_datasets")),
        sa.UniqueConstraint(
            "experiment_number",
            "name",
            "digest",
            name=op.f("uq_run_datasets_experiment_number_name_digest"),
        ),
    )
    op.create_table(
        "runs",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "run_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=8000).with_variant(
                sa.VARCHAR(length=8000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "user_id",
            sa.String(length=256).with_variant(sa.VARCHAR(length=256, collation="C"), "postgresql"),
            nullable=False,
            comment="As the client says",
        ),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("start_time", sa.BigInteger(), nullable=False),
        sa.Column("end_time", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_number"], ["experiments.number"], name=op.f("fk_runs_experiment_number")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_runs_run_id")),
    )
    op.create_index("ix_runs_recent", "runs", ["experiment_number", "start_time"], unique=False)
    op.create_table(
        "traces",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "trace_id",
            sa.String(length=50).with_variant(sa.VARCHAR(length=50, collation="C"), "postgresql"),
            nullable=False,
            comment="The same id elsewhere is another",
        ),
        sa.Column(
            "client_request_id",
            sa.String(length=500).with_variant(sa.VARCHAR(length=500, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("request_time", sa.BigInteger(), nullable=False),
        sa.Column(
            "duration",
            sa.BigInteger(),
            nullable=True,
            comment="In milliseconds; NULL while it is not known",
        ),
        sa.Column("end_time", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("request_preview", sa.Text(), nullable=True),
        sa.Column("response_preview", sa.Text(), nullable=True),
        sa.Column(
            "told",
            sa.Text(),
            nullable=True,
            comment="JSON: what the client said of it, beside what its spans say",
        ),
        sa.Column("span_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["experiment_number"], ["experiments.number"], name=op.f("fk_traces_experiment_number")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_traces")),
        sa.UniqueConstraint(
            "experiment_number", "trace_id", name=op.f("uq_traces_experiment_number_trace_id")
        ),
    )
    op.create_index(
        "ix_traces_recent", "traces", ["experiment_number", "request_time", "pk"], unique=False
    )
    op.create_index(op.f("ix_traces_trace_id"), "traces", ["trace_id"], unique=False)
    op.create_table(
        "artifact_files",
        sa.Column(
            "container",
            sa.String(length=200).with_variant(sa.VARCHAR(length=200, collation="C"), "postgresql"),
            nullable=False,
            comment="Such as run:<id>",
        ),
        sa.Column(
            "parent",
            sa.String(length=1000).with_variant(
                sa.VARCHAR(length=1000, collation="C"), "postgresql"
            ),
            nullable=False,
            comment="The folder; empty at the top",
        ),
        sa.Column(
            "name",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "blob_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "catalog_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("content_type", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["blob_id", "catalog_id"],
            ["envelopes.blob_id", "envelopes.catalog_id"],
            name=op.f("fk_artifact_files_blob_id_catalog_id"),
        ),
        sa.ForeignKeyConstraint(["blob_id"], ["blobs.id"], name=op.f("fk_artifact_files_blob_id")),
        sa.PrimaryKeyConstraint("container", "parent", "name", name=op.f("pk_artifact_files")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_artifact_files_blob_id_catalog_id"),
        "artifact_files",
        ["blob_id", "catalog_id"],
        unique=False,
    )
    op.create_table(
        "assessments",
        sa.Column(
            "assessment_id",
            sa.String(length=50).with_variant(sa.VARCHAR(length=50, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("trace_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "kind", sa.String(length=11), nullable=False, comment="feedback, expectation or issue"
        ),
        sa.Column("value", sa.Text(), nullable=False, comment="JSON"),
        sa.Column(
            "shown", sa.Text(), nullable=False, comment="A text as it is, any other value as JSON"
        ),
        sa.Column("number", sa.Double(), nullable=True, comment="The value, where it is a number"),
        sa.Column("error", sa.Text(), nullable=True, comment="JSON"),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=True, comment="JSON"),
        sa.Column("source_type", sa.String(length=30), nullable=False),
        sa.Column(
            "source_id",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
            comment="As the client says",
        ),
        sa.Column(
            "span_id",
            sa.String(length=50).with_variant(sa.VARCHAR(length=50, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "overrides",
            sa.String(length=50).with_variant(sa.VARCHAR(length=50, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["trace_pk"], ["traces.pk"], name=op.f("fk_assessments_trace_pk")),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_assessments")),
    )
    op.create_index(
        op.f("ix_assessments_trace_pk_kind_name"),
        "assessments",
        ["trace_pk", "kind", "name"],
        unique=False,
    )
    op.create_table(
        "logged_model_metrics",
        sa.Column("model_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True, comment="NULL stands for NaN"),
        sa.Column(
            "dataset_name",
            sa.String(length=500).with_variant(sa.VARCHAR(length=500, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "dataset_digest",
            sa.String(length=36).with_variant(sa.VARCHAR(length=36, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["logged_models.pk"], name=op.f("fk_logged_model_metrics_model_pk")
        ),
        sa.PrimaryKeyConstraint(
            "model_pk",
            "key_id",
            "run_pk",
            "timestamp",
            "step",
            name=op.f("pk_logged_model_metrics"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "logged_model_params",
        sa.Column("model_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "param_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.String(length=6000).with_variant(
                sa.VARCHAR(length=6000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["logged_models.pk"], name=op.f("fk_logged_model_params_model_pk")
        ),
        sa.PrimaryKeyConstraint("model_pk", "param_name", name=op.f("pk_logged_model_params")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "logged_model_tags",
        sa.Column("model_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "tag_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.String(length=100000).with_variant(
                sa.VARCHAR(length=100000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["logged_models.pk"], name=op.f("fk_logged_model_tags_model_pk")
        ),
        sa.PrimaryKeyConstraint("model_pk", "tag_name", name=op.f("pk_logged_model_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "model_aliases",
        sa.Column(
            "model_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "alias",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "set_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["model_id", "version"],
            ["model_versions.model_id", "model_versions.version"],
            name=op.f("fk_model_aliases_model_id_version"),
        ),
        sa.PrimaryKeyConstraint("model_id", "alias", name=op.f("pk_model_aliases")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_model_aliases_version", "model_aliases", ["model_id", "version"], unique=False
    )
    op.create_table(
        "model_version_tags",
        sa.Column(
            "model_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
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
            ["model_id", "version"],
            ["model_versions.model_id", "model_versions.version"],
            name=op.f("fk_model_version_tags_model_id_version"),
        ),
        sa.PrimaryKeyConstraint(
            "model_id", "version", "tag_name", name=op.f("pk_model_version_tags")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_model_version_tags_name",
        "model_version_tags",
        ["tag_name", "model_id", "version"],
        unique=False,
    )
    op.create_table(
        "params",
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "param_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.String(length=6000).with_variant(
                sa.VARCHAR(length=6000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_params_run_pk")),
        sa.PrimaryKeyConstraint("run_pk", "param_name", name=op.f("pk_params")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_inputs",
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "dataset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["run_datasets.id"], name=op.f("fk_run_inputs_dataset_id")
        ),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_run_inputs_run_pk")),
        sa.PrimaryKeyConstraint("run_pk", "dataset_id", name=op.f("pk_run_inputs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_run_inputs_dataset_id"), "run_inputs", ["dataset_id"], unique=False)
    op.create_table(
        "run_models",
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("direction", sa.String(length=6), nullable=False, comment="input or output"),
        sa.Column("step", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["model_pk"], ["logged_models.pk"], name=op.f("fk_run_models_model_pk")
        ),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_run_models_run_pk")),
        sa.PrimaryKeyConstraint(
            "run_pk", "direction", "model_pk", "step", name=op.f("pk_run_models")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_run_models_model_pk"), "run_models", ["model_pk"], unique=False)
    op.create_table(
        "run_tags",
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "tag_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.String(length=8000).with_variant(
                sa.VARCHAR(length=8000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_run_tags_run_pk")),
        sa.PrimaryKeyConstraint("run_pk", "tag_name", name=op.f("pk_run_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trace_metadata",
        sa.Column("trace_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "tag_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.String(length=8000).with_variant(
                sa.VARCHAR(length=8000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "is_told", sa.Boolean(), nullable=False, comment="By a client, not read off a span"
        ),
        sa.ForeignKeyConstraint(
            ["trace_pk"], ["traces.pk"], name=op.f("fk_trace_metadata_trace_pk")
        ),
        sa.PrimaryKeyConstraint("trace_pk", "tag_name", name=op.f("pk_trace_metadata")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trace_runs",
        sa.Column("trace_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "run_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["trace_pk"], ["traces.pk"], name=op.f("fk_trace_runs_trace_pk")),
        sa.PrimaryKeyConstraint("trace_pk", "run_id", name=op.f("pk_trace_runs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_trace_runs_run_id"), "trace_runs", ["run_id"], unique=False)
    op.create_table(
        "trace_spans",
        sa.Column("trace_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("parent_id", sa.String(length=16), nullable=False, comment="Empty for a root"),
        sa.Column(
            "name",
            sa.String(length=1000).with_variant(
                sa.VARCHAR(length=1000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "type",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("status", sa.String(length=5), nullable=False),
        sa.Column("start_ns", sa.BigInteger(), nullable=False),
        sa.Column("end_ns", sa.BigInteger(), nullable=False, comment="0 while it is not ended"),
        sa.Column("attributes", sa.Text(), nullable=False, comment="A JSON object"),
        sa.Column(
            "details",
            sa.Text(),
            nullable=False,
            comment="JSON: kind, events, links and what is left",
        ),
        sa.Column(
            "usage",
            sa.Text(),
            nullable=True,
            comment="JSON: the tokens used, where the span says so",
        ),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="In bytes"),
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="Tells versions of a span apart"
        ),
        sa.ForeignKeyConstraint(["trace_pk"], ["traces.pk"], name=op.f("fk_trace_spans_trace_pk")),
        sa.PrimaryKeyConstraint("trace_pk", "span_id", name=op.f("pk_trace_spans")),
    )
    op.create_table(
        "trace_tags",
        sa.Column("trace_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "tag_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.String(length=8000).with_variant(
                sa.VARCHAR(length=8000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "is_told", sa.Boolean(), nullable=False, comment="By a client, not read off a span"
        ),
        sa.ForeignKeyConstraint(["trace_pk"], ["traces.pk"], name=op.f("fk_trace_tags_trace_pk")),
        sa.PrimaryKeyConstraint("trace_pk", "tag_name", name=op.f("pk_trace_tags")),
        sqlite_with_rowid=False,
    )
    _protect_log()


def _protect_log() -> None:
    """Let the engine refuse to change or delete what the log holds."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
    for table in ("audit_events", "audit_leaves", "audit_checkpoints"):
        if sqlite:
            for action in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
            )
            op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM PUBLIC")
