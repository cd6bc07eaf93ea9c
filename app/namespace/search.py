"""Search what one may see: by words in names, comments and tags, the best matches first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union,
)

from app import access
from app.access import Operation
from app.db import decode_token, encode_token
from app.db.finds import MOST, among
from app.db.predicates import contains
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.identity.principals import find_principal
from app.identity.tables import principals
from app.namespace.catalogs import page_size
from app.securables import FullName, Kind, find_by_dotted_text, find_by_text
from app.securables.tables import securables as spine
from app.securables.tables import tags

SEARCHED = (Kind.REGISTERED_MODEL, Kind.EXPERIMENT, Kind.TABLE, Kind.SCHEMA, Kind.CATALOG)
MAX_COUNT = 10_000
_MAX_TEXT = 500
_MAX_WORDS = 10
_MOST_TRIED = 3
_RANKS = (0, 1, 2)
_NOTHING: ColumnElement[str] = literal_column("''")
"""As it stands in the condition of the index of what has a comment."""

_catalog = spine.alias("the_catalog")
_schema = spine.alias("the_schema")
_PLACE = spine.outerjoin(_catalog, _catalog.c.id == spine.c.catalog_id).outerjoin(
    _schema, _schema.c.id == spine.c.schema_id
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
    """A page of hits, with the number of all by kind; no number is above ``MAX_COUNT``."""

    hits: list[Hit]
    next_token: str
    counts: dict[Kind, int]


def search(caller: Caller, query: Query, *, page_token: str = "", limit: int = 50) -> Found:
    """Return what the caller may see and the query selects: whole names first, then parts of names,
    then tags and comments.

    Every word of the text must be found, without regard to case; one with a dot also in the full
    name. Raises InvalidParameterError for too much text, a kind that is not searched, or a page
    token that is not of this search.
    """
    access.permit_self(caller, Operation.SEARCH_RUN)
    narrowing = _narrowing(caller, query)
    if narrowing is None:
        return Found([], "", {})
    seen = {kind: _visible(caller, kind) for kind in query.kinds or SEARCHED}
    few = _find_few(caller, tuple(seen), query.text.split())
    condition = and_(or_(*seen.values()), *narrowing)
    if few is not None:
        # Within CASE it offers SQLite no index by kind, which it would take for a better way.
        condition = and_(among(spine.c.id, few), case((condition, 1), else_=0) == 1)
    place = _PLACE if "." in query.text else spine
    rank = _rank(query.text.split())
    size = page_size(limit)
    page = _page(place, condition, rank, page_token, size + 1)
    rows = caller.session.execute(page).all()
    hits = [_hit(row) for row in rows[:size]]
    token = ""
    if len(rows) > size:
        last = rows[size - 1]
        token = encode_token(last.rank, last.name, last.id)
    return Found(hits, token, _counts(caller, place, condition))


def _visible(caller: Caller, kind: Kind) -> ColumnElement[bool]:
    if kind not in SEARCHED:
        msg = f"Invalid value for kind: {kind} is not searched"
        raise InvalidParameterError(msg, field="kind")
    return access.visible(caller, Operation(f"{kind}.read"), kind)


def _narrowing(caller: Caller, query: Query) -> list[ColumnElement[bool]] | None:
    """Return the conditions of the query, or None if nothing can fulfil them."""
    words = query.text.split()
    if len(query.text) > _MAX_TEXT or len(words) > _MAX_WORDS or "\0" in query.text + query.tag:
        msg = f"Invalid value for text: at most {_MAX_WORDS} words, {_MAX_TEXT} characters, no NUL"
        raise InvalidParameterError(msg, field="text")
    conditions = [_matches(word) for word in words]
    if query.tag:
        name, equals, value = query.tag.partition("=")
        wanted = tags.c.tag_name == name
        tagged = select(tags.c.securable_id).where(wanted)
        conditions.append(spine.c.id.in_(tagged.where(tags.c.value == value) if equals else tagged))
    if query.owner:
        try:
            owner = find_principal(caller.session, query.owner, field="owner")
        except NotFoundError:
            return None
        conditions.append(spine.c.owner_id == owner.id)
    return conditions


def _find_few(caller: Caller, kinds: Sequence[Kind], words: Sequence[str]) -> list[str] | None:
    """Return what one of the words is found in, seen or not, if that is little."""
    for word in sorted(words, key=len, reverse=True)[:_MOST_TRIED]:
        found = _find_few_with(caller, kinds, word)
        if found is not None:
            return found
    return None


def _find_few_with(caller: Caller, kinds: Sequence[Kind], word: str) -> list[str] | None:
    find = find_by_dotted_text if "." in word else find_by_text
    found: list[str] = []
    for kind in kinds:
        named = find(caller.session, kind, [word])
        if named is None:
            return None
        found += named
    described = select(spine.c.id).where(
        spine.c.comment != _NOTHING, contains(spine.c.comment, word)
    )
    told = union(described, _tagged_with(word)).limit(MOST + 1)
    found += caller.session.execute(told).scalars()
    return found if len(found) <= MOST else None


def _matches(word: str) -> ColumnElement[bool]:
    # As a set that is made once: asked of every row anew, SQLite takes several times as long.
    tagged = spine.c.id.in_(_tagged_with(word))
    places = [contains(spine.c.name, word), contains(spine.c.comment, word), tagged]
    if "." in word:
        path = (
            func.coalesce(_catalog.c.name, "")
            + "."
            + func.coalesce(_schema.c.name, "")
            + "."
            + spine.c.name
        )
        places.append(contains(path, word))
    return or_(*places)


def _tagged_with(word: str) -> Select[Any]:
    said = or_(contains(tags.c.tag_name, word), contains(tags.c.value, word))
    return select(tags.c.securable_id).where(said)


def _rank(words: list[str]) -> ColumnElement[int]:
    """Return 0 for what is named exactly so, 1 for names with every word, 2 for all else."""
    if not words:
        return literal(0)
    in_name = and_(*(contains(spine.c.name, word) for word in words))
    exactly = and_(in_name, func.length(spine.c.name) == len(" ".join(words)))
    return case((exactly, 0), (in_name, 1), else_=2)


def _page(
    place: FromClause,
    condition: ColumnElement[bool],
    rank: ColumnElement[int],
    page_token: str,
    size: int,
) -> Select[Any]:
    """Select a page: first which rows, in order, then what is shown of these alone."""
    chosen = (
        select(spine.c.id, rank.label("rank"))
        .select_from(place)
        .where(condition, *_after(rank, page_token))
        .order_by(rank, spine.c.name, spine.c.id)
        .limit(size)
        .subquery()
    )
    return (
        select(
            spine.c.id,
            spine.c.kind,
            spine.c.name,
            spine.c.comment,
            spine.c.updated_at,
            _catalog.c.name.label("catalog_name"),
            _schema.c.name.label("schema_name"),
            principals.c.name.label("owner_name"),
            chosen.c.rank,
        )
        .select_from(
            _PLACE.join(chosen, chosen.c.id == spine.c.id).join(
                principals, principals.c.id == spine.c.owner_id
            )
        )
        .order_by(chosen.c.rank, spine.c.name, spine.c.id)
    )


def _after(rank: ColumnElement[int], page_token: str) -> list[ColumnElement[bool]]:
    after = decode_token(page_token, 3)
    if after is None:
        return []
    if after[0] not in _RANKS:
        msg = "Invalid value for page_token: it is not a token of this list"
        raise InvalidParameterError(msg, field="page_token")
    here = tuple_(rank, spine.c.name, spine.c.id)
    last = (literal(after[0]), literal(str(after[1])), literal(str(after[2])))
    return [here > tuple_(*last)]


def _counts(caller: Caller, place: FromClause, condition: ColumnElement[bool]) -> dict[Kind, int]:
    some = select(spine.c.kind).select_from(place).where(condition).limit(MAX_COUNT).subquery()
    counted = select(some.c.kind, func.count().label("number")).group_by(some.c.kind)
    return {Kind(row.kind): row.number for row in caller.session.execute(counted)}


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
