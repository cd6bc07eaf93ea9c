"""Experiments, runs and what runs log: integer keys inside, MLflow's ids on the wire."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Double,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from app.db.metadata import Flag, Id, Millis, Serial, metadata, name_type

START_LENGTH = 250
"""In characters: so much of a long text is in an index, where PostgreSQL would refuse the whole."""


def _start_of(name: str) -> Column[str]:
    """Return a column that has the first characters of another one, for an index."""
    return Column(
        f"{name}_start",
        name_type(START_LENGTH),
        Computed(f"substr({name}, 1, {START_LENGTH})", persisted=True),
    )


experiments = Table(
    "experiments",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True, comment="MLflow's id"),
    Column("securable_id", Id, ForeignKey("securables.id"), nullable=False, unique=True),
    sqlite_autoincrement=True,
)

experiment_tags = Table(
    "experiment_tags",
    metadata,
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    Column("tag_name", name_type(250), nullable=False),
    Column("value", name_type(20_000), nullable=False),
    PrimaryKeyConstraint("experiment_number", "tag_name"),
    sqlite_with_rowid=False,
)

runs = Table(
    "runs",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("run_id", Id, nullable=False, unique=True),
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    Column("name", name_type(8000), nullable=False),
    _start_of("name"),
    Column("user_id", name_type(256), nullable=False, comment="As the client says"),
    Column("created_by", Id, nullable=False),
    Column("status", String(10), nullable=False),
    Column("start_time", Millis, nullable=False),
    Column("end_time", Millis),
    Column("deleted_at", Millis),
    Index("ix_runs_recent", "experiment_number", "start_time"),
    Index("ix_runs_ended", "experiment_number", "end_time"),
    Index("ix_runs_status", "experiment_number", "status"),
    Index("ix_runs_name", "experiment_number", "name_start"),
)

metric_keys = Table(
    "metric_keys",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("name", name_type(250), nullable=False, unique=True),
    comment="Names of metrics; rows are added, never changed",
)

metrics = Table(
    "metrics",
    metadata,
    Column("run_pk", Serial, nullable=False),
    Column("key_id", Serial, nullable=False),
    Column("timestamp", Millis, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("value", Double, nullable=False, comment="0 where is_nan"),
    Column("is_nan", Flag, nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("run_pk", "key_id", "timestamp", "step", "value", "is_nan"),
    sqlite_with_rowid=False,
    comment="Every point logged; an exact duplicate is the same row",
)

latest_metrics = Table(
    "latest_metrics",
    metadata,
    Column("run_pk", Serial, nullable=False),
    Column("key_id", Serial, nullable=False),
    Column("experiment_number", Serial, nullable=False),
    Column("value", Double, comment="NULL stands for NaN"),
    Column("timestamp", Millis, nullable=False),
    Column("step", BigInteger, nullable=False),
    PrimaryKeyConstraint("run_pk", "key_id"),
    Index("ix_latest_metrics_value", "experiment_number", "key_id", "value", "run_pk"),
    sqlite_with_rowid=False,
    comment="Per run and metric the point with the highest (step, timestamp, value)",
)

params = Table(
    "params",
    metadata,
    Column("run_pk", Serial, ForeignKey("runs.pk"), nullable=False),
    Column("experiment_number", Serial, nullable=False),
    Column("start_time", Millis, nullable=False),
    Column("param_name", name_type(250), nullable=False),
    Column("value", name_type(6000), nullable=False),
    _start_of("value"),
    PrimaryKeyConstraint("run_pk", "param_name"),
    Index(
        "ix_params_value",
        "experiment_number",
        "param_name",
        "value_start",
        "start_time",
        "run_pk",
    ),
    sqlite_with_rowid=False,
    comment="With the run's experiment and start, which never change, for an order",
)

run_tags = Table(
    "run_tags",
    metadata,
    Column("run_pk", Serial, ForeignKey("runs.pk"), nullable=False),
    Column("experiment_number", Serial, nullable=False),
    Column("start_time", Millis, nullable=False),
    Column("tag_name", name_type(250), nullable=False),
    Column("value", name_type(8000), nullable=False),
    _start_of("value"),
    PrimaryKeyConstraint("run_pk", "tag_name"),
    Index(
        "ix_run_tags_value",
        "experiment_number",
        "tag_name",
        "value_start",
        "start_time",
        "run_pk",
    ),
    sqlite_with_rowid=False,
    comment="With the run's experiment and start, which never change, for an order",
)

datasets = Table(
    "run_datasets",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    Column("name", name_type(500), nullable=False),
    Column("digest", name_type(36), nullable=False),
    Column("source_type", name_type(255), nullable=False),
    Column("source", Text, nullable=False),
    Column("schema", Text),
    Column("profile", Text),
    UniqueConstraint("experiment_number", "name", "digest"),
)

inputs = Table(
    "run_inputs",
    metadata,
    Column("run_pk", Serial, ForeignKey("runs.pk"), nullable=False),
    Column("dataset_id", Serial, ForeignKey("run_datasets.id"), nullable=False),
    Column("table_id", Id, comment="The table that the data set's name stood for; or null"),
    PrimaryKeyConstraint("run_pk", "dataset_id"),
    Index(None, "dataset_id"),
    Index("ix_run_inputs_table", "table_id", "run_pk", "dataset_id"),
    sqlite_with_rowid=False,
)

input_tags = Table(
    "run_input_tags",
    metadata,
    Column("run_pk", Serial, nullable=False),
    Column("dataset_id", Serial, nullable=False),
    Column("tag_name", name_type(255), nullable=False),
    Column("value", name_type(500), nullable=False),
    PrimaryKeyConstraint("run_pk", "dataset_id", "tag_name"),
    sqlite_with_rowid=False,
)

logged_models = Table(
    "logged_models",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("model_id", name_type(34), nullable=False, unique=True),
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    Column("name", name_type(500), nullable=False),
    Column("source_run_id", Id),
    Column("status", String(30), nullable=False),
    Column("status_message", Text, nullable=False, server_default=""),
    Column("model_type", name_type(500), nullable=False, server_default=""),
    Column("created_by", Id, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Column("deleted_at", Millis),
    Index("ix_logged_models_recent", "experiment_number", "created_at"),
    Index(None, "source_run_id"),
)

logged_model_params = Table(
    "logged_model_params",
    metadata,
    Column("model_pk", Serial, ForeignKey("logged_models.pk"), nullable=False),
    Column("param_name", name_type(250), nullable=False),
    Column("value", name_type(6000), nullable=False),
    PrimaryKeyConstraint("model_pk", "param_name"),
    sqlite_with_rowid=False,
)

logged_model_tags = Table(
    "logged_model_tags",
    metadata,
    Column("model_pk", Serial, ForeignKey("logged_models.pk"), nullable=False),
    Column("tag_name", name_type(250), nullable=False),
    Column("value", name_type(100_000), nullable=False),
    PrimaryKeyConstraint("model_pk", "tag_name"),
    sqlite_with_rowid=False,
)

logged_model_metrics = Table(
    "logged_model_metrics",
    metadata,
    Column("model_pk", Serial, ForeignKey("logged_models.pk"), nullable=False),
    Column("key_id", Serial, nullable=False),
    Column("run_pk", Serial, nullable=False),
    Column("timestamp", Millis, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("value", Double, comment="NULL stands for NaN"),
    Column("dataset_name", name_type(500)),
    Column("dataset_digest", name_type(36)),
    PrimaryKeyConstraint("model_pk", "key_id", "run_pk", "timestamp", "step"),
    sqlite_with_rowid=False,
)

run_models = Table(
    "run_models",
    metadata,
    Column("run_pk", Serial, ForeignKey("runs.pk"), nullable=False),
    Column("model_pk", Serial, ForeignKey("logged_models.pk"), nullable=False),
    Column("direction", String(6), nullable=False, comment="input or output"),
    Column("step", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("run_pk", "direction", "model_pk", "step"),
    Index(None, "model_pk"),
    sqlite_with_rowid=False,
)

traces = Table(
    "traces",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    Column("trace_id", name_type(50), nullable=False, comment="The same id elsewhere is another"),
    Column("client_request_id", name_type(500)),
    Column("request_time", Millis, nullable=False),
    Column("duration", Millis, comment="In milliseconds; NULL while it is not known"),
    Column("end_time", Millis),
    Column("state", String(20), nullable=False),
    Column("request_preview", Text),
    Column("response_preview", Text),
    Column("told", Text, comment="JSON: what the client said of it, beside what its spans say"),
    Column("span_count", BigInteger, nullable=False, server_default="0"),
    Column("input_tokens", BigInteger, comment="All tokens as its client says, or else its spans"),
    Column("output_tokens", BigInteger),
    Column("total_tokens", BigInteger),
    Column("cache_read_input_tokens", BigInteger),
    Column("cache_creation_input_tokens", BigInteger),
    Column("has_spans_file", Flag, nullable=False, server_default=text("false")),
    Column("created_by", Id, nullable=False),
    UniqueConstraint("experiment_number", "trace_id"),
    Index("ix_traces_recent", "experiment_number", "request_time", "pk"),
    Index(None, "trace_id"),
)

trace_spans = Table(
    "trace_spans",
    metadata,
    Column("trace_pk", Serial, ForeignKey("traces.pk"), nullable=False),
    Column("span_id", String(16), nullable=False),
    Column("parent_id", String(16), nullable=False, comment="Empty for a root"),
    Column("name", name_type(1000), nullable=False),
    Column("type", name_type(250), nullable=False),
    Column("status", String(5), nullable=False),
    Column("start_ns", BigInteger, nullable=False),
    Column("end_ns", BigInteger, nullable=False, comment="0 while it is not ended"),
    Column("attributes", Text, nullable=False, comment="A JSON object"),
    Column("details", Text, nullable=False, comment="JSON: kind, events, links and what is left"),
    Column("usage", Text, comment="JSON: the tokens used, where the span says so"),
    Column("input_cost", Double, comment="In US dollars, where the span says so"),
    Column("output_cost", Double),
    Column("total_cost", Double),
    Column("model_name", name_type(250), comment="Of the language model, as the span says"),
    Column("model_provider", name_type(250)),
    Column("session", name_type(250)),
    Column("user_name", name_type(250)),
    Column("size", BigInteger, nullable=False, comment="In bytes"),
    Column("digest", String(64), nullable=False, comment="Tells versions of a span apart"),
    PrimaryKeyConstraint("trace_pk", "span_id"),
)

trace_tags = Table(
    "trace_tags",
    metadata,
    Column("trace_pk", Serial, ForeignKey("traces.pk"), nullable=False),
    Column("tag_name", name_type(250), nullable=False),
    Column("value", name_type(8000), nullable=False),
    Column("is_told", Flag, nullable=False, comment="By a client, not read off a span"),
    PrimaryKeyConstraint("trace_pk", "tag_name"),
    sqlite_with_rowid=False,
)

trace_metadata = Table(
    "trace_metadata",
    metadata,
    Column("trace_pk", Serial, ForeignKey("traces.pk"), nullable=False),
    Column("tag_name", name_type(250), nullable=False),
    Column("value", name_type(8000), nullable=False),
    Column("is_told", Flag, nullable=False, comment="By a client, not read off a span"),
    PrimaryKeyConstraint("trace_pk", "tag_name"),
    sqlite_with_rowid=False,
)

trace_runs = Table(
    "trace_runs",
    metadata,
    Column("trace_pk", Serial, ForeignKey("traces.pk"), nullable=False),
    Column("run_id", Id, nullable=False),
    PrimaryKeyConstraint("trace_pk", "run_id"),
    Index(None, "run_id"),
    sqlite_with_rowid=False,
)

trace_prompts = Table(
    "trace_prompts",
    metadata,
    Column("trace_pk", Serial, ForeignKey("traces.pk"), nullable=False),
    Column("prompt_name", name_type(255), nullable=False, comment="As the client says"),
    Column("version", String(20), nullable=False),
    PrimaryKeyConstraint("trace_pk", "prompt_name", "version"),
    Index(None, "prompt_name", "version"),
    sqlite_with_rowid=False,
)

issues = Table(
    "issues",
    metadata,
    Column("pk", Serial, primary_key=True, autoincrement=True),
    Column("issue_id", name_type(50), nullable=False, unique=True),
    Column("experiment_number", Serial, ForeignKey("experiments.number"), nullable=False),
    Column("name", name_type(250), nullable=False),
    Column("description", Text, nullable=False),
    Column("status", String(10), nullable=False),
    Column("severity", String(15)),
    Column("root_causes", Text, nullable=False, comment="A JSON list"),
    Column("categories", Text, nullable=False, comment="A JSON list"),
    Column("source_run_id", name_type(256), comment="As the client says"),
    Column("created_by", Id, nullable=False),
    Column("author", name_type(256), nullable=False, comment="The name of who made it, then"),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Index(None, "experiment_number"),
)

assessments = Table(
    "assessments",
    metadata,
    Column("assessment_id", name_type(50), primary_key=True),
    Column("trace_pk", Serial, ForeignKey("traces.pk"), nullable=False),
    Column("name", name_type(250), nullable=False),
    Column("kind", String(11), nullable=False, comment="feedback, expectation or issue"),
    Column("value", Text, nullable=False, comment="JSON"),
    Column("shown", Text, nullable=False, comment="A text as it is, any other value as JSON"),
    Column("number", Double, comment="The value, where it is a number"),
    Column("error", Text, comment="JSON"),
    Column("rationale", Text),
    Column("metadata", Text, comment="JSON"),
    Column("source_type", String(30), nullable=False),
    Column("source_id", name_type(250), nullable=False, comment="As the client says"),
    Column("span_id", name_type(50)),
    Column("overrides", name_type(50)),
    Column("valid", Flag, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Index(None, "trace_pk", "kind", "name"),
    Index(None, "kind", "name"),
)
