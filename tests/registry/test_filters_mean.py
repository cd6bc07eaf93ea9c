"""Any search of models and of their versions that is allowed, beside plain Python."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import access, registry
from app.access import Operation
from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.db.reach import Reach
from app.protocols.mlflow.filters.grammars import MODEL_VERSIONS, REGISTERED_MODELS
from app.registry import ModelVersion, NewVersion, RegisteredModel
from app.securables import FullName
from tests import factories
from tests.any_search import LIKE, REAL_DATABASE, expected, searches, whole
from tests.factories import NOW
from tests.naive_filters import Known, Thing, compare, holds
from tests.registry.worlds import World

ATTRIBUTE, TAG = Entity.ATTRIBUTE, Entity.TAG
NAMES: tuple[tuple[str, int, dict[str, str]], ...] = (
    ("team.default.wine", 1, {"color": "red"}),
    ("prod.ml.wine", 1, {"color": "Red", "a b": "x"}),
    ("prod.ml.Wine", 2, {"color": ""}),
    ("team.default.red-wine_2", 2, {}),
    ("prod.ml.rosé", 3, {"color": "rosé"}),
)
TEXTS = ("red", "Red", "", "wine", "prod.ml.wine", "team.default.wine", "a.b", "no.such.model")
PATTERNS = (
    *("%", "w%", "%INE", "%ine%", "_ine", "%-wine\\_2", "%ros%", "%É", "", "wine", "%e_W%"),
    *("prod.%", "%.ml.w%", "%DEFAULT.%", "runs:/%", "%.%"),
)
HOME = "team.default."
SEEN: dict[str, tuple[str, ...]] = {
    "alice": tuple(name for name, _, _ in NAMES),
    "bob": ("team.default.wine", "prod.ml.Wine", "prod.ml.rosé"),
    "charlie": ("team.default.wine", "team.default.red-wine_2"),
}
"""Alice owns all, bob is granted some one by one, and charlie all in a schema."""

REACHES = (Reach(), Reach(0, 9, 9), Reach(0, 2, 9), Reach(0, 1, 2), Reach(0, 0, 0), Reach(3, 0, 3))
REACHED = st.sampled_from(REACHES)
NAME = (ATTRIBUTE, "name")
FULL = (ATTRIBUTE, "full name")


@pytest.fixture
def models(world: World) -> list[Thing]:
    """Models of alice's, some of them in her home schema, where names are short."""
    made = [model(world, name, at, tags) for name, at, tags in NAMES]
    for thing in seen_by("bob", made):
        readable = access.obtain(world.caller(), Operation.REGISTERED_MODEL_READ, thing.id)
        factories.grant(world.session, readable, world.people["readers"], "EXECUTE")
    factories.grant(world.session, world.home, world.people["charlie"], "EXECUTE")
    world.commit()
    return made


def seen_by(who: str, things: list[Thing]) -> list[Thing]:
    names = [str(FullName.parse(name)) for name in SEEN[who]]
    return [thing for thing in things if thing.known[FULL][0] in names]


def model(world: World, name: str, at: int, tags: dict[str, str]) -> Thing:
    at_first, later = world.caller(now=NOW + at), world.caller(now=NOW + 9 - at)
    place = FullName.parse(name)
    made = registry.create_model(at_first, place, tags=tags)
    made = registry.update_model(later, place, description="changed")
    world.commit()
    return Thing(made.id, known_model(made))


def known_model(made: RegisteredModel) -> Known:
    return {
        NAME: [made.full_name.leaf],
        FULL: [str(made.full_name)],
        (ATTRIBUTE, "creation_timestamp"): [made.created_at],
        (ATTRIBUTE, "last_updated_timestamp"): [made.updated_at],
        (ATTRIBUTE, "id"): [made.id],
        **{(TAG, name): [value] for name, value in made.tags.items()},
    }


@pytest.fixture
def versions(world: World, models: list[Thing]) -> list[Thing]:
    """Up to three versions of each of the models."""
    del models
    return [
        Thing(f"{made.model_id}/{made.version}", known_version(made))
        for index, (name, _, tags) in enumerate(NAMES)
        for made in add_versions(world, FullName.parse(name), index % 3 + 1, tags)
    ]


