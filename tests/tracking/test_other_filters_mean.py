"""Any search of experiments and of logged models that is allowed, beside plain Python."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.db import Database
from app.db.predicates import Entity, OrderBy
from app.protocols.mlflow.filters.grammars import EXPERIMENTS, LOGGED_MODELS
from app.tracking.experiment_search import search_experiments
from app.tracking.experiments import create_experiment, set_experiment_tag
from app.tracking.logged_model_search import search_logged_models
from app.tracking.logged_models import (
    NewLoggedModel,
    create_logged_model,
    finalize_logged_model,
)
from app.tracking.runs.metrics import log_batch
from app.tracking.runs.runs import create_run
from app.tracking.values import LoggedModelStatus, Metric, Search
from tests.any_search import REAL_DATABASE, expected, searches, whole
from tests.factories import NOW
from tests.naive_filters import Thing, finite
from tests.tracking.worlds import World, make_world

ATTRIBUTE, METRIC, PARAM, TAG = Entity.ATTRIBUTE, Entity.METRIC, Entity.PARAM, Entity.TAG
TEXTS = ("red", "Red", "é", "2", "wine", "lab.default.wine", "", "LOGGED_MODEL_READY", "none")
PATTERNS = ("%", "r%", "%ED%", "_ed", "É%", "a%b", "a\\_b", "", "%i%", "w_ne", "lab.%", "%_ED%")
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Made:
    """What an experiment or a logged model is made of; ``at`` is milliseconds after the others."""

    name: str
    at: int
    tags: Pairs = ()
    params: Pairs = ()
    metrics: tuple[tuple[str, float], ...] = ()
    changed: int | None = None
    kind: str = ""
    of_run: bool = False


EXPERIMENTS_MADE = (
    Made("red", 1, (("color", "red"),)),
    Made("Red", 1, (("color", "Red"), ("a b", "x")), changed=9),
    Made("é", 2, (("color", ""),), changed=3),
    Made("a_b", 3),
    Made("a%b", 3, (("color", "é"),), changed=3),
)
MODELS_MADE = (
    Made("red", 1, (("color", "red"),), (("p", "2"),), (("loss", 0.5), ("acc", 1.0)), 9, "A", True),
    Made("Red", 1, (("color", "Red"),), (("p", "10"),), (("loss", math.nan),), kind="b"),
    Made("é", 2, (), (("p", "2"), ("q", "é")), (("loss", math.inf),), 3, "A"),
    Made("a_b", 3, (("a b", "x"),), metrics=(("loss", 0.5), ("acc", -1.5))),
    Made("red", 3, metrics=(("loss", -math.inf),), changed=4, kind="é", of_run=True),
    Made("wine", 4, (("color", ""),), (("p", ""),)),
)


@pytest.fixture
def world(database: Database):
    world = make_world(database)
    yield world
    world.session.close()


@pytest.fixture
def experiments(world: World) -> list[Thing]:
    """Some experiments in alice's home schema, after the one that the world has."""
    wine = {"name": "wine", "experiment_id": 1, "creation_time": NOW, "last_update_time": NOW}
    return [thing(wine, ()), *(make_experiment(world, made) for made in EXPERIMENTS_MADE)]


def make_experiment(world: World, made: Made) -> Thing:
    tags = list(made.tags)
    number = create_experiment(world.caller(now=NOW + made.at), made.name, tags=tags).experiment_id
    if made.changed is not None:
        set_experiment_tag(world.caller(now=NOW + made.changed), number, "late", "yes")
        tags.append(("late", "yes"))
    attributes = {
        "name": made.name,
        "experiment_id": int(number),
        "creation_time": NOW + made.at,
        "last_update_time": NOW + (made.at if made.changed is None else made.changed),
    }
    return thing(attributes, tuple(tags))


def thing(attributes: dict[str, Any], tags: Pairs) -> Thing:
    known = {(ATTRIBUTE, name): [value] for name, value in attributes.items()}
    return Thing(
        str(attributes["experiment_id"]), {**known, **{(TAG, key): [tag] for key, tag in tags}}
    )


@pytest.fixture
def models(world: World) -> list[Thing]:
    """Logged models, the last made first."""
    return [make_model(world, made) for made in MODELS_MADE][::-1]


def make_model(world: World, made: Made) -> Thing:
    caller = world.caller(now=NOW + made.at)
    run_id = create_run(caller, world.number).info.run_id
    new = NewLoggedModel(
        made.name, run_id if made.of_run else "", made.kind, list(made.params), list(made.tags)
    )
    model_id = create_logged_model(caller, world.number, new).model_id
    attributes = {
        "name": made.name,
        "model_id": model_id,
        "model_type": made.kind,
        "status": "LOGGED_MODEL_PENDING",
        "creation_timestamp": NOW + made.at,
        "last_updated_timestamp": NOW + made.at,
    }
    if made.of_run:
        attributes["source_run_id"] = run_id
    if made.changed is not None:
        later = world.caller(now=NOW + made.changed)
        finalize_logged_model(later, model_id, LoggedModelStatus.READY)
        attributes |= {"status": "LOGGED_MODEL_READY", "last_updated_timestamp": later.now}
    points = [Metric(key, value, 1, model_id=model_id) for key, value in made.metrics]
    log_batch(caller, run_id, metrics=points)
    return Thing(
        model_id,
        {
            **{(ATTRIBUTE, name): [value] for name, value in attributes.items()},
            **{(METRIC, name): [finite(value)] for name, value in made.metrics},
            **{(PARAM, name): [value] for name, value in made.params},
            **{(TAG, name): [value] for name, value in made.tags},
        },
    )


@settings(REAL_DATABASE, max_examples=150)
@given(data=st.data(), size=st.integers(1, len(EXPERIMENTS_MADE) + 2))
def test_any_search_of_experiments_finds_what_a_naive_evaluator_finds(
    world: World, experiments: list[Thing], data: st.DataObject, size: int
) -> None:
    filters, order = data.draw(searches(EXPERIMENTS, experiments, TEXTS, PATTERNS))
    asked = Search(filters=filters, order_by=order, max_results=size)

    def fetch(token: str) -> tuple[list[str], str]:
        page = search_experiments(world.caller(), replace(asked, page_token=token))
        return [one.experiment_id for one in page.items], page.next_token

    newest = OrderBy(ATTRIBUTE, "creation_time", ascending=False)
    ties = OrderBy(ATTRIBUTE, "experiment_id")
    assert whole(fetch, size) == expected(experiments, filters, (*(order or (newest,)), ties))


@settings(REAL_DATABASE, max_examples=150)
@given(data=st.data(), size=st.integers(1, len(MODELS_MADE) + 1))
def test_any_search_of_logged_models_finds_what_a_naive_evaluator_finds(
    world: World, models: list[Thing], data: st.DataObject, size: int
) -> None:
    filters, order = data.draw(searches(LOGGED_MODELS, models, TEXTS, PATTERNS))
    asked = Search(filters=filters, order_by=order, max_results=size)

    def fetch(token: str) -> tuple[list[str], str]:
        page = search_logged_models(
            world.caller(), [world.number], replace(asked, page_token=token)
        )
        return [one.model_id for one in page.items], page.next_token

    newest = OrderBy(ATTRIBUTE, "creation_timestamp", ascending=False)
    assert whole(fetch, size) == expected(models, filters, order or (newest,))
