"""What a search asks of a row of the spine, as SQL: every word, and how well it is met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)

from app.db.predicates import contains
from app.securables.tables import securables as spine
from app.securables.tables import tags

EXACT, NAMED, TOLD = RANKS = (0, 1, 2)
"""Named exactly so; with every word in its name; found by what is said of it or above it."""

_NOTHING: ColumnElement[str] = literal_column("''")
"""As it stands in the condition of the index of what has a comment."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The words that are all to be found, and what narrows them; ``tag`` has its value apart."""

    words: tuple[str, ...] = ()
    tag: tuple[str, str | None] | None = None
    owner_id: str | None = None

    @property
    def text(self) -> str:
        """The words as they stand in a name."""
        return " ".join(self.words)

    def met(self) -> ColumnElement[bool]:
        """Return the condition that a row is found."""
        return and_(*map(_matches, self.words), self.narrowing())

    def narrowing(self) -> ColumnElement[bool]:
        """Return the condition that tag and owner are as asked."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.tag:
            name, value = self.tag
            values = [tags.c.value == value] if value is not None else []
            conditions.append(_has_tag(tags.c.tag_name == name, *values))
        if self.owner_id:
            conditions.append(spine.c.owner_id == self.owner_id)
        return and_(*conditions)

    def named(self) -> ColumnElement[bool]:
        """Return the condition that every word is in the name."""
        return and_(*(contains(spine.c.name, word) for word in self.words))

    def exactly(self) -> ColumnElement[bool]:
        """Return the condition that the name is the text, in any case."""
        return and_(contains(spine.c.name, self.text), func.length(spine.c.name) == len(self.text))

    def rank(self) -> ColumnElement[int]:
        """Return how well a row is met; without words each is alike."""
        if not self.words:
            return literal(EXACT)
        return case((self.exactly(), EXACT), (self.named(), NAMED), else_=TOLD)


def in_comment(word: str) -> ColumnElement[bool]:
    """Return the condition that a word is in the comment, for what has one."""
    return and_(spine.c.comment != _NOTHING, contains(spine.c.comment, word))


def in_tag(word: str) -> ColumnElement[bool]:
    """Return the condition that a word is in the name or the value of a tag."""
    return or_(contains(tags.c.tag_name, word), contains(tags.c.value, word))


def _matches(word: str) -> ColumnElement[bool]:
    places = [contains(spine.c.name, word), contains(spine.c.comment, word)]
    if "." in word:
        above = _name_of(spine.c.catalog_id) + "." + _name_of(spine.c.schema_id) + "."
        places.append(contains(above + spine.c.name, word))
    return or_(*places, _has_tag(in_tag(word)))


def _name_of(container_id: ColumnElement[Any]) -> ColumnElement[str]:
    # Not by a join, for which PostgreSQL would read all names that there are.
    container = spine.alias()
    name = select(container.c.name).where(container.c.id == container_id).scalar_subquery()
    known: ColumnElement[str] = func.coalesce(name, "")
    return known


def _has_tag(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(tags.c.securable_id == spine.c.id, *conditions)
