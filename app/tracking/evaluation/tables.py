"""Tables of what programs are judged with: integer keys inside, MLflow's ids on the wire."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.db.metadata import Flag, Id, Millis, Serial, metadata, name_type

evaluation_datasets = Table(
    "evaluation_datasets",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("dataset_id", name_type(34), nullable=False, unique=True),
    Column(
        "experiment_number",
        Serial,
        ForeignKey("experiments.number"),
        nullable=False,
        comment="Its home: whoever may read there may read it",
    ),
    Column("name", name_type(255), nullable=False),
    Column("digest", String(8), nullable=False),
    Column("fields", Text, comment="JSON: the types of what records hold, by name"),
    Column("record_count", BigInteger, nullable=False),
    Column("user_id", name_type(255), comment="Who made it, as the client says"),
    Column("updated_by", name_type(255), comment="Who changed records last, as the client says"),
    Column("created_by", Id, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Index(None, "experiment_number", "created_at"),
    Index(None, "name"),
)

evaluation_dataset_tags = Table(
    "evaluation_dataset_tags",
    metadata,
    Column("dataset_pk", Serial, ForeignKey("evaluation_datasets.pk"), nullable=False),
    Column("tag_name", name_type(255), nullable=False),
    Column("value", name_type(5000), nullable=False),
    PrimaryKeyConstraint("dataset_pk", "tag_name"),
    sqlite_with_rowid=False,
)

evaluation_dataset_experiments = Table(
    "evaluation_dataset_experiments",
    metadata,
    Column("dataset_pk", Serial, ForeignKey("evaluation_datasets.pk"), nullable=False),
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    PrimaryKeyConstraint("dataset_pk", "experiment_number"),
    Index(None, "experiment_number"),
    sqlite_with_rowid=False,
    comment="Where datasets are listed, their homes among them; it gives nobody a right",
)

evaluation_records = Table(
    "evaluation_records",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("record_id", name_type(35), nullable=False, unique=True),
    Column("dataset_pk", Serial, ForeignKey("evaluation_datasets.pk"), nullable=False),
    Column("input_hash", String(64), nullable=False, comment="Tells records of a dataset apart"),
    Column("inputs", Text, nullable=False, comment="JSON"),
    Column("outputs", Text, nullable=False, comment="JSON"),
    Column("expectations", Text, nullable=False, comment="JSON"),
    Column("tags", Text, nullable=False, comment="JSON"),
    Column("source", Text, nullable=False, comment="JSON"),
    Column("user_id", name_type(255), comment="Who made it, as the client says"),
    Column("updated_by", name_type(255), comment="Who changed it last, as the client says"),
    Column("created_by", Id, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    UniqueConstraint("dataset_pk", "input_hash"),
    Index(None, "dataset_pk", "pk"),
)

scorers = Table(
    "scorers",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("scorer_id", name_type(36), nullable=False, unique=True),
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    Column("name", name_type(256), nullable=False),
    Column("last_version", BigInteger, nullable=False, comment="Numbers are not given twice"),
    UniqueConstraint("experiment_number", "name"),
)

scorer_versions = Table(
    "scorer_versions",
    metadata,
    Column("scorer_pk", Serial, ForeignKey("scorers.pk"), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("definition", Text, nullable=False, comment="JSON, as the client made it"),
    Column("created_by", Id, nullable=False),
    Column("created_at", Millis, nullable=False),
    PrimaryKeyConstraint("scorer_pk", "version"),
    sqlite_with_rowid=False,
)

label_schemas = Table(
    "label_schemas",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("schema_id", name_type(35), nullable=False, unique=True),
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    Column("name", name_type(250), nullable=False),
    Column("kind", String(11), nullable=False, comment="feedback or expectation"),
    Column("input_kind", String(11), nullable=False),
    Column("input", Text, nullable=False, comment="JSON: what is offered as an answer"),
    Column("instruction", name_type(1000)),
    Column("enable_comment", Flag, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("author", name_type(256), nullable=False, comment="The name of who made it, then"),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    UniqueConstraint("experiment_number", "name"),
)

review_queues = Table(
    "review_queues",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("queue_id", name_type(35), nullable=False, unique=True),
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    Column("name", name_type(250), nullable=False),
    Column("folded_name", name_type(750), nullable=False, comment="Names differ by more than case"),
    Column("kind", String(6), nullable=False, comment="user or custom"),
    Column("owner", name_type(256), nullable=False, comment="A name, which gives no right"),
    Column("created_by", Id, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    UniqueConstraint("experiment_number", "folded_name"),
)

review_queue_users = Table(
    "review_queue_users",
    metadata,
    Column("queue_pk", Serial, ForeignKey("review_queues.pk"), nullable=False),
    Column("user_name", name_type(250), nullable=False, comment="A name, which gives no right"),
    PrimaryKeyConstraint("queue_pk", "user_name"),
    Index(None, "user_name"),
    sqlite_with_rowid=False,
)

review_queue_schemas = Table(
    "review_queue_schemas",
    metadata,
    Column("queue_pk", Serial, ForeignKey("review_queues.pk"), nullable=False),
    Column("schema_id", name_type(35), nullable=False),
    PrimaryKeyConstraint("queue_pk", "schema_id"),
    Index(None, "schema_id"),
    sqlite_with_rowid=False,
)

review_queue_items = Table(
    "review_queue_items",
    metadata,
    Column("queue_pk", Serial, ForeignKey("review_queues.pk"), nullable=False),
    Column("trace_pk", Serial, ForeignKey("traces.pk"), nullable=False),
    Column("status", String(8), nullable=False, comment="pending, complete or declined"),
    Column("completed_by", name_type(256), comment="A name, as it was then"),
    Column("completed_at", Millis),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    PrimaryKeyConstraint("queue_pk", "trace_pk"),
    Index(None, "trace_pk"),
    sqlite_with_rowid=False,
)
