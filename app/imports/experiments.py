"""Bring experiments: made anew under the owner, or joined where one of that name is there."""

from __future__ import annotations

from app import access, audit, securables
from app.access import Operation
from app.identity import Caller
from app.imports.journal import look_up, note, require
from app.imports.values import Brought, Import, Origin, SourceExperiment
from app.securables import Kind, check_short_name
from app.tracking.checks import MAX_EXPERIMENT_TAG_VALUE, check_tags
from app.tracking.experiments import check_not_deleted, find_namesake, put_experiment
from app.tracking.resolve import obtain_experiment


def bring_experiment(caller: Caller, into: Import, found: SourceExperiment) -> str:
    """Make an experiment of the source here, and return its id; one that was brought is returned.

    An experiment of the same name is joined, if the caller may log to it: the source's runs come
    beside its own, and its tags stay. Raises InvalidParameterError for a bad name or tag,
    AlreadyExistsError if the name is in the trash, NotFoundError for a schema or namesake that is
    absent or hidden, PermissionDeniedError.
    """
    check_short_name(found.place.leaf)
    tags = check_tags(found.tags, limit=MAX_EXPERIMENT_TAG_VALUE, truncate=False)
    schema = access.obtain(
        caller, Operation.IMPORT_EXPERIMENT, found.place.parent, kind=Kind.SCHEMA
    )
    known = look_up(caller, into, Origin.EXPERIMENT, [found.source_id]).get(found.source_id)
    if known is not None:
        return known.ours
    namesake = find_namesake(caller, found.place)
    if namesake is None:
        made = put_experiment(caller, schema, found.place.leaf, tags)
        securables.backdate(
            caller, made.securable, created_at=found.created_at, updated_at=found.updated_at
        )
        number, securable, counted = made.number, made.securable, {"tags": len(tags)}
    else:
        check_not_deleted(namesake, found.place.leaf)
        number, counted = namesake.number, {}
        securable = access.obtain(caller, Operation.IMPORT_RUN, namesake.id, kind=Kind.EXPERIMENT)
    note(
        caller,
        into,
        Origin.EXPERIMENT,
        found.source_id,
        Brought(str(number), is_whole=False),
        counted,
    )
    audit.record(
        caller,
        Operation.IMPORT_EXPERIMENT,
        securable,
        source=into.source,
        source_id=found.source_id,
        experiment_id=str(number),
        joined=namesake is not None,
    )
    return str(number)


def drop_experiment(caller: Caller, into: Import, source_id: str) -> None:
    """Move an experiment to the trash that is in the source's, once all of it is here.

    One that was joined stays. Raises NotFoundError, PermissionDeniedError.
    """
    experiment_id = require(caller, into, Origin.EXPERIMENT, source_id)
    found = obtain_experiment(caller, Operation.EXPERIMENT_DELETE, experiment_id)
    if found.securable.deleted_at is None:
        securables.drop(caller, found.securable)
    audit.record(
        caller, Operation.EXPERIMENT_DELETE, experiment_id=experiment_id, source=into.source
    )
