"""Evaluation and review, webhooks, imports and tables of data; runs in an order of any value.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what is new, then what is kept beside the rows that are there.

    For a while 0001 had been written anew with all of this in it: what it made is left as it is.
    """
    if sa.inspect(op.get_bind()).has_table("webhooks"):
        return
    make_tables()
    change_tables()
    start_names_of_runs()
    give_params_their_run()


def make_tables() -> None:
    """Create the tables that were not there."""
    op.create_table(
        "data_tables",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "source_type",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="Such as s3, code, delta_table",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Where it lies; it is never opened"),
        sa.Column(
            "data_format", sa.String(length=40), nullable=False, comment="Such as PARQUET; or empty"
        ),
        sa.Column(
            "columns", sa.Text(), nullable=False, comment="JSON: name, type and nullable of each"
        ),
        sa.Column(
            "digest",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="Of the contents; or empty",
        ),
        sa.Column(
            "profile", sa.Text(), nullable=False, comment="JSON of counts and the like; or empty"
        ),
        sa.ForeignKeyConstraint(["id"], ["securables.id"], name=op.f("fk_data_tables_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_tables")),
    )
    op.create_table(
        "imports",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.String(length=500).with_variant(sa.VARCHAR(length=500, collation="C"), "postgresql"),
            nullable=False,
            comment="The address of the other server",
        ),
        sa.Column(
            "schema_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schema_id"], ["securables.id"], name=op.f("fk_imports_schema_id")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_imports")),
        sa.UniqueConstraint("source", "schema_id", name=op.f("uq_imports_source_schema_id")),
    )
    op.create_table(
        "evaluation_datasets",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "dataset_id",
            sa.String(length=34).with_variant(sa.VARCHAR(length=34, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Its home: whoever may read there may read it",
        ),
        sa.Column(
            "name",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=8), nullable=False),
        sa.Column(
            "fields",
            sa.Text(),
            nullable=True,
            comment="JSON: the types of what records hold, by name",
        ),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "user_id",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=True,
            comment="Who made it, as the client says",
        ),
        sa.Column(
            "updated_by",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=True,
            comment="Who changed records last, as the client says",
        ),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_number"],
            ["experiments.number"],
            name=op.f("fk_evaluation_datasets_experiment_number"),
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_evaluation_datasets")),
        sa.UniqueConstraint("dataset_id", name=op.f("uq_evaluation_datasets_dataset_id")),
    )
    op.create_index(
        op.f("ix_evaluation_datasets_experiment_number_created_at"),
        "evaluation_datasets",
        ["experiment_number", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_evaluation_datasets_name"), "evaluation_datasets", ["name"], unique=False
    )
    op.create_table(
        "imported",
        sa.Column(
            "import_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "source_id",
            sa.String(length=800).with_variant(sa.VARCHAR(length=800, collation="C"), "postgresql"),
            nullable=False,
            comment="Its id or name over there",
        ),
        sa.Column(
            "ours",
            sa.String(length=64).with_variant(sa.VARCHAR(length=64, collation="C"), "postgresql"),
            nullable=False,
            comment="Its id here, given before it is made",
        ),
        sa.Column(
            "is_whole", sa.Boolean(), nullable=False, comment="Nothing of it is left to bring"
        ),
        sa.Column(
            "counted",
            sa.Text(),
            nullable=False,
            comment="JSON: how much the other server had of it",
        ),
        sa.ForeignKeyConstraint(["import_pk"], ["imports.pk"], name=op.f("fk_imported_import_pk")),
        sa.PrimaryKeyConstraint("import_pk", "kind", "source_id", name=op.f("pk_imported")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "issues",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "issue_id",
            sa.String(length=50).with_variant(sa.VARCHAR(length=50, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("severity", sa.String(length=15), nullable=True),
        sa.Column("root_causes", sa.Text(), nullable=False, comment="A JSON list"),
        sa.Column("categories", sa.Text(), nullable=False, comment="A JSON list"),
        sa.Column(
            "source_run_id",
            sa.String(length=256).with_variant(sa.VARCHAR(length=256, collation="C"), "postgresql"),
            nullable=True,
            comment="As the client says",
        ),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "author",
            sa.String(length=256).with_variant(sa.VARCHAR(length=256, collation="C"), "postgresql"),
            nullable=False,
            comment="The name of who made it, then",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_number"], ["experiments.number"], name=op.f("fk_issues_experiment_number")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_issues")),
        sa.UniqueConstraint("issue_id", name=op.f("uq_issues_issue_id")),
    )
    op.create_index(
        op.f("ix_issues_experiment_number"), "issues", ["experiment_number"], unique=False
    )
    op.create_table(
        "label_schemas",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "schema_id",
            sa.String(length=35).with_variant(sa.VARCHAR(length=35, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=11), nullable=False, comment="feedback or expectation"),
        sa.Column("input_kind", sa.String(length=11), nullable=False),
        sa.Column("input", sa.Text(), nullable=False, comment="JSON: what is offered as an answer"),
        sa.Column(
            "instruction",
            sa.String(length=1000).with_variant(
                sa.VARCHAR(length=1000, collation="C"), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("enable_comment", sa.Boolean(), nullable=False),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "author",
            sa.String(length=256).with_variant(sa.VARCHAR(length=256, collation="C"), "postgresql"),
            nullable=False,
            comment="The name of who made it, then",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_number"],
            ["experiments.number"],
            name=op.f("fk_label_schemas_experiment_number"),
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_label_schemas")),
        sa.UniqueConstraint(
            "experiment_number", "name", name=op.f("uq_label_schemas_experiment_number_name")
        ),
        sa.UniqueConstraint("schema_id", name=op.f("uq_label_schemas_schema_id")),
    )
    op.create_table(
        "review_queues",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "queue_id",
            sa.String(length=35).with_variant(sa.VARCHAR(length=35, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "folded_name",
            sa.String(length=750).with_variant(sa.VARCHAR(length=750, collation="C"), "postgresql"),
            nullable=False,
            comment="Names differ by more than case",
        ),
        sa.Column("kind", sa.String(length=6), nullable=False, comment="user or custom"),
        sa.Column(
            "owner",
            sa.String(length=256).with_variant(sa.VARCHAR(length=256, collation="C"), "postgresql"),
            nullable=False,
            comment="A name, which gives no right",
        ),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_number"],
            ["experiments.number"],
            name=op.f("fk_review_queues_experiment_number"),
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_review_queues")),
        sa.UniqueConstraint(
            "experiment_number",
            "folded_name",
            name=op.f("uq_review_queues_experiment_number_folded_name"),
        ),
        sa.UniqueConstraint("queue_id", name=op.f("uq_review_queues_queue_id")),
    )
    op.create_table(
        "scorers",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "scorer_id",
            sa.String(length=36).with_variant(sa.VARCHAR(length=36, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=256).with_variant(sa.VARCHAR(length=256, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "last_version", sa.BigInteger(), nullable=False, comment="Numbers are not given twice"
        ),
        sa.ForeignKeyConstraint(
            ["experiment_number"], ["experiments.number"], name=op.f("fk_scorers_experiment_number")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_scorers")),
        sa.UniqueConstraint(
            "experiment_number", "name", name=op.f("uq_scorers_experiment_number_name")
        ),
        sa.UniqueConstraint("scorer_id", name=op.f("uq_scorers_scorer_id")),
    )
    op.create_table(
        "webhooks",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "workspace_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=63).with_variant(sa.VARCHAR(length=63, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False, comment="Names, with spaces between them"),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column(
            "secret_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
            comment="What the envelope of the secret's DEK is found by",
        ),
        sa.Column(
            "secret",
            sa.LargeBinary(),
            nullable=True,
            comment="Ciphertext in the format of stored files",
        ),
        sa.Column("secret_size", sa.Integer(), nullable=True, comment="Plaintext bytes"),
        sa.Column(
            "maker_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
            comment="Reads for it",
        ),
        sa.Column(
            "next_leaf", sa.BigInteger(), nullable=False, comment="Of the log, where to read on"
        ),
        sa.Column("active_since", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["maker_id"], ["principals.id"], name=op.f("fk_webhooks_maker_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_webhooks_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index(
        op.f("ix_webhooks_workspace_id_id"), "webhooks", ["workspace_id", "id"], unique=False
    )
    op.create_table(
        "evaluation_dataset_experiments",
        sa.Column(
            "dataset_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["dataset_pk"],
            ["evaluation_datasets.pk"],
            name=op.f("fk_evaluation_dataset_experiments_dataset_pk"),
        ),
        sa.ForeignKeyConstraint(
            ["experiment_number"],
            ["experiments.number"],
            name=op.f("fk_evaluation_dataset_experiments_experiment_number"),
        ),
        sa.PrimaryKeyConstraint(
            "dataset_pk", "experiment_number", name=op.f("pk_evaluation_dataset_experiments")
        ),
        comment="Where datasets are listed, their homes among them; it gives nobody a right",
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_evaluation_dataset_experiments_experiment_number"),
        "evaluation_dataset_experiments",
        ["experiment_number"],
        unique=False,
    )
    op.create_table(
        "evaluation_dataset_tags",
        sa.Column(
            "dataset_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "tag_name",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.String(length=5000).with_variant(
                sa.VARCHAR(length=5000, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["dataset_pk"],
            ["evaluation_datasets.pk"],
            name=op.f("fk_evaluation_dataset_tags_dataset_pk"),
        ),
        sa.PrimaryKeyConstraint("dataset_pk", "tag_name", name=op.f("pk_evaluation_dataset_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evaluation_records",
        sa.Column(
            "pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "record_id",
            sa.String(length=35).with_variant(sa.VARCHAR(length=35, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "dataset_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "input_hash",
            sa.String(length=64),
            nullable=False,
            comment="Tells records of a dataset apart",
        ),
        sa.Column("inputs", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("outputs", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("expectations", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("tags", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("source", sa.Text(), nullable=False, comment="JSON"),
        sa.Column(
            "user_id",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=True,
            comment="Who made it, as the client says",
        ),
        sa.Column(
            "updated_by",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=True,
            comment="Who changed it last, as the client says",
        ),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_pk"],
            ["evaluation_datasets.pk"],
            name=op.f("fk_evaluation_records_dataset_pk"),
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_evaluation_records")),
        sa.UniqueConstraint(
            "dataset_pk", "input_hash", name=op.f("uq_evaluation_records_dataset_pk_input_hash")
        ),
        sa.UniqueConstraint("record_id", name=op.f("uq_evaluation_records_record_id")),
    )
    op.create_index(
        op.f("ix_evaluation_records_dataset_pk_pk"),
        "evaluation_records",
        ["dataset_pk", "pk"],
        unique=False,
    )
    op.create_table(
        "review_queue_items",
        sa.Column("queue_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trace_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status", sa.String(length=8), nullable=False, comment="pending, complete or declined"
        ),
        sa.Column(
            "completed_by",
            sa.String(length=256).with_variant(sa.VARCHAR(length=256, collation="C"), "postgresql"),
            nullable=True,
            comment="A name, as it was then",
        ),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_pk"], ["review_queues.pk"], name=op.f("fk_review_queue_items_queue_pk")
        ),
        sa.ForeignKeyConstraint(
            ["trace_pk"], ["traces.pk"], name=op.f("fk_review_queue_items_trace_pk")
        ),
        sa.PrimaryKeyConstraint("queue_pk", "trace_pk", name=op.f("pk_review_queue_items")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_review_queue_items_trace_pk"), "review_queue_items", ["trace_pk"], unique=False
    )
    op.create_table(
        "review_queue_schemas",
        sa.Column("queue_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "schema_id",
            sa.String(length=35).with_variant(sa.VARCHAR(length=35, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["queue_pk"], ["review_queues.pk"], name=op.f("fk_review_queue_schemas_queue_pk")
        ),
        sa.PrimaryKeyConstraint("queue_pk", "schema_id", name=op.f("pk_review_queue_schemas")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_review_queue_schemas_schema_id"),
        "review_queue_schemas",
        ["schema_id"],
        unique=False,
    )
    op.create_table(
        "review_queue_users",
        sa.Column("queue_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "user_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=False,
            comment="A name, which gives no right",
        ),
        sa.ForeignKeyConstraint(
            ["queue_pk"], ["review_queues.pk"], name=op.f("fk_review_queue_users_queue_pk")
        ),
        sa.PrimaryKeyConstraint("queue_pk", "user_name", name=op.f("pk_review_queue_users")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_review_queue_users_user_name"), "review_queue_users", ["user_name"], unique=False
    )
    op.create_table(
        "scorer_versions",
        sa.Column(
            "scorer_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False, comment="JSON, as the client made it"),
        sa.Column(
            "created_by",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scorer_pk"], ["scorers.pk"], name=op.f("fk_scorer_versions_scorer_pk")
        ),
        sa.PrimaryKeyConstraint("scorer_pk", "version", name=op.f("pk_scorer_versions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trace_prompts",
        sa.Column("trace_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "prompt_name",
            sa.String(length=255).with_variant(sa.VARCHAR(length=255, collation="C"), "postgresql"),
            nullable=False,
            comment="As the client says",
        ),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["trace_pk"], ["traces.pk"], name=op.f("fk_trace_prompts_trace_pk")
        ),
        sa.PrimaryKeyConstraint(
            "trace_pk", "prompt_name", "version", name=op.f("pk_trace_prompts")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_trace_prompts_prompt_name_version"),
        "trace_prompts",
        ["prompt_name", "version"],
        unique=False,
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column(
            "id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "webhook_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "event_seq", sa.BigInteger(), nullable=True, comment="Of the log; none for a test"
        ),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "due_at",
            sa.BigInteger(),
            nullable=True,
            comment="When it is tried next; none once it is settled",
        ),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("response_status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "webhook_id", "event_seq", name=op.f("uq_webhook_deliveries_webhook_id_event_seq")
        ),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_webhook_deliveries_log", "webhook_deliveries", ["webhook_id", "id"], unique=False
    )


def change_tables() -> None:
    """Add columns, and indexes that lists and searches walk."""
    op.create_index(op.f("ix_assessments_kind_name"), "assessments", ["kind", "name"], unique=False)
    op.drop_index(op.f("ix_grants_schema"), table_name="grants")
    op.create_index(
        "ix_grants_schema",
        "grants",
        ["kind", "schema_id", "principal_id", "securable_id"],
        unique=False,
    )
    op.add_column(
        "run_inputs",
        sa.Column(
            "table_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
            comment="The table that the data set's name stood for; or null",
        ),
    )
    op.create_index(
        "ix_run_inputs_table", "run_inputs", ["table_id", "run_pk", "dataset_id"], unique=False
    )
    op.create_index("ix_runs_ended", "runs", ["experiment_number", "end_time"], unique=False)
    op.create_index("ix_runs_status", "runs", ["experiment_number", "status"], unique=False)
    op.drop_index(op.f("ix_securables_schema_owner"), table_name="securables")
    op.create_index(
        "ix_securables_schema_owner", "securables", ["kind", "schema_id", "owner_id"], unique=False
    )
    op.add_column(
        "trace_spans",
        sa.Column(
            "input_cost",
            sa.Double(),
            nullable=True,
            comment="In US dollars, where the span says so",
        ),
    )
    op.add_column("trace_spans", sa.Column("output_cost", sa.Double(), nullable=True))
    op.add_column("trace_spans", sa.Column("total_cost", sa.Double(), nullable=True))
    op.add_column(
        "trace_spans",
        sa.Column(
            "model_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=True,
            comment="Of the language model, as the span says",
        ),
    )
    op.add_column(
        "trace_spans",
        sa.Column(
            "model_provider",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=True,
        ),
    )
    op.add_column(
        "trace_spans",
        sa.Column(
            "session",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=True,
        ),
    )
    op.add_column(
        "trace_spans",
        sa.Column(
            "user_name",
            sa.String(length=250).with_variant(sa.VARCHAR(length=250, collation="C"), "postgresql"),
            nullable=True,
        ),
    )
    op.add_column(
        "traces",
        sa.Column(
            "input_tokens",
            sa.BigInteger(),
            nullable=True,
            comment="All tokens as its client says, or else its spans",
        ),
    )
    op.add_column("traces", sa.Column("output_tokens", sa.BigInteger(), nullable=True))
    op.add_column("traces", sa.Column("total_tokens", sa.BigInteger(), nullable=True))
    op.add_column("traces", sa.Column("cache_read_input_tokens", sa.BigInteger(), nullable=True))
    op.add_column(
        "traces", sa.Column("cache_creation_input_tokens", sa.BigInteger(), nullable=True)
    )
    op.add_column(
        "traces",
        sa.Column(
            "has_spans_file", sa.Boolean(), server_default=sa.text("(false)"), nullable=False
        ),
    )


def start_names_of_runs() -> None:
    """Keep the start of each run's name, which an order by name walks.

    SQLite cannot add a stored column to a table with rows; its index holds the values all the same.
    """
    if op.get_bind().dialect.name == "sqlite":
        kind, kept = "VARCHAR(250)", "VIRTUAL"
    else:
        kind, kept = 'VARCHAR(250) COLLATE "C"', "STORED"
    op.execute(
        f"ALTER TABLE runs ADD COLUMN name_start {kind} "
        f"GENERATED ALWAYS AS (substr(name, 1, 250)) {kept}"
    )
    op.create_index("ix_runs_name", "runs", ["experiment_number", "name_start"], unique=False)


def give_params_their_run() -> None:
    """Hold with each parameter, and with each tag, the experiment and the start of its run."""
    for table, name, longest in (("params", "param_name", 6000), ("run_tags", "tag_name", 8000)):
        op.rename_table(table, "before")
        if op.get_bind().dialect.name != "sqlite":
            op.drop_constraint(f"pk_{table}", "before")
        _create_values(table, name, longest)
        op.execute(_moved(table, name))
        op.drop_table("before")
        op.create_index(
            f"ix_{table}_value",
            table,
            ["experiment_number", name, "value_start", "start_time", "run_pk"],
            unique=False,
        )


def _create_values(table: str, name: str, longest: int) -> None:
    op.create_table(
        table,
        sa.Column("run_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "experiment_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("start_time", sa.BigInteger(), nullable=False),
        sa.Column(name, _text(250), nullable=False),
        sa.Column("value", _text(longest), nullable=False),
        sa.Column(
            "value_start",
            _text(250),
            sa.Computed("substr(value, 1, 250)", persisted=True),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f(f"fk_{table}_run_pk")),
        sa.PrimaryKeyConstraint("run_pk", name, name=op.f(f"pk_{table}")),
        comment="With the run's experiment and start, which never change, for an order",
        sqlite_with_rowid=False,
    )


def _moved(table: str, name: str) -> sa.Insert:
    before = sa.table("before", sa.column("run_pk"), sa.column(name), sa.column("value"))
    runs = sa.table(
        "runs", sa.column("pk"), sa.column("experiment_number"), sa.column("start_time")
    )
    values = sa.select(
        before.c.run_pk,
        runs.c.experiment_number,
        runs.c.start_time,
        before.c[name],
        before.c.value,
    ).join_from(before, runs, runs.c.pk == before.c.run_pk)
    into = sa.table(table, *(sa.column(column.name) for column in values.selected_columns))
    return sa.insert(into).from_select(into.c.keys(), values)


def _text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.VARCHAR(length, collation="C"), "postgresql")
