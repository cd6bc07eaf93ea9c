"""Search what one may see: by words in names, comments and tags, the best matches first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from app import access
from app.access import Operation
from app.db import decode_token, encode_token
from app.db.finds import MOST, among
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.identity.principals import find_principal
from app.identity.tables import principals
from app.namespace.catalogs import page_size
from app.namespace.search_lists import SEARCHED
from app.namespace.search_steps import Match, Steps
from app.namespace.search_terms import RANKS, Terms
from app.securables import FullName, Kind
from app.securables.tables import securables as spine

_MAX_TEXT = 500
_MAX_WORDS = 10
_catalog = spine.alias("the_catalog")
_schema = spine.alias("the_schema")
_PLACES = (
    spine.join(principals, principals.c.id == spine.c.owner_id)
    .outerjoin(_catalog, _catalog.c.id == spine.c.catalog_id)
    .outerjoin(_schema, _schema.c.id == spine.c.schema_id)
)


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for; what is empty does not narrow.

    ``owner`` is a principal's name, ``tag`` the name of a tag, with ``=value`` after it if wanted.
    """

    text: str = ""
    kinds: tuple[Kind, ...] = ()
    owner: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found, which the caller may see."""

    id: str
    kind: Kind
    full_name: FullName
    comment: str
    owner: str
    updated_at: int


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, with the number of all by kind.

    There may be more of the kinds in ``uncounted`` than were counted.
    """

    hits: list[Hit]
    next_token: str
    counts: dict[Kind, int]
    uncounted: frozenset[Kind] = frozenset()


def search(
    caller: Caller, query: Query, *, page_token: str = "", limit: int = 50, few: int = MOST
) -> Found:
    """Return what the caller may see and the query selects: whole names first, then parts of names,
    then tags and comments.

    Every word of the text must be found, without regard to case; one with a dot also in the full
    name. So many as ``few`` are looked up and sorted rather than walked to along their order: the
    answer is the same for any. Raises InvalidParameterError for too much text, a kind that is not
    searched, or a page token that is not of this search.
    """
    access.permit_self(caller, Operation.SEARCH_RUN)
    terms = _terms(caller, query)
    if terms is None:
        return Found([], "", {})
    seen = {kind: _visible(caller, kind) for kind in query.kinds or SEARCHED}
    size = page_size(limit)
    steps = Steps(caller, terms, seen, few)
    matches = steps.find(_after(page_token), size + 1)
    token = ""
    if len(matches) > size:
        last = matches[size - 1]
        token = encode_token(last.rank, last.name, last.id)
    return Found(_hits(caller, matches[:size]), token, *steps.counts())


def _visible(caller: Caller, kind: Kind) -> ColumnElement[bool]:
    if kind not in SEARCHED:
        msg = f"Invalid value for kind: {kind} is not searched"
        raise InvalidParameterError(msg, field="kind")
    return access.visible(caller, Operation(f"{kind}.read"), kind)


def _terms(caller: Caller, query: Query) -> Terms | None:
    """Return what is asked of a row, or None if nothing can fulfil it."""
    words = query.text.split()
    if len(query.text) > _MAX_TEXT or len(words) > _MAX_WORDS or "\0" in query.text + query.tag:
        msg = f"Invalid value for text: at most {_MAX_WORDS} words, {_MAX_TEXT} characters, no NUL"
        raise InvalidParameterError(msg, field="text")
    name, equals, value = query.tag.partition("=")
    tag = (name, value if equals else None) if query.tag else None
    if not query.owner:
        return Terms(tuple(words), tag)
    try:
        owner = find_principal(caller.session, query.owner, field="owner")
    except NotFoundError:
        return None
    return Terms(tuple(words), tag, owner.id)


def _after(page_token: str) -> Match | None:
    after = decode_token(page_token, 3)
    if after is None:
        return None
    if after[0] not in RANKS:
        msg = "Invalid value for page_token: it is not a token of this list"
        raise InvalidParameterError(msg, field="page_token")
    return Match(int(after[0]), str(after[1]), str(after[2]))


def _hits(caller: Caller, matches: list[Match]) -> list[Hit]:
    """Read what is shown of a page, and of nothing beside it."""
    shown = (
        select(
            spine.c.id,
            spine.c.kind,
            spine.c.name,
            spine.c.comment,
            spine.c.updated_at,
            _catalog.c.name.label("catalog_name"),
            _schema.c.name.label("schema_name"),
            principals.c.name.label("owner_name"),
        )
        .select_from(_PLACES)
        .where(among(spine.c.id, [match.id for match in matches]))
    )
    rows = {row.id: row for row in caller.session.execute(shown)} if matches else {}
    return [_hit(rows[match.id]) for match in matches if match.id in rows]


def _hit(row: Any) -> Hit:
    above = {
        Kind.CATALOG: (),
        Kind.SCHEMA: (row.catalog_name,),
    }.get(Kind(row.kind), (row.catalog_name, row.schema_name))
    return Hit(
        id=row.id,
        kind=Kind(row.kind),
        full_name=FullName.of(*above, row.name),
        comment=row.comment,
        owner=row.owner_name,
        updated_at=row.updated_at,
    )
