"""The engine, one unit of work a request, the migrations, and paging: no meaning, only rows."""

from app.db.engine import Database
from app.db.metadata import Flag, Id, Millis, metadata
from app.db.paging import Page, all_items, decode_token, encode_token
from app.db.session import Effect, Session

__all__ = [
    "Database",
    "Effect",
    "Flag",
    "Id",
    "Millis",
    "Page",
    "Session",
    "all_items",
    "decode_token",
    "encode_token",
    "metadata",
]
