"""The statements that pages are fetched by: the heads of sorted indexes, merged.

Each source of what may be visible is a walk along one index from the page's start: the grants of a
kind to one principal, the securables that one principal owns, those in one catalog or schema.
SQLite merges them in the queue of a recursive WITH, a step at a time. PostgreSQL, whose queues have
no order, looks at the first few of each source to learn how far the page will reach at most, and
reads all sources up to there. Neither ever reads more than a page from a source.

The SQL is constant, and leaves one plan to choose, because statistics must not change it. SQLite is
told the indexes and the order of joins. PostgreSQL finds the order asked for in one index alone,
with no other that begins alike and could be sorted on, and is kept by CASE from guessing how much
is left over. Each of its parameters is in a SELECT of its own: no plan made for their values
then seems cheaper to it than the one that it keeps, and it does not plan anew each time.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple


class _Source(NamedTuple):
    """The index ix_TABLE_PATH over (key, kind, id), to walk along for each key in ``keys``."""

    keys: str
    table: str
    key: str
    id: str
    path: str
    narrowing: str = "true"


_IS_OPEN = "(x.catalog_id IN {open_catalogs} OR x.schema_id IN {open_schemas})"
_MAY_COUNT = f"x.effect = 'allow' AND (x.item IN {{free}} OR x.item IN {{gated}} AND {_IS_OPEN})"
_SOURCES = (
    _Source("grantees", "grants", "principal_id", "securable_id", "principal", _MAY_COUNT),
    _Source("owners", "securables", "owner_id", "id", "owner", f":owned_anywhere OR {_IS_OPEN}"),
    _Source("whole_catalogs", "securables", "catalog_id", "id", "catalog"),
    _Source("whole_schemas", "securables", "schema_id", "id", "schema"),
)
WALKED = tuple(source.keys for source in _SOURCES)
"""The parameters that are lists of what to walk along an index for."""

LISTS = (
    "principals",
    "free",
    "gated",
    "open_catalogs",
    "open_schemas",
    *WALKED,
)
"""The parameters that are lists of ids or items."""

_SQLITE_NEXT = """(SELECT x.{id} FROM {table} x INDEXED BY ix_{table}_{path}
  WHERE x.{key} = {value} AND x.kind = :kind AND x.{id} > {start} AND ({narrowing})
  ORDER BY x.{id} LIMIT 1)"""
_SQLITE_FIRST = "SELECT coalesce({head}, 'g'), '{keys}', k.value FROM json_each(:{keys}) k"
_SQLITE_WALK = """WITH RECURSIVE w(id, source, key) AS (
 {first}
 UNION ALL
 SELECT coalesce(CASE w.source {next} END, 'g'), w.source, w.key FROM w WHERE w.id < 'g'
 ORDER BY 1 LIMIT :size)"""
_SQLITE_COUNT = " SELECT count(*) FROM w WHERE w.id < 'g'"
_SQLITE_LIST = "(SELECT value FROM json_each(:{}))"
_SQLITE_SCAN = """WITH w(id, source, key) AS MATERIALIZED (
 SELECT x.id, 'all', '' FROM securables x INDEXED BY ix_securables_kind_id
 WHERE x.kind = :kind AND x.id > :after ORDER BY x.id LIMIT :size)"""
_POSTGRES_HEADS = """SELECT b.id, '{keys}', k.key FROM unnest(:{keys}) k(key)
  CROSS JOIN LATERAL (SELECT x.{id} AS id FROM {table} x
   WHERE (x.{key}, x.kind, x.{id}) > (k.key, :kind, :after)
   AND (x.{key}, x.kind, x.{id}) <= (k.key, :kind, {last})
   AND CASE WHEN {narrowing} THEN true ELSE false END
   ORDER BY x.{key}, x.kind, x.{id} LIMIT {number}) b"""
_POSTGRES_WALK = """WITH head(id, source, key) AS MATERIALIZED (
 {heads}),
w(id, source, key) AS MATERIALIZED (
 SELECT * FROM ({bounded}) u ORDER BY 1 LIMIT :size)"""
_POSTGRES_LAST = """coalesce((SELECT h.id FROM head h ORDER BY h.id
    LIMIT 1 OFFSET :size - 1), 'g')"""
_POSTGRES_COUNT = """SELECT count(*) FROM (
 SELECT 1 FROM ({heads}) u LIMIT :size) v"""
_POSTGRES_SCAN = """WITH w(id, source, key) AS MATERIALIZED (
 SELECT x.id, 'all', '' FROM securables x
 WHERE x.kind = :kind AND x.id > :after ORDER BY x.id LIMIT :size)"""
_POSTGRES_TYPES = {"size": "int", "head": "int", "now": "bigint"} | dict.fromkeys(
    ("writing", "owned_anywhere", "denied_somewhere"), "boolean"
)
_PARAMETER = re.compile(r"(?<!:):(\w+)")

_LINES = """
SELECT s.id, s.kind, s.name, s.parent_id, s.catalog_id, s.schema_id, s.owner_id, s.comment,
 s.isolated, s.created_at, s.created_by, s.updated_at, s.updated_by, s.deleted_at,
 (SELECT c.name FROM securables c WHERE c.id = s.catalog_id),
 (SELECT c.name FROM securables c WHERE c.id = s.schema_id),
 (SELECT c.isolated AND NOT EXISTS (SELECT 1 FROM catalog_bindings b
   WHERE b.catalog_id = c.id AND b.workspace_id = :workspace AND NOT (b.read_only AND :writing))
  FROM securables c WHERE c.id = s.catalog_id),
 CASE w.source WHEN 'grantees' THEN {granted_to_one} WHEN 'all' THEN {granted} END,
 CASE WHEN :denied_somewhere THEN {denied} END
