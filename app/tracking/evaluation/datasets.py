"""Evaluation datasets: made in an experiment, which stays their home, and linked to others.

Who may do what is decided on the home alone: a link says where else a data set is listed, and
gives nobody a right (docs/adr/0010).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, select

from app import access, audit
from app.access import Operation
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.securables import Kind
from app.securables.tables import securables
from app.tracking.checks import MAX_KEY, check_text, invalid
from app.tracking.evaluation.merging import digest_of
from app.tracking.evaluation.resolve import Part, PartKind
from app.tracking.evaluation.tables import evaluation_dataset_experiments as links
from app.tracking.evaluation.values import USER_TAG, EvaluationDataset
from app.tracking.resolve import obtain_experiment, parse_experiment_id
from app.tracking.tables import experiments

MAX_NAME = 255
MAX_LINKS = 100
_MAX_TAGS = 1000
_MAX_TAG_VALUE = 5000

DATASETS = PartKind.of(
    "Evaluation dataset",
    "dataset_id",
    """
SELECT d.*, e.securable_id
FROM evaluation_datasets d JOIN experiments e ON e.number = d.experiment_number
WHERE d.dataset_id = :id""",
    "d",
)
_ADD = Sql("""
INSERT INTO evaluation_datasets (dataset_id, experiment_number, name, digest, record_count,
 user_id, updated_by, created_by, created_at, updated_at)
