"""Register tables, describe, rename, drop and undrop them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row, insert, select, update

from app import access, audit, securables
from app.access import Operation
from app.access.obtain import Target
from app.datasets.checks import check_contents
from app.datasets.tables import data_tables
from app.datasets.values import Column, Contents, DataTable
from app.db import Page, decode_token, encode_token
from app.errors import InvalidParameterError
from app.identity import Caller
from app.namespace.catalogs import page_size
from app.securables import FullName, Kind, Securable, check_comment, check_name


def create_table(
    caller: Caller, name: FullName, contents: Contents | None = None, *, comment: str = ""
) -> DataTable:
    """Register a table owned by the caller.

    Raises NotFoundError if the schema is absent or hidden, PermissionDeniedError if CREATE TABLE is
    missing, AlreadyExistsError if the name is taken, InvalidParameterError for a bad value.
    """
    kept = check_contents(contents or Contents())
    schema = access.obtain(caller, Operation.TABLE_CREATE, name.parent)
    table = securables.add(
        caller, Kind.TABLE, schema, check_name(name.leaf), comment=check_comment(comment)
    )
    caller.session.execute(insert(data_tables), {"id": table.id, **_row_of(kept)})
    audit.record(caller, Operation.TABLE_CREATE, table, **_told(kept))
    return _described(table, kept)


def get_table(caller: Caller, name: Target) -> DataTable:
    """Return a table. Raises NotFoundError if it is absent or hidden."""
    return _read(caller, _obtain(caller, Operation.TABLE_READ, name))


def list_tables(
    caller: Caller, schema: FullName, *, page_token: str = "", limit: int = 100
) -> Page[DataTable]:
    """Return the tables of a schema that the caller may see, by name.

    Raises NotFoundError if the schema is absent or hidden, InvalidParameterError for a token that
    is not of this list.
    """
    after = decode_token(page_token, 1) or [""]
    place = access.obtain(caller, Operation.SCHEMA_READ, schema)
    found = access.visible_names(
        caller, Operation.TABLE_READ, Kind.TABLE, place, str(after[0]), page_size(limit)
    )
    contents = _fetch_contents(caller, found.items)
    token = encode_token(found.next_token) if found.next_token else ""
    return Page([_described(one, contents[one.id]) for one in found.items], token)


def update_table(
    caller: Caller, name: Target, *, comment: str | None = None, contents: Contents | None = None
) -> DataTable:
    """Describe a table, or tell what is in it now; what is None stays.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError if MODIFY is missing,
    InvalidParameterError for a bad value.
    """
    table = _obtain(caller, Operation.TABLE_UPDATE, name)
    changed: dict[str, Any] = {}
    if comment is not None:
        table = securables.describe(caller, table, check_comment(comment))
        changed["comment"] = comment
    if contents is not None:
        kept = check_contents(contents)
        theirs = data_tables.c.id == table.id
        caller.session.execute(update(data_tables).where(theirs).values(**_row_of(kept)))
        securables.touch(caller, table)
        changed |= _told(kept)
    audit.record(caller, Operation.TABLE_UPDATE, table, **changed)
    return _read(caller, table)


def rename_table(caller: Caller, name: Target, new_name: FullName) -> DataTable:
    """Give a table another name in its schema; grants, tags and lineage stay with it.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError if MANAGE is missing,
    AlreadyExistsError if the name is taken, InvalidParameterError for a name in another schema.
    """
    table = _obtain(caller, Operation.TABLE_RENAME, name)
    if new_name.parent != table.full_name.parent:
        msg = (
            f"Invalid value for new_name: {new_name} is not in {table.full_name.parent}; a rename "
            "does not move a table to another schema"
        )
        raise InvalidParameterError(msg, field="new_name")
    renamed = securables.rename(caller, table, check_name(new_name.leaf, field="new_name"))
    audit.record(caller, Operation.TABLE_RENAME, renamed, old_name=str(table.full_name))
    return _read(caller, renamed)


def delete_table(caller: Caller, name: Target) -> None:
    """Move a table to the trash; what it lists of is left where it lies.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError if MANAGE is missing.
    """
    table = _obtain(caller, Operation.TABLE_DELETE, name)
    securables.drop(caller, table)
    audit.record(caller, Operation.TABLE_DELETE, table)


def restore_table(caller: Caller, table_id: str) -> DataTable:
    """Bring a table back from the trash, by id.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError if MANAGE is missing,
    ConflictError if it is not in the trash, AlreadyExistsError if its name was taken meanwhile.
    """
    table = access.obtain(caller, Operation.TABLE_RESTORE, table_id, kind=Kind.TABLE, deleted=True)
    restored = securables.undrop(caller, table)
    audit.record(caller, Operation.TABLE_RESTORE, restored)
    return _read(caller, restored)


def _obtain(caller: Caller, operation: Operation, name: Target) -> Securable:
    return access.obtain(caller, operation, name, kind=Kind.TABLE)


def _read(caller: Caller, table: Securable) -> DataTable:
    return _described(table, _fetch_contents(caller, [table])[table.id])


def _fetch_contents(caller: Caller, found: Sequence[Securable]) -> dict[str, Contents]:
    theirs = data_tables.c.id.in_([table.id for table in found])
    rows = caller.session.execute(select(data_tables).where(theirs))
    return {row.id: _contents_of(row) for row in rows}


def _contents_of(row: Row[Any]) -> Contents:
    return Contents(
        source_type=row.source_type,
        source=row.source,
        data_format=row.data_format,
        columns=tuple(Column(**column) for column in orjson.loads(row.columns)),
        digest=row.digest,
        profile=row.profile,
    )


def _row_of(contents: Contents) -> dict[str, str]:
    return {
        "source_type": contents.source_type,
        "source": contents.source,
        "data_format": contents.data_format,
        "columns": orjson.dumps(contents.columns).decode(),
        "digest": contents.digest,
        "profile": contents.profile,
    }


def _told(contents: Contents) -> dict[str, Any]:
    """Return what the log keeps of contents: not the source, whose address may open it."""
    return {"columns": len(contents.columns), "digest": contents.digest}


def _described(table: Securable, contents: Contents) -> DataTable:
    return DataTable(
        id=table.id,
        full_name=table.full_name,
        owner_id=table.owner_id,
        comment=table.comment,
        contents=contents,
        created_at=table.created_at,
        created_by=table.created_by,
        updated_at=table.updated_at,
        updated_by=table.updated_by,
    )
