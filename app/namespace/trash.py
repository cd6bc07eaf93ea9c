"""The trash: what was dropped and can be restored."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from app import access
from app.access import Operation
from app.db import Page, decode_token, encode_token
from app.identity import Caller
from app.namespace.catalogs import page_size
from app.securables import Kind, Securable
from app.securables.tables import securables as spine


def list_trash(
    caller: Caller, kind: Kind, *, page_token: str = "", limit: int = 100
) -> Page[Securable]:
    """Return what of one kind is in the trash and was visible to the caller, by name and id."""
    size = page_size(limit)
    narrowing: list[ColumnElement[bool]] = [spine.c.deletion_id.is_not(None)]
    if after := decode_token(page_token, 2):
        name, last_id = str(after[0]), str(after[1])
        narrowing.append((spine.c.name > name) | ((spine.c.name == name) & (spine.c.id > last_id)))
    found = access.visible_where(
        caller, Operation(f"{kind}.read"), kind, *narrowing, limit=size + 1, deleted=True
    )
    items = found[:size]
    more = len(found) > size
    return Page(items, encode_token(items[-1].name, items[-1].id) if more else "")
