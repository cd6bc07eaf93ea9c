"""Lists of what a search may find, from indexes that know nothing of rights.

Each is whole, or cut short: then it is a sample, and an order has to be walked for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, or_, select, union_all

from app.db import Session
from app.db.letters import end_of, fold
from app.db.predicates import contains
from app.db.statements import Sql
from app.namespace.search_terms import in_comment, in_tag
from app.securables import Kind, find_by_dotted_text
from app.securables.tables import PIECE_LENGTH, tags
from app.securables.tables import securables as spine

_catalog = spine.alias("the_catalog")
_schema = spine.alias("the_schema")
SEARCHED = (Kind.REGISTERED_MODEL, Kind.EXPERIMENT, Kind.TABLE, Kind.SCHEMA, Kind.CATALOG)
_MOST_DOTS = 4
_LARGE = Sql(
    " UNION ALL ".join(
        f"SELECT '{kind}' WHERE (SELECT count(*) FROM"  # noqa: S608 (constants)
        f" (SELECT 1 FROM securables WHERE kind = '{kind}' LIMIT :number) found) = :number"
        for kind in SEARCHED
    )
)
_OF_KIND = Sql("SELECT id FROM securables WHERE kind = :kind LIMIT :number")
_OWNED = Sql("""
SELECT id FROM securables WHERE owner_id = :owner AND kind IN_LIST(:kinds) LIMIT :number""")
_TAGGED = Sql("SELECT securable_id FROM securable_tags WHERE tag_name = :name LIMIT :number")
_TAGGED_SO = Sql("""
SELECT securable_id FROM securable_tags WHERE tag_name = :name AND value = :value LIMIT :number""")
_WITH_PIECE = Sql("""
SELECT securable_id FROM securable_name_pieces
WHERE kind = :kind AND piece >= :piece AND piece < :end LIMIT :number""")
_IN_SCHEMAS = Sql("""
SELECT id FROM securables WHERE schema_id IN_LIST(:schemas) AND kind = :kind LIMIT :number""")


class Listed(NamedTuple):
    """Some ids, each once; all there are if ``is_whole``."""

    ids: list[str]
    is_whole: bool


NOTHING_KNOWN = Listed([], is_whole=False)


class Lists:
    """Makes lists of at most so many ids, each once."""

    def __init__(self, session: Session, most: int) -> None:
        self._session = session
        self._most = most
        self._known: dict[tuple[Any, ...], Listed] = {}

    def large_kinds(self) -> set[Kind]:
        """Return the kinds that there are more of."""
        rows = _LARGE.run(self._session, number=self._most + 1)
        return {Kind(kind) for kind in rows.scalars()}

    def of_kind(self, kind: Kind) -> Listed:
        """List what is of a kind."""
        return self._listed(_OF_KIND, kind=kind.value)

    def owned(self, owner_id: str, kinds: Collection[Kind]) -> Listed:
        """List what a principal owns."""
        return self._listed(_OWNED, owner=owner_id, kinds=[kind.value for kind in kinds])

    def tagged(self, name: str, value: str | None) -> Listed:
        """List what has a tag, maybe with a value."""
        if value is None:
            return self._listed(_TAGGED, name=name)
        return self._listed(_TAGGED_SO, name=name, value=value)

    def named(self, kind: Kind, word: str) -> Listed:
        """List what has a word in its name, and maybe more."""
        return self._once(self._named, kind, word)

    def placed(self, kind: Kind, word: str) -> Listed:
        """List what has a word in its name or full name, and maybe more."""
        return self._once(self._placed, kind, word) if "." in word else self.named(kind, word)

    def told(self, word: str) -> Listed:
        """List what has a word in its comment or a tag: a look at all that is said."""
        return self._once(self._told, word)

    def _once(self, make: Callable[..., Listed], *of: Any) -> Listed:
        asked = (make.__name__, *of)
        if asked not in self._known:
            self._known[asked] = make(*of)
        return self._known[asked]

    def _named(self, kind: Kind, word: str) -> Listed:
        folded = fold(word)
        found = NOTHING_KNOWN
        for piece in dict.fromkeys((folded[:PIECE_LENGTH], folded[-PIECE_LENGTH:])):
            end = end_of(piece)
            if end is not None:
                found = self._listed(_WITH_PIECE, kind=kind.value, piece=piece, end=end)
            if found.is_whole:
                break
        return found

    def _placed(self, kind: Kind, word: str) -> Listed:
        few = find_by_dotted_text(self._session, kind, [word])
        if few is not None:
            return Listed(list(few), is_whole=True)
        schemas = self._once(self._schemas, word)
        if kind is Kind.CATALOG or not schemas.is_whole:
            return NOTHING_KNOWN
        inside = self._listed(_IN_SCHEMAS, kind=kind.value, schemas=schemas.ids)
        named = self.named(kind, word)
        ids = list(dict.fromkeys(inside.ids + named.ids))
        return Listed(ids, inside.is_whole and named.is_whole)

    def _schemas(self, word: str) -> Listed:
        """List the schemas in which something may have a word in its full name, but not its name.

        Either the word is in what stands before all names in it, or that ends as the word begins,
        up to a dot.
        """
        if word.count(".") > _MOST_DOTS:
            return NOTHING_KNOWN
        above = _catalog.c.name + "." + _schema.c.name + "."
        places = [at + 1 for at, character in enumerate(word) if character == "."]
        # No word has a space, which therefore marks an end.
        ends = [contains(above + " ", word[:at] + " ") for at in places]
        joined = _schema.join(_catalog, _catalog.c.id == _schema.c.catalog_id)
        return self._selected(
            select(_schema.c.id)
            .select_from(joined)
            .where(_schema.c.kind == Kind.SCHEMA.value, or_(contains(above, word), *ends))
        )

    def _told(self, word: str) -> Listed:
        commented = select(spine.c.id).where(in_comment(word))
        tagged = select(tags.c.securable_id).where(in_tag(word))
        return self._selected(commented, tagged)

    def _listed(self, sql: Sql, **asked: Any) -> Listed:
        return self._cut(sql.run(self._session, number=self._most + 1, **asked).scalars())

    def _selected(self, *selects: Select[Any]) -> Listed:
        statement = union_all(*selects).limit(self._most + 1)
        return self._cut(self._session.execute(statement).scalars().all())

    def _cut(self, ids: Sequence[str]) -> Listed:
        return Listed(list(dict.fromkeys(ids)), is_whole=len(ids) <= self._most)