VALUES (:dataset_id, :number, :name, :digest, 0, :user_id, :user_id, :principal, :now, :now)
RETURNING pk""")
_LINK = Sql("""
INSERT INTO evaluation_dataset_experiments (dataset_pk, experiment_number) VALUES (:pk, :number)
ON CONFLICT DO NOTHING""")
_UNLINK = Sql("""
DELETE FROM evaluation_dataset_experiments
WHERE dataset_pk = :pk AND experiment_number IN_LIST(:numbers)""")
_TOUCH = Sql("UPDATE evaluation_datasets SET updated_at = :now WHERE pk = :pk")
_TAGS = Sql("""
SELECT dataset_pk, tag_name, value FROM evaluation_dataset_tags
WHERE dataset_pk IN_LIST(:pks) ORDER BY dataset_pk, tag_name""")
_SET_TAG = Sql("""
INSERT INTO evaluation_dataset_tags (dataset_pk, tag_name, value) VALUES (:pk, :name, :value)
ON CONFLICT (dataset_pk, tag_name) DO UPDATE SET value = excluded.value""")
_DELETE_TAGS = Sql("""
DELETE FROM evaluation_dataset_tags WHERE dataset_pk = :pk AND tag_name IN_LIST(:names)""")
_DELETE = (
    Sql("DELETE FROM evaluation_records WHERE dataset_pk = :pk"),
    Sql("DELETE FROM evaluation_dataset_tags WHERE dataset_pk = :pk"),
    Sql("DELETE FROM evaluation_dataset_experiments WHERE dataset_pk = :pk"),
    Sql("DELETE FROM evaluation_datasets WHERE pk = :pk"),
)


def create_dataset(
    caller: Caller,
    name: str,
    experiment_ids: Sequence[str],
    tags: Mapping[str, Any] | None = None,
) -> EvaluationDataset:
    """Create an evaluation dataset in the first of some experiments, linked to the others.

    Raises InvalidParameterError for a bad name or tag, no experiment or one in the trash;
    NotFoundError, PermissionDeniedError.
    """
    if not name:
        raise invalid("name", name, "A name is not empty")
    check_text(name, "name", MAX_NAME)
    wanted, _ = _sort_tags(tags or {})
    user = wanted.get(USER_TAG)
    numbers = _numbers(experiment_ids)
    if not numbers:
        hint = "An evaluation dataset belongs to an experiment: name at least one"
        raise invalid("experiment_ids", "", hint)
    dataset_id = f"d-{secrets.token_hex(16)}"
    _permit_links(caller, dataset_id, numbers[1:])
    home = obtain_experiment(
        caller, Operation.EVALUATION_DATASET_CREATE, str(numbers[0]), active=True
    )
    pk: int = _ADD.run(
        caller.session,
        dataset_id=dataset_id,
        number=home.number,
        name=name,
        digest=digest_of(name, caller.now),
        user_id=check_text(user, f"tags.{USER_TAG}", MAX_NAME) if user else None,
        principal=caller.principal.id,
        now=caller.now,
    ).scalar_one()
    _LINK.run_each(caller.session, [{"pk": pk, "number": number} for number in numbers])
    _write_tags(caller, pk, wanted)
    audit.record(caller, Operation.EVALUATION_DATASET_CREATE, dataset_id=dataset_id, name=name)
    made = DATASETS.find.run(caller.session, id=dataset_id).one()
    return describe(made, wanted.items(), [str(number) for number in numbers])


def get_dataset(caller: Caller, dataset_id: str) -> EvaluationDataset:
    """Return an evaluation dataset without its records.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError.
    """
    found = DATASETS.obtain(caller, Operation.EVALUATION_DATASET_READ, dataset_id)
    return _with_tags(caller, found)


def list_experiment_ids(caller: Caller, dataset_id: str) -> list[str]:
    """Return those experiments of an evaluation dataset that the caller may see, its home first.

    Raises NotFoundError if the data set is absent or hidden, PermissionDeniedError.
    """
    found = DATASETS.obtain(caller, Operation.EVALUATION_DATASET_READ, dataset_id)
    may_see = access.visible(caller, Operation.EXPERIMENT_READ, Kind.EXPERIMENT, deleted=True)
    rows = caller.session.execute(
        select(experiments.c.number)
        .join(securables, securables.c.id == experiments.c.securable_id)
        .join(links, links.c.experiment_number == experiments.c.number)
        .where(links.c.dataset_pk == found.row.pk, may_see)
        .order_by(experiments.c.number != found.experiment.number, experiments.c.number)
    )
    return [str(row.number) for row in rows]


def add_to_experiments(
    caller: Caller, dataset_id: str, experiment_ids: Sequence[str]
) -> EvaluationDataset:
    """Link an evaluation dataset to more experiments; a link that is there stays.

    Raises InvalidParameterError for more than 100 or one in the trash; NotFoundError and
    PermissionDeniedError as for the data set and for each of them.
    """
    numbers = _numbers(experiment_ids)
    found = DATASETS.obtain(caller, Operation.EVALUATION_DATASET_LINK, dataset_id, active=True)
    _record_link(caller, dataset_id, linked=[str(number) for number in numbers])
    _permit_links(caller, dataset_id, [one for one in numbers if one != found.experiment.number])
    _LINK.run_each(caller.session, [{"pk": found.row.pk, "number": one} for one in numbers])
    return _touched(caller, found)


def remove_from_experiments(
    caller: Caller, dataset_id: str, experiment_ids: Sequence[str]
) -> EvaluationDataset:
    """Unlink an evaluation dataset from experiments, if it is linked to them.

    Raises InvalidParameterError for its home, NotFoundError, PermissionDeniedError.
    """
    numbers = _numbers(experiment_ids)
    found = DATASETS.obtain(caller, Operation.EVALUATION_DATASET_LINK, dataset_id, active=True)
    if found.experiment.number in numbers:
        hint = "An evaluation dataset stays in the experiment that it was made in"
        raise invalid("experiment_ids", str(found.experiment.number), hint)
    _UNLINK.run(caller.session, pk=found.row.pk, numbers=numbers)
    _record_link(caller, dataset_id, unlinked=[str(number) for number in numbers])
    return _touched(caller, found)


def set_tags(caller: Caller, dataset_id: str, tags: Mapping[str, Any]) -> None:
    """Set tags, and delete those whose value is None.

    Raises InvalidParameterError for a bad name or value, NotFoundError, PermissionDeniedError.
    """
    wanted, unwanted = _sort_tags(tags)
    found = DATASETS.obtain(caller, Operation.EVALUATION_DATASET_TAG, dataset_id, active=True)
    _write_tags(caller, found.row.pk, wanted)
    _DELETE_TAGS.run(caller.session, pk=found.row.pk, names=unwanted)
    audit.record(
        caller,
        Operation.EVALUATION_DATASET_TAG,
        dataset_id=dataset_id,
        tags=list(wanted),
        deleted_tags=unwanted,
    )


def delete_tag(caller: Caller, dataset_id: str, name: str) -> None:
    """Delete a tag, if it is there.

    Raises InvalidParameterError for a bad name, NotFoundError, PermissionDeniedError.
    """
    set_tags(caller, dataset_id, {name: None})


def delete_dataset(caller: Caller, dataset_id: str) -> None:
    """Delete an evaluation dataset with its records, for good.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError.
    """
    found = DATASETS.obtain(caller, Operation.EVALUATION_DATASET_DELETE, dataset_id)
    for statement in _DELETE:
        statement.run(caller.session, pk=found.row.pk)
    audit.record(
        caller,
        Operation.EVALUATION_DATASET_DELETE,
        dataset_id=dataset_id,
        name=found.row.name,
        records=found.row.record_count,
    )


def fetch_tags(caller: Caller, pks: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Return the tags of evaluation datasets by key."""
    tags: dict[int, list[tuple[str, str]]] = {pk: [] for pk in pks}
    for pk, name, value in _TAGS.run(caller.session, pks=list(tags)) if tags else ():
        tags[pk].append((name, value))
    return tags


