"""The language of searches of evaluation datasets.

``mlflow.utils.search_utils.SearchEvaluationDatasetsUtils``.
"""

from __future__ import annotations

from app.db.predicates import Entity, Operator
from app.protocols.mlflow.filters.grammars import NUMERIC, TEXT, Grammar, Key

_KEYS = (
    Key("name", TEXT | {Operator.IN}),
    Key("created_by", TEXT),
    Key("last_updated_by", TEXT),
    Key("created_time", NUMERIC, whole=True),
    Key("last_update_time", NUMERIC, whole=True),
)
_SORTABLE = ("name", "created_time", "last_update_time")

EVALUATION_DATASETS = Grammar(
    prefixes={"tags": Entity.TAG},
    keys={Entity.ATTRIBUTE: {key.name: key for key in _KEYS}},
    operators={Entity.TAG: TEXT},
    sortable={name: name for name in _SORTABLE},
)
