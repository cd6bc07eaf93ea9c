"""The records of evaluation datasets: merged, read in pages, deleted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import orjson
from sqlalchemy import Row

from app import audit
from app.access import Operation
from app.db import Page
from app.db.statements import Insert, Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import check_page_size, check_text
from app.tracking.evaluation.datasets import DATASETS, MAX_NAME
from app.tracking.evaluation.merging import digest_of, hash_inputs, merge, widen
from app.tracking.evaluation.pages import read_token, token_after
from app.tracking.evaluation.resolve import Part
from app.tracking.evaluation.values import EvaluationRecord, GivenRecord, Merged, Source

MAX_RESULTS = 1000
MAX_DELETED = 10_000
MAX_PAGE_CHARACTERS = 16 << 20
"""Of what the records of a page hold; a page is cut short before, but for its first record."""

# Written first of all, so that two merges into a data set come after one another.
_LOCK = Sql("""
UPDATE evaluation_datasets SET updated_at = :now WHERE pk = :pk RETURNING fields""")
_UPDATE = Sql("""
UPDATE evaluation_datasets SET digest = :digest, fields = :fields, updated_by = :user,
 record_count = record_count + :added WHERE pk = :pk""")
_COLUMNS = """pk, record_id, input_hash, inputs, outputs, expectations, tags, source, user_id,
 updated_by, created_at, updated_at"""
_KNOWN = Sql(f"""
SELECT {_COLUMNS} FROM evaluation_records
WHERE dataset_pk = :pk AND input_hash IN_LIST(:hashes)""")  # noqa: S608 (constants)
_SIZES = Sql("""
SELECT pk, length(inputs) + length(outputs) + length(expectations) + length(tags) AS size
FROM evaluation_records WHERE dataset_pk = :pk AND pk > :after ORDER BY pk LIMIT :size""")
_PAGE = Sql(f"""
SELECT {_COLUMNS} FROM evaluation_records
WHERE dataset_pk = :pk AND pk > :after AND pk <= :last ORDER BY pk""")  # noqa: S608 (constants)
_ADD = Insert(
    "evaluation_records",
    {
        "record_id": "text",
        "dataset_pk": "bigint",
        "input_hash": "text",
        "inputs": "text",
        "outputs": "text",
        "expectations": "text",
        "tags": "text",
        "source": "text",
        "user_id": "text",
        "updated_by": "text",
        "created_by": "text",
        "created_at": "bigint",
        "updated_at": "bigint",
    },
    "",
)
_CHANGE = Sql("""
UPDATE evaluation_records SET outputs = :outputs, expectations = :expectations, tags = :tags,
 updated_by = :updated_by, updated_at = :updated_at
