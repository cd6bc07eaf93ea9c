"""The one MetaData, and the column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import time

import uuid_utils
from sqlalchemy import BigInteger, Boolean, Integer, MetaData, String
from sqlalchemy.dialects.postgresql import VARCHAR

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(32).with_variant(VARCHAR(32, collation="C"), "postgresql")
"""A UUIDv7 as 32 hex digits: sorts by the time of its making, in the same order on both engines."""

Millis = BigInteger()
"""A moment, in milliseconds since 1970 UTC."""

Flag = Boolean(create_constraint=False)

Serial = BigInteger().with_variant(Integer(), "sqlite")
"""An integer primary key that the engine hands out (SQLite does so for INTEGER only)."""


def name_type(length: int) -> String:
    """Return a text type that compares and sorts by code point on both engines."""
    return String(length).with_variant(VARCHAR(length, collation="C"), "postgresql")


def new_id() -> str:
    """Return a fresh UUIDv7 as 32 hex digits (RFC 9562 §5.7)."""
    return uuid_utils.uuid7().hex


def now_millis() -> int:
    """Return the wall clock in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000