def add_versions(
    world: World, name: FullName, count: int, tags: dict[str, str]
) -> list[ModelVersion]:
    made = []
    for number in range(count):
        caller = world.caller(now=NOW + number % 2)
        run_id = world.run(weights=b"heavy")
        source = f"runs:/{run_id}/model"
        given_run = run_id if number else None
        new = NewVersion(source, run_id=given_run, tags=tags if number == 1 else {})
        made.append(registry.create_version(caller, world.vault, name, new))
        world.commit()
    return made


def known_version(made: ModelVersion) -> Known:
    known: dict[tuple[Entity, str], list[object]] = {
        NAME: [made.model_name.leaf],
        FULL: [str(made.model_name)],
        (ATTRIBUTE, "source_path"): [made.source],
        (ATTRIBUTE, "version_number"): [made.version],
        (ATTRIBUTE, "creation_timestamp"): [made.created_at],
        (ATTRIBUTE, "last_updated_timestamp"): [made.updated_at],
        (ATTRIBUTE, "model_id"): [made.model_id],
        **{(TAG, name): [value] for name, value in made.tags.items()},
    }
    return known | ({(ATTRIBUTE, "run_id"): [made.run_id]} if made.run_id else {})


def meets(known: Known, comparison: Comparison) -> bool:
    """Names are resolved as anywhere; a pattern is compared with what it can be a pattern of."""
    if comparison.key != "name" or comparison.entity is not ATTRIBUTE:
        return holds(known, comparison)
    (full,), (leaf,) = known[FULL], known[NAME]
    want = comparison.value
    wanted = want if isinstance(want, tuple) else (want,)
    if comparison.operator in LIKE:
        echoed = full.removeprefix(HOME) if "." in str(want) else leaf
        return compare(echoed, comparison.operator, want)
    is_named = full in {str(one) if str(one).count(".") == 2 else f"{HOME}{one}" for one in wanted}
    return is_named == (comparison.operator in {Operator.EQ, Operator.IN})


def by(*names: str, falling: str = "") -> list[OrderBy]:
    return [OrderBy(ATTRIBUTE, name, ascending=name != falling) for name in names]


@settings(REAL_DATABASE, max_examples=150)
@given(st.data(), st.integers(1, len(NAMES) + 1), st.sampled_from(sorted(SEEN)), REACHED)
def test_any_search_of_models_finds_what_a_naive_evaluator_finds(
    world: World, models: list[Thing], data: st.DataObject, size: int, who: str, reach: Reach
) -> None:
    filters, order = data.draw(searches(REGISTERED_MODELS, models, TEXTS, PATTERNS))
    world.session.reach = reach

    def fetch(token: str) -> tuple[list[str], str]:
        page = registry.search_models(
            world.caller(who), filters, order_by=order, max_results=size, page_token=token
        )
        return [model.id for model in page.items], page.next_token

    found = expected(seen_by(who, models), filters, [*order, *by("name", "id")], meets)
    assert whole(fetch, size) == found


@settings(REAL_DATABASE, max_examples=150)
@given(st.data(), st.integers(1, 10), st.sampled_from(sorted(SEEN)), REACHED)
def test_any_search_of_versions_finds_what_a_naive_evaluator_finds(
    world: World, versions: list[Thing], data: st.DataObject, size: int, who: str, reach: Reach
) -> None:
    filters, order = data.draw(searches(MODEL_VERSIONS, versions, TEXTS, PATTERNS))
    world.session.reach = reach

    def fetch(token: str) -> tuple[list[str], str]:
        page = registry.search_versions(
            world.caller(who), filters, order_by=order, max_results=size, page_token=token
        )
        return [f"{each.model_id}/{each.version}" for each in page.items], page.next_token

    newest = by("last_updated_timestamp", falling="last_updated_timestamp")
    ties = by("name", "version_number", "model_id", falling="version_number")
    terms = [*(order or newest), *ties]
    assert whole(fetch, size) == expected(seen_by(who, versions), filters, terms, meets)
