"""What the use-cases of data sets take and return; times are in milliseconds since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass

from app.securables import FullName


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; the type is spelled as in ``long``, ``array<string>``."""

    name: str
    type: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a table and where it lies, as it was told; nothing of it is opened or checked.

    ``source`` is a URI or a place in other words, ``digest`` tells contents apart, ``profile`` is a
    JSON object of counts and the like.
    """

    source_type: str = ""
    source: str = ""
    data_format: str = ""
    columns: tuple[Column, ...] = ()
    digest: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table as it was when read."""

    id: str
    full_name: FullName
    owner_id: str
    comment: str
    contents: Contents
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