FROM w CROSS JOIN {each} WHERE w.id < 'g'"""
_ITEMS = """(SELECT {concatenate}(g.item, '|')
  FILTER (WHERE g.effect = '{effect}' AND (g.expires_at IS NULL OR g.expires_at > :now))
  FROM grants g WHERE g.securable_id = w.id AND g.principal_id {whose})"""


@cache
def walk_sql(*, is_sqlite: bool, of_all: bool) -> str:
    """Return the statement for the next :size lines behind the id :after.

    With ``of_all`` it walks through all of the kind instead of the sources.
    """
    if is_sqlite:
        return _sqlite_walk(of_all=of_all) + _lines(is_sqlite=True)
    return _without_values(_postgres_walk(of_all=of_all) + _lines(is_sqlite=False))


@cache
def count_sql(*, is_sqlite: bool) -> str:
    """Return the statement for how many lines the sources have, counted up to :size."""
    if is_sqlite:
        return _sqlite_walk(of_all=False) + _SQLITE_COUNT
    return _without_values(_POSTGRES_COUNT.format(heads=_postgres_heads("'g'", ":size")))


def _sqlite_walk(*, of_all: bool) -> str:
    if of_all:
        return _SQLITE_SCAN
    first, following = [], []
    for source in _SOURCES:
        narrowing = _with_lists(source.narrowing, is_sqlite=True)
        fields = source._asdict() | {"narrowing": narrowing}
        head = _SQLITE_NEXT.format(**fields, value="k.value", start=":after")
        first.append(_SQLITE_FIRST.format(head=head, keys=source.keys))
        further = _SQLITE_NEXT.format(**fields, value="w.key", start="w.id")
        following.append(f"WHEN '{source.keys}' THEN {further}")
    return _SQLITE_WALK.format(first=" UNION ALL ".join(first), next=" ".join(following))


def _postgres_walk(*, of_all: bool) -> str:
    if of_all:
        return _POSTGRES_SCAN
    return _POSTGRES_WALK.format(
        heads=_postgres_heads("'g'", ":head"),
        bounded=_postgres_heads(_POSTGRES_LAST, ":size"),
    )


def _postgres_heads(last: str, number: str) -> str:
    """Return the statement for the first lines of all sources, up to the id ``last``."""
    heads = []
    for source in _SOURCES:
        fields = source._asdict() | {"narrowing": _with_lists(source.narrowing, is_sqlite=False)}
        heads.append(_POSTGRES_HEADS.format(**fields, last=last, number=number))
    return " UNION ALL ".join(heads)


def _lines(*, is_sqlite: bool) -> str:
    concatenate = "group_concat" if is_sqlite else "string_agg"
    principals = f"IN {_SQLITE_LIST.format('principals')}" if is_sqlite else "= ANY(:principals)"
    allow = {"concatenate": concatenate, "effect": "allow"}
    return _LINES.format(
        granted_to_one=_ITEMS.format(**allow, whose="= w.key"),
        granted=_ITEMS.format(**allow, whose=principals),
        denied=_ITEMS.format(concatenate=concatenate, effect="deny", whose=principals),
        each="securables s ON s.id = w.id"
        if is_sqlite
        else "LATERAL (SELECT * FROM securables y WHERE y.id = w.id OFFSET 0) s",
    )


def _with_lists(narrowing: str, *, is_sqlite: bool) -> str:
    if is_sqlite:
        lists = {name: _SQLITE_LIST.format(name) for name in LISTS}
    else:
        lists = {name: f"(SELECT unnest(:{name}))" for name in LISTS}
    return narrowing.format(**lists)


def _without_values(sql: str) -> str:
    """Hide the values of PostgreSQL's parameters from its planner."""
    return _PARAMETER.sub(_hide, sql)


def _hide(parameter: re.Match[str]) -> str:
    name = parameter[1]
    type_ = "varchar[]" if name in LISTS else _POSTGRES_TYPES.get(name, "varchar")
    return f"CAST((SELECT :{name}) AS {type_})"
