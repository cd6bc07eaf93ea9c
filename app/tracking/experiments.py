"""Experiments: securables of a schema, with MLflow's decimal ids and tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from app import access, audit, securables
from app.access import Operation
from app.db.statements import Sql
from app.errors import AlreadyExistsError, ConflictError, InvalidParameterError, NotFoundError
from app.identity import Caller
from app.namespace import echo, full_name
from app.securables import FullName, Kind, Securable, check_short_name
from app.tracking.checks import (
    MAX_EXPERIMENT_TAG_VALUE,
    check_key,
    check_tags,
    invalid,
)
from app.tracking.resolve import (
    ExperimentRef,
    artifact_location,
    experiment_not_found,
    lifecycle,
    obtain_by_id,
    obtain_experiment,
)
from app.tracking.values import Experiment, Pair

DEFAULT_NUMBER = 0
DEFAULT_NAME = "Default"

_ADD = Sql("INSERT INTO experiments (securable_id) VALUES (:securable_id) RETURNING number")
_ADD_DEFAULT = Sql("""
INSERT INTO experiments (number, securable_id) VALUES (:number, :securable_id)""")
_HAS_NUMBER = Sql("SELECT 1 FROM experiments WHERE number = :number")
_NAMESAKE = Sql("""
SELECT e.number, s.id, s.deleted_at FROM securables s JOIN experiments e ON e.securable_id = s.id
WHERE s.kind = 'experiment' AND s.name = :name AND s.parent_id =
 (SELECT id FROM securables WHERE kind = 'schema' AND name = :schema AND deleted_at IS NULL
  AND parent_id = (SELECT id FROM securables WHERE kind = 'catalog' AND name = :catalog
   AND deleted_at IS NULL))
