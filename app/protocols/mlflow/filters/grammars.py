"""What may be asked in each of MLflow's searches: keys, their other spellings, and operators.

Read off ``mlflow.utils.search_utils`` and the SQL stores of MLflow 3.17.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.db.predicates import Entity, Operator

NUMERIC = frozenset({Operator.EQ, Operator.NE, Operator.LT, Operator.LE, Operator.GT, Operator.GE})
TEXT = frozenset({Operator.EQ, Operator.NE, Operator.LIKE, Operator.ILIKE})
LISTS = frozenset({Operator.IN, Operator.NOT_IN})
NULLS = frozenset({Operator.IS_NULL, Operator.IS_NOT_NULL})
SAME = frozenset({Operator.EQ, Operator.NE})
SPAN_ATTRIBUTES = "attributes"
"""What the name of an attribute of a span stands after, in quotes where it needs some."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may be compared: its one name and its operators.

    ``whole`` keys are integers, written without quotes or with; the others' numbers have none.
    ``loose`` keys hold what they hold: texts or numbers.
    """

    name: str
    operators: frozenset[Operator]
    whole: bool = False
    loose: bool = False

    @property
    def is_number(self) -> bool:
        """Whether values are numbers."""
        return Operator.LT in self.operators


@dataclass(frozen=True, slots=True)
class Grammar:
    """The language of one search.

    ``prefixes`` are the spellings before the dot, ``keys`` the spellings of attributes (and of
    datasets' attributes), ``operators`` those of the entities whose keys are free, ``sortable``
    the spellings in order_by, ``sortable_entities`` the entities whose free keys may order,
    ``loose`` those whose free keys hold texts or numbers. ``bare`` says that a text which is a
    number needs no quotes.
    """

    prefixes: Mapping[str, Entity]
    keys: Mapping[Entity, Mapping[str, Key]]
    operators: Mapping[Entity, frozenset[Operator]]
    sortable: Mapping[str, str]
    sortable_entities: frozenset[Entity] = field(default=frozenset())
    loose: frozenset[Entity] = field(default=frozenset())
    bare: bool = False

    def listable(self, entity: Entity) -> list[str]:
        """Return the names of the entity's keys that may be compared with a list."""
        keys = self.keys.get(entity, {}).values()
        return sorted({key.name for key in keys if key.operators >= LISTS})


def _keys(*keys: Key, **other_spellings: str) -> dict[str, Key]:
    by_name = {key.name: key for key in keys}
    return by_name | {spelling: by_name[name] for spelling, name in other_spellings.items()}


def _same(names: Iterable[str], **other_spellings: str) -> dict[str, str]:
    return {name: name for name in names} | other_spellings


_METRICS = {"metric": Entity.METRIC, "metrics": Entity.METRIC}
_PARAMS = dict.fromkeys(("param", "params", "parameter", "parameters"), Entity.PARAM)
_TAGS = {"tag": Entity.TAG, "tags": Entity.TAG}
_REGISTRY_PREFIXES = {"attribute": Entity.ATTRIBUTE, **_TAGS}
_RUN_NAMES = dict.fromkeys(("run name", "Run name", "Run Name"), "run_name")
_RUN_TIMES = dict.fromkeys(("created", "Created"), "start_time")

RUNS = Grammar(
    prefixes={
        **_METRICS,
        **_PARAMS,
        **_TAGS,
        **dict.fromkeys(("attribute", "attributes", "attr", "run"), Entity.ATTRIBUTE),
        **dict.fromkeys(("dataset", "datasets"), Entity.DATASET),
    },
    keys={
        Entity.ATTRIBUTE: _keys(
            Key("run_id", TEXT | LISTS),
            Key("run_name", TEXT),
            Key("user_id", TEXT),
            Key("status", TEXT),
            Key("artifact_uri", TEXT),
            Key("start_time", NUMERIC),
            Key("end_time", NUMERIC),
            **_RUN_NAMES,
            **_RUN_TIMES,
        ),
        Entity.DATASET: _keys(
            Key("name", TEXT | LISTS), Key("digest", TEXT | LISTS), Key("context", TEXT | LISTS)
        ),
    },
    operators={Entity.METRIC: NUMERIC, Entity.PARAM: TEXT | NULLS, Entity.TAG: TEXT | NULLS},
    sortable=_same(
        ("run_id", "run_name", "user_id", "status", "artifact_uri", "start_time", "end_time"),
        **_RUN_NAMES,
        **_RUN_TIMES,
    ),
    sortable_entities=frozenset({Entity.METRIC, Entity.PARAM, Entity.TAG}),
)

EXPERIMENTS = Grammar(
    prefixes=_REGISTRY_PREFIXES,
    keys={
        Entity.ATTRIBUTE: _keys(
            Key("name", TEXT),
            Key("experiment_id", SAME | LISTS, whole=True),
            Key("creation_time", NUMERIC, whole=True),
            Key("last_update_time", NUMERIC, whole=True),
        )
    },
    operators={Entity.TAG: TEXT | NULLS},
    sortable=_same(("name", "experiment_id", "creation_time", "last_update_time")),
)

REGISTERED_MODELS = Grammar(
    prefixes=_REGISTRY_PREFIXES,
    keys={Entity.ATTRIBUTE: _keys(Key("name", TEXT | LISTS))},
    operators={Entity.TAG: TEXT},
    sortable=_same(
        ("name", "creation_timestamp", "last_updated_timestamp"),
        timestamp="last_updated_timestamp",
    ),
)

MODEL_VERSIONS = Grammar(
    prefixes=_REGISTRY_PREFIXES,
    keys={
        Entity.ATTRIBUTE: _keys(
            Key("name", TEXT | LISTS),
            Key("run_id", TEXT | LISTS),
            Key("source_path", TEXT),
            Key("version_number", NUMERIC, whole=True),
        )
    },
    operators={Entity.TAG: TEXT},
    sortable=_same(("name", "version_number", "creation_timestamp", "last_updated_timestamp")),
)

_LOGGED_MODEL_TIMES = {
    "creation_time": "creation_timestamp",
    "creation_timestamp_ms": "creation_timestamp",
    "last_updated_time": "last_updated_timestamp",
    "last_updated_timestamp_ms": "last_updated_timestamp",
}
_LOGGED_MODEL_TEXTS = ("name", "model_id", "model_type", "status", "source_run_id")

LOGGED_MODELS = Grammar(
    prefixes={
        **_METRICS,
        **_PARAMS,
        **_TAGS,
        **dict.fromkeys(("attribute", "attributes"), Entity.ATTRIBUTE),
    },
    keys={
        Entity.ATTRIBUTE: _keys(
            *(Key(name, TEXT | LISTS) for name in _LOGGED_MODEL_TEXTS),
            Key("creation_timestamp", NUMERIC),
            Key("last_updated_timestamp", NUMERIC),
            **_LOGGED_MODEL_TIMES,
        )
    },
    operators={
        Entity.METRIC: NUMERIC,
        Entity.PARAM: TEXT | LISTS,
        Entity.TAG: TEXT | LISTS,
    },
    sortable=_same(
        (*_LOGGED_MODEL_TEXTS, "creation_timestamp", "last_updated_timestamp"),
        **_LOGGED_MODEL_TIMES,
    ),
    bare=True,
    sortable_entities=frozenset({Entity.METRIC}),
)