WHERE dataset_pk = :pk AND input_hash = :input_hash""")
_DELETE = Sql("""
DELETE FROM evaluation_records WHERE dataset_pk = :pk AND record_id IN_LIST(:record_ids)""")


def merge_records(caller: Caller, dataset_id: str, records: Sequence[GivenRecord]) -> Merged:
    """Add records, or say more of those with the same inputs.

    Raises InvalidParameterError for a user's name that is too long or an experiment in the trash;
    NotFoundError, PermissionDeniedError.
    """
    users = [_check_user(record, index) for index, record in enumerate(records)]
    hashes = [hash_inputs(record.inputs) for record in records]
    found = DATASETS.obtain(caller, Operation.EVALUATION_RECORD_WRITE, dataset_id, active=True)
    pk = found.row.pk
    known_fields = _lock(caller, found)
    rows = _KNOWN.run(caller.session, pk=pk, hashes=list(set(hashes)))
    merged = {row.input_hash: _record(row, dataset_id) for row in rows}
    known = frozenset(merged)
    for input_hash, record in zip(hashes, records, strict=True):
        old = merged.get(input_hash)
        merged[input_hash] = (
            merge(old, record, caller.now) if old else _new(caller, dataset_id, record)
        )
    new = {key: record for key, record in merged.items() if key not in known}
    _ADD.run(caller.session, [_row(caller, pk, key, record) for key, record in new.items()])
    _CHANGE.run_each(caller.session, [_change(pk, key, merged[key]) for key in sorted(known)])
    fields = widen(orjson.loads(known_fields) if known_fields else None, records)
    _UPDATE.run(
        caller.session,
        pk=pk,
        digest=digest_of(found.row.name, caller.now),
        fields=_json(fields) if records else known_fields,
        user=next((user for user in reversed(users) if user), None),
        added=len(new),
    )
    _record_change(caller, dataset_id, inserted=len(new), updated=len(records) - len(new))
    return Merged(len(new), len(records) - len(new))


def read_records(
    caller: Caller, dataset_id: str, *, max_results: int = MAX_RESULTS, page_token: str = ""
) -> Page[EvaluationRecord]:
    """Return a page of records, in the order in which they were added.

    It is shorter than asked for where the records are large.

    Raises InvalidParameterError for a bad page size or token, NotFoundError,
    PermissionDeniedError.
    """
    size = check_page_size(max_results, MAX_RESULTS)
    after = read_token(page_token, dataset_id, 0)
    found = DATASETS.obtain(caller, Operation.EVALUATION_RECORD_READ, dataset_id)
    pk = found.row.pk
    sizes = _SIZES.run(caller.session, pk=pk, after=after, size=size + 1).all()
    if not sizes:
        return Page([])
    totals = accumulate(row.size for row in sizes[:size])
    count = max(1, sum(total <= MAX_PAGE_CHARACTERS for total in totals))
    last = sizes[count - 1].pk
    rows = _PAGE.run(caller.session, pk=pk, after=after, last=last)
    token = token_after(dataset_id, last) if len(sizes) > count else ""
    return Page([_record(row, dataset_id) for row in rows], token)


def delete_records(caller: Caller, dataset_id: str, record_ids: Sequence[str]) -> int:
    """Delete those of some records that the data set has, and return how many.

    Raises InvalidParameterError for more than 10,000 or an experiment in the trash;
    NotFoundError, PermissionDeniedError.
    """
    if len(record_ids) > MAX_DELETED:
        msg = f"At most {MAX_DELETED} records at once. Got {len(record_ids)}."
        raise InvalidParameterError(msg, field="dataset_record_ids")
    ids = [check_text(one, "dataset_record_ids", 50) for one in dict.fromkeys(record_ids)]
    found = DATASETS.obtain(caller, Operation.EVALUATION_RECORD_WRITE, dataset_id, active=True)
    pk = found.row.pk
    fields = _lock(caller, found)
    deleted = _DELETE.run(caller.session, pk=pk, record_ids=ids).rowcount
    _UPDATE.run(
        caller.session,
        pk=pk,
        digest=digest_of(found.row.name, caller.now),
        fields=fields,
        user=found.row.updated_by,
        added=-deleted,
    )
    _record_change(caller, dataset_id, deleted=deleted)
    return deleted


def _lock(caller: Caller, found: Part) -> str | None:
    """Hold the data set until the request ends; return the types of its fields."""
    row = _LOCK.run(caller.session, pk=found.row.pk, now=caller.now).first()
    if row is None:
        raise DATASETS.not_found(found.row.dataset_id)
    fields: str | None = row.fields
    return fields


def _record_change(caller: Caller, dataset_id: str, **counts: Any) -> None:
    audit.record(caller, Operation.EVALUATION_RECORD_WRITE, dataset_id=dataset_id, **counts)


def _check_user(record: GivenRecord, index: int) -> str | None:
    user = record.user
    return None if user is None else check_text(user, f"records[{index}].tags", MAX_NAME)


def _new(caller: Caller, dataset_id: str, given: GivenRecord) -> EvaluationRecord:
    return EvaluationRecord(
        record_id=f"dr-{secrets.token_hex(16)}",
        dataset_id=dataset_id,
        inputs=given.inputs,
        outputs=given.outputs if given.has_outputs else {},
        expectations=None if given.expectations is None else dict(given.expectations),
        tags=dict(given.tags or {}),
        source=given.source,
        created_by=given.user,
        updated_by=given.user,
        created_at=caller.now,
        updated_at=caller.now,
    )


def _row(caller: Caller, pk: int, input_hash: str, record: EvaluationRecord) -> tuple[Any, ...]:
    source = record.source
    return (
        record.record_id,
        pk,
        input_hash,
        *map(_json, (record.inputs, record.outputs, record.expectations, record.tags)),
        _json([source.type, source.details] if source else None),
        record.created_by,
        record.updated_by,
        caller.principal.id,
        record.created_at,
        record.updated_at,
    )


def _change(pk: int, input_hash: str, record: EvaluationRecord) -> dict[str, Any]:
    return {
        "pk": pk,
        "input_hash": input_hash,
        "outputs": _json(record.outputs),
        "expectations": _json(record.expectations),
        "tags": _json(record.tags),
        "updated_by": record.updated_by,
        "updated_at": record.updated_at,
    }


def _record(row: Row[*tuple[Any, ...]], dataset_id: str) -> EvaluationRecord:
    source = orjson.loads(row.source)
    return EvaluationRecord(
        record_id=row.record_id,
        dataset_id=dataset_id,
        inputs=orjson.loads(row.inputs),
        outputs=orjson.loads(row.outputs),
        expectations=orjson.loads(row.expectations),
        tags=orjson.loads(row.tags),
        source=Source(*source) if source else None,
        created_by=row.user_id,
        updated_by=row.updated_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