ORDER BY s.deleted_at IS NOT NULL, s.deleted_at DESC LIMIT 1""")
_TAGS = Sql("""
SELECT experiment_number, tag_name, value FROM experiment_tags
WHERE experiment_number IN_LIST(:numbers)""")
_SET_TAG = Sql("""
INSERT INTO experiment_tags (experiment_number, tag_name, value) VALUES (:number, :name, :value)
ON CONFLICT (experiment_number, tag_name) DO UPDATE SET value = excluded.value""")
_DELETE_TAG = Sql("""
DELETE FROM experiment_tags WHERE experiment_number = :number AND tag_name = :name""")


def create_experiment(
    caller: Caller, name: str, *, location: str = "", tags: Sequence[Pair] = ()
) -> Experiment:
    """Create an experiment, by a full name or a short one in the caller's home schema.

    Raises InvalidParameterError for a bad name or tag, or a ``location`` other than this server's;
    AlreadyExistsError if one has the name, in the trash too; NotFoundError and
    PermissionDeniedError as for the schema.
    """
    place = _place(caller, name)
    _check_location(location)
    tagged = check_tags(tags, limit=MAX_EXPERIMENT_TAG_VALUE, truncate=False)
    parent = access.obtain(caller, Operation.EXPERIMENT_CREATE, place.parent)
    _check_free(caller, place, name)
    made = put_experiment(caller, parent, place.leaf, tagged)
    audit.record(
        caller, Operation.EXPERIMENT_CREATE, made.securable, experiment_id=str(made.number)
    )
    return describe_experiment(caller, made, tuple(tagged.items()))


def ensure_default_experiment(caller: Caller) -> None:
    """Make the experiment ``0``, named Default, in the caller's home schema unless there is one.

    Raises PermissionDeniedError without CREATE EXPERIMENT there.
    """
    if _HAS_NUMBER.run(caller.session, number=DEFAULT_NUMBER).first() is not None:
        return
    home = caller.workspace.home_schema_id if caller.workspace else ""
    parent = access.obtain(caller, Operation.EXPERIMENT_CREATE, home, kind=Kind.SCHEMA)
    made = securables.add(caller, Kind.EXPERIMENT, parent, DEFAULT_NAME)
    _ADD_DEFAULT.run(caller.session, number=DEFAULT_NUMBER, securable_id=made.id)
    audit.record(caller, Operation.EXPERIMENT_CREATE, made, experiment_id=str(DEFAULT_NUMBER))


def get_experiment(caller: Caller, experiment_id: str) -> Experiment:
    """Return an experiment, in the trash or not.

    Raises InvalidParameterError for what is no number, NotFoundError, PermissionDeniedError.
    """
    found = obtain_experiment(caller, Operation.EXPERIMENT_READ, experiment_id)
    return _with_tags(caller, found)


def get_experiment_by_name(caller: Caller, name: str) -> Experiment:
    """Return the experiment of a full or short name: the living one, else the last deleted.

    Raises InvalidParameterError for a bad name, NotFoundError, PermissionDeniedError.
    """
    place = _place(caller, name)
    row = find_namesake(caller, place)
    error = NotFoundError(f"Could not find experiment with name '{name}'", field="experiment_name")
    found = obtain_by_id(
        caller, Operation.EXPERIMENT_READ, row.id if row else None, str(place), error
    )
    if row is None:
        raise error
    return _with_tags(caller, ExperimentRef(row.number, found))


def rename_experiment(caller: Caller, experiment_id: str, new_name: str) -> Experiment:
    """Give an experiment another name in the same schema.

    Raises ConflictError for one in the trash, InvalidParameterError for a bad name or one in
    another schema, AlreadyExistsError, NotFoundError, PermissionDeniedError.
    """
    place = _place(caller, new_name, field="new_name")
    found = obtain_experiment(caller, Operation.EXPERIMENT_UPDATE, experiment_id)
    securable = found.securable
    if securable.deleted_at is not None:
        msg = "Cannot rename a non-active experiment."
        raise ConflictError(msg, field="experiment_id")
    if place.parent != securable.full_name.parent:
        hint = f"An experiment stays in its schema, {securable.full_name.parent}"
        raise invalid("new_name", new_name, hint)
    if place.leaf != securable.name:
        _check_free(caller, place, new_name)
        securable = securables.rename(caller, securable, place.leaf)
    audit.record(caller, Operation.EXPERIMENT_UPDATE, securable, was=found.securable.name)
    return _with_tags(caller, ExperimentRef(found.number, securable))


def delete_experiment(caller: Caller, experiment_id: str) -> None:
    """Move an experiment, and with it its runs and logged models, to the trash.

    Raises NotFoundError if it is there already, absent or hidden; PermissionDeniedError.
    """
    found = obtain_experiment(caller, Operation.EXPERIMENT_DELETE, experiment_id)
    if found.securable.deleted_at is not None:
        raise experiment_not_found(experiment_id)
    securables.drop(caller, found.securable)
    audit.record(caller, Operation.EXPERIMENT_DELETE, experiment_id=experiment_id)


def restore_experiment(caller: Caller, experiment_id: str) -> None:
    """Bring an experiment back from the trash; runs that were deleted before it stay there.

    Raises NotFoundError if it is not in the trash, absent or hidden; PermissionDeniedError.
    """
    found = obtain_experiment(caller, Operation.EXPERIMENT_RESTORE, experiment_id)
    if found.securable.deleted_at is None:
        raise experiment_not_found(experiment_id)
    restored = securables.undrop(caller, found.securable)
    securables.touch(caller, restored)
    audit.record(caller, Operation.EXPERIMENT_RESTORE, experiment_id=experiment_id)


def set_experiment_tag(caller: Caller, experiment_id: str, name: str, value: str) -> None:
    """Set a tag.

    Raises InvalidParameterError for a bad name, a value of more than 20,000 characters or an
    experiment in the trash; NotFoundError, PermissionDeniedError.
    """
    tagged = check_tags([(name, value)], limit=MAX_EXPERIMENT_TAG_VALUE, truncate=False)
    found = obtain_experiment(caller, Operation.EXPERIMENT_TAG, experiment_id, active=True)
    _write_tags(caller, found.number, tagged)
    securables.touch(caller, found.securable)
    audit.record(caller, Operation.EXPERIMENT_TAG, tag=name)


def delete_experiment_tag(caller: Caller, experiment_id: str, name: str) -> None:
    """Delete a tag.

    Raises NotFoundError if the experiment has no such tag, or is absent or hidden;
    InvalidParameterError for one in the trash; PermissionDeniedError.
    """
    check_key(name, "key")
    found = obtain_experiment(caller, Operation.EXPERIMENT_TAG, experiment_id, active=True)
    if _DELETE_TAG.run(caller.session, number=found.number, name=name).rowcount == 0:
        msg = f"No tag with name: {name} in experiment with id {experiment_id}"
        raise NotFoundError(msg, field="key")
    securables.touch(caller, found.securable)
    audit.record(caller, Operation.EXPERIMENT_TAG, deleted_tag=name)


def put_experiment(
    caller: Caller, schema: Securable, name: str, tags: dict[str, str]
) -> ExperimentRef:
    """Add an experiment with tags that were checked to a schema that was obtained."""
    made = securables.add(caller, Kind.EXPERIMENT, schema, name)
    number: int = _ADD.run(caller.session, securable_id=made.id).scalar_one()
    _write_tags(caller, number, tags)
    return ExperimentRef(number, made)


def find_namesake(caller: Caller, place: FullName) -> Row[*tuple[Any, ...]] | None:
    """Return (number, id, deleted_at) of who has a name: the living, else last deleted.

    What is found is still to be obtained.
    """
    catalog, schema, leaf = place.parts
    return _NAMESAKE.run(caller.session, catalog=catalog, schema=schema, name=leaf).first()


def check_not_deleted(namesake: Row[*tuple[Any, ...]], name: str) -> None:
    """Raise AlreadyExistsError for a name that an experiment in the trash has."""
    if namesake.deleted_at is not None:
        # Without its id: whoever may create here need not be one who may see what was deleted.
        msg = (
            f"Experiment '{name}' already exists in deleted state. "
            f"Restore that experiment, or choose another name."
        )
        raise AlreadyExistsError(msg, field="name")


def fetch_tags(caller: Caller, numbers: Sequence[int]) -> dict[int, list[Pair]]:
    """Return the tags of experiments by number."""
    tags: dict[int, list[Pair]] = {number: [] for number in numbers}
    for number, name, value in _TAGS.run(caller.session, numbers=list(tags)):
        tags[number].append((name, value))
    return tags


def describe_experiment(caller: Caller, found: ExperimentRef, tags: Sequence[Pair]) -> Experiment:
    """Return an experiment as its caller knows it."""
    securable = found.securable
    return Experiment(
        experiment_id=str(found.number),
        id=securable.id,
        name=echo(caller, securable),
        full_name=securable.full_name,
        artifact_location=artifact_location(found.number),
        lifecycle_stage=lifecycle(securable.deleted_at),
        creation_time=securable.created_at,
        last_update_time=max(securable.updated_at, securable.deleted_at or 0),
        owner_id=securable.owner_id,
        tags=tuple(tags),
    )


def _place(caller: Caller, name: str, field: str = "name") -> FullName:
    if not name:
        msg = f"Invalid experiment name: '{name}'"
        raise InvalidParameterError(msg, field=field)
    place = full_name(caller, name, field=field)
    check_short_name(place.leaf, field=field)
    return place


def _check_location(location: str) -> None:
    if location.rstrip("/") not in {"", "mlflow-artifacts:"}:
        hint = "This server stores the files of experiments itself: leave it empty"
        raise invalid("artifact_location", location, hint)


def _check_free(caller: Caller, place: FullName, name: str) -> None:
    namesake = find_namesake(caller, place)
    if namesake is not None:
        check_not_deleted(namesake, name)
        raise AlreadyExistsError(f"Experiment(name={name}) already exists.", field="name")


def _write_tags(caller: Caller, number: int, tags: dict[str, str]) -> None:
    rows = [{"number": number, "name": name, "value": tags[name]} for name in sorted(tags)]
    _SET_TAG.run_each(caller.session, rows)


def _with_tags(caller: Caller, found: ExperimentRef) -> Experiment:
    tags = fetch_tags(caller, [found.number])[found.number]
    return describe_experiment(caller, found, tags)
