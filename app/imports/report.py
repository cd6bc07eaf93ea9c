"""Count what there was over there and what there is here of it: the two have to match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import orjson

from app import access, audit
from app.access import Operation
from app.db.statements import Sql
from app.identity import Caller
from app.imports.values import Import, Origin, Tally
from app.securables import Kind
from app.tracking.files import ATTACHMENTS

_COUNTED = Sql("SELECT kind, counted FROM imported WHERE import_pk = :pk AND counted <> '{}'")
_OF = "SELECT count(*) FROM imported i JOIN"
_LINE = "WHERE i.import_pk = :pk AND i.kind"
_RUNS = f"{_OF} runs r ON r.run_id = i.ours"
_MODELS = f"{_OF} logged_models m ON m.model_id = i.ours"
_REGISTERED = f"{_OF} registered_models m ON m.id = i.ours"
_VERSIONS = """SELECT count(*) FROM imported m JOIN model_versions v ON v.model_id = m.ours
JOIN imported i ON i.import_pk = m.import_pk
 AND i.source_id = m.source_id || '/' || CAST(v.version AS varchar(20))
 AND m.kind = 'registered_model'"""
# Materialized, so that only numbers are taken for numbers.
_NUMBERS = """WITH e(number) AS MATERIALIZED (SELECT CAST(ours AS bigint) FROM imported
 WHERE import_pk = :pk AND kind = 'experiment')"""
_EXPERIMENTS = Sql(f"""
{_NUMBERS} SELECT count(*) FROM e JOIN experiments x ON x.number = e.number""")  # noqa: S608 (constants)
_TRACES = f"""{_NUMBERS} SELECT count(*) FROM e JOIN traces t ON t.experiment_number = e.number
JOIN imported i ON i.source_id = t.trace_id"""  # noqa: S608 (constants)

_ATTACHED = f"""JOIN artifact_files f ON f.parent = '{ATTACHMENTS}'
 AND f.container = 'trace:' || CAST(t.experiment_number AS varchar(20)) || '/' || t.trace_id"""

_OURS: dict[str, Sql] = {
    name: Sql(f"{statement} {_LINE} = '{kind}'")
    for name, kind, statement in (
        ("runs", Origin.RUN.value, _RUNS),
        ("params", Origin.RUN.value, f"{_RUNS} JOIN params p ON p.run_pk = r.pk"),
        ("points", Origin.RUN.value, f"{_RUNS} JOIN metrics p ON p.run_pk = r.pk"),
        ("datasets", Origin.RUN.value, f"{_RUNS} JOIN run_inputs p ON p.run_pk = r.pk"),
        ("logged_models", Origin.LOGGED_MODEL.value, _MODELS),
        (
            "model_points",
            Origin.LOGGED_MODEL.value,
            f"{_MODELS} JOIN logged_model_metrics p ON p.model_pk = m.pk",
        ),
        ("registered_models", Origin.MODEL.value, _REGISTERED),
        ("versions", Origin.VERSION.value, _VERSIONS),
        ("traces", Origin.TRACE.value, _TRACES),
        (
            "links",
            Origin.LINKS.value,
            f"{_OF} trace_runs l ON l.run_id = i.ours",
        ),
        ("spans", Origin.TRACE.value, f"{_TRACES} JOIN trace_spans p ON p.trace_pk = t.pk"),
        ("assessments", Origin.TRACE.value, f"{_TRACES} JOIN assessments p ON p.trace_pk = t.pk"),
        ("attachments", Origin.TRACE.value, f"{_TRACES} {_ATTACHED}"),
    )
}
_FILES = Sql("""
SELECT count(*), coalesce(sum(b.size), 0) FROM imported i
JOIN artifact_files f ON f.container = i.kind || ':' || i.ours JOIN blobs b ON b.id = f.blob_id
WHERE i.import_pk = :pk AND i.kind IN ('run', 'logged_model')""")
_ALIASES = Sql("""
SELECT count(*) FROM imported WHERE import_pk = :pk AND kind = 'alias'""")


def tally(caller: Caller, into: Import, seen: Mapping[str, int]) -> list[Tally]:
    """Return what was counted over there beside what is here of it.

    ``seen`` is what the source lists now; what belongs to a run, model or trace was counted when
    that was brought. Raises NotFoundError, PermissionDeniedError.
    """
    access.obtain(caller, Operation.IMPORT_READ, into.schema_id, kind=Kind.SCHEMA)
    source = Counter(dict(seen))
    for _kind, counted in _COUNTED.run(caller.session, pk=into.pk):
        source.update(orjson.loads(counted))
    statements = {"experiments": _EXPERIMENTS, **_OURS, "aliases": _ALIASES}
    ours = {
        name: int(statement.run(caller.session, pk=into.pk).scalar_one())
        for name, statement in statements.items()
    }
    files, size = _FILES.run(caller.session, pk=into.pk).one()
    ours |= {"files": int(files), "bytes": int(size)}
    tallies = [Tally(name, source[name], count) for name, count in ours.items()]
    audit.record(
        caller,
        Operation.IMPORT_READ,
        source=into.source,
        brought={one.name: one.ours for one in tallies},
    )
    return tallies
