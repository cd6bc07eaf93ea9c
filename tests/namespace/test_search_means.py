"""A search finds what plain Python finds, for everybody, however much is called little."""

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app import access
from app.access import Operation
from app.db import Session
from app.db.letters import fold
from app.identity import Caller, Principal
from app.namespace import Found, Query, create_catalog, create_schema, search, set_tags
from app.securables import Kind
from app.securables.tables import securables, tags
from tests.factories import NOW, caller_for, grant, make_experiment, make_model, make_table

REAL_DATABASE = settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LEAVES = ("wine", "Wine", "WINE", "wine-2", "sparkling_wine", "main", "prod", "p", "iris.v2")
EXPERIMENTS = (*LEAVES, "main.prod.wine", "Größe ÉTÉ", "red wine", "wine red")
COMMENTS = ("", "", "Wine of the main house", "prod: Größe, 100%", "iris")
TAGS: tuple[dict[str, str], ...] = (
    {},
    {"stage": "live"},
    {"stage": "test", "Wine": "red"},
    {"team": "main.prod"},
)
WORDS = ("wine", "WINE", "Wine", "main", "prod", "iris", "live", "100%", "größe", "été", "e", "_")
DOTTED = (
    "main.prod",
    "main.prod.wine",
    "prod.w",
    "in.pro",
    ".wine",
    "wine.",
    ".",
    "v2",
    "prod.prod",
)
KINDS = (Kind.REGISTERED_MODEL, Kind.EXPERIMENT, Kind.TABLE, Kind.SCHEMA, Kind.CATALOG)


@dataclass(frozen=True)
class Row:
    """Something that may be found, with all that is said of it."""

    id: str
    kind: Kind
    name: str
    full_name: str
    comment: str
    owner_id: str
    tags: dict[str, str]

    def says(self, word: str) -> bool:
        said = [self.name, self.comment, *self.tags, *self.tags.values()]
        if "." in word:
            said.append(self.full_name)
        return any(fold(word) in fold(text) for text in said)

    def fits(self, query: Query, owner_id: str) -> bool:
        name, equals, value = query.tag.partition("=")
        return (
            all(map(self.says, query.text.split()))
            and (not query.kinds or self.kind in query.kinds)
            and (not query.owner or self.owner_id == owner_id)
            and (not name or (self.tags.get(name) == value if equals else name in self.tags))
        )

    def rank(self, query: Query) -> int:
        words = query.text.split()
        if fold(" ".join(words)) in {"", fold(self.name)}:
            return 0
        return 1 if all(fold(word) in fold(self.name) for word in words) else 2


@dataclass(frozen=True)
class World:
    """Callers who see all, some or nothing of what there is."""

    session: Session
    rows: tuple[Row, ...]
    people: dict[str, Principal]

    def caller(self, name: str) -> Caller:
        return caller_for(self.session, self.people[name])

    def expected(self, name: str, query: Query) -> list[Row]:
        caller = self.caller(name)
        owner = self.people.get(query.owner)
        fitting = [row for row in self.rows if row.fits(query, owner.id if owner else "")]
        seen = [row for row in fitting if access.may(caller, Operation(f"{row.kind}.read"), row.id)]
        return sorted(seen, key=lambda row: (row.rank(query), row.name, row.id))


@pytest.fixture
def world(
    session: Session,
    root: Caller,
    alice: Principal,
    bob: Principal,
    charlie: Principal,
    team: Principal,
) -> World:
    schemas = []
    for catalog_name, schema_names in {"main": ("prod", "wine"), "xmain": ("prod",)}.items():
        catalog = create_catalog(root, catalog_name, comment="Wine of the main house")
        grant(session, catalog, team, "USE CATALOG")
        grant(session, catalog, charlie, "USE CATALOG")
        schemas += [create_schema(root, catalog_name, name) for name in schema_names]
    for schema in schemas:
        grant(session, schema, team, "USE SCHEMA")
    grant(session, schemas[-1], charlie, "role:reader")
    makers = ((make_model, LEAVES), (make_experiment, EXPERIMENTS), (make_table, LEAVES))
    named = [(make, schema, name) for schema in schemas for make, names in makers for name in names]
    for number, (make, schema, name) in enumerate(named):
        made = make(session, schema, name, alice if number % 3 else bob)
        set_tags(root, made.kind, made.id, TAGS[number % len(TAGS)])
        if number % 4 == 0:
            grant(session, made, team, "BROWSE")
        said = {
            "comment": COMMENTS[number % len(COMMENTS)],
            "deleted_at": NOW if number % 11 == 0 else None,
        }
        session.execute(update(securables).where(securables.c.id == made.id).values(said))
    people = {"admin": root.principal, "alice": alice, "bob": bob, "charlie": charlie}
    return World(session, tuple(read_rows(session)), people)


def read_rows(session: Session) -> list[Row]:
    said: dict[str, dict[str, str]] = {}
    for tag in session.execute(select(tags)):
        said.setdefault(tag.securable_id, {})[tag.tag_name] = tag.value
    kinds = [kind.value for kind in KINDS]
    found = session.execute(select(securables).where(securables.c.kind.in_(kinds))).all()
    names = {row.id: row.name for row in found}
    return [
        Row(
            row.id,
            Kind(row.kind),
            row.name,
            f"{names[row.catalog_id]}.{names.get(row.schema_id, '')}.{row.name}",
            row.comment,
            row.owner_id,
            said.get(row.id, {}),
        )
        for row in found
    ]


@st.composite
def queries(draw: st.DrawFn) -> Query:
    word = st.sampled_from([*WORDS, *DOTTED])
    kinds = draw(st.sampled_from([(), (), KINDS[:1], KINDS[1:3], KINDS[3:]]))
    owner = draw(st.sampled_from(["", "", "", "", "alice", "bob"]))
    tag = draw(st.sampled_from(["", "", "", "", "stage", "stage=live", "team"]))
    return Query(" ".join(draw(st.lists(word, max_size=3))), kinds, owner, tag)


def read_pages(world: World, name: str, query: Query, limit: int, few: int) -> list[Found]:
    pages = [search(world.caller(name), query, limit=limit, few=few)]
    while token := pages[-1].next_token:
        pages.append(search(world.caller(name), query, limit=limit, few=few, page_token=token))
    return pages


@REAL_DATABASE
@given(queries(), st.sampled_from([7, 20, 50]), st.sampled_from([0, 1, 5, 20, 1_500]))
@example(Query("wine"), 7, 1)
@example(Query("wine", owner="alice"), 50, 5)
@example(Query("ain.pro"), 50, 25)
@example(Query("rod.win"), 50, 20)
@example(Query("n.prod."), 50, 20)
@example(Query("spark kling ling_ of"), 50, 0)
@example(Query("wine live"), 20, 5)
@example(Query(tag="stage"), 20, 5)
@example(Query(kinds=KINDS[:1]), 7, 1)
def test_all_pages_together_are_what_plain_python_finds(
    world: World, query: Query, limit: int, few: int
):
    for name in world.people:
        expected = world.expected(name, query)
        pages = read_pages(world, name, query, limit, few)
        assert [hit.id for page in pages for hit in page.hits] == [row.id for row in expected]
        there_are = Counter(row.kind for row in expected)
        for kind in KINDS:
            counted = {page.counts.get(kind, 0) for page in pages}
            assert max(counted) <= there_are[kind]
            if not any(kind in page.uncounted for page in pages):
                assert counted == {there_are[kind]}