def describe(
    row: Row[*tuple[Any, ...]],
    tags: Iterable[tuple[str, str]],
    experiment_ids: Sequence[str] = (),
) -> EvaluationDataset:
    """Return the evaluation dataset of a row of its table."""
    return EvaluationDataset(
        dataset_id=row.dataset_id,
        home_id=str(row.experiment_number),
        name=row.name,
        digest=row.digest,
        fields=orjson.loads(row.fields) if row.fields else None,
        record_count=row.record_count,
        created_by=row.user_id,
        updated_by=row.updated_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        tags=tuple(tags),
        experiment_ids=tuple(experiment_ids),
    )


def _numbers(experiment_ids: Sequence[str]) -> list[int]:
    numbers = [parse_experiment_id(one) for one in dict.fromkeys(experiment_ids)]
    if len(numbers) > MAX_LINKS:
        msg = f"At most {MAX_LINKS} experiments at once. Got {len(numbers)}."
        raise InvalidParameterError(msg, field="experiment_ids")
    return numbers


def _permit_links(caller: Caller, dataset_id: str, numbers: Iterable[int]) -> None:
    for number in numbers:
        obtain_experiment(caller, Operation.EVALUATION_DATASET_LINK, str(number), active=True)
        _record_link(caller, dataset_id)


def _record_link(caller: Caller, dataset_id: str, **details: Any) -> None:
    audit.record(caller, Operation.EVALUATION_DATASET_LINK, dataset_id=dataset_id, **details)


def _touched(caller: Caller, found: Part) -> EvaluationDataset:
    _TOUCH.run(caller.session, pk=found.row.pk, now=caller.now)
    row = DATASETS.find.run(caller.session, id=found.row.dataset_id).one()
    return _with_tags(caller, Part(found.experiment, row))


def _with_tags(caller: Caller, found: Part) -> EvaluationDataset:
    pk = found.row.pk
    return describe(found.row, fetch_tags(caller, [pk])[pk])


def _sort_tags(tags: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Return the tags to set, as texts, and the names of those to delete."""
    if len(tags) > _MAX_TAGS:
        msg = f"At most {_MAX_TAGS} tags at once. Got {len(tags)}."
        raise InvalidParameterError(msg, field="tags")
    wanted: dict[str, str] = {}
    for name, value in tags.items():
        if not name:
            raise invalid("tags", name, "A name is not empty")
        check_text(name, "tags", MAX_KEY)
        if value is not None:
            wanted[name] = check_text(_as_text(value), f"tags.{name[:80]}", _MAX_TAG_VALUE)
    return wanted, [name for name, value in tags.items() if value is None]


def _as_text(value: Any) -> str:
    """Return a tag's value as MLflow stores it: what Python's ``str`` makes of a number."""
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else str(value)


def _write_tags(caller: Caller, pk: int, tags: Mapping[str, str]) -> None:
    rows = [{"pk": pk, "name": name, "value": tags[name]} for name in sorted(tags)]
    _SET_TAG.run_each(caller.session, rows)
