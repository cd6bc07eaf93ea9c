"""What a table has beside its row of the spine."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text

from app.db.metadata import Id, metadata, name_type

data_tables = Table(
    "data_tables",
    metadata,
    Column("id", Id, ForeignKey("securables.id"), primary_key=True),
    Column("source_type", name_type(255), nullable=False, comment="Such as s3, code, delta_table"),
    Column("source", Text, nullable=False, comment="Where it lies; it is never opened"),
    Column("data_format", String(40), nullable=False, comment="Such as PARQUET; or empty"),
    Column("columns", Text, nullable=False, comment="JSON: name, type and nullable of each"),
    Column("digest", name_type(255), nullable=False, comment="Of the contents; or empty"),
    Column("profile", Text, nullable=False, comment="JSON of counts and the like; or empty"),
)
