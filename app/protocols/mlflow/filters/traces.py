"""The language of searches of traces (``mlflow.utils.search_utils.SearchTraceUtils``)."""

from __future__ import annotations

from dataclasses import replace

from app.db.predicates import Comparison, Entity, Operator
from app.protocols.mlflow.filters.expressions import parse_filter
from app.protocols.mlflow.filters.grammars import (
    LISTS,
    NULLS,
    NUMERIC,
    SAME,
    SPAN_ATTRIBUTES,
    TEXT,
    Grammar,
    Key,
)
from app.protocols.mlflow.filters.tokens import quoted, refuse
from app.tracking.traces.settling import NAME_TAG

_PATTERNS = frozenset({Operator.LIKE, Operator.ILIKE})
_WORDS = TEXT | {Operator.RLIKE}
_ASSESSED = NUMERIC | _WORDS | NULLS
_TIMES = ("timestamp", "execution_time", "end_time")
_KEYS = (
    *(Key(name, _WORDS | LISTS) for name in ("request_id", "status", "client_request_id", "name")),
    Key("run_id", _WORDS | LISTS | NULLS),
    *(Key(f"{name}_ms", NUMERIC) for name in _TIMES),
    Key("prompt", SAME),
    Key("text", _PATTERNS),
)
_BY_NAME = {key.name: key for key in _KEYS}
_SORTABLE = ("experiment_id", "request_id", "status", "name", "run_id")

TRACES = Grammar(
    prefixes={
        **dict.fromkeys(("tag", "tags"), Entity.TAG),
        **dict.fromkeys(("metadata", "request_metadata"), Entity.METADATA),
        **dict.fromkeys(("attribute", "attributes", "trace"), Entity.ATTRIBUTE),
        **{entity.value: entity for entity in (Entity.SPAN, Entity.FEEDBACK, Entity.EXPECTATION)},
        "issue": Entity.ISSUE,
    },
    keys={
        Entity.ATTRIBUTE: _BY_NAME | {name: _BY_NAME[f"{name}_ms"] for name in _TIMES},
        Entity.ISSUE: {"id": Key("id", frozenset({Operator.EQ}))},
    },
    operators={
        Entity.TAG: _WORDS | NULLS,
        Entity.METADATA: _WORDS | NULLS,
        Entity.SPAN: _WORDS | LISTS,
        Entity.FEEDBACK: _ASSESSED,
        Entity.EXPECTATION: _ASSESSED,
    },
    sortable={name: name for name in _SORTABLE}
    | {spelling: f"{name}_ms" for name in _TIMES for spelling in (name, f"{name}_ms")},
    loose=frozenset({Entity.FEEDBACK, Entity.EXPECTATION}),
)

_SPAN_KEYS = frozenset({"name", "type", "status", "content"})
_ATTRIBUTE = f"{SPAN_ATTRIBUTES}."


def parse_trace_filter(text: str | None) -> tuple[Comparison, ...]:
    """Return the comparisons of a filter of traces.

    Raises InvalidParameterError, whose field is ``filter``, for whatever the grammar does not have.
    """
    return tuple(_meant(one) for one in parse_filter(text, TRACES))


def _meant(comparison: Comparison) -> Comparison:
    """Say a shorthand in full: ``name`` is a tag, ``text`` is what spans hold."""
    if comparison.entity is Entity.SPAN:
        _check_span(comparison)
    elif comparison.entity is Entity.ATTRIBUTE and comparison.key == "name":
        return replace(comparison, entity=Entity.TAG, key=NAME_TAG)
    elif comparison.entity is Entity.ATTRIBUTE and comparison.key == "text":
        return replace(comparison, entity=Entity.SPAN, key="content")
    return comparison


def _check_span(comparison: Comparison) -> None:
    key = comparison.key
    if key not in _SPAN_KEYS and len(key) <= len(_ATTRIBUTE):
        refuse("filter", f"Invalid span attribute {quoted(key)}")
    if key not in _SPAN_KEYS and not key.startswith(_ATTRIBUTE):
        names = ", ".join(sorted(_SPAN_KEYS))
        refuse(
            "filter",
            f"Invalid span attribute {quoted(key)}. "
            f"Supported attributes: {names}, attributes.<attribute_name>.",
        )
    if key == "content" and comparison.operator not in _PATTERNS:
        refuse("filter", f"Invalid comparator '{comparison.operator}' not one of LIKE, ILIKE")
