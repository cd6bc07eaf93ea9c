"""The steps of a search, each taken only where those before it leave a page open.

What an index knows to be little is looked up by its keys, judged and sorted. Of all else the order
is walked from where the page begins: first for what is named so, then for what has the words in its
name, and at last for what only comments, tags and the names above tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    literal,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)

from app import access
from app.access import Operation
from app.db.finds import among
from app.identity import Caller
from app.namespace.search_lists import NOTHING_KNOWN, Listed, Lists
from app.namespace.search_terms import EXACT, NAMED, RANKS, TOLD, Terms
from app.securables import Kind
from app.securables.spellings import find_spellings
from app.securables.tables import securables as spine

MAX_COUNT = 1_000
_MOST_TRIED = 3
_WORTH = 3
"""So many times what is called little is judged of what a reader sees, rather than that words are
looked for past all that others hold.
"""

Seen = Mapping[Kind, ColumnElement[bool]]
"""The condition of ``access.visible`` for each kind that is searched."""


class Match(NamedTuple):
    """Something found; what is found is in the order of these."""

    rank: int
    name: str
    id: str


class _Beginning(NamedTuple):
    """Lists of what is little, the kinds of which there is little, and those that are left."""

    lists: list[Listed]
    small: set[Kind]
    large: set[Kind]


class Steps:
    """One search of one caller; up to ``few`` are looked up rather than walked to."""

    def __init__(self, caller: Caller, terms: Terms, seen: Seen, few: int) -> None:
        self._caller = caller
        self._terms = terms
        self._seen = seen
        self._few = few
        self._lists = Lists(caller.session, few)
        self._found: dict[Match, Kind] = {}
        self._judged: set[str] = set()
        self._uncounted: set[Kind] = set()

    def find(self, after: Match | None, number: int) -> list[Match]:
        """Return the first matches behind ``after``, up to so many."""
        walk = _Walk(self._terms, self._seen, after, number)
        begun = self._begin()
        if self._terms.words:
            self._look_at_names(begun, walk)
            if len(self._page(after, number, (EXACT, NAMED))) < number:
                self._look_at_what_is_told(begun.large, walk)
            else:
                self._uncounted |= begun.large
        else:
            is_narrow = self._terms.tag or self._terms.owner_id
            samples = [] if is_narrow else [self._lists.of_kind(kind) for kind in begun.large]
            self._judge([*begun.lists, *samples], begun.small)
            self._walk(walk.all(kind) for kind in begun.large)
            self._uncounted |= begun.large
        return self._page(after, number, RANKS)

    def counts(self) -> tuple[dict[Kind, int], frozenset[Kind]]:
        """Return how many are found of each kind, and the kinds of which there may be more."""
        numbers = Counter(self._found.values())
        uncounted = {kind for kind, number in numbers.items() if number > MAX_COUNT}
        counts = {kind: min(number, MAX_COUNT) for kind, number in numbers.items()}
        return counts, frozenset(uncounted | self._uncounted)

    def _begin(self) -> _Beginning:
        narrow = self._narrowed()
        if any(listed.is_whole for listed in narrow):
            return _Beginning(narrow, set(), set())
        large = self._lists.large_kinds() & set(self._seen)
        seen = {kind: self._list_seen(kind) for kind in sorted(large)}
        few = {kind: listed for kind, listed in seen.items() if listed.is_whole}
        lists = [*narrow, *few.values()]
        return _Beginning(lists, set(self._seen) - large, large - set(few))

    def _narrowed(self) -> list[Listed]:
        """Return the lists of what tag and owner leave: a whole one alone, if there is one."""
        listed = []
        if self._terms.tag:
            listed.append(self._lists.tagged(*self._terms.tag))
        if self._terms.owner_id:
            listed.append(self._lists.owned(self._terms.owner_id, list(self._seen)))
        return [one for one in listed if one.is_whole][:1] or listed

    def _list_seen(self, kind: Kind) -> Listed:
        most = _WORTH * self._few if self._terms.words else self._few
        ids = access.list_seen(self._caller, Operation(f"{kind}.read"), kind, most)
        return NOTHING_KNOWN if ids is None else Listed(ids, is_whole=True)

    def _look_at_names(self, begun: _Beginning, walk: _Walk) -> None:
        """Judge what is little, and find what else has all words in its name."""
        listed = {kind: self._named(kind) for kind in begun.large}
        self._judge([*begun.lists, *listed.values()], begun.small)
        much = [kind for kind in begun.large if not listed[kind].is_whole]
        self._uncounted.update(much)
        steps = [walk.named(kind) for kind in much]
        for kind in much:
            spellings = find_spellings(self._caller.session, kind, self._terms.text)
            steps.append(walk.exact(kind, spellings))
        self._walk(steps)

    def _named(self, kind: Kind) -> Listed:
        """List what has one of the words in its name, all there is if that is little."""
        found = NOTHING_KNOWN
        for word in self._longest():
            found = self._lists.named(kind, word)
            if found.is_whole:
                break
        return found

    def _look_at_what_is_told(self, large: Collection[Kind], walk: _Walk) -> None:
        """Find what has some of the words elsewhere than in its name."""
        listed = {kind: self._told(kind) for kind in large}
        self._judge(one for some in listed.values() for one in some)
        much = [kind for kind in large if not all(one.is_whole for one in listed[kind])]
        self._uncounted.update(much)
        self._walk(walk.told(kind) for kind in much)

    def _told(self, kind: Kind) -> list[Listed]:
        """Return lists of all that has one of the words anywhere, or each of them elsewhere."""
        lists, words = self._lists, self._longest()
        for word in words:
            placed = lists.placed(kind, word)
            if placed.is_whole and lists.told(word).is_whole:
                return [placed, lists.told(word)]
        if len(words) < len(self._terms.words):
            return [NOTHING_KNOWN]
        above = [lists.placed(kind, word) for word in words if "." in word]
        return above + [lists.told(word) for word in words]

    def _longest(self) -> list[str]:
        return sorted(self._terms.words, key=len, reverse=True)[:_MOST_TRIED]

    def _judge(self, lists: Iterable[Listed], kinds: Collection[Kind] = ()) -> None:
        """Keep what is found of the kinds and lists, of those cut short in their beginnings."""
        ids = {
            id_
            for listed in lists
            for id_ in (listed.ids if listed.is_whole else listed.ids[:MAX_COUNT])
        }
        ids -= self._judged
        self._judged |= ids
        looked_up = [among(spine.c.id, sorted(ids))] if ids else []
        if kinds:
            looked_up.append(spine.c.kind.in_(sorted(kinds)))
        if looked_up:
            found = _judged(and_(self._terms.met(), or_(*self._seen.values())))
            rank = self._terms.rank().label("rank")
            columns = rank, spine.c.name, spine.c.id, spine.c.kind
            self._take(select(*columns).where(or_(*looked_up), found))

    def _walk(self, steps: Iterable[Select[Any] | None]) -> None:
        taken = [select(step.subquery()) for step in steps if step is not None]
        if taken:
            self._take(union_all(*taken))

    def _take(self, statement: Select[Any] | CompoundSelect[Any]) -> None:
        for row in self._caller.session.execute(statement):
            self._found[Match(row.rank, row.name, row.id)] = Kind(row.kind)

    def _page(self, after: Match | None, number: int, ranks: Collection[int]) -> list[Match]:
        behind = (one for one in self._found if after is None or one > after)
        return sorted(one for one in behind if one.rank in ranks)[:number]


class _Walk:
    """Statements that walk the names of a kind, from behind ``after`` for so many."""

    def __init__(self, terms: Terms, seen: Seen, after: Match | None, number: int) -> None:
        self._terms = terms
        self._seen = seen
        self._after = after
        self._number = number

    def all(self, kind: Kind) -> Select[Any] | None:
        """Walk through everything that tag and owner leave."""
        return self._step(EXACT, kind, (), self._terms.narrowing())

    def exact(self, kind: Kind, spellings: list[str] | None) -> Select[Any] | None:
        """Walk through what is named so: ``spellings``, if it is known which there are."""
        named = [self._terms.exactly()]
        if spellings == []:
            return None
        if spellings is not None:
            named.append(spine.c.name.in_(spellings))
        return self._step(EXACT, kind, named, self._terms.narrowing())

    def named(self, kind: Kind) -> Select[Any] | None:
        """Walk through what has every word in its name, and more."""
        named = self._terms.named(), not_(self._terms.exactly())
        return self._step(NAMED, kind, named, self._terms.narrowing())

    def told(self, kind: Kind) -> Select[Any] | None:
        """Walk through what has not every word in its name, and each somewhere."""
        return self._step(TOLD, kind, (not_(self._terms.named()),), self._terms.met())

    def _step(
        self,
        rank: int,
        kind: Kind,
        named: Iterable[ColumnElement[bool]],
        met: ColumnElement[bool],
    ) -> Select[Any] | None:
        """What is asked of the name is told by the index, and comes before all else."""
        position = spine.c.name, spine.c.id
        conditions = [spine.c.kind == kind.value, *named, _judged(and_(met, self._seen[kind]))]
        if self._after is not None and self._after.rank > rank:
            return None
        if self._after is not None and self._after.rank == rank:
            last = tuple_(literal(self._after.name), literal(self._after.id))
            conditions.append(tuple_(*position) > last)
        found = select(literal(rank).label("rank"), *position, literal(kind.value).label("kind"))
        return found.where(*conditions).order_by(*position).limit(self._number)


def _judged(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the same condition, in a form that offers no index, which would seem a better way."""
    return case((condition, 1), else_=0) == 1
